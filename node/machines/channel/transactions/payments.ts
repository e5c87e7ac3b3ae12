/** Credit and direct payments. */
import type {
  ExtendCredit,
  Note,
  Open,
  Pay,
  RequestCollateral,
} from '@xln/shared/channel/transaction.ts'
import type { Origin } from '../messages.ts'
import {
  admit,
  checkCapacity,
  checkRange,
  isVerdict,
  move,
  tokenOf,
  type Verdict,
  type Working,
} from '../working.ts'

/** The window is agreed once an era, before anything else. */
export function applyOpen(working: Working, { disputeWindow }: Open, index: number): Verdict {
  if (working.place.height !== 1 || index !== 0) return { code: 'open_misplaced' }
  working.disputeWindow = disputeWindow
  return null
}

/** A limit may fall below the credit already drawn: that stops new use, and erases nothing owed. */
export function applyCredit(
  working: Working,
  { token, limit }: ExtendCredit,
  origin: Origin | null,
): Verdict {
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
  const entry = tokenOf(working, token)
  if (isVerdict(entry)) return entry
  const { byLeft } = working.place
  const refused = checkCapacity(working, entry, byLeft, amount) ?? checkRange(entry, byLeft, amount)
  if (refused !== null) return refused

  admit(working, entry)
  move(entry, byLeft, amount)
  const incoming = byLeft !== working.viewerIsLeft
  working.facts.push({ type: 'paid', token, amount, memo, incoming, origin })
  return null
}

/** Asks only: what follows is the peer's batch, and then a payment of the fee. */
export function applyRequest(working: Working, { token, amount, fee }: RequestCollateral): Verdict {
  const entry = tokenOf(working, token)
  if (isVerdict(entry)) return entry

  admit(working, entry)
  const incoming = working.place.byLeft !== working.viewerIsLeft
  working.facts.push({ type: 'collateralRequested', token, amount, fee, incoming })
  return null
}

export function applyNote(working: Working, { data }: Note): Verdict {
  const incoming = working.place.byLeft !== working.viewerIsLeft
  working.facts.push({ type: 'noted', data, incoming })
  return null
}
