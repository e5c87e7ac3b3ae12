/** Ranges of the contracts' integers, and products that do not lose what they round. */

export const INT128_MIN = -(1n << 127n)
export const INT128_MAX = (1n << 127n) - 1n
export const UINT128_MAX = (1n << 128n) - 1n
export const UINT64_MAX = (1n << 64n) - 1n
export const INT256_MIN = -(1n << 255n)
export const INT256_MAX = (1n << 255n) - 1n
export const UINT256_MAX = (1n << 256n) - 1n

export function isInt128(value: bigint): boolean {
  return value >= INT128_MIN && value <= INT128_MAX
}

export function isUint128(value: bigint): boolean {
  return value >= 0n && value <= UINT128_MAX
}

export function isInt256(value: bigint): boolean {
  return value >= INT256_MIN && value <= INT256_MAX
}

export function isUint256(value: bigint): boolean {
  return value >= 0n && value <= UINT256_MAX
}

/** `floor(a · b / divisor)` for `a`, `b` ≥ 0 and `divisor` > 0. */
export function mulDivDown(a: bigint, b: bigint, divisor: bigint): bigint {
  return (a * b) / divisor
}

/** `ceil(a · b / divisor)` for `a`, `b` ≥ 0 and `divisor` > 0. */
export function mulDivUp(a: bigint, b: bigint, divisor: bigint): bigint {
  return (a * b + divisor - 1n) / divisor
}

export function minBigint(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

export function maxBigint(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
