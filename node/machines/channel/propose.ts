/** The side with transactions waiting applies them, and proposes the block with its signature. */
import { maxBigint } from '@xln/shared/amounts.ts'
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { disputeNonce } from '@xln/shared/channel/digests.ts'
import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { TokenId } from '@xln/shared/ids.ts'
import {
  BLOCK_BYTES_MAX,
  BLOCK_OTHER_TRANSACTIONS_MAX,
  BLOCK_TRANSACTIONS_MAX,
  SIGNED_BLOCKS_MAX,
} from '@xln/shared/limits.ts'
import { applyTransaction } from './apply.ts'
import { type Channel, isCompared, isLeft, pendingBlock, signedNonce } from './channel.ts'
import type { ChannelContext, ChannelOutput, Origin } from './messages.ts'
import { bodyHashOf, nameOf, refusedNonce, remember } from './proofs.ts'
import { EMPTY_QUEUE, queueOf, type Wish, wishesOf } from './queue.ts'
import { sightOf } from './sight.ts'
import type { Step } from './step.ts'
import { CLOCK_SKEW_SECONDS } from './transactions/settle.ts'
import { freeze, type Working, workOn } from './working.ts'

/** Proposes the next block if there is something to propose and nothing in the way. */
export function propose(channel: Channel, context: ChannelContext): Step {
  const term = mayPropose(channel, context) ? nextTerm(channel, context.now) : undefined
  if (term === undefined) return { channel, outputs: [] }

  const byLeft = isLeft(channel)
  const timestamp = Math.max(context.now, channel.counted?.timestamp ?? 0)
  const place = { term, height: channel.mutual.height + 1, timestamp, byLeft }
  const working = workOn(channel.mutual, place, sightOf(channel, context), byLeft)
  const made = fill(working, channel)
  const next = { ...channel, queue: made.queue, settleWish: made.settleWish }
  if (made.transactions.length === 0 && !mustResume(channel)) {
    return { channel: made.refused.length === 0 ? channel : next, outputs: made.refused }
  }
  return { channel: sign(next, working, made, context), outputs: made.refused }
}

function mayPropose(channel: Channel, context: ChannelContext): boolean {
  const hasWork = channel.queue.length > 0 || channel.settleWish !== null || mustResume(channel)
  return (
    hasWork &&
    channel.connected &&
    channel.dispute === null &&
    channel.settlement === null &&
    channel.restoring === null &&
    channel.held === null &&
    pendingBlock(channel) === undefined &&
    channel.outstanding.length < SIGNED_BLOCKS_MAX &&
    context.now >= channel.retryAt &&
    isCompared(channel, context.incarnation)
  )
}

/** The peer has lost state and asked: even with nothing to say, a block in a new term must follow. */
function mustResume(channel: Channel): boolean {
  return channel.resumes
}

/**
 * The term in which the next block can stand: the present one, unless this side or the peer has
 * signed a nonce at this height that would outrank it. `undefined` while the clock does not allow it.
 */
export function nextTerm(channel: Channel, now: number): number | undefined {
  const { term, height } = channel.mutual
  const standing = standingNonce(channel)
  const isFree = disputeNonce(term, height + 1, isLeft(channel)) > standing
  if (isFree && !channel.resumes) return term
  const highest = Math.max(term, Number(standing >> 48n))
  const opened = Math.max(highest + 1, now)
  return opened <= now + CLOCK_SKEW_SECONDS ? opened : undefined
}

function standingNonce(channel: Channel): bigint {
  const signed = signedNonce(channel)
  const refused = refusedNonce(channel)
  return maxBigint(signed, refused)
}

interface Made {
  readonly transactions: ChannelTransaction[]
  readonly origins: (Origin | null)[]
  readonly refused: ChannelOutput[]
  queue: Channel['queue']
  settleWish: Channel['settleWish']
}

/** Applies what waits, first come first; what cannot be applied any more is refused. */
function fill(working: Working, channel: Channel): Made {
  const made: Made = {
    transactions: [],
    origins: [],
    refused: [],
    queue: channel.queue,
    settleWish: null,
  }
  const { settleWish } = channel
  if (settleWish !== null) {
    const { transaction, requestId } = settleWish
    const outcome = take(working, made, { transaction, origin: requestOrigin(requestId) })
    if (outcome === 'later') made.settleWish = settleWish
    // Alone in its block; what else waits comes after the settlement.
    if (outcome === 'taken') return made
  }

  const later: Wish[] = []
  const wishes = wishesOf(channel.queue)
  let bytes = BLOCK_OVERHEAD
  let others = 0
  let index = 0
  for (; index < wishes.length; index++) {
    const wish = wishes[index] as Wish
    const size = sizeOf(wish.transaction)
    const other = wish.transaction.type === 'pay' ? 0 : 1
    const isFull = made.transactions.length === BLOCK_TRANSACTIONS_MAX
    const isCrowded = others + other > BLOCK_OTHER_TRANSACTIONS_MAX
    if (isFull || isCrowded || bytes + size > BLOCK_BYTES_MAX) break
    const outcome = take(working, made, wish)
    // What is refused takes no room: a block without transactions would leave the rest waiting for ever.
    if (outcome === 'taken') {
      bytes += size
      others += other
    }
    if (outcome === 'later') later.push(wish)
    // Nothing overtakes a wish that waits for an answer of the chain.
    if (outcome === 'stop') break
  }
  const rest = index < wishes.length ? [...later, ...wishes.slice(index)] : later
  made.queue = rest.length === 0 ? EMPTY_QUEUE : queueOf(rest)
  return made
}

function requestOrigin(id: bigint): Origin {
  return { type: 'request', id }
}

function take(working: Working, made: Made, wish: Wish): 'taken' | 'refused' | 'later' | 'stop' {
  const { transaction, origin } = wish
  const verdict = applyTransaction(working, transaction, made.transactions.length, origin)
  if (verdict === null) {
    made.transactions.push(transaction)
    made.origins.push(origin)
    return 'taken'
  }
  if (verdict.code === 'wait') {
    if (verdict.for === 'head') return 'later'
    made.refused.push({ type: 'readChannel' })
    return transaction.type === 'settle' ? 'later' : 'stop'
  }
  made.refused.push({ type: 'wishRefused', transaction, origin, refusal: verdict })
  return 'refused'
}

function sign(channel: Channel, working: Working, made: Made, { domain }: ChannelContext): Channel {
  const mutual = freeze(working)
  const { term, height, timestamp, byLeft } = working.place
  const block: ChannelBlock = {
    channelKey: channel.key,
    term,
    height,
    prevBlockHash: channel.mutual.prevBlockHash,
    proposedByLeft: byLeft,
    timestamp,
    chainPosition: channel.view.position,
    transactions: made.transactions,
    stateHash: stateHash(mutual),
    proofBodyHash: bodyHashOf(mutual, domain),
  }
  remember(block, { mutual, facts: working.facts })
  const own = {
    block,
    hash: nameOf(block).hash,
    origins: made.origins,
    dead: false,
    peerSignature: null,
  }
  return {
    ...channel,
    outstanding: [...channel.outstanding, own],
    due: { ...channel.due, proposal: true },
    resumes: false,
    retryAt: 0,
  }
}

/** What surrounds the transactions in a block's encoding, and what a list and its type take. */
const BLOCK_OVERHEAD = 256
const TRANSACTION_OVERHEAD = 6

/** An upper bound of the bytes that a transaction takes in a block. */
export function sizeOf(transaction: ChannelTransaction): number {
  switch (transaction.type) {
    case 'pay': {
      const { token, amount, memo } = transaction
      return TRANSACTION_OVERHEAD + tokenSize(token) + amountSize(amount) + memo.length + 3
    }
    case 'lock':
      return 112 + transaction.onion.length
    case 'note':
      return 16 + transaction.data.length
    case 'settle':
      return 64 + 176 * transaction.diffs.length + 80 * transaction.forgiveness.length
    default:
      return 160
  }
}

function tokenSize(token: TokenId): number {
  return token === etherTokenId ? 1 : 33
}

function amountSize(amount: bigint): number {
  return amount <= 0xffff_ffff_ffffn ? 7 : 17
}
