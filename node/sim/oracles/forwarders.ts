/**
 * Who forwards is paid for what he pays, with the same secret, and never the poorer: lock by lock, and
 * whatever his peers do. At the end a claim may still be before the court, or proven on chain.
 */
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { Hashlock } from '@xln/shared/ids.ts'
import { isLeft } from '../../machines/channel/channel.ts'
import type { ServerOutput } from '../../machines/server/messages.ts'
import { LawBroken } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

/** Throws {@link LawBroken} if by `outputs`, all that it ever said, `server` lost by forwarding. */
export function checkForwarder(
  world: World,
  server: SimServer,
  outputs: readonly ServerOutput[],
): void {
  const sums = new Map<Hashlock, bigint>()
  const forwarded = new Set<Hashlock>()
  for (const { output } of outputs) {
    if (output.type !== 'channelFact') continue
    const { fact } = output
    if (fact.type === 'lockAdded' && fact.origin?.type === 'forward') {
      forwarded.add(fact.lock.hashlock)
    }
    if (fact.type !== 'lockResolved') continue
    // It may have paid the same invoice for itself, before or after.
    if (!fact.incoming && fact.origin?.type === 'payment') continue
    const { hashlock, amount } = fact.lock
    sums.set(hashlock, (sums.get(hashlock) ?? 0n) + (fact.incoming ? amount : -amount))
  }
  for (const hashlock of forwarded) {
    const sum = (sums.get(hashlock) ?? 0n) + openClaims(world, server, hashlock)
    if (sum >= 0n) continue
    throw new LawBroken('who forwards is paid', `${server.name} has lost ${-sum} by ${hashlock}`)
  }
}

/** What the court will decide later than these worlds last. */
function openClaims(world: World, { engine, entities }: SimServer, hashlock: Hashlock): bigint {
  let sum = 0n
  for (const entity of entities) {
    for (const peer of world.servers.flatMap((other) => other.entities)) {
      const channel = engine?.shell.records(entity)?.channel(channelKeyOf(entity, peer))
      if (!channel?.dispute) continue
      for (const lock of channel.mutual.locks) {
        if (lock.hashlock === hashlock && lock.fromLeft !== isLeft(channel)) sum += lock.amount
      }
    }
  }
  return sum
}
