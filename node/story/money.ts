/** Amounts of the story's token. */
import { formatAmount } from './amounts.ts'
import { DECIMALS, SYMBOL } from './plan.ts'

/** `1,234.5 USDT`. */
export function money(amount: bigint): string {
  return `${formatAmount(amount, DECIMALS)} ${SYMBOL}`
}
