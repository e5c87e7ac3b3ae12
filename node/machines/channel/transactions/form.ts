/**
 * What a transaction can say at all, whatever the state: exactly what its encoding can hold and the
 * rules allow. A wish is checked when it comes, for a user may ask for anything.
 */
import { isInt256, isUint256, UINT64_MAX } from '@xln/shared/amounts.ts'
import type { ChannelTransaction, ClauseId, Settle } from '@xln/shared/channel/transaction.ts'
import {
  AMOUNT_MAX,
  BLOCK_TRANSACTIONS_MAX,
  DISPUTE_WINDOW_MAX,
  DISPUTE_WINDOW_MIN,
  HEIGHT_MAX,
  MEMO_BYTES_MAX,
  NOTE_BYTES_MAX,
  ONION_BYTES_MAX,
  RATIO_MAX,
  REASON_MAX,
  SETTLEMENT_DIFFS_MAX,
  SETTLEMENT_FORGIVENESS_MAX,
  TIME_MAX,
} from '@xln/shared/limits.ts'
import type { TransactionRefusal } from '../refusal.ts'

/** Null for a transaction that some state could take. */
export function checkForm(transaction: ChannelTransaction): TransactionRefusal | null {
  switch (transaction.type) {
    case 'pay':
      return checkAmount(transaction.amount) ?? checkLength(transaction.memo, MEMO_BYTES_MAX)
    case 'lock':
      return (
        checkAmount(transaction.amount) ??
        checkLength(transaction.onion, ONION_BYTES_MAX) ??
        checkTime(transaction.revealBy)
      )
    case 'resolve':
      return checkId(transaction.lock)
    case 'cancel':
      return checkId(transaction.lock) ?? checkReason(transaction.reason)
    case 'expire':
      return checkId(transaction.lock) ?? checkBlock(transaction.chainBlock)
    case 'offer':
      if (transaction.giveToken === transaction.wantToken) {
        return { code: 'token_same', token: transaction.giveToken }
      }
      return (
        checkAmount(transaction.giveAmount) ??
        checkAmount(transaction.wantAmount) ??
        checkRatio(transaction.minFill) ??
        checkTime(transaction.fillBy)
      )
    case 'fill':
      return checkId(transaction.offer) ?? checkRatio(transaction.ratio)
    case 'release':
      return checkId(transaction.offer)
    case 'extendCredit':
      return transaction.limit === 0n ? null : checkAmount(transaction.limit)
    case 'requestCollateral':
      return (
        checkAmount(transaction.amount) ??
        (transaction.fee === 0n ? null : checkAmount(transaction.fee))
      )
    case 'open':
      return checkWindow(transaction.disputeWindow)
    case 'settle':
      return checkSettle(transaction)
    case 'note':
      return checkLength(transaction.data, NOTE_BYTES_MAX)
  }
}

function checkAmount(amount: bigint): TransactionRefusal | null {
  if (amount > 0n && amount <= AMOUNT_MAX) return null
  return { code: 'amount_invalid', amount, max: AMOUNT_MAX }
}

function checkLength(bytes: Uint8Array, max: number): TransactionRefusal | null {
  return bytes.length <= max ? null : { code: 'bytes_too_many', length: bytes.length, max }
}

function isNumber(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max
}

function checkTime(time: number): TransactionRefusal | null {
  return isNumber(time, 0, TIME_MAX) ? null : { code: 'time_invalid', time, max: TIME_MAX }
}

function checkId({ term, height, index }: ClauseId): TransactionRefusal | null {
  const isPossible =
    isNumber(term, 0, TIME_MAX) &&
    isNumber(height, 0, HEIGHT_MAX) &&
    isNumber(index, 0, BLOCK_TRANSACTIONS_MAX)
  return isPossible ? null : { code: 'clause_unknown', height, index }
}

function checkReason(reason: number): TransactionRefusal | null {
  if (isNumber(reason, 1, REASON_MAX)) return null
  return { code: 'reason_invalid', reason, max: REASON_MAX }
}

function checkBlock(chainBlock: bigint): TransactionRefusal | null {
  if (chainBlock >= 0n && chainBlock <= UINT64_MAX) return null
  return { code: 'amount_invalid', amount: chainBlock, max: UINT64_MAX }
}

function checkRatio(ratio: number): TransactionRefusal | null {
  return isNumber(ratio, 1, RATIO_MAX) ? null : { code: 'ratio_invalid', ratio, minFill: 1 }
}

function checkWindow(window: number): TransactionRefusal | null {
  const isPossible = isNumber(window, DISPUTE_WINDOW_MIN, DISPUTE_WINDOW_MAX)
  return isPossible ? null : { code: 'window_invalid', window }
}

function checkSettle(settle: Settle): TransactionRefusal | null {
  const { newNonce, deadline, diffs, forgiveness } = settle
  if (newNonce < 0n || newNonce > UINT64_MAX) {
    return { code: 'amount_invalid', amount: newNonce, max: UINT64_MAX }
  }
  const items = Math.max(diffs.length - SETTLEMENT_DIFFS_MAX, 0)
  const debts = Math.max(forgiveness.length - SETTLEMENT_FORGIVENESS_MAX, 0)
  if (items + debts > 0) {
    return { code: 'settle_too_long', diffs: diffs.length, forgiveness: forgiveness.length }
  }
  for (const { token, leftDiff, rightDiff, collateralDiff, ondeltaDiff } of diffs) {
    if (![leftDiff, rightDiff, collateralDiff, ondeltaDiff].every(isInt256)) {
      return { code: 'settle_out_of_range', token }
    }
  }
  for (const { token, index } of forgiveness) {
    if (!isUint256(index)) return { code: 'settle_out_of_range', token }
  }
  return checkTime(deadline)
}
