/**
 * Whether this side has forgotten anything. A disk may have been put back to some time ago, and the
 * process that starts from it cannot tell. So every process first asks the peer of each channel that it
 * is to sign in how far the channel has come. Nothing in the answer is signed, and nothing need be: who
 * is behind is shown what proves it (restore.ts), and until then signs nothing.
 *
 * What does not count yet binds nobody to more than its nonce. So it is enough to go above it, in a new
 * term, when the peer has had a block that this side has no memory of.
 */
import { ZERO_HASH } from '@xln/shared/ids.ts'
import {
  type Compare,
  type NamedBlock,
  NO_BLOCK,
  NO_TRANSACTION,
} from '@xln/shared/wire/channelMessage.ts'
import {
  type Channel,
  countedNonce,
  isCompared,
  isLeft,
  nonceOf,
  pendingBlock,
  placeOf,
  signedNonce,
} from './channel.ts'
import type { ChannelContext } from './messages.ts'
import { nameOf, refusedNonce } from './proofs.ts'
import { refuse, releaseHeld } from './receive.ts'
import { showOf } from './restore.ts'
import { say } from './say.ts'
import { inOrder, type Step, still } from './step.ts'
import { CLOCK_SKEW_SECONDS } from './transactions/settle.ts'
import { takeBack } from './waiting.ts'

/** How long a peer may take to say how far the channel has come, before it is asked again, seconds. */
const ASK_AGAIN_SECONDS = 60

/** Asks the peer how far the channel has come, if something waits to be signed and it has not said so yet. */
export function askToCompare(channel: Channel, context: ChannelContext): Step {
  const { now, incarnation } = context
  const isDue = channel.askedAt === 0 || now >= channel.askedAt + ASK_AGAIN_SECONDS
  if (!isDue || !mustCompare(channel, incarnation)) return still(channel)
  const message = compareOf(channel, incarnation, 0)
  return { channel: { ...channel, askedAt: now }, outputs: [{ type: 'send', message }] }
}

/** A block of ours counts because the peer has shown so: what it built on it may have come too early. */
export function askAfterShow(
  before: Channel,
  channel: Channel,
  { now, incarnation }: ChannelContext,
): Step {
  const isNews = countedNonce(channel) > countedNonce(before)
  if (!isNews || channel.restoring !== null || isCompared(channel, incarnation)) {
    return still(channel)
  }
  const message = compareOf(channel, incarnation, 0)
  return { channel: { ...channel, askedAt: now }, outputs: [{ type: 'send', message }] }
}

function mustCompare(channel: Channel, incarnation: number): boolean {
  const { queue, settleWish, resumes, held, due, connected, dispute, restoring } = channel
  const isDue = due.ack || due.proposal || resumes || held !== null
  const isWanted = isDue || queue.length > 0 || settleWish !== null
  const mayAsk = connected && dispute === null && restoring === null
  return isWanted && mayAsk && !isCompared(channel, incarnation)
}

function compareOf(channel: Channel, question: number, answer: number): Compare {
  return {
    type: 'compare',
    question,
    answer,
    cooperativeNonce: channel.mutual.cooperativeNonce,
    countedNonce: countedNonce(channel),
    own: ownBlock(channel),
    seen: seenBlock(channel),
    isPending: pendingBlock(channel) !== undefined,
  }
}

function ownBlock({ outstanding }: Channel): NamedBlock {
  const newest = outstanding[outstanding.length - 1]
  return newest === undefined ? NO_BLOCK : { nonce: nonceOf(newest.block), hash: newest.hash }
}

/** The highest block of the peer's at the next height that is held or was refused. */
function seenBlock(channel: Channel): NamedBlock {
  const { refused } = channel
  const held = heldBlock(channel)
  const isOfPeer = refused !== null && refused.byLeft !== isLeft(channel)
  if (!isOfPeer) return held
  const nonce = refusedNonce(channel)
  return nonce > held.nonce ? { nonce, hash: refused.hash } : held
}

function heldBlock({ held, mutual }: Channel): NamedBlock {
  if (held?.block.height !== mutual.height + 1) return NO_BLOCK
  return { nonce: nonceOf(held.block), hash: nameOf(held.block).hash }
}

/** The peer asks, or answers, or both. */
export function receiveCompare(channel: Channel, message: Compare, context: ChannelContext): Step {
  // Who restores asks for more than this, and has nothing to say before.
  if (channel.restoring !== null) return still(channel)
  return inOrder(channel, context, [
    (next) => learn(next, message, context),
    (next) => still(repeatUnseen(next, message)),
    (next) => (message.question === 0 ? still(next) : answer(next, message, context)),
  ])
}

/** Nothing that counts is forgotten: then this run may sign, above all that the peer has of it. */
function learn(channel: Channel, message: Compare, context: ChannelContext): Step {
  const { incarnation } = context
  if (message.answer !== incarnation || isCompared(channel, incarnation)) return still(channel)
  // Behind, it will be shown; in another era, one of the two has yet to see the chain.
  const isBehind = message.countedNonce > countedNonce(channel)
  if (isBehind || !isSameEra(channel, message)) return still(channel)
  const compared = { ...channel, comparedIn: incarnation, askedAt: 0 }
  return inOrder(goAbove(compared, message.seen, context), context, [
    (next) => askToRepeat(next, message),
    releaseHeld,
  ])
}

/**
 * The peer's block came when this side could not judge it yet, and is not here: as it was said before the
 * answer, it will not come any more by itself.
 */
function askToRepeat(channel: Channel, { own, isPending }: Compare): Step {
  const isOver = own.nonce <= signedNonce(channel) || own.nonce <= seenBlock(channel).nonce
  if (!isPending || isOver) return still(channel)
  return { channel, outputs: [{ type: 'send', message: compareOf(channel, 0, 0) }] }
}

/** The peer neither asks nor answers: it says that it has no memory of our block. */
function repeatUnseen(channel: Channel, { question, answer, seen, ...message }: Compare): Channel {
  const pending = pendingBlock(channel)
  if (question !== 0 || answer !== 0 || pending === undefined) return channel
  if (seen.hash === pending.hash || !isSameEra(channel, message)) return channel
  return { ...channel, due: { ...channel.due, proposal: true } }
}

function isSameEra(
  { mutual }: Channel,
  { cooperativeNonce }: Pick<Compare, 'cooperativeNonce'>,
): boolean {
  return cooperativeNonce >> 32n === mutual.cooperativeNonce >> 32n
}

/** The peer has a block of ours that is not here, or another one of its place. */
function goAbove(channel: Channel, { nonce, hash }: NamedBlock, { now }: ChannelContext): Channel {
  const own = ownBlock(channel)
  if (nonce === own.nonce) return hash === own.hash ? channel : takeBack(channel)
  const { term, height, byLeft } = placeOf(nonce)
  const isKnown = nonce < own.nonce || nonce <= refusedNonce(channel)
  const isOwn = byLeft === isLeft(channel) && height === channel.mutual.height + 1
  // No process of ours has signed a term further ahead, whatever the peer says.
  if (isKnown || !isOwn || term > now + 2 * CLOCK_SKEW_SECONDS) return channel
  const refused = { hash: ZERO_HASH, term, byLeft, reason: 0, transaction: NO_TRANSACTION }
  return { ...takeBack(channel), refused }
}

/**
 * What is due is said before the answer: in the other order the peer would sign beside what is on its
 * way. So who may not say it yet asks first, unless the peer has a block out and signs no other.
 */
function answer(channel: Channel, message: Compare, context: ChannelContext): Step {
  const isUnsaid = channel.due.proposal && !isCompared(channel, context.incarnation)
  if (isUnsaid && !message.isPending) return ask(channel, message, context)
  return inOrder(channel, context, [
    (next) => letGo(next, message),
    say,
    (next) => tell(next, message, context),
  ])
}

function ask(channel: Channel, message: Compare, { now, incarnation }: ChannelContext): Step {
  if (message.answer !== 0) return still(channel)
  const question = compareOf(channel, incarnation, 0)
  return {
    channel: { ...channel, askedAt: now },
    outputs: [{ type: 'send', message: question }],
  }
}

/** The peer has no memory of the block that is held: it goes above it once it is refused. */
function letGo(channel: Channel, message: Compare): Step {
  const held = heldBlock(channel)
  const { nonce, hash } = message.own
  const isKnown = nonce > held.nonce || (nonce === held.nonce && hash === held.hash)
  if (channel.held === null || isKnown || !isSameEra(channel, message)) return still(channel)
  return refuse(channel, channel.held.block, { code: 'block_forgotten' }, NO_TRANSACTION)
}

/** Answers; who does not know yet either asks with it, once. */
function tell(channel: Channel, message: Compare, context: ChannelContext): Step {
  const { now, incarnation } = context
  const asks = !isCompared(channel, incarnation) && message.answer === 0
  const said = {
    type: 'send',
    message: compareOf(channel, asks ? incarnation : 0, message.question),
  } as const
  const next = asks ? { ...channel, askedAt: now } : channel
  const isAhead = isSameEra(channel, message) && message.countedNonce < countedNonce(channel)
  return { channel: next, outputs: isAhead ? [said, showOf(next, context)] : [said] }
}
