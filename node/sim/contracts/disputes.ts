/** Opens a dispute, replaces the proof on which it stands by a higher one, and keeps what sides give. */
import { disputeProofDigest } from '@xln/shared/channel/digests.ts'
import type {
  DisputeArguments,
  DisputeCounter,
  DisputeStart,
} from '@xln/shared/depository/batch.ts'
import type { Proof } from '@xln/shared/depository/batchItem.ts'
import type { Poster } from '@xln/shared/depository/events.ts'
import { type EntityId, ZERO_HASH } from '@xln/shared/ids.ts'
import {
  ARGUMENTS_MAX,
  DISPUTE_WINDOW_MAX,
  DISPUTE_WINDOW_MIN,
  NAMED_TOKENS_MAX,
} from '@xln/shared/limits.ts'
import { type Pair, pairOf, posterOf } from './channels.ts'
import { emit, type Frame } from './frame.ts'
import { type Refusal, refuse } from './reverts.ts'
import { hasProven } from './signatures.ts'
import { type Channel, placeOf } from './world.ts'

/** The height at which a proof was signed: `disputeNonce` is `term · 2^48 + 2 · height + side`. */
export function heightOf(disputeNonce: bigint): bigint {
  return BigInt.asUintN(48, disputeNonce) >> 1n
}

/** Opens a dispute of `actor`, or counters in one that is open. */
export function start(frame: Frame, actor: EntityId, item: DisputeStart): Refusal | undefined {
  if (actor === item.peer) return refuse('SelfChannel', actor)
  const pair = pairOf(actor, item.peer)
  const channel = frame.world.channelOf(pair.key)
  const { cooperativeNonce, proof } = item
  const byLeft = actor === pair.left
  const isEmpty = proof.disputeNonce === 0n
  const judged = isEmpty ? SIGNED_TODAY : judge(frame, pair, item, item.peer, item.peerSignature)
  const refusal =
    refuseNonces(frame, channel, cooperativeNonce, proof.disputeNonce) ??
    (isEmpty ? refuseEmpty(item) : (refuseProof(proof) ?? judged.refusal))
  if (refusal !== undefined) return refusal

  // The batch is the actor's own signature on the proof, by its board of today.
  const leftOutgoing = !byLeft && judged.outgoing
  const standing = { ...channel, leftOutgoing, rightOutgoing: byLeft && judged.outgoing }
  const poster = byLeft ? 'left' : 'right'
  if (channel.deadline !== 0) post(frame, pair, standing, poster, proof)
  else open(frame, pair, { ...standing, startedByLeft: byLeft }, poster, proof)
  return undefined
}

/** Replaces the proof on which a dispute stands, with the signatures of both sides; `actor` may be nobody. */
export function counter(
  frame: Frame,
  actor: EntityId | undefined,
  item: DisputeCounter,
): Refusal | undefined {
  const { left, right, cooperativeNonce, proof, leftSignature, rightSignature } = item
  if (left >= right) return refuse('LeftNotBelowRight', left, right)
  const pair = pairOf(left, right)
  const channel = frame.world.channelOf(pair.key)
  const byLeft = judge(frame, pair, item, left, leftSignature)
  const byRight = judge(frame, pair, item, right, rightSignature)
  const refusal =
    refuseWithoutDispute(pair, channel) ??
    refuseNonces(frame, channel, cooperativeNonce, proof.disputeNonce) ??
    refuseProof(proof) ??
    byLeft.refusal ??
    byRight.refusal
  if (refusal !== undefined) return refusal

  const outgoing = { leftOutgoing: byLeft.outgoing, rightOutgoing: byRight.outgoing }
  post(frame, pair, { ...channel, ...outgoing }, posterOf(pair, actor), proof)
  return undefined
}

export function refuseWithoutDispute(pair: Pair, { deadline }: Channel): Refusal | undefined {
  return deadline === 0 ? refuse('NoDispute', pair.left, pair.right) : undefined
}

/** Of this era, and in an open dispute in time and higher than what stands. */
function refuseNonces(
  frame: Frame,
  channel: Channel,
  cooperativeNonce: bigint,
  disputeNonce: bigint,
): Refusal | undefined {
  if (cooperativeNonce !== channel.cooperativeNonce) {
    return refuse('CooperativeNonceWrong', cooperativeNonce, channel.cooperativeNonce)
  }
  if (channel.deadline === 0) return undefined
  if (frame.now >= channel.deadline) return refuse('DisputeClosed', channel.deadline)
  if (disputeNonce > channel.standingNonce) return undefined
  return refuse('DisputeNonceNotHigher', disputeNonce, channel.standingNonce)
}

/** Nobody signs a height of 0: the only proof of that height is the whole nonce 0. */
function refuseProof({ disputeNonce, disputeWindow }: Proof): Refusal | undefined {
  if (heightOf(disputeNonce) === 0n) return refuse('DisputeNonceInvalid', disputeNonce)
  if (disputeWindow < DISPUTE_WINDOW_MIN || disputeWindow > DISPUTE_WINDOW_MAX) {
    return refuse('WindowInvalid', disputeWindow)
  }
  return undefined
}

/** The proof that nothing was signed shows nothing. */
function refuseEmpty({ proof, peerSignature }: DisputeStart): Refusal | undefined {
  const isEmpty =
    proof.disputeWindow === 0 &&
    proof.proofBodyHash === ZERO_HASH &&
    proof.blockHash === ZERO_HASH &&
    peerSignature.length === 0
  return isEmpty ? undefined : refuse('DisputeNonceInvalid', 0n)
}

/** What a signature on a proof is worth. */
interface Judged {
  readonly refusal: Refusal | undefined
  /** Whether it rests on a board that has been replaced. */
  readonly outgoing: boolean
}

const SIGNED_TODAY: Judged = { refusal: undefined, outgoing: false }

function judge(
  frame: Frame,
  { key }: Pair,
  { cooperativeNonce, proof }: { readonly cooperativeNonce: bigint; readonly proof: Proof },
  entity: EntityId,
  signature: Uint8Array,
): Judged {
  const digest = disputeProofDigest(frame.domain, { channelKey: key, cooperativeNonce, ...proof })
  const { signed, outgoing } = hasProven(frame, entity, digest, signature)
  return { refusal: signed ? undefined : refuse('SignatureInvalid', entity, digest), outgoing }
}

function open(frame: Frame, pair: Pair, channel: Channel, poster: Poster, proof: Proof): void {
  const startHeight = heightOf(proof.disputeNonce)
  const { left, right } = pair
  const { startedByLeft, cooperativeNonce } = channel
  const deadline = stand(frame, pair, { ...channel, startHeight }, poster, proof)
  const sides = { left, right, startedByLeft }
  emit(frame, { type: 'disputeStarted', ...sides, cooperativeNonce, proof, deadline })
}

/** Starter and start height stay as they were. */
function post(frame: Frame, pair: Pair, channel: Channel, poster: Poster, proof: Proof): void {
  const { left, right } = pair
  const { cooperativeNonce } = channel
  const deadline = stand(frame, pair, channel, poster, proof)
  emit(frame, { type: 'disputeCountered', left, right, poster, cooperativeNonce, proof, deadline })
}

/** Every proof brings its own full window, in which it can be answered. */
function stand(
  frame: Frame,
  { key }: Pair,
  channel: Channel,
  poster: Poster,
  { disputeNonce: standingNonce, disputeWindow, proofBodyHash }: Proof,
): number {
  const deadline = frame.now + (standingNonce === 0n ? DISPUTE_WINDOW_MAX : disputeWindow)
  const standing = { standingNonce, deadline, poster, proofBodyHash }
  frame.world.channels.set(key, { ...channel, ...standing })
  return deadline
}

// ─── Commitments ────────────────────────────────────────────────────────────────────────────────

/** Keeps arguments for a proof body, and further tokens to be closed: both parts of `item`, or neither. */
export function commit(frame: Frame, actor: EntityId, item: DisputeArguments): Refusal | undefined {
  if (actor === item.peer) return refuse('SelfChannel', actor)
  const pair = pairOf(actor, item.peer)
  const byLeft = actor === pair.left
  const refusal = refuseCommitment(frame, pair, byLeft, item)
  if (refusal !== undefined) return refusal

  const { proofBodyHash, data, tokens } = item
  const { left, right } = pair
  const place = placeOf(pair.key, frame.world.channelOf(pair.key).cooperativeNonce, byLeft)
  if (proofBodyHash !== ZERO_HASH) {
    const given = { data: data.slice(), committedAt: frame.now }
    frame.world.commitments.set(`${place}/${proofBodyHash}`, given)
    emit(frame, { type: 'argumentsCommitted', left, right, byLeft, proofBodyHash, data })
  }
  if (tokens.length > 0) {
    frame.world.named.set(place, tokens)
    emit(frame, { type: 'tokensNamed', left, right, byLeft, tokens })
  }
  return undefined
}

function refuseCommitment(
  frame: Frame,
  pair: Pair,
  byLeft: boolean,
  item: DisputeArguments,
): Refusal | undefined {
  const channel = frame.world.channelOf(pair.key)
  const { deadline, cooperativeNonce } = channel
  const refusal = refuseWithoutDispute(pair, channel)
  if (refusal !== undefined) return refusal
  if (frame.now >= deadline) return refuse('DisputeClosed', deadline)
  const wrongShape = refuseShape(item)
  if (wrongShape !== undefined) return wrongShape

  const place = placeOf(pair.key, cooperativeNonce, byLeft)
  if (frame.world.commitments.get(`${place}/${item.proofBodyHash}`) !== undefined) {
    return refuse('ArgumentsCommittedBefore', item.proofBodyHash)
  }
  const isNamed = frame.world.named.get(place) !== undefined
  return item.tokens.length > 0 && isNamed ? refuse('TokensNamedBefore') : undefined
}

/** Arguments are for a body, perhaps empty ones; without a body there must be tokens. */
function refuseShape({ proofBodyHash, data, tokens }: DisputeArguments): Refusal | undefined {
  if (data.length > ARGUMENTS_MAX) return refuse('ArgumentsTooLarge', data.length)
  const hasBody = proofBodyHash !== ZERO_HASH
  if (!hasBody && data.length > 0) return refuse('ArgumentsWrong', false)
  const isValid =
    (hasBody || tokens.length > 0) &&
    tokens.length <= NAMED_TOKENS_MAX &&
    tokens.every((token, place) => place === 0 || (tokens[place - 1] ?? token) < token)
  return isValid ? undefined : refuse('TokensInvalid')
}
