/** Credit and direct payments. */
import type { ExtendCredit, Note, Open, Pay, RequestCollateral } from '@xln/shared/channel/transaction.ts'
import {
  AMOUNT_MAX,
  DISPUTE_WINDOW_MAX,
  DISPUTE_WINDOW_MIN,
  MEMO_BYTES_MAX,
  NOTE_BYTES_MAX,
} from '@xln/shared/limits.ts'
import type { Origin } from '../messages.ts'
import type { TransactionRefusal } from '../refusal.ts'
import { admit, checkCapacity, checkRange, isVerdict, move, tokenOf, type Verdict, type Working } from '../working.ts'

/** Null for 1 … 2^118 − 1. */
export function checkAmount(amount: bigint): TransactionRefusal | null {
  if (amount > 0n && amount <= AMOUNT_MAX) return null
  return { code: 'amount_invalid', amount, max: AMOUNT_MAX }
}

export function checkLength(bytes: Uint8Array, max: number): TransactionRefusal | null {
  return bytes.length <= max ? null : { code: 'bytes_too_many', length: bytes.length, max }
}

/** The window is agreed once an era, before anything else. */
export function applyOpen(working: Working, { disputeWindow }: Open, index: number): Verdict {
  if (working.place.height !== 1 || index !== 0) return { code: 'open_misplaced' }
  if (disputeWindow < DISPUTE_WINDOW_MIN || disputeWindow > DISPUTE_WINDOW_MAX) {
    return { code: 'window_invalid', window: disputeWindow }
  }
  working.disputeWindow = disputeWindow
  return null
}

/** A limit may fall below the credit already drawn: that stops new use, and erases nothing owed. */
export function applyCredit(
  working: Working,
  { token, limit }: ExtendCredit,
  origin: Origin | null,
): Verdict {
  if (limit < 0n || limit > AMOUNT_MAX) {
    return { code: 'amount_invalid', amount: limit, max: AMOUNT_MAX }
  }
  const entry = tokenOf(working, token)
  if (isVerdict(entry)) return entry

  admit(working, entry)
  const { byLeft } = working.place
  if (byLeft) {
    entry.rightFree += limit - entry.leftCreditLimit
    entry.leftCreditLimit = limit
  } else {
    entry.leftFree += limit - entry.rightCreditLimit
    entry.rightCreditLimit = limit
  }
  const incoming = byLeft !== working.viewerIsLeft
  working.facts.push({ type: 'creditExtended', token, limit, incoming, origin })
  return null
}

export function applyPay(
  working: Working,
  { token, amount, memo }: Pay,
  origin: Origin | null,
): Verdict {
  const invalid = checkAmount(amount) ?? checkLength(memo, MEMO_BYTES_MAX)
  if (invalid !== null) return invalid
  const entry = tokenOf(working, token)
  if (isVerdict(entry)) return entry
  const { byLeft } = working.place
  const refused =
    checkCapacity(working, entry, byLeft, amount) ?? checkRange(entry, byLeft, amount)
  if (refused !== null) return refused

  admit(working, entry)
  move(entry, byLeft, amount)
  const incoming = byLeft !== working.viewerIsLeft
  working.facts.push({ type: 'paid', token, amount, memo, incoming, origin })
  return null
}

/** Asks only: what follows is the peer's batch, and then a payment of the fee. */
export function applyRequest(
  working: Working,
  { token, amount, fee }: RequestCollateral,
): Verdict {
  const invalid = checkAmount(amount) ?? (fee === 0n ? null : checkAmount(fee))
  if (invalid !== null) return invalid
  const entry = tokenOf(working, token)
  if (isVerdict(entry)) return entry

  admit(working, entry)
  const incoming = working.place.byLeft !== working.viewerIsLeft
  working.facts.push({ type: 'collateralRequested', token, amount, fee, incoming })
  return null
}

export function applyNote(working: Working, { data }: Note): Verdict {
  const invalid = checkLength(data, NOTE_BYTES_MAX)
  if (invalid !== null) return invalid
  const incoming = working.place.byLeft !== working.viewerIsLeft
  working.facts.push({ type: 'noted', data, incoming })
  return null
}
