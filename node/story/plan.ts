/** The figures of the story, all made from one: how many payments there are. */
import { mulDivUp } from '@xln/shared/amounts.ts'

export const DECIMALS = 18
export const SYMBOL = 'USDT'
const WHOLE = 10n ** BigInt(DECIMALS)
const CENT = WHOLE / 100n

/** What the hub keeps of a payment, parts per million. */
export const FEE_PPM = 1_000n

export interface Plan {
  /** Payments of the second chapter, and of the one in which the hub is killed. */
  readonly payments: number
  readonly crashPayments: number
  /** How many are under way at once. */
  readonly outstanding: number
  /** What sender and hub begin with, outside. */
  readonly wallet: bigint
  /** What each of them moves into its reserve. */
  readonly deposit: bigint
  /** What the sender places in its channel with the hub, and the credit that the receiver gives it. */
  readonly collateral: bigint
  readonly credit: bigint
}

export function planOf(payments: number): Plan {
  const crashPayments = Math.ceil(payments * 0.4)
  let all = 0n
  for (let index = 0; index < payments + crashPayments; index++) all += costOf(index)
  const step = (all > 1_000n * WHOLE ? 1_000n : 100n) * WHOLE
  const room = mulDivUp(all, 1n, step) * step
  return {
    payments,
    crashPayments,
    outstanding: 50,
    wallet: 3n * room,
    deposit: 2n * room,
    collateral: room,
    credit: room,
  }
}

/** Payment number `index`: 1.00 to 1.99. */
export function amountOf(index: number): bigint {
  return WHOLE + BigInt(index % 100) * CENT
}

/** What the hub keeps of it, rounded up. */
export function feeOf(amount: bigint): bigint {
  return mulDivUp(amount, FEE_PPM, 1_000_000n)
}

/** What it costs the sender. */
function costOf(index: number): bigint {
  const amount = amountOf(index)
  return amount + feeOf(amount)
}
