/** What a transaction offers for its gas (EIP-1559), in wei. */

export interface Fees {
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** What the chain asks at the moment. */
export interface FeeMarket {
  readonly baseFeePerGas: bigint
  /** What an endpoint suggests to offer to whoever makes the block. */
  readonly tip: bigint
}

/** Twice the base fee lasts for six full blocks in a row, each of which raises it by an eighth. */
const BASE_FEE_FACTOR = 2n
const URGENT_TIP_FACTOR = 2n

/** The first offer, at most `cap` a gas. */
export function firstFees(market: FeeMarket, urgent: boolean, cap: bigint): Fees {
  const tip = urgent ? market.tip * URGENT_TIP_FACTOR : market.tip
  return capped(market.baseFeePerGas * BASE_FEE_FACTOR + tip, tip, cap)
}

/**
 * An offer that may replace `fees`: an eighth more of both, which every client takes, and no less than
 * `least`. Undefined when the cap leaves no room for that.
 */
export function raisedFees(fees: Fees, least: Fees, cap: bigint): Fees | undefined {
  const raised = capped(
    max(raise(fees.maxFeePerGas), least.maxFeePerGas),
    max(raise(fees.maxPriorityFeePerGas), least.maxPriorityFeePerGas),
    cap,
  )
  return raised.maxFeePerGas < raise(fees.maxFeePerGas) ? undefined : raised
}

/** At least one more: an eighth of little is nothing. */
function raise(fee: bigint): bigint {
  return fee + fee / 8n + 1n
}

function capped(maxFeePerGas: bigint, tip: bigint, cap: bigint): Fees {
  const most = min(maxFeePerGas, cap)
  return { maxFeePerGas: most, maxPriorityFeePerGas: min(tip, most) }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
