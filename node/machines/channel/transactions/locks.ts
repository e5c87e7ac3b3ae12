/** Conditional payments: locks, and the four ways in which one ends. */
import type { Lock } from '@xln/shared/channel/state.ts'
import type { AddLock, Cancel, ClauseId, Expire, Resolve } from '@xln/shared/channel/transaction.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import type { Secret } from '@xln/shared/ids.ts'
import { CHANNEL_LOCKS_MAX, CLAUSE_LIFE_MAX_SECONDS } from '@xln/shared/limits.ts'
import type { Origin } from '../messages.ts'
import type { TransactionRefusal } from '../refusal.ts'
import {
  admit,
  checkCapacity,
  checkRange,
  hold,
  isVerdict,
  keyOf,
  locksOf,
  move,
  tokenOf,
  type Verdict,
  type Wait,
  type Working,
  type WorkingToken,
} from '../working.ts'

/** How many chain blocks a side may be behind the one that an `expire` or a block names. */
export const CHAIN_BLOCKS_AHEAD_MAX = 64

/** One side must never be able to use up the other's locks. */
export const LOCKS_PER_SIDE_MAX = CHANNEL_LOCKS_MAX / 2

export function applyLock(
  working: Working,
  transaction: AddLock,
  index: number,
  origin: Origin | null,
): Verdict {
  const { token, amount, hashlock, revealBy, onion } = transaction
  const { place } = working
  const invalid = checkDeadline(working, revealBy) ?? checkCount(working)
  if (invalid !== null) return invalid
  const entry = tokenOf(working, token)
  if (isVerdict(entry)) return entry
  const refused = checkCapacity(working, entry, place.byLeft, amount)
  if (refused !== null) return refused

  admit(working, entry)
  hold(working, token, place.byLeft, amount)
  const id = { term: place.term, height: place.height, index }
  const lock: Lock = { id, fromLeft: place.byLeft, token, amount, hashlock, revealBy }
  locksOf(working).set(keyOf(id), lock)
  if (place.byLeft) working.locksOfLeft++
  const incoming = place.byLeft !== working.viewerIsLeft
  working.facts.push({ type: 'lockAdded', lock, incoming, onion, origin })
  return null
}

/** A clause must end in the future, and before the court stops waiting for it. */
export function checkDeadline(working: Working, deadline: number): TransactionRefusal | null {
  const { sight, place } = working
  if (sight !== null) {
    const now = Math.max(sight.now, place.timestamp)
    if (now > deadline) return { code: 'expired', deadline, now }
  }
  const max = place.timestamp + CLAUSE_LIFE_MAX_SECONDS
  return deadline <= max ? null : { code: 'deadline_too_far', deadline, max }
}

function checkCount(working: Working): TransactionRefusal | null {
  const all = locksOf(working).size
  const own = working.place.byLeft ? working.locksOfLeft : all - working.locksOfLeft
  if (own < LOCKS_PER_SIDE_MAX) return null
  return { code: 'locks_full', count: own, max: LOCKS_PER_SIDE_MAX }
}

/** The payee shows the secret in time, or after it was shown to the chain in time. */
export function applyResolve(working: Working, { lock: id, secret }: Resolve): Verdict {
  const lock = locksOf(working).get(keyOf(id))
  if (lock === undefined) return unknown(id)
  const refused =
    checkPayee(working, lock) ?? checkSecret(lock, secret) ?? checkInTime(working, lock)
  if (refused !== null) return refused
  const entry = working.tokens.get(lock.token) as WorkingToken
  const outside = checkRange(entry, lock.fromLeft, lock.amount)
  if (outside !== null) return outside

  remove(working, lock)
  move(entry, lock.fromLeft, lock.amount)
  const incoming = lock.fromLeft !== working.viewerIsLeft
  working.facts.push({ type: 'lockResolved', lock, incoming, secret, origin: null })
  return null
}

function checkPayee(working: Working, lock: Lock): TransactionRefusal | null {
  return lock.fromLeft === working.place.byLeft ? { code: 'not_payee' } : null
}

function checkSecret(lock: Lock, secret: Secret): TransactionRefusal | null {
  return hashlockOf(secret) === lock.hashlock ? null : { code: 'secret_wrong' }
}

/**
 * After `revealBy` only a reveal on chain counts: a backdated block would be paid when the lock
 * upstream is gone. Until final blocks are past it, a reveal in time may still turn up.
 */
function checkInTime({ sight, place }: Working, lock: Lock): TransactionRefusal | Wait | null {
  if (sight === null) return null
  const { revealBy } = lock
  const now = Math.max(sight.now, place.timestamp)
  if (now <= revealBy) return null
  const revealedAt = sight.revealedAt(lock.id)
  if (revealedAt !== 0 && revealedAt <= revealBy) return null
  if (sight.finalTimestamp <= revealBy) return { code: 'wait', for: 'head' }
  return { code: 'expired', deadline: revealBy, now }
}

/** The payee gives the lock back. */
export function applyCancel(working: Working, { lock: id, reason }: Cancel): Verdict {
  const lock = locksOf(working).get(keyOf(id))
  if (lock === undefined) return unknown(id)
  if (lock.fromLeft === working.place.byLeft) return { code: 'not_payee' }
  end(working, lock, reason)
  return null
}

/** The payer ends a lock of which a final chain block shows that it was not collected in time. */
export function applyExpire(working: Working, { lock: id, chainBlock }: Expire): Verdict {
  const lock = locksOf(working).get(keyOf(id))
  if (lock === undefined) return unknown(id)
  if (lock.fromLeft !== working.place.byLeft) return { code: 'not_payer' }
  const verdict = checkExpired(working, lock, chainBlock)
  if (verdict !== null) return verdict
  end(working, lock, 0)
  return null
}

function checkExpired({ sight }: Working, lock: Lock, chainBlock: bigint): Verdict {
  if (sight === null) return null
  const { finalBlock, finalTimestamp } = sight
  const ahead = chainBlock - BigInt(finalBlock)
  if (ahead > BigInt(CHAIN_BLOCKS_AHEAD_MAX)) {
    return { code: 'chain_block_ahead', chainBlock, finalBlock }
  }
  if (ahead > 0n) return { code: 'wait', for: 'head' }
  const { revealBy } = lock
  if (finalTimestamp <= revealBy)
    return { code: 'too_early', deadline: revealBy, now: finalTimestamp }
  const revealedAt = sight.revealedAt(lock.id)
  if (revealedAt !== 0 && revealedAt <= revealBy)
    return { code: 'secret_revealed', revealedAt, revealBy }
  return null
}

function end(working: Working, lock: Lock, reason: number): void {
  remove(working, lock)
  const incoming = lock.fromLeft !== working.viewerIsLeft
  working.facts.push({ type: 'lockEnded', lock, incoming, reason, origin: null })
}

/** Takes the lock out and gives its hold back. */
function remove(working: Working, lock: Lock): void {
  locksOf(working).delete(keyOf(lock.id))
  if (lock.fromLeft) working.locksOfLeft--
  hold(working, lock.token, lock.fromLeft, -lock.amount)
}

export function unknown({ height, index }: ClauseId): TransactionRefusal {
  return { code: 'clause_unknown', height, index }
}
