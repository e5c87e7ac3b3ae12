/** The peer's signature on a block of ours, and its refusal of one. */
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import type { Mutual } from '@xln/shared/channel/state.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import type { Acknowledgement, Refuse } from '@xln/shared/wire/channelMessage.ts'
import { type Channel, isSameClause, pendingBlock } from './channel.ts'
import { countOwn } from './commit.ts'
import { counterWithEvidence } from './dispute.ts'
import type { ChannelContext, ChannelOutput, Origin } from './messages.ts'
import type { OwnBlock } from './parts.ts'
import { isSignedByPeer, ownProof } from './proofs.ts'
import { prepend, type Wish } from './queue.ts'
import { EXPIRED_REASON } from './refusal.ts'
import type { Step } from './step.ts'
import { bury, requestIdOf, wishesIn } from './waiting.ts'

/** How long this side waits after the refusal of a whole block, seconds: repeating it at once cannot help. */
export const RETRY_SECONDS = 60

/** Verifies an acknowledgement; the block counts if nothing higher stands above it. */
export function receiveAck(channel: Channel, ack: Acknowledgement, context: ChannelContext): Step {
  const own = channel.outstanding.find((block) => block.hash === ack.blockHash)
  if (own === undefined) return declined(channel, 'acknowledgement_unknown')
  if (own.peerSignature !== null) return { channel, outputs: [] }
  if (!isAcknowledged(channel, own, ack.signature, context)) {
    return declined(channel, 'acknowledgement_invalid')
  }
  if (own === pendingBlock(channel) && channel.dispute === null && channel.restoring === null) {
    return countOwn(channel, own, ack.signature)
  }
  return counterWithEvidence(keepEvidence(channel, own, ack.signature), context)
}

export function isAcknowledged(
  channel: Channel,
  own: OwnBlock,
  signature: Uint8Array,
  { domain }: ChannelContext,
): boolean {
  const { cooperativeNonce } = channel.mutual
  return isSignedByPeer(channel, domain, cooperativeNonce, ownProof(channel, own), signature)
}

/** The signature settles nothing any more, but a court would take it. */
function keepEvidence(channel: Channel, own: OwnBlock, peerSignature: Uint8Array): Channel {
  const outstanding = channel.outstanding.map((block) =>
    block === own ? { ...own, peerSignature } : block,
  )
  return { ...channel, outstanding }
}

function declined(
  channel: Channel,
  code: 'acknowledgement_unknown' | 'acknowledgement_invalid' | 'refusal_unknown',
): Step {
  return { channel, outputs: [{ type: 'messageRefused', refusal: { code } }] }
}

/**
 * The peer will never sign the pending block. What it objects to is dropped, the rest waits again for
 * a block in a new term.
 */
export function receiveRefuse(
  channel: Channel,
  { blockHash, reason, transaction }: Refuse,
  { now }: ChannelContext,
): Step {
  const pending = pendingBlock(channel)
  if (pending === undefined || pending.hash !== blockHash) {
    return declined(channel, 'refusal_unknown')
  }
  const next = bury(channel, pending)
  const [first] = pending.block.transactions
  if (first?.type === 'settle') {
    const origin: Origin = { type: 'request', id: requestIdOf(pending) }
    return { channel: next, outputs: [refusedByPeer({ transaction: first, origin }, reason)] }
  }

  const { kept, dropped } = divide(
    wishesIn(pending),
    pending.block,
    transaction,
    reason,
    channel.mutual,
  )
  const retryAt = dropped.length === 0 ? now + RETRY_SECONDS : 0
  return {
    channel: { ...next, queue: prepend(kept, channel.queue), retryAt },
    outputs: dropped.map((wish) => refusedByPeer(wish, reason)),
  }
}

function refusedByPeer({ transaction, origin }: Wish, reason: number): ChannelOutput {
  return { type: 'wishRefused', transaction, origin, refusal: { code: 'refused_by_peer', reason } }
}

/**
 * Drops the offending wish. If it came too late for the peer's clock, so did all others of its kind
 * that end no later: each would cost another refusal, and three in a row stop the channel.
 */
function divide(
  wishes: readonly Wish[],
  block: ChannelBlock,
  index: number,
  reason: number,
  mutual: Mutual,
): { kept: Wish[]; dropped: Wish[] } {
  const offending = block.transactions[index]
  const kept: Wish[] = []
  const dropped: Wish[] = []
  const isLate = offending !== undefined && reason === EXPIRED_REASON
  const last = isLate ? deadlineOf(offending, mutual) : -1
  wishes.forEach((wish, at) => {
    const { transaction } = wish
    const falls =
      at === index ||
      (isLate && transaction.type === offending.type && deadlineOf(transaction, mutual) <= last)
    if (falls) dropped.push(wish)
    else kept.push(wish)
  })
  return { kept, dropped }
}

/** Until when a transaction is in time; Infinity when it always is. */
function deadlineOf(transaction: ChannelTransaction, { locks, offers }: Mutual): number {
  switch (transaction.type) {
    case 'lock':
      return transaction.revealBy
    case 'offer':
      return transaction.fillBy
    case 'settle':
      return transaction.deadline
    case 'resolve':
      return locks.find(({ id }) => isSameClause(id, transaction.lock))?.revealBy ?? 0
    case 'fill':
      return offers.find(({ id }) => isSameClause(id, transaction.offer))?.fillBy ?? 0
    default:
      return Number.POSITIVE_INFINITY
  }
}
