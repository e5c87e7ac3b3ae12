/** The arithmetic of a bilateral channel: one signed number, `delta`, says who owns what. */

/** Which end of a channel: left is the entity with the smaller id. */
export type Side = 'left' | 'right'

/** One token of one channel. Left's claim is `ondelta + offdelta`; right holds the mirror image. */
export interface Delta {
  /** Locked on chain for this pair. Written by the Depository only. */
  readonly collateral: bigint
  /** The on-chain half of the delta. Written by the Depository only. */
  readonly ondelta: bigint
  /** The off-chain half. Written by co-signed channel blocks only. */
  readonly offdelta: bigint
  /** Credit that left extends to right: how far above the collateral the delta may go. */
  readonly leftCreditLimit: bigint
  /** Credit that right extends to left: how far below zero the delta may go. */
  readonly rightCreditLimit: bigint
}

/** What pending clauses set aside of each side's capacity: the sums of their allowances. */
export interface Holds {
  readonly left: bigint
  readonly right: bigint
}

/** How one token is paid out when the channel closes. At most one of the two debts is not zero. */
export interface Split {
  readonly toLeft: bigint
  readonly toRight: bigint
  readonly leftDebt: bigint
  readonly rightDebt: bigint
}

export const NO_HOLDS: Holds = { left: 0n, right: 0n }

/** The other end of the channel. */
export function otherSide(side: Side): Side {
  return side === 'left' ? 'right' : 'left'
}

/** Left's claim. Within `-rightCreditLimit ..= collateral + leftCreditLimit`, but for use older than a lowered limit. */
export function delta(d: Delta): bigint {
  return d.ondelta + d.offdelta
}

/** The most `side` can pay the other side now, at least 0. */
export function capacity(d: Delta, side: Side, holds: Holds = NO_HOLDS): bigint {
  const free =
    side === 'left'
      ? delta(d) + d.rightCreditLimit - holds.left
      : d.collateral + d.leftCreditLimit - delta(d) - holds.right
  return free > 0n ? free : 0n
}

/** Whether the delta lies within both sides' limits: what every payment must keep. */
export function isWithinLimits(d: Delta): boolean {
  const claim = delta(d)
  return -d.rightCreditLimit <= claim && claim <= d.collateral + d.leftCreditLimit
}

/**
 * Divides `collateral` between the two sides and names the debt left over, if any. Mirrors
 * `DeltaMath.split`; conserves: `toLeft + toRight === collateral`.
 */
export function split(collateral: bigint, claim: bigint): Split {
  if (claim < 0n) return { toLeft: 0n, toRight: collateral, leftDebt: -claim, rightDebt: 0n }
  if (claim <= collateral) {
    return { toLeft: claim, toRight: collateral - claim, leftDebt: 0n, rightDebt: 0n }
  }
  return { toLeft: collateral, toRight: 0n, leftDebt: 0n, rightDebt: claim - collateral }
}
