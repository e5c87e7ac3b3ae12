/** Users who want more than can ever wait, while nobody is there to take it. */
import type { Action } from '@xln/shared/entity/action.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { QUEUE_MAX } from '../../machines/channel/queue.ts'
import { TOKENS } from '../ethereum.ts'
import type { Random } from '../random.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
/** Below what waits for a block at once. */
const BURST = 20_000
const BURST_MS = 500
/** It takes seconds of a real clock: only where a theme or a name asks for it. */
const NEVER = 0

/** Somebody asks for more payments over one channel than it lets wait, while its peer is not there. */
export const flood: FaultClass = {
  name: 'a user floods a channel',
  rarity: NEVER,
  begin(world, random) {
    const [hub] = world.servers
    const leaf = random.pick(world.servers.slice(1))
    const [peer] = hub?.entities ?? []
    if (hub === undefined || peer === undefined) return
    world.scheduler.in(random.between(5, 20) * SECOND, () => {
      world.trace.note(leaf.name, 'fault a user floods a channel')
      world.network.part(leaf.name, hub.name)
      world.scheduler.in(random.between(5, 40) * SECOND, () => world.network.heal())
      const count = QUEUE_MAX + random.between(0, 1_000)
      for (let sent = 0, atMs = 0; sent < count; sent += BURST, atMs += BURST_MS) {
        const burst = Math.min(BURST, count - sent)
        world.scheduler.in(atMs, () => ask(world, leaf, peer, burst, random))
      }
    })
  },
}

function ask(world: World, server: SimServer, peer: EntityId, count: number, random: Random): void {
  const { engine, entities } = server
  const [entity] = entities
  if (engine === undefined || entity === undefined) return
  const token = random.pick(TOKENS)
  const memo = new Uint8Array(0)
  const action: Action = { type: 'payPeer', peer, token, amount: 1n, memo }
  for (let sent = 0; sent < count; sent++) {
    engine.shell.propose(entity, action, 'flood').catch((error: unknown) => {
      world.fail('requests are answered', String(error))
    })
  }
}
