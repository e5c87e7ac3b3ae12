/** An acknowledgement waits for company, but not for long: whoever has proposed waits for it. */
import type { EntityId } from '@xln/shared/ids.ts'
import type { OutgoingUpdate } from '../../machines/channel/messages.ts'
import type { ServerOutput } from '../../machines/server/messages.ts'
import type { Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

const LAW = 'an acknowledgement leaves soon'
/** Many times what it may wait. Of the process: while it is paused, nothing passes. Milliseconds. */
const SOON_MS = 500
/** With a slow disk: a block under way takes it along when it is written. */
const SLOW_MS = 10_000

export function soonSaid(world: World): Oracle {
  /** How often each entity has signed something. */
  const signed = new Map<string, number>()
  const signedBy = (server: SimServer, entity: EntityId): number =>
    signed.get(server.engine?.shell.signerOf(entity) ?? '') ?? 0
  return {
    name: LAW,
    signed(_, signer) {
      signed.set(signer, (signed.get(signer) ?? 0) + 1)
    },
    committed(server, { number, outputs }) {
      for (const entity of waitingIn(outputs)) {
        const before = signedBy(server, entity)
        const { process } = server
        const check = () => {
          if (!server.isUp || signedBy(server, entity) > before) return
          world.fail(LAW, `${server.name} has signed nothing since block ${number}`)
        }
        // After a pause everything comes at once: it has as long again.
        const soonMs = world.trace.counts.has('fault disk slow') ? SLOW_MS : SOON_MS
        process?.later(soonMs, () => process.later(soonMs, check))
      }
    },
  }
}

/** Who has an acknowledgement to sign that leaves alone, and did not sign it with this block. */
function waitingIn(outputs: readonly ServerOutput[]): Set<EntityId> {
  /** Of each entity and peer, by whether the last message is one that waits. */
  const last = new Map<string, { entity: EntityId; waits: boolean }>()
  for (const { entity, output } of outputs) {
    if (output.type !== 'sendUpdate' && output.type !== 'sendShow' && output.type !== 'send')
      continue
    const waits = output.type === 'sendUpdate' && isAlone(output.update)
    last.set(entity + output.peer, { entity, waits })
  }
  const waiting = [...last.values()].flatMap(({ entity, waits }) => (waits ? entity : []))
  // Before the court nothing waits.
  const court = outputs.filter(({ output }) => output.type === 'depository')
  return new Set(waiting.filter((each) => !court.some(({ entity }) => entity === each)))
}

function isAlone({ ack, proposal, newProof, settlement }: OutgoingUpdate): boolean {
  return ack !== null && proposal === null && newProof === null && settlement === null
}
