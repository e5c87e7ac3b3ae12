/** Protections against a default, in the clause of a proof body as the house's SubcontractProvider judges it. */
import { writeBigint, writeHex, writeNumber } from '../bytes.ts'
import type { Address, EntityId, TokenId } from '../ids.ts'
import {
  type Allowance,
  CLAUSE_GAS,
  CLAUSE_LONG_FLAG,
  CLAUSE_LONG_HEAD_BYTES,
  type Clause,
  DEFAULT_SWAP_BYTES,
  LEFT_FLAG,
} from './proofBody.ts'

/** The seller pays `amount` if it was recorded by `expiry` that `debtor` did not pay. */
export interface DefaultSwap {
  /** Who is protected, and receives. */
  readonly buyerIsLeft: boolean
  /** In which it is paid; one of the channel's. */
  readonly token: TokenId
  /** Base units, below 2^128. */
  readonly amount: bigint
  readonly debtor: EntityId
  /** What the debtor owes, and how much of it at least. */
  readonly owedToken: TokenId
  readonly threshold: bigint
  /** Unix seconds, below 2^56; a default recorded in this very second counts. */
  readonly expiry: number
}

/** Gas for each: what it costs, with room. */
export const DEFAULT_SWAP_GAS = 10_000

/** One proof by hand has no more of them. */
export const DEFAULT_SWAPS_MAX = 64

/**
 * The clause of these swaps, of which there is at least one, in a body with `tokenIds`. Throws for a token that is
 * not among them, and for amounts that add up to more than 128 bits.
 */
export function defaultSwapClause(
  provider: Address,
  tokenIds: readonly TokenId[],
  swaps: readonly DefaultSwap[],
): Clause {
  const places = swaps.map(({ token }) => {
    const place = tokenIds.indexOf(token)
    if (place < 0) throw new RangeError(`a default swap pays in ${token}, which the channel lacks`)
    return place
  })
  return {
    provider,
    gasLimit: CLAUSE_GAS + DEFAULT_SWAP_GAS * swaps.length,
    until: Math.max(...swaps.map(({ expiry }) => expiry)),
    batch: encodeDefaultSwaps(swaps, places),
    allowances: allowancesOf(swaps, places, tokenIds.length),
  }
}

/** A clause without payments and swaps. */
function encodeDefaultSwaps(swaps: readonly DefaultSwap[], places: readonly number[]): Uint8Array {
  const batch = new Uint8Array(CLAUSE_LONG_HEAD_BYTES + DEFAULT_SWAP_BYTES * swaps.length)
  writeNumber(batch, 0, 2, CLAUSE_LONG_FLAG)
  for (const [index, swap] of swaps.entries()) {
    const at = CLAUSE_LONG_HEAD_BYTES + DEFAULT_SWAP_BYTES * index
    batch[at] = (places[index] as number) | (swap.buyerIsLeft ? LEFT_FLAG : 0)
    writeNumber(batch, at + 1, 7, swap.expiry)
    writeBigint(batch, at + 8, 16, swap.amount)
    writeHex(batch, at + 24, swap.debtor)
    writeHex(batch, at + 56, swap.owedToken)
    writeBigint(batch, at + 88, 16, swap.threshold)
  }
  return batch
}

/** What left buys moves its delta up, of right's money; what right buys down. */
function allowancesOf(
  swaps: readonly DefaultSwap[],
  places: readonly number[],
  count: number,
): Allowance[] {
  const allowances: Allowance[] = []
  for (let deltaIndex = 0; deltaIndex < count; deltaIndex++) {
    const [rightAllowance, leftAllowance] = [true, false].map((buyerIsLeft) => {
      return swaps.reduce((sum, swap, index) => {
        const isMeant = places[index] === deltaIndex && swap.buyerIsLeft === buyerIsLeft
        return isMeant ? sum + swap.amount : sum
      }, 0n)
    }) as [bigint, bigint]
    if (leftAllowance >= 2n ** 128n || rightAllowance >= 2n ** 128n) {
      throw new RangeError('default swaps of more than 128 bits')
    }
    if (leftAllowance + rightAllowance === 0n) continue
    allowances.push({ deltaIndex, leftAllowance, rightAllowance })
  }
  return allowances
}
