/** Swaps inside a channel. An offer holds what it gives of its owner, and what it wants of the peer. */
import { swapPaid, swapReceived } from '@xln/shared/channel/clauses.ts'
import type { Offer } from '@xln/shared/channel/state.ts'
import type { AddOffer, Fill, Release } from '@xln/shared/channel/transaction.ts'
import { CHANNEL_OFFERS_MAX } from '@xln/shared/limits.ts'
import type { TransactionRefusal } from '../refusal.ts'
import {
  admit,
  checkCapacity,
  checkRange,
  hold,
  isVerdict,
  keyOf,
  move,
  offersOf,
  tokenOf,
  type Verdict,
  type Working,
  type WorkingToken,
} from '../working.ts'
import { checkDeadline, unknown } from './locks.ts'

export const OFFERS_PER_SIDE_MAX = CHANNEL_OFFERS_MAX / 2

export function applyOffer(working: Working, transaction: AddOffer, index: number): Verdict {
  const { giveToken, giveAmount, wantToken, wantAmount, minFill, fillBy } = transaction
  const { byLeft, term, height } = working.place
  const invalid = checkDeadline(working, fillBy) ?? checkCount(working)
  if (invalid !== null) return invalid
  const give = tokenOf(working, giveToken)
  if (isVerdict(give)) return give
  const want = tokenOf(working, wantToken)
  if (isVerdict(want)) return want
  const refused =
    checkCapacity(working, give, byLeft, giveAmount) ??
    checkCapacity(working, want, !byLeft, wantAmount)
  if (refused !== null) return refused

  admit(working, give)
  admit(working, want)
  hold(working, giveToken, byLeft, giveAmount)
  hold(working, wantToken, !byLeft, wantAmount)
  const id = { term, height, index }
  const offer = {
    id,
    ownerIsLeft: byLeft,
    giveToken,
    giveAmount,
    wantToken,
    wantAmount,
    minFill,
    fillBy,
  }
  offersOf(working).set(keyOf(id), offer)
  if (byLeft) working.offersOfLeft++
  working.facts.push({ type: 'offerAdded', offer, incoming: byLeft !== working.viewerIsLeft })
  return null
}

function checkCount(working: Working): TransactionRefusal | null {
  const all = offersOf(working).size
  const own = working.place.byLeft ? working.offersOfLeft : all - working.offersOfLeft
  if (own < OFFERS_PER_SIDE_MAX) return null
  return { code: 'offers_full', count: own, max: OFFERS_PER_SIDE_MAX }
}

/** The owner's peer takes the offer, or a part of it, and so ends it. */
export function applyFill(working: Working, { offer: id, ratio }: Fill): Verdict {
  const offer = offersOf(working).get(keyOf(id))
  if (offer === undefined) return unknown(id)
  const { sight, place } = working
  if (offer.ownerIsLeft === place.byLeft) return { code: 'not_filler' }
  if (ratio < offer.minFill) {
    return { code: 'ratio_invalid', ratio, minFill: offer.minFill }
  }
  const now = sight === null ? 0 : Math.max(sight.now, place.timestamp)
  if (now > offer.fillBy) return { code: 'expired', deadline: offer.fillBy, now }

  const give = working.tokens.get(offer.giveToken) as WorkingToken
  const want = working.tokens.get(offer.wantToken) as WorkingToken
  const paid = swapPaid(offer.giveAmount, ratio)
  const received = swapReceived(offer.wantAmount, ratio)
  const outside =
    checkRange(give, offer.ownerIsLeft, paid) ?? checkRange(want, !offer.ownerIsLeft, received)
  if (outside !== null) return outside

  remove(working, offer)
  move(give, offer.ownerIsLeft, paid)
  move(want, !offer.ownerIsLeft, received)
  ended(working, offer, ratio)
  return null
}

/** Ends an offer unfilled: its owner only after `fillBy`, for until then its peer may be filling it. */
export function applyRelease(working: Working, { offer: id }: Release): Verdict {
  const offer = offersOf(working).get(keyOf(id))
  if (offer === undefined) return unknown(id)
  const { sight, place } = working
  if (offer.ownerIsLeft === place.byLeft && sight !== null) {
    const now = Math.min(sight.now, place.timestamp)
    if (now <= offer.fillBy) return { code: 'too_early', deadline: offer.fillBy, now }
  }
  remove(working, offer)
  ended(working, offer, 0)
  return null
}

function ended(working: Working, offer: Offer, ratio: number): void {
  const incoming = offer.ownerIsLeft !== working.viewerIsLeft
  working.facts.push({ type: 'offerEnded', offer, incoming, ratio })
}

function remove(working: Working, offer: Offer): void {
  offersOf(working).delete(keyOf(offer.id))
  if (offer.ownerIsLeft) working.offersOfLeft--
  hold(working, offer.giveToken, offer.ownerIsLeft, -offer.giveAmount)
  hold(working, offer.wantToken, !offer.ownerIsLeft, -offer.wantAmount)
}
