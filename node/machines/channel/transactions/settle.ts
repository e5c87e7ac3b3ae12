/**
 * A settlement as a transaction: what it may say, and whether the side that did not propose it agrees.
 * It moves what the chain holds; the offdeltas stay.
 */
import { isInt128, isUint128 } from '@xln/shared/amounts.ts'
import type { Settle, TokenDiff } from '@xln/shared/channel/transaction.ts'
import type { TransactionRefusal } from '../refusal.ts'
import type { Sight, Verdict, Working } from '../working.ts'

/** No settlement lives longer, seconds. */
export const SETTLEMENT_LIFE_SECONDS = 900

/** How far two clocks may be apart, seconds. */
export const CLOCK_SKEW_SECONDS = 30

export function applySettle(working: Working, settle: Settle): Verdict {
  const { base, place, sight } = working
  const expected = base.namedNonce + 1n
  // The upper half of the nonce is the era's: a settlement cannot leave it.
  if (settle.newNonce !== expected || expected >> 32n !== base.cooperativeNonce >> 32n) {
    return { code: 'settle_nonce_wrong', newNonce: settle.newNonce, expected }
  }
  if (sight !== null) {
    const refused = checkDeadline(working, sight, settle.deadline)
    if (refused !== null) return refused
    const verdict = checkDiffs(working, sight, settle)
    if (verdict !== null) return verdict
  }
  working.namedNonce = settle.newNonce
  const byUs = place.byLeft === working.viewerIsLeft
  working.facts.push({ type: 'settlementAgreed', newNonce: settle.newNonce, byUs })
  return null
}

/** The chain's clock judges it, and may be ahead of ours. */
function checkDeadline(
  { base, place }: Working,
  sight: Sight,
  deadline: number,
): TransactionRefusal | null {
  const now = Math.max(sight.now, sight.finalTimestamp)
  if (now > deadline) return { code: 'expired', deadline, now }
  const isOwn = place.byLeft === sight.isLeft
  let max = Math.max(now, place.timestamp) + SETTLEMENT_LIFE_SECONDS
  if (!isOwn) max += CLOCK_SKEW_SECONDS
  for (const { revealBy } of base.locks) max = Math.min(max, revealBy - sight.revealMarginSeconds)
  for (const { fillBy } of base.offers) max = Math.min(max, fillBy - sight.revealMarginSeconds)
  return deadline <= max ? null : { code: 'deadline_too_far', deadline, max }
}

function checkDiffs(working: Working, sight: Sight, { diffs, forgiveness }: Settle): Verdict {
  const isAcceptor = working.place.byLeft !== sight.isLeft
  let previous = ''
  for (const diff of diffs) {
    const { token, leftDiff, rightDiff, collateralDiff } = diff
    // Ascending, so that no token stands twice.
    if (token <= previous || leftDiff + rightDiff + collateralDiff !== 0n) {
      return { code: 'settle_unbalanced', token }
    }
    previous = token
    const onchain = sight.onchain(token)
    if (onchain === undefined) return { code: 'wait', for: 'view' }
    const collateral = onchain.collateral + collateralDiff
    if (!isUint128(collateral) || !isInt128(onchain.ondelta + diff.ondeltaDiff)) {
      return { code: 'settle_out_of_range', token }
    }
    if (isAcceptor && !isAcceptable(working, sight.isLeft, diff, onchain)) {
      return { code: 'settle_declined', token }
    }
  }
  for (const { token, leftOwes } of forgiveness) {
    // Only the creditor can let a debt go, and only by his own decision.
    if (isAcceptor && leftOwes !== sight.isLeft) return { code: 'settle_declined', token }
  }
  return null
}

/**
 * Whether a side agrees without asking its owner: it loses nothing, the other side does not come to
 * owe it more than its limit, and its reserve pays at most what it owes.
 */
function isAcceptable(
  working: Working,
  isLeft: boolean,
  diff: TokenDiff,
  onchain: { readonly collateral: bigint; readonly ondelta: bigint },
): boolean {
  const { leftDiff, rightDiff, collateralDiff, ondeltaDiff } = diff
  const entry = working.tokens.get(diff.token)
  const claim = onchain.ondelta + (entry?.offdelta ?? 0n)
  const leftFree = entry?.leftFree ?? claim
  const rightFree = entry?.rightFree ?? onchain.collateral - claim
  const forLeft = {
    gain: leftDiff + ondeltaDiff,
    reserve: leftDiff,
    owed: -claim,
    peerFree: rightFree,
    peerFreeDiff: collateralDiff - ondeltaDiff,
  }
  const forRight = {
    gain: rightDiff + collateralDiff - ondeltaDiff,
    reserve: rightDiff,
    owed: claim - onchain.collateral,
    peerFree: leftFree,
    peerFreeDiff: ondeltaDiff,
  }
  const { gain, reserve, owed, peerFree, peerFreeDiff } = isLeft ? forLeft : forRight
  if (gain < 0n) return false
  if (peerFreeDiff < 0n && peerFree + peerFreeDiff < 0n) return false
  return reserve >= 0n || -reserve <= owed
}
