/** What courts read packed, by viem: an encoder and a decoder that are not ours. */
import { concatHex, encodePacked, hexToBigInt, hexToNumber, sliceHex } from 'viem'

type Hex = `0x${string}`

export interface Payment {
  readonly fromLeft: boolean
  readonly deltaIndex: number
  readonly amount: bigint
  readonly hashlock: string
  readonly revealBy: bigint
}

export interface Swap {
  readonly ownerIsLeft: boolean
  readonly addDeltaIndex: number
  readonly addAmount: bigint
  readonly subDeltaIndex: number
  readonly subAmount: bigint
  readonly minFill: number
  readonly fillBy: bigint
}

export interface DefaultSwap {
  readonly buyerIsLeft: boolean
  readonly deltaIndex: number
  readonly expiry: bigint
  readonly amount: bigint
  readonly debtor: string
  readonly token: string
  readonly threshold: bigint
}

const HEAD = 2
const PAYMENT = 56
const SWAP = 45

const flagged = (flag: boolean, index: number) => index + (flag ? 0x80 : 0)

/** The bytes of a clause, as libraries/ClauseBatch.sol says. Throws when a field does not fit. */
export function packClause(payments: readonly Payment[], swaps: readonly Swap[] = []): Hex {
  return concatHex([
    encodePacked(['uint16'], [payments.length]),
    ...payments.map(({ fromLeft, deltaIndex, amount, hashlock, revealBy }) =>
      encodePacked(
        ['uint8', 'uint56', 'uint128', 'bytes32'],
        [flagged(fromLeft, deltaIndex), revealBy, amount, hashlock as Hex],
      ),
    ),
    ...swaps.map((swap) =>
      encodePacked(
        ['uint8', 'uint8', 'uint32', 'uint56', 'uint128', 'uint128'],
        [
          flagged(swap.ownerIsLeft, swap.addDeltaIndex),
          swap.subDeltaIndex,
          swap.minFill,
          swap.fillBy,
          swap.addAmount,
          swap.subAmount,
        ],
      ),
    ),
  ])
}

/** The same with default swaps, which give it another head. */
export function packLongClause(
  payments: readonly Payment[],
  swaps: readonly Swap[],
  defaultSwaps: readonly DefaultSwap[],
): Hex {
  const plain = packClause(payments, swaps)
  return concatHex([
    encodePacked(['uint16', 'uint16'], [0x8000 + payments.length, swaps.length]),
    plain.length > 2 + 2 * HEAD ? sliceHex(plain, HEAD) : '0x',
    ...defaultSwaps.map(({ buyerIsLeft, deltaIndex, expiry, amount, debtor, token, threshold }) =>
      encodePacked(
        ['uint8', 'uint56', 'uint128', 'bytes32', 'bytes32', 'uint128'],
        [flagged(buyerIsLeft, deltaIndex), expiry, amount, debtor as Hex, token as Hex, threshold],
      ),
    ),
  ])
}

/** What {@link packClause} was given. */
export function unpackClause(batch: Hex): { payments: Payment[]; swaps: Swap[] } {
  const swapsAt = HEAD + PAYMENT * hexToNumber(sliceHex(batch, 0, HEAD))
  const end = batch.length / 2 - 1
  const at = (from: number, size: number) => sliceHex(batch, from, from + size)
  const payments: Payment[] = []
  for (let from = HEAD; from < swapsAt; from += PAYMENT) payments.push(paymentOf(at(from, PAYMENT)))
  const swaps: Swap[] = []
  for (let from = swapsAt; from < end; from += SWAP) swaps.push(swapOf(at(from, SWAP)))
  return { payments, swaps }
}

function paymentOf(bytes: Hex): Payment {
  const first = hexToNumber(sliceHex(bytes, 0, 1))
  return {
    fromLeft: first >= 0x80,
    deltaIndex: first % 0x80,
    amount: hexToBigInt(sliceHex(bytes, 8, 24)),
    hashlock: sliceHex(bytes, 24, 56),
    revealBy: hexToBigInt(sliceHex(bytes, 1, 8)),
  }
}

function swapOf(bytes: Hex): Swap {
  const first = hexToNumber(sliceHex(bytes, 0, 1))
  return {
    ownerIsLeft: first >= 0x80,
    addDeltaIndex: first % 0x80,
    addAmount: hexToBigInt(sliceHex(bytes, 13, 29)),
    subDeltaIndex: hexToNumber(sliceHex(bytes, 1, 2)),
    subAmount: hexToBigInt(sliceHex(bytes, 29, 45)),
    minFill: hexToNumber(sliceHex(bytes, 2, 6)),
    fillBy: hexToBigInt(sliceHex(bytes, 6, 13)),
  }
}
