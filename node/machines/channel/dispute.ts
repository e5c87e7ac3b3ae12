/**
 * Disputes. From the moment this side signs a start, or sees one of either side, it signs no block
 * more: what is signed is evidence. A start or a counter with less than this side holds is answered at
 * first sight, before it is final; that costs nothing if the chain takes it back.
 */
import { encodeRatios } from '@xln/shared/channel/clauses.ts'
import type { Mutual } from '@xln/shared/channel/state.ts'
import type { BatchItem, Proof } from '@xln/shared/depository/batchItem.ts'
import type { DisputeCountered, DisputeStarted } from '@xln/shared/depository/events.ts'
import { type Hash, type TokenId, ZERO_HASH } from '@xln/shared/ids.ts'
import {
  type Channel,
  eraOf,
  isLeft,
  noDispute,
  nonceOnChain,
  noteOf,
  peerOf,
  pendingBlock,
} from './channel.ts'
import { countOwn } from './commit.ts'
import { allStates } from './former.ts'
import { LONGEST_LIFE_SECONDS } from './loss.ts'
import type { ChannelContext, ChannelOutput } from './messages.ts'
import type { Dispute, OwnBlock, Standing } from './parts.ts'
import {
  bodyHashOf,
  countedProof,
  digestHex,
  isSignedByPeer,
  ownProof,
  resultOf,
} from './proofs.ts'
import { type Step, still } from './step.ts'
import { refuseQueue } from './waiting.ts'

/** A proof that this side can show: with the peer's signature on it. */
export interface Evidence {
  readonly cooperativeNonce: bigint
  readonly proof: Proof
  readonly peerSignature: Uint8Array
}

/** As many further tokens as a side may name in a dispute. */
const NAMED_TOKENS_MAX = 16

/** The highest proof that this side can show under `cooperativeNonce`. */
export function newestEvidence(
  channel: Channel,
  cooperativeNonce: bigint,
  context: ChannelContext,
): Evidence | undefined {
  if (channel.former.length === 0) return evidenceOf(channel, cooperativeNonce, context)
  for (const state of allStates(channel)) {
    const evidence = evidenceOf(state, cooperativeNonce, context)
    if (evidence !== undefined && isSigned(channel, evidence, context)) return evidence
  }
  return undefined
}

/** When the chain has taken a settlement back, what counts may be signed under its nonce alone. */
function isSigned(channel: Channel, evidence: Evidence, { domain }: ChannelContext): boolean {
  const { cooperativeNonce, proof, peerSignature } = evidence
  return isSignedByPeer(channel, domain, cooperativeNonce, proof, peerSignature)
}

function evidenceOf(
  channel: Channel,
  cooperativeNonce: bigint,
  { domain }: ChannelContext,
): Evidence | undefined {
  const { counted, mutual, settlement } = channel
  if (cooperativeNonce === mutual.cooperativeNonce) {
    const own = channel.outstanding.findLast(({ peerSignature }) => peerSignature !== null)
    if (own !== undefined) {
      const peerSignature = own.peerSignature as Uint8Array
      return { cooperativeNonce, proof: ownProof(channel, own), peerSignature }
    }
    if (counted === null) return undefined
    const { peerSignature } = counted
    return { cooperativeNonce, proof: countedProof(channel, domain), peerSignature }
  }
  const newProof = settlement?.newProofSignature ?? null
  if (settlement?.transaction.newNonce !== cooperativeNonce || newProof === null) return undefined
  return { cooperativeNonce, proof: countedProof(channel, domain), peerSignature: newProof }
}

const EMPTY_PROOF: Proof = {
  disputeNonce: 0n,
  disputeWindow: 0,
  proofBodyHash: ZERO_HASH,
  blockHash: ZERO_HASH,
}

/** Signs a start with the newest proof; with nothing signed yet, with the proof of the empty body. */
export function startDispute(channel: Channel, context: ChannelContext): Step {
  const cooperativeNonce = nonceOnChain(channel)
  const evidence = newestEvidence(channel, cooperativeNonce, context)
  const proof = evidence?.proof ?? EMPTY_PROOF
  const start: BatchItem = {
    type: 'start',
    peer: peerOf(channel),
    cooperativeNonce,
    proof,
    peerSignature: evidence?.peerSignature ?? new Uint8Array(0),
  }
  const dispute = { ...noDispute, startedByUs: true, submittedNonce: proof.disputeNonce }
  const next = { ...channel, dispute }
  const items = [
    submit(start, false),
    ...argumentItems(next, context, unnamedTokens(channel, proof)),
  ]
  const refused = refuseQueue(next, { code: 'disputed' })
  return { channel: refused.channel, outputs: [...items, ...refused.outputs] }
}

function submit(item: BatchItem, urgent: boolean): ChannelOutput {
  return { type: 'submit', item, urgent }
}

/** A dispute stands on chain, or another proof in it; `block` is where it was seen. */
export function onPosted(
  channel: Channel,
  event: DisputeStarted | DisputeCountered,
  block: number,
  final: boolean,
  context: ChannelContext,
): Step {
  return onStanding(channel, standingOf(channel.dispute, event, block, final), context)
}

/** What stands is compared with what this side holds, and answered. */
export function onStanding(channel: Channel, standing: Standing, context: ChannelContext): Step {
  const before = channel.dispute ?? noDispute
  const known = before.standing
  const isSame =
    known?.nonce === standing.nonce && known.cooperativeNonce === standing.cooperativeNonce
  if (isSame && known.final && !standing.final) return still(channel)
  // Only what is final can tell a late notice by its lower nonce: what was merely seen may be undone by
  // a reorganisation, and then the lower one is what stands.
  const isLate =
    known?.final === true &&
    known.cooperativeNonce === standing.cooperativeNonce &&
    known.nonce > standing.nonce
  if (isLate) return still(channel)
  const isNew = !isSame
  const answered = counter({ ...channel, dispute: { ...before, standing } }, context)
  if (!isNew) return answered

  const evidence = newestEvidence(channel, standing.cooperativeNonce, context)
  const fact = {
    type: 'disputeSeen',
    byUs: standing.startedByLeft === isLeft(channel),
    stale: evidence !== undefined && evidence.proof.disputeNonce > standing.nonce,
    deadline: standing.deadline,
  } as const
  const argued = argumentItems(answered.channel, context, [])
  const refused = refuseQueue(answered.channel, { code: 'disputed' })
  const outputs = [fact, ...answered.outputs, ...argued, ...refused.outputs]
  return { channel: refused.channel, outputs }
}

function standingOf(
  dispute: Dispute | null,
  event: DisputeStarted | DisputeCountered,
  seenBlock: number,
  final: boolean,
): Standing {
  const { cooperativeNonce, proof, deadline } = event
  const isStart = event.type === 'disputeStarted'
  return {
    cooperativeNonce,
    nonce: proof.disputeNonce,
    proofBodyHash: proof.proofBodyHash,
    startedByLeft: isStart ? event.startedByLeft : (dispute?.standing?.startedByLeft ?? true),
    poster: isStart ? (event.startedByLeft ? 'left' : 'right') : event.poster,
    deadline,
    seenBlock,
    final,
  }
}

/** Shows the newest proof if it is higher than what stands and has not been shown yet. */
export function counter(channel: Channel, context: ChannelContext): Step {
  const { dispute, mutual } = channel
  const standing = dispute?.standing
  if (dispute === null || !standing) return still(channel)
  const evidence = newestEvidence(channel, standing.cooperativeNonce, context)
  // By the chain's own clock: ours may be ahead of it, and a counter that is refused costs little.
  const isOver = context.finalTimestamp >= standing.deadline
  if (evidence === undefined || isOver) return still(channel)
  const { proof, peerSignature, cooperativeNonce } = evidence
  const { disputeNonce } = proof
  if (disputeNonce <= standing.nonce || disputeNonce <= dispute.submittedNonce) {
    return still(channel)
  }

  const digest = digestHex(context.domain, channel.key, cooperativeNonce, proof)
  const item: BatchItem = {
    type: 'counter',
    left: mutual.left,
    right: mutual.right,
    cooperativeNonce,
    proof,
    leftSignature: isLeft(channel) ? { digest } : { signature: peerSignature },
    rightSignature: isLeft(channel) ? { signature: peerSignature } : { digest },
  }
  const next = { ...channel, dispute: { ...dispute, submittedNonce: disputeNonce } }
  return { channel: next, outputs: [submit(item, true)] }
}

/** A signature came late: it settles nothing, but may be higher than what stands. */
export function counterWithEvidence(channel: Channel, context: ChannelContext): Step {
  return counter(channel, context)
}

/** Another batch took the place of ours, or it expired: the start, or the counter, was never made. */
export function onItemEnded(
  channel: Channel,
  item: BatchItem,
  done: boolean,
  context: ChannelContext,
): Step {
  const { dispute } = channel
  if (dispute === null) return still(channel)
  if (done) return onItemDone(channel, dispute, item)
  if (item.type === 'start') {
    if (!isNewestStart(channel, item.cooperativeNonce)) return still(channel)
    const next = { ...channel, dispute: { ...dispute, startedByUs: false, submittedNonce: 0n } }
    return dispute.standing === null ? leaveDispute(next) : counter(next, context)
  }
  if (item.type === 'counter' && item.proof.disputeNonce === dispute.submittedNonce) {
    return counter({ ...channel, dispute: { ...dispute, submittedNonce: 0n } }, context)
  }
  return still(channel)
}

/**
 * A start from before a settlement says nothing of the one that may have followed it. But one under a
 * nonce that the chain has taken back since is still the one that is waited for.
 */
function isNewestStart(channel: Channel, cooperativeNonce: bigint): boolean {
  const standing = nonceOnChain(channel)
  return eraOf(cooperativeNonce) === eraOf(standing) && cooperativeNonce >= standing
}

/**
 * If it really was made, the chain shows so before the next head: the dispute stands, or the counter does.
 * Else its nonce was used by another batch of this entity, of a time that was lost; see {@link onHeadInDispute}.
 */
function onItemDone(channel: Channel, dispute: Dispute, item: BatchItem): Step {
  if (item.type === 'counter' && item.proof.disputeNonce === dispute.submittedNonce) {
    return still({ ...channel, dispute: { ...dispute, submittedNonce: 0n } })
  }
  const isOurs = item.type === 'start' && isNewestStart(channel, item.cooperativeNonce)
  if (!isOurs || !dispute.startedByUs) return still(channel)
  return still({ ...channel, dispute: { ...dispute, startUntil: 0 } })
}

/**
 * A dispute that was final is gone: the chain went back deeper than its confirmations. Our own start is
 * public then, and its batch may be made again while it lives.
 */
export function onDisputeGone(channel: Channel, dispute: Dispute, context: ChannelContext): Step {
  const { now, finalTimestamp } = context
  const startUntil =
    dispute.startUntil === null ? null : Math.max(now, finalTimestamp) + LONGEST_LIFE_SECONDS
  const gone = { ...noDispute, startedByUs: dispute.startedByUs, startUntil }
  const next = { ...channel, dispute: gone }
  return dispute.startedByUs ? still(next) : leaveDispute(next)
}

/** A dispute seen before it was final is gone: final blocks have passed it; or a start can be made no more. */
export function onHeadInDispute(channel: Channel, context: ChannelContext): Step {
  const { finalBlock, finalTimestamp } = context
  const { dispute } = channel
  if (dispute === null) return still(channel)
  const { standing, startUntil } = dispute
  if (standing === null) {
    const isOver = startUntil !== null && finalTimestamp > startUntil
    return isOver ? leaveDispute(channel) : still(channel)
  }
  // What was to counter it may not have been made.
  if (standing.final) return counter(channel, context)
  if (finalBlock <= standing.seenBlock) return still(channel)
  const next = { ...channel, dispute: { ...dispute, standing: null, submittedNonce: 0n } }
  return dispute.startedByUs ? { channel: next, outputs: [] } : leaveDispute(next)
}

/** There is no dispute any more, and the same era goes on: a signature that came meanwhile counts now. */
export function leaveDispute(channel: Channel): Step {
  const next = { ...channel, dispute: null }
  const pending = pendingBlock(next)
  // Who has lost state goes on from what its peer shows, and from nothing else.
  if (pending === undefined || next.restoring !== null) return { channel: next, outputs: [] }
  if (pending.peerSignature === null) {
    return { channel: { ...next, due: { ...next.due, proposal: true } }, outputs: [] }
  }
  return countOwn(next, pending, pending.peerSignature)
}

/**
 * What this side says to the offers of the peer that it means to fill, for every body that it has
 * signed and that may yet stand; and, once, further tokens to be closed.
 */
function argumentItems(
  channel: Channel,
  { domain }: ChannelContext,
  tokens: readonly TokenId[],
): ChannelOutput[] {
  const outputs: ChannelOutput[] = []
  const peer = peerOf(channel)
  let unnamed = tokens
  const commit = (proofBodyHash: Hash, data: Uint8Array): void => {
    outputs.push(submit({ type: 'arguments', peer, proofBodyHash, data, tokens: unnamed }, true))
    unnamed = []
  }
  for (const mutual of signedBodies(channel)) {
    const data = ratiosFor(channel, mutual)
    if (data === undefined) continue
    const bodyHash = bodyHashOf(mutual, domain)
    if (!isCommitted(channel, bodyHash)) commit(bodyHash, data)
  }
  if (unnamed.length > 0) commit(ZERO_HASH, new Uint8Array(0))
  return outputs
}

/** The states whose bodies this side has signed above and at the newest that counts. */
export function signedBodies(channel: Channel): Mutual[] {
  const own = channel.outstanding.map((block: OwnBlock) => resultOf(channel, block).mutual)
  return [channel.mutual, ...own]
}

function isCommitted(channel: Channel, bodyHash: Hash): boolean {
  const left = isLeft(channel)
  return (
    channel.dispute?.arguments.some(
      ({ byLeft, proofBodyHash }) => byLeft === left && proofBodyHash === bodyHash,
    ) ?? false
  )
}

/** Four bytes for each of the peer's offers in their order; `undefined` if none is to be filled. */
function ratiosFor(channel: Channel, { offers }: Mutual): Uint8Array | undefined {
  const ofPeer = offers.filter(({ ownerIsLeft }) => ownerIsLeft !== isLeft(channel))
  const ratios = ofPeer.map(({ id }) => noteOf(channel, id)?.ratio ?? 0)
  return ratios.some((ratio) => ratio > 0) ? encodeRatios(ratios) : undefined
}

/** Tokens with something on chain that the body does not close. */
function unnamedTokens(channel: Channel, { disputeNonce }: Proof): TokenId[] {
  const inBody = new Set<TokenId>()
  if (disputeNonce !== 0n) for (const { token } of channel.mutual.tokens) inBody.add(token)
  return channel.view.tokens
    .filter(({ token, collateral }) => collateral !== 0n && !inBody.has(token))
    .map(({ token }) => token)
    .slice(0, NAMED_TOKENS_MAX)
}
