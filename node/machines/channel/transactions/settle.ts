/**
 * A settlement as a transaction: what it may say, and whether the side that did not propose it agrees.
 * It moves what the chain holds; the offdeltas stay.
 */
import { isInt128, isUint128 } from '@xln/shared/amounts.ts'
import type { Settle, TokenDiff } from '@xln/shared/channel/transaction.ts'
import { namedNonceOf } from '../channel.ts'
import type { TransactionRefusal } from '../refusal.ts'
import type { Sight, Verdict, Working } from '../working.ts'

/** No settlement lives longer, seconds. */
export const SETTLEMENT_LIFE_SECONDS = 900

/** How far two clocks may be apart, seconds. */
export const CLOCK_SKEW_SECONDS = 30

export function applySettle(working: Working, settle: Settle): Verdict {
  const { base, place, sight } = working
  const expected = namedNonceOf(base) + 1n
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
    if (!keepsLimits(working, diff, onchain)) return { code: 'settle_unsecured', token }
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

interface OnChain {
  readonly collateral: bigint
  readonly ondelta: bigint
}

/** Whether neither side comes to owe more than its limit, or to hold less than open clauses set aside. */
function keepsLimits(working: Working, diff: TokenDiff, onchain: OnChain): boolean {
  const { collateralDiff, ondeltaDiff } = diff
  const entry = working.tokens.get(diff.token)
  const leftFree = entry?.leftFree ?? onchain.ondelta
  const rightFree = entry?.rightFree ?? onchain.collateral - onchain.ondelta
  const rightDiff = collateralDiff - ondeltaDiff
  const keepsLeft = ondeltaDiff >= 0n || leftFree + ondeltaDiff >= 0n
  return keepsLeft && (rightDiff >= 0n || rightFree + rightDiff >= 0n)
}

/**
 * Whether a side agrees without asking its owner: it loses nothing, and its reserve pays at most what
 * it owes.
 */
function isAcceptable(
  working: Working,
  isLeft: boolean,
  { token, leftDiff, rightDiff, collateralDiff, ondeltaDiff }: TokenDiff,
  { collateral, ondelta }: OnChain,
): boolean {
  const claim = ondelta + (working.tokens.get(token)?.offdelta ?? 0n)
  const gain = isLeft ? leftDiff + ondeltaDiff : rightDiff + collateralDiff - ondeltaDiff
  const reserve = isLeft ? leftDiff : rightDiff
  const owed = isLeft ? -claim : claim - collateral
  return gain >= 0n && (reserve >= 0n || -reserve <= owed)
}
