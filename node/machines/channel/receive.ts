/**
 * A proposal of the peer's: judged, then acknowledged, refused, held, or left alone. Everything is
 * checked before anything changes; the signature, which costs most, comes last.
 */
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import type { Hash } from '@xln/shared/ids.ts'
import { NO_TRANSACTION } from '@xln/shared/wire/channelMessage.ts'
import { type Applied, applyBlock } from './apply.ts'
import {
  type Channel,
  isCompared,
  isFirstOfEra,
  isLater,
  isLeft,
  mayRepeatAck,
  namedNonceOf,
  nonceOf,
  pendingBlock,
  signedNonce,
} from './channel.ts'
import { count } from './commit.ts'
import type { ChannelContext, ChannelOutput } from './messages.ts'
import type { HeldBlock } from './parts.ts'
import { bodyHashOf, isSignedByPeer, nameOf, proofOf, refusedNonce } from './proofs.ts'
import {
  type BlockRefusal,
  type LocalRefusal,
  reasonOf,
  type TransactionRefusal,
} from './refusal.ts'
import { showOf } from './restore.ts'
import { sightOf } from './sight.ts'
import type { Step } from './step.ts'
import { CHAIN_BLOCKS_AHEAD_MAX } from './transactions/locks.ts'
import { CLOCK_SKEW_SECONDS } from './transactions/settle.ts'
import { takeBack } from './waiting.ts'

/** How far ahead a term may be for its block to wait until this side's clock has come there, seconds. */
const EARLY_TERM_SECONDS = 600

/** What becomes of a proposal. */
export type Judgement =
  | { readonly type: 'accept'; readonly hash: Hash; readonly applied: Applied }
  /** For good: this side never signs it, nor any other block of its nonce or below. */
  | {
      readonly type: 'refuse'
      readonly refusal: BlockRefusal | TransactionRefusal
      readonly transaction: number
    }
  | { readonly type: 'hold'; readonly needsView: boolean }
  /** It is the newest block that counts: its acknowledgement was lost. */
  | { readonly type: 'repeat' }
  /** It was refused before. */
  | { readonly type: 'repeatRefusal' }
  /** Not for this place: nothing is answered, because nothing is decided. */
  | { readonly type: 'ignore'; readonly refusal: LocalRefusal | BlockRefusal }

/** Judges `proposal` and does what follows. */
export function receiveProposal(
  channel: Channel,
  proposal: HeldBlock,
  context: ChannelContext,
): Step {
  return follow(channel, proposal, judge(channel, proposal, context), context)
}

/** Judges a held block again, now that more of the chain is known. */
export function releaseHeld(channel: Channel, context: ChannelContext): Step {
  const { held } = channel
  if (held === null) return { channel, outputs: [] }
  const judged = receiveProposal({ ...channel, held: null }, held, context)
  return judged.channel.held === held && judged.outputs.length === 0
    ? { channel, outputs: [] }
    : judged
}

/** Draws the consequence of a judgement. */
export function follow(
  channel: Channel,
  proposal: HeldBlock,
  judgement: Judgement,
  context: ChannelContext,
): Step {
  switch (judgement.type) {
    case 'accept':
      return accept(channel, proposal, judgement.hash, judgement.applied)
    case 'refuse':
      return refuse(channel, proposal.block, judgement.refusal, judgement.transaction)
    case 'hold': {
      const outputs: ChannelOutput[] = judgement.needsView ? [{ type: 'readChannel' }] : []
      return { channel: { ...channel, held: proposal }, outputs }
    }
    case 'repeat': {
      const proposalDue = pendingBlock(channel) !== undefined
      return { channel: { ...channel, due: { ack: true, proposal: proposalDue } }, outputs: [] }
    }
    case 'repeatRefusal':
      return { channel: withPendingDue(channel), outputs: repeatRefusal(channel) }
    case 'ignore': {
      const { refusal } = judgement
      // The peer's refusal of our block was lost: shown the block again, it repeats it.
      const next = refusal.code === 'term_unexpected' ? withPendingDue(channel) : channel
      const fact: ChannelOutput = { type: 'messageRefused', refusal }
      // Only who has lost state proposes so far from where this side stands: or this side has.
      const isFar = refusal.code === 'block_stale' || refusal.code === 'height_gap'
      return { channel: next, outputs: isFar ? [fact, showOf(channel, context)] : [fact] }
    }
  }
}

function withPendingDue(channel: Channel): Channel {
  if (pendingBlock(channel) === undefined || channel.due.proposal) return channel
  return { ...channel, due: { ...channel.due, proposal: true } }
}

function accept(channel: Channel, proposal: HeldBlock, hash: Hash, applied: Applied): Step {
  const { block, signature, newProofSignature } = proposal
  const signatures = { proof: signature, newProof: newProofSignature }
  return count(channel, block, hash, applied, signatures)
}

/** A block that fails a check is answered with a reason, changes nothing, and stays refused. */
export function refuse(
  channel: Channel,
  block: ChannelBlock,
  refusal: BlockRefusal | TransactionRefusal,
  transaction: number,
): Step {
  const reason = reasonOf(refusal)
  const { term, proposedByLeft: byLeft } = block
  const refused = { hash: nameOf(block).hash, term, byLeft, reason, transaction }
  // What this side has proposed below it is outranked, and must come again in a new term.
  const next = { ...takeBack(channel), refused, held: null }
  return {
    channel: next,
    outputs: [{ type: 'messageRefused', refusal }, ...repeatRefusal(next)],
  }
}

function repeatRefusal({ refused }: Channel): ChannelOutput[] {
  if (refused === null) return []
  const { hash, reason, transaction } = refused
  return [{ type: 'send', message: { type: 'refuse', blockHash: hash, reason, transaction } }]
}

/** Decides about a proposal without changing anything. */
export function judge(channel: Channel, proposal: HeldBlock, context: ChannelContext): Judgement {
  const { block } = proposal
  const misplaced = judgePlace(channel, block, context)
  if (misplaced !== null) return misplaced
  const early = judgeTime(channel, block, context)
  if (early !== null) return early

  const applied = judgeContent(channel, block, context)
  if (applied.type !== 'applied') return applied
  const hash = nameOf(block).hash
  const proof = proofOf(block, hash, applied.result.mutual.disputeWindow)
  const { cooperativeNonce } = channel.mutual
  const isSigned = (nonce: bigint, signature: Uint8Array): boolean =>
    isSignedByPeer(channel, context.domain, nonce, proof, signature)
  if (!isSigned(cooperativeNonce, proposal.signature)) return refusal({ code: 'signature_invalid' })
  if (block.transactions[0]?.type === 'settle') {
    const signature = proposal.newProofSignature
    if (signature === null || !isSigned(namedNonceOf(channel.mutual) + 1n, signature)) {
      return refusal({ code: 'settle_new_proof_missing' })
    }
  }
  return { type: 'accept', hash, applied: applied.result }
}

function refusal(reason: BlockRefusal | TransactionRefusal): Judgement {
  return { type: 'refuse', refusal: reason, transaction: NO_TRANSACTION }
}

function ignore(reason: LocalRefusal | BlockRefusal): Judgement {
  return { type: 'ignore', refusal: reason }
}

/** Whether the block stands where the next one of the peer's can stand; null if so. */
function judgePlace(
  channel: Channel,
  block: ChannelBlock,
  { now }: ChannelContext,
): Judgement | null {
  const { mutual } = channel
  const { term, height } = block
  if (block.channelKey !== channel.key) return ignore({ code: 'channel_wrong' })
  if (block.proposedByLeft === isLeft(channel)) return ignore({ code: 'proposer_wrong' })
  // The peer has seen the end of a dispute, and this side has not: it waits, and is not said again.
  const mayEnd = channel.restoring !== null || (channel.dispute !== null && mutual.height > 0)
  if (mayEnd && isFirstOfEra(block)) return { type: 'hold', needsView: false }
  if (channel.restoring !== null && !channel.restoring.shown) return ignore({ code: 'restoring' })
  const expected = mutual.height + 1
  if (height < expected) {
    if (isNewestCounted(channel, block)) return repeat(channel)
    return ignore({ code: 'block_stale', height, expected })
  }
  if (height > expected) return ignore({ code: 'height_gap', height, expected })
  if (term < mutual.term) return ignore({ code: 'term_unexpected', term, expected: mutual.term })

  const nonce = nonceOf(block)
  const refused = refusedNonce(channel)
  if (nonce <= refused) {
    if (channel.refused?.hash === nameOf(block).hash) return { type: 'repeatRefusal' }
    return ignore({ code: 'outranked', nonce, standing: refused })
  }
  const signed = signedNonce(channel)
  if (nonce <= signed) return ignore({ code: 'outranked', nonce, standing: signed })
  if (block.prevBlockHash !== mutual.prevBlockHash) return ignore({ code: 'previous_differs' })
  if (!mayOpen(channel, term, now)) {
    if (isEarly(channel, term, now)) return { type: 'hold', needsView: false }
    return ignore({ code: 'term_unexpected', term, expected: mutual.term })
  }
  return null
}

function repeat(channel: Channel): Judgement {
  return mayRepeatAck(channel) ? { type: 'repeat' } : ignore({ code: 'settled' })
}

function isNewestCounted(channel: Channel, block: ChannelBlock): boolean {
  const { mutual, counted } = channel
  return (
    block.height === mutual.height &&
    block.term === mutual.term &&
    counted?.byLeft === block.proposedByLeft &&
    nameOf(block).hash === mutual.prevBlockHash
  )
}

/**
 * A new term is accepted only by a side that refused or was refused at this height, or that asked to
 * resume; never far ahead of its clock, and to resume not far behind it either: no term that was
 * signed in the lost time can then outrank it.
 */
function mayOpen(
  { mutual, outstanding, refused, restoring }: Channel,
  term: number,
  now: number,
): boolean {
  if (restoring !== null) return Math.abs(term - now) <= CLOCK_SKEW_SECONDS && term > mutual.term
  if (term === mutual.term) return true
  return wasRefused({ outstanding, refused }) && term <= now + CLOCK_SKEW_SECONDS
}

function wasRefused({ outstanding, refused }: Pick<Channel, 'outstanding' | 'refused'>): boolean {
  return refused !== null || outstanding.some((own) => own.dead)
}

/**
 * Whether the term could be opened if this side's clock were further. The two clocks differ, and the
 * proposer will not say it again: it is judged when this side's has come there.
 */
function isEarly(channel: Channel, term: number, now: number): boolean {
  const isNear = term > now + CLOCK_SKEW_SECONDS && term <= now + EARLY_TERM_SECONDS
  return isNear && (channel.restoring !== null || wasRefused(channel))
}

/** Whether this side can judge the block now; null if so. */
function judgeTime(
  channel: Channel,
  block: ChannelBlock,
  { now, finalBlock, incarnation }: ChannelContext,
): Judgement | null {
  // It may have been answered before, by a process that this one has no memory of.
  if (channel.restoring === null && !isCompared(channel, incarnation)) {
    return { type: 'hold', needsView: false }
  }
  const { timestamp, chainPosition } = block
  const previous = channel.counted?.timestamp ?? 0
  if (timestamp < previous) return refusal({ code: 'timestamp_backward', timestamp, previous })
  if (timestamp > now + CLOCK_SKEW_SECONDS) {
    return refusal({ code: 'timestamp_ahead', timestamp, now })
  }
  // The channel rests. It may go on after all, or the peer has seen the end of it first.
  const rests = channel.settlement !== null || channel.dispute !== null
  if (rests) return { type: 'hold', needsView: false }
  if (!isLater(chainPosition, channel.view.position)) return null
  const numbers = { block: chainPosition.block, finalBlock }
  if (chainPosition.block > finalBlock + CHAIN_BLOCKS_AHEAD_MAX) {
    return refusal({ code: 'chain_ahead', ...numbers })
  }
  if (chainPosition.block < finalBlock) return refusal({ code: 'chain_differs', ...numbers })
  return { type: 'hold', needsView: false }
}

function judgeContent(
  channel: Channel,
  block: ChannelBlock,
  context: ChannelContext,
): Judgement | { readonly type: 'applied'; readonly result: Applied } {
  if (block.transactions.length === 0 && block.term === channel.mutual.term) {
    return refusal({ code: 'block_empty' })
  }
  const sight = sightOf(channel, context)
  const application = applyBlock(channel.mutual, block, sight, isLeft(channel))
  if (application.type === 'refused') {
    const { refusal, transaction } = application
    return { type: 'refuse', refusal, transaction }
  }
  if (application.type === 'wait') {
    return { type: 'hold', needsView: application.wait.for === 'view' }
  }
  const { mutual } = application.applied
  if (stateHash(mutual) !== block.stateHash) return refusal({ code: 'state_differs' })
  if (bodyHashOf(mutual, context.domain) !== block.proofBodyHash) {
    return refusal({ code: 'body_differs' })
  }
  return { type: 'applied', result: application.applied }
}
