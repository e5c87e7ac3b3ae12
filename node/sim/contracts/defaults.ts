/** The registry of defaults: that an entity did not pay what it owed is a fact, once and for all. */
import { callAs, type Frame } from './frame.ts'
import { revert } from './reverts.ts'
import type { Debt, Default } from './world.ts'

/** How old a debt must be for a default, seconds. */
export const OVERDUE_AFTER = 604_800n

/** Pays what can be paid; keeps the first time at which `threshold` of the named entries was overdue after that. */
export function recordDefault(
  frame: Frame,
  claimed: Default,
  max: bigint,
  entries: readonly bigint[],
): void {
  const key = keyOf(claimed)
  if (frame.world.defaultedAt.get(key) !== undefined) return
  requireDefault(frame, claimed, max, entries)
  frame.world.defaultedAt.set(key, frame.now)
  const address = frame.domain.subcontractProvider
  const event = { type: 'defaultRecorded', ...claimed, recordedAt: frame.now } as const
  frame.emitted.push({ address, event })
}

/** Unix seconds; 0 if never. */
export function defaultedAt({ world }: Frame, claimed: Default): number {
  return world.defaultedAt.get(keyOf(claimed)) ?? 0
}

function keyOf({ depository, debtor, token, threshold }: Default): string {
  return `${depository}/${debtor}/${token}/${threshold}`
}

function requireDefault(
  frame: Frame,
  { depository, debtor, token, threshold }: Default,
  max: bigint,
  entries: readonly bigint[],
): void {
  if (threshold === 0n) revert('ThresholdZero')
  const ask = (signature: string, ...args: readonly unknown[]) => {
    return callAs(frame, frame.domain.subcontractProvider, depository, signature, ...args)
  }
  ask('enforceDebts(bytes32,bytes32,uint256)', debtor, token, max)
  const [reserve] = ask('reserveOf(bytes32,bytes32)', debtor, token)
  const [, , owed] = ask('debtsOf(bytes32,bytes32)', debtor, token)
  if (reserve !== 0n && owed !== 0n) revert('ReserveLeft', reserve, max)

  let overdue = 0n
  for (const [place, entry] of entries.entries()) {
    if (place > 0 && entry <= (entries[place - 1] ?? 0n)) revert('EntriesNotAscending', entry)
    const [debt] = ask('debtAt(bytes32,bytes32,uint256)', debtor, token, entry)
    const { amount, since } = debt as Debt
    if (BigInt(frame.now) > BigInt(since) + OVERDUE_AFTER) overdue += amount
  }
  if (overdue < threshold) revert('NotInDefault', overdue, threshold)
}
