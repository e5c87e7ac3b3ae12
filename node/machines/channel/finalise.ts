/** How a dispute ends: this side asks for it as soon as it may, and the channel starts again. */
import { maxBigint } from '@xln/shared/amounts.ts'
import { type ProofBody, proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import type { Mutual } from '@xln/shared/channel/state.ts'
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { DisputeFinalised } from '@xln/shared/depository/events.ts'
import { DISPUTE_WINDOW_DEFAULT } from '@xln/shared/limits.ts'
import {
  type Channel,
  eraOf,
  genesisMutual,
  isFirstOfEra,
  isLeft,
  NOTHING_DUE,
  nonceOf,
  noteOf,
} from './channel.ts'
import { countOwn, noteFor } from './commit.ts'
import { newestEvidence, signedBodies } from './dispute.ts'
import { allStates, asBefore, keepJudged, wasJudged } from './former.ts'
import { loseState } from './loss.ts'
import type { ChannelContext, ChannelFact, ChannelOutput } from './messages.ts'
import type { Dispute, OwnBlock, Restoring, Standing } from './parts.ts'
import { bodyHashOf, isSignedByPeer, nameOf, proofOf } from './proofs.ts'
import { EMPTY_QUEUE } from './queue.ts'
import { type Step, still } from './step.ts'
import { SETTLEMENT_LIFE_SECONDS } from './transactions/settle.ts'
import { refusals, waitingWishes } from './waiting.ts'

/** How long this side waits before it asks again, seconds. */
const FINALISE_RETRY_SECONDS = 600

const EMPTY_BODY: ProofBody = { tokenIds: [], offdeltas: [], clauses: [] }

/** Submits the end of a final dispute: from its deadline on, or before when this side agrees early. */
export function finalise(channel: Channel, context: ChannelContext): Step {
  const { dispute } = channel
  const standing = dispute?.standing
  if (!dispute || !standing?.final) return { channel, outputs: [] }
  const asked = dispute.finaliseAskedAt
  if (asked !== 0 && context.now < asked + FINALISE_RETRY_SECONDS) return { channel, outputs: [] }
  const isDue = context.finalTimestamp >= standing.deadline
  if (!isDue && !mayFinaliseEarly(channel, standing, context)) return { channel, outputs: [] }

  const mutual = standingState(channel, standing, context)
  if (mutual === undefined) return { channel, outputs: [] }
  if (mutual !== null && isPending(channel, dispute, mutual, standing, context)) {
    return { channel, outputs: [] }
  }
  const body =
    mutual === null ? EMPTY_BODY : proofBodyOf(mutual, context.domain.subcontractProvider)
  const next = { ...channel, dispute: { ...dispute, finaliseAskedAt: context.now } }
  const item = finaliseItem(channel, dispute, standing, body)
  return { channel: next, outputs: [{ type: 'submit', item, urgent: false }] }
}

/** The peer posted what is our newest too: both have agreed, and there is nothing to wait for. */
function mayFinaliseEarly(channel: Channel, standing: Standing, context: ChannelContext): boolean {
  if (standing.poster !== (isLeft(channel) ? 'right' : 'left')) return false
  const newest = newestEvidence(channel, standing.cooperativeNonce, context)
  return standing.nonce >= (newest?.proof.disputeNonce ?? 0n)
}

/** The state whose body stands: null for the empty body, `undefined` if this side does not have it. */
export function standingState(
  channel: Channel,
  { nonce, proofBodyHash }: Pick<Standing, 'nonce' | 'proofBodyHash'>,
  { domain }: Pick<ChannelContext, 'domain'>,
): Mutual | null | undefined {
  if (nonce === 0n) return null
  return allStates(channel)
    .flatMap(signedBodies)
    .find((mutual) => bodyHashOf(mutual, domain) === proofBodyHash)
}

/** Whether the court would still wait for a clause. */
function isPending(
  channel: Channel,
  { arguments: committed }: Dispute,
  { locks, offers }: Mutual,
  { proofBodyHash }: Standing,
  { finalTimestamp }: ChannelContext,
): boolean {
  const hasLock = locks.some(({ id, revealBy }) => {
    const note = noteOf(channel, id)
    return finalTimestamp <= revealBy && (note === undefined || !note.revealFinal)
  })
  return (
    hasLock ||
    offers.some(({ ownerIsLeft, fillBy }) => {
      const isGiven = committed.some(
        (given) => given.proofBodyHash === proofBodyHash && given.byLeft !== ownerIsLeft,
      )
      return finalTimestamp <= fillBy && !isGiven
    })
  )
}

function finaliseItem(
  { mutual }: Channel,
  dispute: Dispute,
  { proofBodyHash }: Standing,
  body: ProofBody,
): BatchItem {
  const given = (byLeft: boolean): Uint8Array =>
    dispute.arguments.find(
      (entry) => entry.byLeft === byLeft && entry.proofBodyHash === proofBodyHash,
    )?.data ?? new Uint8Array(0)
  return {
    type: 'finalise',
    left: mutual.left,
    right: mutual.right,
    body,
    leftArguments: given(true),
    rightArguments: given(false),
    leftTokens: dispute.leftTokens,
    rightTokens: dispute.rightTokens,
  }
}

/**
 * The era is over: what was open has been judged, everything signed is dead, and the channel starts
 * again at term 0 and height 0 under a new cooperative nonce, with no tokens and no limits.
 */
export function onFinalised(
  channel: Channel,
  { disputeNonce, cooperativeNonce, fraud }: DisputeFinalised,
  endedAt: number,
  context: ChannelContext,
): Step {
  // A block that only the chain made count counts first.
  const own = channel.outstanding.find(({ block }) => nonceOf(block) === disputeNonce)
  const { restoring } = channel
  const counted =
    own === undefined
      ? still(channel)
      : countJudged({ ...channel, restoring: null }, own, disputeNonce)
  const former = keepJudged(channel, disputeNonce, context)
  const last = { ...counted.channel, restoring }
  const ended = endEra(last, cooperativeNonce, endedAt, context, former)
  const outputs: ChannelOutput[] = [
    ...counted.outputs,
    { type: 'disputeEnded', cooperativeNonce, fraud },
    ...ended.outputs,
  ]
  return { channel: ended.channel, outputs }
}

/** The court has made this own block count. What it did is told once, also when it is judged again. */
function countJudged(channel: Channel, own: OwnBlock, disputeNonce: bigint): Step {
  const counted = countOwn(channel, own, own.peerSignature ?? new Uint8Array(0))
  if (!wasJudged(channel, disputeNonce)) return counted
  const notes = counted.channel.mutual.locks.map(({ id }) => ({ ...noteFor(id, null), told: true }))
  return still({ ...counted.channel, notes })
}

/**
 * Starts the channel again under `cooperativeNonce`, and says what has become of all that was open. In an
 * era that was here before, because a reorganisation has taken its beginning or its end back, this side
 * has signed what it may hold no longer: that is a loss of state. `endedAt`: unix seconds of the chain;
 * null: nobody knows. `former`: with what is kept of the one that ends.
 */
export function endEra(
  channel: Channel,
  cooperativeNonce: bigint,
  endedAt: number | null,
  context: ChannelContext,
  former = keepJudged(channel, 0n, context),
): Step {
  const era = eraOf(cooperativeNonce)
  const takenBackEra = takenBackAfter(channel, era)
  const isBack = era < eraOf(channel.mutual.cooperativeNonce)
  const next = isBack ? { ...channel, takenBackEra } : { ...channel, takenBackEra, former }
  const restoring = takenBackEra === null ? restoringAfter(channel, endedAt) : null
  const begun = beginEra(next, cooperativeNonce, restoring, context)
  if (takenBackEra === null) {
    const isRestored = channel.restoring !== null && restoring === null
    const restored: ChannelFact[] = isRestored ? [{ type: 'restored' }] : []
    return { channel: begun.channel, outputs: [...begun.outputs, ...restored] }
  }
  const returned = isBack ? asBefore(begun.channel, era) : begun.channel
  const lost = loseState(returned, context)
  return { channel: lost.channel, outputs: [...begun.outputs, ...lost.outputs] }
}

/**
 * Who restores goes on restoring in the next era, if that may have begun before the loss: it may have
 * signed in there what it has forgotten.
 */
function restoringAfter({ restoring }: Channel, endedAt: number | null): Restoring | null {
  if (restoring === null) return null
  // The chain's clock may be ahead of the one that the loss was noted by.
  const lostUntil = restoring.until - SETTLEMENT_LIFE_SECONDS
  if (endedAt !== null && endedAt > lostUntil) return null
  return { ...restoring, cooperativeNonce: null, askedAt: 0, shown: false }
}

/** The highest era that was taken back, when `era` begins; null: `era` is a new one. */
function takenBackAfter({ mutual, takenBackEra }: Channel, era: bigint): bigint | null {
  const highest = maxBigint(eraOf(mutual.cooperativeNonce), takenBackEra ?? 0n)
  return era <= highest ? highest : null
}

function beginEra(
  channel: Channel,
  cooperativeNonce: bigint,
  restoring: Restoring | null,
  { domain }: ChannelContext,
): Step {
  const { mutual } = channel
  const refused = refusals(waitingWishes(channel), { code: 'era_ended' })
  const next: Channel = {
    ...channel,
    mutual: genesisMutual(mutual.left, mutual.right, domain, cooperativeNonce),
    counted: null,
    outstanding: [],
    refused: null,
    held: isFirstOf(channel, cooperativeNonce, domain) ? channel.held : null,
    queue: EMPTY_QUEUE,
    settleWish: null,
    due: NOTHING_DUE,
    notes: [],
    settlement: null,
    dispute: null,
    restoring,
    resumes: false,
    askedAt: 0,
    retryAt: 0,
    collateralRequest: null,
  }
  return { channel: next, outputs: [...lockEnds(channel), ...refused] }
}

/**
 * Whether what waits is the first block of the era that begins with `cooperativeNonce`, for which its
 * signature was given. One of the era before looks the same, and would bar its place when it is refused.
 */
function isFirstOf(channel: Channel, cooperativeNonce: bigint, domain: ChainDomain): boolean {
  const { held } = channel
  if (held === null || !isFirstOfEra(held.block)) return false
  const { block, signature } = held
  const open = block.transactions.find(({ type }) => type === 'open')
  const window = open?.type === 'open' ? open.disputeWindow : DISPUTE_WINDOW_DEFAULT
  const proof = proofOf(block, nameOf(block).hash, window)
  return isSignedByPeer(channel, domain, cooperativeNonce, proof, signature)
}

/** The court's verdict on each open lock: paid if its secret was revealed in time. */
function lockEnds(channel: Channel): ChannelFact[] {
  return channel.mutual.locks.flatMap((lock): ChannelFact[] => {
    const note = noteOf(channel, lock.id)
    if (note?.told === true) return []
    const incoming = lock.fromLeft !== isLeft(channel)
    const origin = note?.origin ?? null
    const isPaid = note !== undefined && note.revealedAt !== 0 && note.revealedAt <= lock.revealBy
    if (isPaid && note.secret !== null) {
      return [{ type: 'lockResolved', lock, incoming, secret: note.secret, origin }]
    }
    return [{ type: 'lockEnded', lock, incoming, reason: 0, origin }]
  })
}
