/** What it costs to judge a clause, as a bound: nothing here counts instructions. */
import { readNumber } from '@xln/shared/bytes.ts'
import {
  CLAUSE_GAS,
  CLAUSE_HEAD_BYTES,
  CLAUSE_LONG_FLAG,
  PAYMENT_BYTES,
  PAYMENT_GAS,
  SWAP_BYTES,
  SWAP_GAS,
} from '@xln/shared/channel/proofBody.ts'

/**
 * What the SubcontractProvider needs for a batch, with room: whoever grants less is answered nothing.
 * The contract itself may still answer at somewhat less.
 */
export function clauseGas(batch: Uint8Array): number {
  const length = Math.max(0, batch.length - CLAUSE_HEAD_BYTES)
  const named = length === 0 ? 0 : readNumber(batch, 0, CLAUSE_HEAD_BYTES) % CLAUSE_LONG_FLAG
  const payments = Math.min(length / PAYMENT_BYTES, named)
  // A default swap is longer than a swap, and costs no more.
  const others = (length - PAYMENT_BYTES * payments) / SWAP_BYTES
  return CLAUSE_GAS + PAYMENT_GAS * payments + SWAP_GAS * others
}
