/**
 * After a loss of state (channel.md, "Losing state"). The side that lost waits until nothing that it
 * may have signed lives any more, reads the chain, and asks its peer. Who is ahead shows the newest
 * block with both signatures; who is behind checks the hash and its own signature, and adopts it. Then
 * the one ahead proposes a block in a new term, which outranks whatever was signed in the lost time.
 */
import { headerHash } from '@xln/shared/channel/blockCodec.ts'
import { disputeNonce } from '@xln/shared/channel/digests.ts'
import type { Lock } from '@xln/shared/channel/state.ts'
import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import type { Proof } from '@xln/shared/depository/batchItem.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import type { Hash } from '@xln/shared/ids.ts'
import type { CountedBlock, Show } from '@xln/shared/wire/channelMessage.ts'
import { receiveAck } from './acknowledge.ts'
import { type Channel, countedNonce, eraOf, isLeft, nonceOnChain, pendingBlock } from './channel.ts'
import { countOwn, noteFor } from './commit.ts'
import { endEra } from './finalise.ts'
import {
  heldNonce,
  isVoid,
  locksForgotten,
  NOTHING_WAITING,
  ownLocks,
  underNonceOnChain,
  withNonceOnChain,
} from './forget.ts'
import { loseState } from './loss.ts'
import type { ChannelContext, ChannelOutput, OutgoingShow } from './messages.ts'
import type { ClauseNote, Counted } from './parts.ts'
import {
  bodyHashOf,
  countedHeader,
  countedProof,
  digestHex,
  digestOf,
  hashedMutual,
} from './proofs.ts'
import { settled } from './settle.ts'
import { inOrder, type Part, type Step, still } from './step.ts'
import { CLOCK_SKEW_SECONDS } from './transactions/settle.ts'
import { refusals, takeBack, waitingWishes } from './waiting.ts'

/** How long a peer may take to answer before it is asked again, seconds. */
const ASK_AGAIN_SECONDS = 600

/** The wait is over: first the chain is read, and then the peer asked, again and again. */
export function onHeadWhileRestoring(channel: Channel, context: ChannelContext): Step {
  const { restoring } = channel
  if (restoring === null || context.finalTimestamp <= restoring.until) return still(channel)
  if (restoring.cooperativeNonce === null) return { channel, outputs: [{ type: 'readChannel' }] }
  // Not at every head: an answer costs the peer one of the three blocks that it may have out.
  return context.now < restoring.askedAt + ASK_AGAIN_SECONDS
    ? still(channel)
    : ask(channel, context)
}

/** Asks the peer to show and to resume the channel, if it is there. */
export function ask(channel: Channel, context: ChannelContext): Step {
  const { restoring, connected } = channel
  if (!connected || restoring === null || restoring.cooperativeNonce === null) return still(channel)
  const next = { ...channel, restoring: { ...restoring, askedAt: context.now } }
  return { channel: next, outputs: [showOf(next, context)] }
}

/** The chain was read: its nonce says whether an era has ended unseen. */
export function onViewWhileRestoring(
  channel: Channel,
  cooperativeNonce: bigint,
  context: ChannelContext,
): Step {
  const { restoring, mutual } = channel
  if (restoring === null || context.finalTimestamp <= restoring.until) return still(channel)
  // Nothing signed in an era that is over counts any more, forgotten or not.
  const isOver = eraOf(cooperativeNonce) !== eraOf(mutual.cooperativeNonce)
  const done = isOver
    ? endEra(channel, cooperativeNonce, null, context)
    : (settled(channel, cooperativeNonce, context) ?? still(channel))
  const until = done.channel.restoring?.until ?? Number.POSITIVE_INFINITY
  if (context.finalTimestamp <= until) return done
  const asked = ask(withNonceOnChain(done.channel, cooperativeNonce), context)
  return { channel: asked.channel, outputs: [...done.outputs, ...asked.outputs] }
}

/** What this side holds, with a signature that it has given before. */
export function showOf(channel: Channel, { domain }: ChannelContext): ChannelOutput {
  return { type: 'sendShow', show: contentOf(channel, domain) }
}

function contentOf(channel: Channel, domain: ChannelContext['domain']): OutgoingShow {
  const { counted, key, mutual, restoring } = channel
  const asksToResume = restoring !== null
  const header = countedHeader(channel, domain)
  const shown = hashedMutual(channel)
  if (counted === null || header === null || isVoid(channel)) {
    return { asksToResume, counted: null, mutual: shown }
  }
  const digest = digestHex(domain, key, mutual.cooperativeNonce, countedProof(channel, domain))
  const { peerSignature } = counted
  const ownIsLeft = isLeft(channel)
  return { asksToResume, counted: { header, digest, ownIsLeft, peerSignature }, mutual: shown }
}

/** The peer shows what it holds: compares it with ours, and draws the consequence. */
export function receiveShow(channel: Channel, show: Show, context: ChannelContext): Step {
  const { restoring } = channel
  const isReady = restoring !== null && restoring.cooperativeNonce !== null
  const theirs = nonceOf(show.counted)
  if (theirs > heldNonce(channel)) {
    if (!isProven(channel, show, context)) return unproven(channel)
    if (isReady) {
      return inOrder(channel, context, [
        (next) => countShown(next, show),
        (next) => adopt(next, show),
        answer(show),
      ])
    }
    if (restoring !== null) return still(channel)
    const own = channel.outstanding.find(({ hash }) => isShown(show, hash))
    if (own === undefined) return loseState(channel, context)
    // Nothing is lost here: it is our own block, whose acknowledgement was.
    return receiveAcknowledged({ ...channel, askedAt: 0 }, own.hash, show, context)
  }
  if (restoring === null) {
    if (show.asksToResume) return resume(channel, context)
    // The peer does not know that it has lost state: our block proves it.
    const isBehind = theirs < countedNonce(channel)
    return { channel, outputs: isBehind ? [showOf(channel, context)] : [] }
  }
  if (!isReady) return still(channel)
  return meetEqual(channel, show, theirs, context)
}

/** It may be a block of ours, acknowledged since this side restores: what it did is told like ever. */
function countShown(channel: Channel, show: Show): Step {
  const own = channel.outstanding.find(({ hash }) => isShown(show, hash))
  if (own === undefined) return still(channel)
  const counted = countOwn(channel, own, signatureIn(channel, show.counted as CountedBlock))
  const outputs = counted.outputs.filter(({ type }) => type !== 'restored')
  return { channel: { ...counted.channel, restoring: channel.restoring }, outputs }
}

/** A peer that has lost state itself waits to see what this side holds. */
function answer({ asksToResume }: Show): Part {
  return (channel, context) => (asksToResume ? ask(channel, context) : still(channel))
}

function receiveAcknowledged(
  channel: Channel,
  blockHash: Hash,
  show: Show,
  context: ChannelContext,
): Step {
  const signature = signatureIn(channel, show.counted as CountedBlock)
  const acknowledged = receiveAck(channel, { blockHash, signature }, context)
  if (pendingBlock(acknowledged.channel) !== undefined || !show.asksToResume) return acknowledged
  const resumed = resume(acknowledged.channel, context)
  return { channel: resumed.channel, outputs: [...acknowledged.outputs, ...resumed.outputs] }
}

/** The peer's. */
function signatureIn(
  channel: Channel,
  { leftSignature, rightSignature }: CountedBlock,
): Uint8Array {
  return isLeft(channel) ? rightSignature : leftSignature
}

function nonceOf(counted: CountedBlock | undefined): bigint {
  if (counted === undefined) return 0n
  const { term, height, proposedByLeft } = counted.header
  return disputeNonce(term, height, proposedByLeft)
}

function isShown({ counted }: Show, hash: string): boolean {
  return counted !== undefined && headerHash(counted.header) === hash
}

function unproven(channel: Channel): Step {
  const refusal = { code: 'show_unproven' } as const
  return { channel, outputs: [{ type: 'messageRefused', refusal }] }
}

/**
 * Both hold the same, or this side holds more. The next block is signed under the nonce that the chain
 * has shown: a settlement may have been made that both have forgotten, or a reorganisation may have taken
 * one back.
 */
function meetEqual(channel: Channel, show: Show, theirs: bigint, context: ChannelContext): Step {
  const isEqual = theirs === heldNonce(channel)
  // Of two that have lost state the one with the higher nonce is ahead, at equality left; one that has
  // lost nothing is ahead of one that has.
  const isAhead = show.asksToResume ? !isEqual || isLeft(channel) : !isEqual
  if (isAhead && show.asksToResume) {
    return inOrder(channel, context, [underNonceOnChain, resumeFirst])
  }
  if (!isEqual) return still(channel)
  return inOrder(channel, context, [
    underNonceOnChain,
    (next) => still(asShown(next)),
    answer(show),
  ])
}

/** Of two that have lost state, this one is ahead: it proposes. */
function resumeFirst(channel: Channel, context: ChannelContext): Step {
  const resumed = resume({ ...channel, restoring: null }, context)
  return { channel: resumed.channel, outputs: [...resumed.outputs, { type: 'restored' }] }
}

/** The peer has shown that it holds nothing else: its block may come. */
function asShown(channel: Channel): Channel {
  const { restoring } = channel
  return restoring === null ? channel : { ...channel, restoring: { ...restoring, shown: true } }
}

/**
 * The peer asked: it is shown what this side holds, and then a block in a new term with all that waits
 * here, even if that is nothing. One that is already out, and young enough to be taken, goes again.
 */
function resume(before: Channel, context: ChannelContext): Step {
  // Who asks has said how far the channel has come, as far as it knows: nobody will say more.
  const channel = { ...before, comparedIn: context.incarnation, askedAt: 0 }
  const outputs = [showOf(channel, context)]
  const pending = pendingBlock(channel)
  const isFresh =
    pending !== undefined &&
    pending.block.term > channel.mutual.term &&
    Math.abs(context.now - pending.block.term) < CLOCK_SKEW_SECONDS
  if (isFresh) return { channel: { ...channel, due: { ...channel.due, proposal: true } }, outputs }
  return { channel: { ...takeBack(channel), held: null, resumes: true }, outputs }
}

/** Whether the shown block bears both signatures, ours too, and leads to the shown state. */
function isProven(
  channel: Channel,
  { counted, mutual }: Show,
  { domain }: ChannelContext,
): boolean {
  if (counted === undefined || !isSameChannel(channel, mutual)) return false
  const { header, leftSignature, rightSignature } = counted
  if (header.channelKey !== channel.key) return false
  if (header.term !== mutual.term || header.height !== mutual.height) return false
  if (stateHash(mutual) !== header.stateHash) return false
  if (bodyHashOf(mutual, domain) !== header.proofBodyHash) return false
  const proof: Proof = {
    disputeNonce: nonceOf(counted),
    disputeWindow: mutual.disputeWindow,
    proofBodyHash: header.proofBodyHash,
    blockHash: headerHash(header),
  }
  const digest = digestOf(domain, channel.key, nonceOnChain(channel), proof)
  return (
    verifyEntitySignature(domain, mutual.left, digest, leftSignature) &&
    verifyEntitySignature(domain, mutual.right, digest, rightSignature)
  )
}

function isSameChannel(channel: Channel, mutual: Channel['mutual']): boolean {
  const own = channel.mutual
  const today = nonceOnChain(channel)
  return (
    mutual.left === own.left &&
    mutual.right === own.right &&
    mutual.chainId === own.chainId &&
    mutual.depository === own.depository &&
    mutual.cooperativeNonce <= today &&
    mutual.namedNonce >= today
  )
}

/** The peer's newest state becomes ours. What this side had proposed is older than it. */
function adopt(channel: Channel, { counted, mutual }: Show): Step {
  const { restoring } = channel
  if (restoring === null || counted === undefined) return still(channel)
  const { header } = counted
  const adopted: Counted = {
    byLeft: header.proposedByLeft,
    timestamp: header.timestamp,
    chainPosition: header.chainPosition,
    prevBlockHash: header.prevBlockHash,
    transactionsHash: header.transactionsHash,
    hashedNonce: mutual.cooperativeNonce,
    peerSignature: signatureIn(channel, counted),
  }
  const next: Channel = {
    ...channel,
    ...NOTHING_WAITING,
    mutual: {
      ...mutual,
      cooperativeNonce: nonceOnChain(channel),
      prevBlockHash: headerHash(header),
    },
    counted: adopted,
    notes: notesOf(mutual.locks, channel),
    restoring: { ...restoring, shown: true },
  }
  const shown = mutual.locks.map((lock): ChannelOutput => {
    return { type: 'lockShown', lock, incoming: lock.fromLeft !== isLeft(channel) }
  })
  const forgotten = locksForgotten(channel, mutual.locks)
  const dropped = refusals(waitingWishes(channel), { code: 'state_lost' })
  return { channel: next, outputs: [...shown, ...forgotten, ...dropped] }
}

/** What the lost state knew of own locks that are still open: whom to tell how they end. */
function notesOf(locks: readonly Lock[], before: Channel): ClauseNote[] {
  const known = new Map(ownLocks(before).map(({ lock, origin }) => [lock.hashlock, origin]))
  for (const { transaction, origin } of waitingWishes(before)) {
    if (transaction.type === 'lock') known.set(transaction.hashlock, origin)
  }
  return locks
    .filter(({ fromLeft, hashlock }) => fromLeft === isLeft(before) && known.has(hashlock))
    .map(({ id, hashlock }) => noteFor(id, known.get(hashlock) ?? null))
}
