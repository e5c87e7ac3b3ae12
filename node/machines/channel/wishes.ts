/** What the entity wants: queued for the next block, or declined when it cannot come to one in time. */
import type { Lock, Offer } from '@xln/shared/channel/state.ts'
import type {
  ChannelTransaction,
  ClauseId,
  Fill,
  Resolve,
} from '@xln/shared/channel/transaction.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { type Channel, isLeft, isSameClause, noteOf, pendingBlock } from './channel.ts'
import { noteFor, withNote } from './commit.ts'
import type { ChannelInput } from './messages.ts'
import type { ClauseNote } from './parts.ts'
import { append, QUEUE_MAX } from './queue.ts'
import type { Refusal } from './refusal.ts'
import type { Step } from './step.ts'
import { checkForm } from './transactions/form.ts'
import { isUrgent } from './waiting.ts'

type WishInput = Extract<ChannelInput, { type: 'wish' }>

/** Takes a wish; a secret or a ratio in it is noted at once, for it may be needed on chain. */
export function onWish(channel: Channel, input: WishInput): Step {
  const { transaction } = input
  const origin = input.origin ?? null
  const refusal = declines(channel, transaction)
  const noted = withKnowledge(channel, transaction)
  if (refusal !== null) {
    // What was learned serves on chain, even if no block will carry it.
    if (noted !== channel) return { channel: noted, outputs: [] }
    return { channel, outputs: [{ type: 'wishRefused', transaction, origin, refusal }] }
  }
  return { channel: { ...noted, queue: append(noted.queue, { transaction, origin }) }, outputs: [] }
}

function declines(channel: Channel, transaction: ChannelTransaction): Refusal | null {
  const { type } = transaction
  const malformed = checkForm(transaction)
  if (malformed !== null) return malformed
  // What is in a block may come back.
  const proposed = pendingBlock(channel)?.block.transactions.length ?? 0
  const isFull = channel.queue.length + proposed >= QUEUE_MAX
  if (isFull) return { code: 'queue_full', max: QUEUE_MAX }
  if (channel.dispute !== null) return { code: 'disputed' }
  if (channel.restoring !== null) return { code: 'restoring' }
  const rests = channel.settlement !== null || channel.settleWish !== null
  if (rests && isUrgent(transaction)) return { code: 'settling' }
  return type === 'settle' ? { code: 'settle_not_alone' } : null
}

function withKnowledge(channel: Channel, transaction: ChannelTransaction): Channel {
  if (transaction.type === 'resolve') return withSecret(channel, transaction)
  if (transaction.type === 'fill') return withRatio(channel, transaction)
  return channel
}

function withSecret(channel: Channel, { lock: id, secret }: Resolve): Channel {
  const lock = find<Lock>(channel.mutual.locks, id)
  if (lock === undefined || lock.fromLeft === isLeft(channel)) return channel
  if (hashlockOf(secret) !== lock.hashlock) return channel
  return withNote(channel, { ...note(channel, id), secret })
}

function withRatio(channel: Channel, { offer: id, ratio }: Fill): Channel {
  const offer = find<Offer>(channel.mutual.offers, id)
  if (offer === undefined || offer.ownerIsLeft === isLeft(channel)) return channel
  if (ratio < offer.minFill) return channel
  return withNote(channel, { ...note(channel, id), ratio })
}

function note(channel: Channel, id: ClauseId): ClauseNote {
  return noteOf(channel, id) ?? noteFor(id, null)
}

function find<Clause extends { readonly id: ClauseId }>(
  clauses: readonly Clause[],
  id: ClauseId,
): Clause | undefined {
  return clauses.find((clause) => isSameClause(clause.id, id))
}
