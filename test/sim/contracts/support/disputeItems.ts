/** What sides and strangers do in a dispute: mostly as they may, sometimes too early, late or wrongly. */

import { encodeRatios } from '@xln/shared/channel/clauses.ts'
import { disputeProofDigest } from '@xln/shared/channel/digests.ts'
import type { ProofBody } from '@xln/shared/channel/proofBody.ts'
import type {
  DisputeArguments,
  DisputeCounter,
  DisputeFinalise,
  DisputeStart,
} from '@xln/shared/depository/batch.ts'
import type { Proof } from '@xln/shared/depository/batchItem.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { TokenId } from '@xln/shared/ids.ts'
import { RATIO_MAX } from '@xln/shared/limits.ts'
import { toBeHex } from 'ethers'
import { NO_HASH } from './bodies.ts'
import { type Entity, signAs, signWrongly } from './cast.ts'
import type { ChannelState, Knowledge } from './knowledge.ts'

const NOTHING = new Uint8Array(0)
const EMPTY_PROOF: Proof = {
  disputeNonce: 0n,
  disputeWindow: 0,
  proofBodyHash: NO_HASH,
  blockHash: NO_HASH,
}

/** Of a channel of the actor that needs no dispute; in an open one it acts as a counter. */
export function drawStart(known: Knowledge, actor: Entity): DisputeStart {
  const { random } = known
  const peer = random.chance(0.02) ? actor : known.pickOther(actor)
  const channel = known.channelOf(actor, peer)
  const isEmpty = random.chance(channel.deadline === 0 ? 0.15 : 0.05)
  const proof = isEmpty ? drawEmptyProof(known) : drawProof(known, channel)
  const cooperativeNonce = nonceOf(known, channel)
  const isSigned = !isEmpty || random.chance(0.05)
  const peerSignature = isSigned
    ? signProof(known, channel, peer, cooperativeNonce, proof)
    : NOTHING
  return { peer: peer.id, cooperativeNonce, proof, peerSignature }
}

export function drawCounter(known: Knowledge, actor?: Entity): DisputeCounter {
  const { random } = known
  const channel = known.pickChannel(random.chance(0.8) ? actor : undefined, isRunning(known))
  const { left, right } = channel
  const cooperativeNonce = nonceOf(known, channel)
  const proof = drawProof(known, channel)
  const ends = random.chance(0.03)
    ? { left: right.id, right: left.id }
    : { left: left.id, right: right.id }
  return {
    ...ends,
    cooperativeNonce,
    proof,
    leftSignature: signProof(known, channel, left, cooperativeNonce, proof),
    rightSignature: signProof(known, channel, right, cooperativeNonce, proof),
  }
}

function isRunning({ now }: Knowledge): (state: ChannelState) => boolean {
  return ({ deadline }) => now < deadline
}

/** Past its deadline, or perhaps posted by the peer of `actor`. */
function isOver({ now }: Knowledge, actor?: Entity): (state: ChannelState) => boolean {
  return ({ deadline }) => deadline !== 0 && (deadline <= now || actor !== undefined)
}

function nonceOf({ random }: Knowledge, { cooperativeNonce }: ChannelState): bigint {
  return random.chance(0.04) ? cooperativeNonce + 1n : cooperativeNonce
}

function drawEmptyProof({ random }: Knowledge): Proof {
  return random.chance(0.1) ? { ...EMPTY_PROOF, disputeWindow: 600 } : EMPTY_PROOF
}

/** Mostly a little higher than what stands. */
function drawProof(known: Knowledge, { standingNonce }: ChannelState): Proof {
  const { random } = known
  const above = standingNonce + BigInt(random.between(-1, 5))
  const fresh = BigInt(random.between(1, 12))
  const higher = standingNonce !== 0n && random.chance(0.8) ? above : fresh
  const term = random.chance(0.1) ? 1n << 48n : 0n
  const nonce = higher + term
  return {
    disputeNonce: nonce < 1n ? 1n : nonce,
    disputeWindow: random.chance(0.95)
      ? random.pick([600, 601, 900, 604_800])
      : random.pick([599, 604_801]),
    proofBodyHash: random.chance(0.005) ? NO_HASH : known.pickBody(),
    blockHash: random.pick([NO_HASH, toBeHex(5, 32) as typeof NO_HASH]),
  }
}

function signProof(
  known: Knowledge,
  { left, right }: ChannelState,
  signer: Entity,
  cooperativeNonce: bigint,
  proof: Proof,
): Uint8Array {
  const { random, domain } = known
  const channelKey = channelKeyOf(left.id, right.id)
  const digest = disputeProofDigest(domain, { channelKey, cooperativeNonce, ...proof })
  return (random.chance(0.05) ? signWrongly : signAs)(
    random,
    domain,
    known.inOffice(signer.id),
    digest,
  )
}

// ─── What is given ──────────────────────────────────────────────────────────────────────────────

export function drawArguments(known: Knowledge, actor: Entity): DisputeArguments {
  const { random } = known
  const channel = known.pickChannel(actor, isRunning(known))
  const { left, right, proofBodyHash: standing } = channel
  const peer = random.chance(0.02) ? actor : actor === left ? right : left
  const isForBody = random.chance(0.75)
  const proofBodyHash = random.chance(0.8) ? standing : known.pickBody()
  return {
    peer: peer.id,
    proofBodyHash: isForBody ? proofBodyHash : NO_HASH,
    data: isForBody || random.chance(0.05) ? drawData(known) : NOTHING,
    tokens: random.chance(isForBody ? 0.3 : 0.95) ? drawTokens(known) : [],
  }
}

function drawData({ random }: Knowledge): Uint8Array {
  if (random.chance(0.04)) return new Uint8Array(random.pick([2_048, 2_049]))
  const ratio = () => random.pick([0, 1, RATIO_MAX >>> 1, RATIO_MAX >>> 2, RATIO_MAX])
  const data = encodeRatios(Array.from({ length: random.between(0, 3) }, ratio))
  return random.chance(0.1) ? data.slice(1) : data
}

function drawTokens({ random, tokens }: Knowledge): readonly TokenId[] {
  const many = (count: number) => Array.from({ length: count }, (_, i) => toBeHex(i, 32) as TokenId)
  return random.pick([
    ...[tokens, tokens, tokens, tokens.slice(0, 1), tokens.slice(1)],
    ...[[...tokens].reverse(), [...tokens, ...tokens.slice(1)], many(16), many(17)],
  ])
}

// ─── The end ────────────────────────────────────────────────────────────────────────────────────

export function drawFinalise(known: Knowledge, actor?: Entity): DisputeFinalise {
  const { random } = known
  const channel = known.pickChannel(random.chance(0.9) ? actor : undefined, isOver(known, actor))
  const place = `${channel.left.id}/${channel.right.id}`
  const { proofBodyHash: hash } = channel
  const sound: DisputeFinalise = {
    left: channel.left.id,
    right: channel.right.id,
    body: known.standingBody(channel),
    leftArguments: known.arguments.get(`${place}/true/${hash}`) ?? NOTHING,
    rightArguments: known.arguments.get(`${place}/false/${hash}`) ?? NOTHING,
    leftTokens: known.named.get(`${place}/true`) ?? [],
    rightTokens: known.named.get(`${place}/false`) ?? [],
  }
  return random.chance(0.85) ? sound : { ...sound, ...wrong(known, sound) }
}

function wrong(known: Knowledge, sound: DisputeFinalise): Partial<DisputeFinalise> {
  const { random, tokens } = known
  const otherBody = known.bodies.get(known.pickBody()) as ProofBody
  const other = random.pick([NOTHING, Uint8Array.of(1), new Uint8Array(4)])
  const changes: readonly Partial<DisputeFinalise>[] = [
    { left: sound.right, right: sound.left },
    { body: otherBody },
    { leftArguments: other },
    { rightArguments: other },
    { leftTokens: random.pick([[], tokens]) },
    { rightTokens: random.pick([[], tokens]) },
  ]
  return random.pick(changes)
}
