/** How long to leave somebody alone who failed: longer each time, and never all at once. */

export interface BackOff {
  readonly minMs: number
  readonly maxMs: number
}

export const BACK_OFF: BackOff = { minMs: 250, maxMs: 30_000 }

/**
 * Milliseconds to wait after `failures` (≥ 1) failures in a row: doubles from `minMs` to `maxMs`, less
 * a random part of up to a half, so that many nodes do not return to a recovering endpoint together.
 */
export function backOffMs(
  failures: number,
  { minMs, maxMs }: BackOff,
  random: () => number = Math.random,
): number {
  const whole = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(whole * (1 - random() / 2))
}
