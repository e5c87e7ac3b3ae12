/** What waits for a block: wishes on their way in, back out of a block, or refused together. */
import { type Channel, pendingBlock } from './channel.ts'
import type { ChannelOutput } from './messages.ts'
import type { OwnBlock, SettleWish } from './parts.ts'
import { EMPTY_QUEUE, prepend, queueOf, type Wish, wishesOf } from './queue.ts'
import type { LocalRefusal } from './refusal.ts'
import type { Step } from './step.ts'

/** A higher block of the peer's stands: what this side had proposed waits for the next one. */
export function takeBack(channel: Channel): Channel {
  const pending = pendingBlock(channel)
  if (pending === undefined) return channel
  const next = bury(channel, pending)
  const [first] = pending.block.transactions
  if (first?.type === 'settle') {
    const settleWish = channel.settleWish ?? { transaction: first, requestId: requestIdOf(pending) }
    return { ...next, settleWish }
  }
  return { ...next, queue: prepend(wishesIn(pending), channel.queue) }
}

/** The pending block will never count, and is not shown again. */
export function bury(channel: Channel, pending: OwnBlock): Channel {
  const outstanding = [...channel.outstanding.slice(0, -1), { ...pending, dead: true }]
  return { ...channel, outstanding, due: { ...channel.due, proposal: false } }
}

/** The wishes that an own block was made of. */
export function wishesIn({ block, origins }: OwnBlock): Wish[] {
  return block.transactions.map((transaction, index) => ({
    transaction,
    origin: origins[index] ?? null,
  }))
}

/** The owner's request behind a block that proposes a settlement, 0 for none. */
export function requestIdOf({ origins }: OwnBlock): bigint {
  const [origin] = origins
  return origin?.type === 'request' ? origin.id : 0n
}

/** Everything that waits for a block, or is in one that does not count, first come first. */
export function waitingWishes({ outstanding, queue, settleWish }: Channel): Wish[] {
  const pending = outstanding.filter(({ dead }) => !dead)
  return [...pending.flatMap(wishesIn), ...asWishes(settleWish), ...wishesOf(queue)]
}

function asWishes(settleWish: SettleWish | null): Wish[] {
  if (settleWish === null) return []
  const { transaction, requestId } = settleWish
  return [{ transaction, origin: { type: 'request', id: requestId } }]
}

export function refusals(wishes: readonly Wish[], refusal: LocalRefusal): ChannelOutput[] {
  return wishes.map(({ transaction, origin }) => {
    return { type: 'wishRefused', transaction, origin, refusal }
  })
}

/** No block will be made for long: who waits for one is told. A block that is out stays out. */
export function refuseQueue(channel: Channel, refusal: LocalRefusal): Step {
  const wishes = [...asWishes(channel.settleWish), ...wishesOf(channel.queue)]
  if (wishes.length === 0) return { channel, outputs: [] }
  const next = { ...channel, queue: EMPTY_QUEUE, settleWish: null }
  return { channel: next, outputs: refusals(wishes, refusal) }
}

/** While the channel rests for a settlement, only what is worth as much after it goes on waiting. */
export function refuseUrgent(channel: Channel): Step {
  const wishes = wishesOf(channel.queue)
  const urgent = wishes.filter(({ transaction }) => isUrgent(transaction))
  if (urgent.length === 0) return { channel, outputs: [] }
  const queue = queueOf(wishes.filter(({ transaction }) => !isUrgent(transaction)))
  return { channel: { ...channel, queue }, outputs: refusals(urgent, { code: 'settling' }) }
}

/** Whoever waits upstream of a lock or an offer must hear soon that it will not come. */
export function isUrgent({ type }: Wish['transaction']): boolean {
  return type === 'lock' || type === 'offer'
}
