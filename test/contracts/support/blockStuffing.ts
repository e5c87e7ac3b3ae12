/**
 * What it costs to keep a transaction out of the chain by filling every block, under EIP-1559. A full block
 * makes the base fee of the next one an eighth higher, and the base fee is burned: nobody gets it back,
 * not even one who makes the blocks himself. Priority fees come on top, and are left out: this is the least.
 */

/** Seconds between blocks, gas of a block, and of that what EIP-1559 aims at: Ethereum's, 2026. */
export const ETHEREUM = { slotSeconds: 12, gasLimit: 60_000_000n, gasTarget: 30_000_000n } as const

/** More than all ether that there is, in wei. */
export const ALL_ETHER = 125_000_000n * 10n ** 18n

/** The base fee of the block behind a full one, wei per gas; in whole wei, as EIP-1559 rounds it. */
export function baseFeeAfterFull(baseFee: bigint): bigint {
  const { gasLimit, gasTarget } = ETHEREUM
  const rise = (baseFee * (gasLimit - gasTarget)) / gasTarget / 8n
  return baseFee + (rise > 0n ? rise : 1n)
}

/** The blocks in a window of so many seconds, when no slot is missed. */
export function blocksIn(windowSeconds: number): number {
  return Math.floor(windowSeconds / ETHEREUM.slotSeconds)
}

/** Wei that are burned by filling every block of a window which begins at `baseFee`; undefined: more than there are. */
export function costOfWindow(windowSeconds: number, baseFee: bigint): bigint | undefined {
  let cost = 0n
  let fee = baseFee
  for (let block = 0; block < blocksIn(windowSeconds); block++) {
    cost += fee * ETHEREUM.gasLimit
    if (cost > ALL_ETHER) return undefined
    fee = baseFeeAfterFull(fee)
  }
  return cost
}

/** Whole seconds of full blocks that `budget` wei buy from `baseFee` on. */
export function windowBoughtBy(budget: bigint, baseFee: bigint): number {
  let left = budget
  let blocks = 0
  for (let fee = baseFee; left >= fee * ETHEREUM.gasLimit; fee = baseFeeAfterFull(fee)) {
    left -= fee * ETHEREUM.gasLimit
    blocks++
  }
  return blocks * ETHEREUM.slotSeconds
}
