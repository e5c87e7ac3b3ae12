/** Amounts as people read them. */

/** Digits behind the point that `value` needs, of the `decimals` that its token has. */
export function fractionDigits(value: bigint, decimals: number): number {
  let digits = decimals
  for (let rest = value; digits > 0 && rest % 10n === 0n; rest /= 10n) digits--
  return digits
}

/**
 * `value` base units in whole tokens, exactly: `1,234.5`. With at least `digits` behind the point, and
 * never fewer than it takes.
 */
export function formatAmount(value: bigint, decimals: number, digits = 0): string {
  const sign = value < 0n ? '−' : ''
  const text = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0')
  const kept = Math.max(digits, fractionDigits(value, decimals))
  const whole = text.slice(0, text.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',')
  const fraction = text.slice(text.length - decimals, text.length - decimals + kept)
  return sign + whole + (kept === 0 ? '' : `.${fraction}`)
}

/** Amounts of one column: as many digits behind the point for all of them. */
export function formatColumn(values: readonly bigint[], decimals: number): string[] {
  const digits = Math.max(0, ...values.map((value) => fractionDigits(value, decimals)))
  return values.map((value) => formatAmount(value, decimals, digits))
}

/** `12,345`. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `0x5fbd…0aa3`. */
export function shortId(id: string): string {
  return `${id.slice(0, 6)}…${id.slice(-4)}`
}

/** `820 ms`, `3.4 s`. */
export function formatDuration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
