/** What entities hold, what they owe, and the one way out of a reserve: debts first. */
import { minBigint } from '@xln/shared/amounts.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { emit, type Frame } from './frame.ts'
import { type Refusal, refuse, revert } from './reverts.ts'
import { NO_DEBT } from './world.ts'

/** The most that a deposit, transfer or settlement can raise a reserve to; what is owed knows no limit. */
const RESERVE_MAX = (1n << 248n) - 1n

/** The most entries that one exit from a reserve, or one finalise, goes through. */
export const DEBTS_PER_EXIT_MAX = 16n

export function hasRoom(frame: Frame, entity: EntityId, token: TokenId, amount: bigint): boolean {
  return frame.world.reserveOf(entity, token) + amount <= RESERVE_MAX
}

/** Credits what has come in from outside. */
export function arrive(frame: Frame, entity: EntityId, token: TokenId, amount: bigint): void {
  if (!hasRoom(frame, entity, token, amount)) revert('AmountTooLarge', token, amount)
  credit(frame, entity, token, amount)
}

/** Adds to a reserve, or takes from it: never more than there is. */
export function credit(frame: Frame, entity: EntityId, token: TokenId, amount: bigint): void {
  const reserve = frame.world.reserveOf(entity, token) + amount
  frame.world.reserves.set(`${entity}/${token}`, reserve)
  emit(frame, { type: 'reserveUpdated', entity, token, reserve })
}

// ─── Exits ──────────────────────────────────────────────────────────────────────────────────────

/** Why `entity` cannot spend `amount`, if so, once debts of the sum `forgiven` are let go. */
export function refuseExit(
  frame: Frame,
  entity: EntityId,
  token: TokenId,
  amount: bigint,
  forgiven = 0n,
): Refusal | undefined {
  const { head, tail, total } = frame.world.queueOf(entity, token)
  const owed = total - forgiven
  const reserve = frame.world.reserveOf(entity, token)
  if (owed !== 0n && (tail - head > DEBTS_PER_EXIT_MAX || reserve < owed)) {
    return refuse('DebtUnpaid', entity, token, owed)
  }
  if (reserve - owed < amount) return refuse('ReserveExceeded', entity, token, amount, reserve)
  return undefined
}

/** Pays every debt of `entity`; only where {@link refuseExit} has nothing against it. */
export function payDebts(frame: Frame, entity: EntityId, token: TokenId): void {
  const { head, tail } = frame.world.queueOf(entity, token)
  pay(frame, entity, token, tail - head)
}

/** Pays every debt of `entity`, then takes `amount`; only where {@link refuseExit} has nothing against it. */
export function spend(frame: Frame, entity: EntityId, token: TokenId, amount: bigint): void {
  payDebts(frame, entity, token)
  credit(frame, entity, token, -amount)
}

// ─── Debts ──────────────────────────────────────────────────────────────────────────────────────

/**
 * Pays from the reserve of `debtor`, oldest first, until the queue, the reserve or `max` ends. Tells
 * how many entries it went through, forgiven ones too, and how many of them it paid in full or in part.
 */
export function pay(
  frame: Frame,
  debtor: EntityId,
  token: TokenId,
  max: bigint,
): { visited: bigint; paid: bigint } {
  const { head, tail, total } = frame.world.queueOf(debtor, token)
  let visited = 0n
  let paid = 0n
  if (total === 0n) return { visited, paid }

  let index = head
  let sum = 0n
  const reserve = frame.world.reserveOf(debtor, token)
  while (index < tail && visited < max && sum < reserve) {
    const owed = frame.world.debtAt(debtor, token, index).amount
    const part = minBigint(owed, reserve - sum)
    if (part !== 0n) {
      payEntry(frame, debtor, token, index, part)
      paid++
    }
    if (part === owed) index++
    sum += part
    visited++
  }
  frame.world.queues.set(`${debtor}/${token}`, { head: index, tail, total: total - sum })
  if (sum !== 0n) credit(frame, debtor, token, -sum)
  return { visited, paid }
}

/** Gives the creditor its part, which the debtor's reserve loses at the end of the walk. */
function payEntry(
  frame: Frame,
  debtor: EntityId,
  token: TokenId,
  index: bigint,
  part: bigint,
): void {
  const debt = frame.world.debtAt(debtor, token, index)
  const { creditor } = debt
  const remaining = debt.amount - part
  const kept = remaining === 0n ? NO_DEBT : { ...debt, amount: remaining }
  frame.world.debts.set(`${debtor}/${token}/${index}`, kept)
  credit(frame, creditor, token, part)
  emit(frame, { type: 'debtPaid', debtor, token, creditor, index, remaining })
}

/**
 * Makes `debtor` owe `amount`: pays it at once, after what is older, as far as the reserve and `max`
 * reach, and puts the rest at the end of the queue. Tells how many older entries it went through.
 */
export function owe(
  frame: Frame,
  debtor: EntityId,
  creditor: EntityId,
  token: TokenId,
  amount: bigint,
  max: bigint,
): bigint {
  const { visited } = pay(frame, debtor, token, max)
  const isFree = frame.world.queueOf(debtor, token).total === 0n
  const part = isFree ? minBigint(amount, frame.world.reserveOf(debtor, token)) : 0n
  if (part !== 0n) {
    credit(frame, debtor, token, -part)
    credit(frame, creditor, token, part)
  }
  if (part !== amount) push(frame, debtor, creditor, token, amount - part)
  return visited
}

function push(
  frame: Frame,
  debtor: EntityId,
  creditor: EntityId,
  token: TokenId,
  amount: bigint,
): void {
  const { head, tail: index, total } = frame.world.queueOf(debtor, token)
  // With nothing owed, all that stands before was forgiven: nobody need visit it.
  const queue = { head: total === 0n ? index : head, tail: index + 1n, total: total + amount }
  frame.world.queues.set(`${debtor}/${token}`, queue)
  frame.world.debts.set(`${debtor}/${token}/${index}`, { creditor, amount, since: frame.now })
  emit(frame, { type: 'debtCreated', debtor, token, creditor, index, amount })
}

/** Lets one entry go, which is there. */
export function forgive(frame: Frame, debtor: EntityId, token: TokenId, index: bigint): void {
  const { creditor, amount } = frame.world.debtAt(debtor, token, index)
  const queue = frame.world.queueOf(debtor, token)
  frame.world.queues.set(`${debtor}/${token}`, { ...queue, total: queue.total - amount })
  frame.world.debts.set(`${debtor}/${token}/${index}`, NO_DEBT)
  emit(frame, { type: 'debtForgiven', debtor, token, creditor, index })
}
