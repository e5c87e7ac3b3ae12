/** Users who want more than can ever wait, while nobody is there to take it. */
import type { Action } from '@xln/shared/entity/action.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { AMOUNT_MAX } from '@xln/shared/limits.ts'
import type { Channel } from '../../machines/channel/channel.ts'
import { QUEUE_MAX } from '../../machines/channel/queue.ts'
import { TOKENS } from '../ethereum.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
/** Below what waits for a block at once. */
const BURST = 20_000
const BURST_MS = 500
/** By then the hub has lent what is to be paid. */
const LENT_MS = 2 * SECOND
const NOTHING = new Uint8Array(0)
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
    let isDone = false
    world.disturb(random, 4 * SECOND, () => {
      if (isDone || channelOf(leaf, peer) === undefined) return
      isDone = true
      const [token] = TOKENS as [TokenId]
      const [self] = leaf.entities as [EntityId]
      ask(world, hub, { type: 'extendCredit', peer: self, token, limit: AMOUNT_MAX >> 1n }, 1)
      world.scheduler.in(LENT_MS, () => begin(token))
    })
    const begin = (token: TokenId) => {
      world.trace.note(leaf.name, 'fault a user floods a channel')
      world.network.part(leaf.name, hub.name)
      world.scheduler.in(random.between(5, 40) * SECOND, () => world.network.heal())
      // A block that nobody answers: behind it everything waits.
      ask(world, leaf, { type: 'note', peer, data: NOTHING }, 1)
      const pay: Action = { type: 'payPeer', peer, token, amount: 1n, memo: NOTHING }
      const count = QUEUE_MAX + random.between(0, 1_000)
      for (let sent = 0, atMs = 0; sent < count; sent += BURST, atMs += BURST_MS) {
        const burst = Math.min(BURST, count - sent)
        world.scheduler.in(BURST_MS + atMs, () => ask(world, leaf, pay, burst))
      }
    }
  },
}

function channelOf({ engine, entities: [entity] }: SimServer, peer: EntityId): Channel | undefined {
  if (entity === undefined) return undefined
  return engine?.shell.records(entity)?.channel(channelKeyOf(entity, peer))
}

function ask(world: World, { engine, entities }: SimServer, action: Action, count: number): void {
  const [entity] = entities
  if (engine === undefined || entity === undefined) return
  for (let asked = 0; asked < count; asked++) {
    engine.shell.propose(entity, action, 'flood').catch((error: unknown) => {
      world.fail('requests are answered', String(error))
    })
  }
}
