/**
 * What a clause of locks and offers does to the deltas: the SubcontractProvider's `evaluate`, line by
 * line. For wallets that want to know what a court would say, for simulators, and for tests.
 */
import { INT128_MAX, UINT64_MAX, UINT128_MAX } from '../amounts.ts'
import { bytesToHex, readBigint, readNumber } from '../bytes.ts'
import type { Hashlock } from '../ids.ts'
import { RATIO_MAX } from '../limits.ts'

/** What one side gave to the clauses of one proof body. */
export interface Arguments {
  /** Ratios for the swaps that the other side owns, 4 bytes each, in the order of the batch. */
  readonly data: Uint8Array
  /** Unix seconds; 0 if none were given. */
  readonly committedAt: number
}

/** The facts that a clause is judged by. */
export interface ClauseFacts {
  /** Unix seconds. */
  readonly now: number
  /** When the secret of a hashlock was first revealed, unix seconds; 0 if never. */
  revealedAt(hashlock: Hashlock): number
  readonly left: Arguments
  readonly right: Arguments
}

export interface Evaluation {
  readonly deltas: readonly bigint[]
  /** Unix seconds until which something inside may still become true; 0 when nothing may. */
  readonly pendingUntil: bigint
}

export const NO_ARGUMENTS: Arguments = { data: new Uint8Array(0), committedAt: 0 }

/** A delta beyond 248 bits is none of a channel's; the contract reverts. */
const DELTA_BITS = 248

/**
 * Applies a batch to deltas. `undefined` where the contract reverts: the batch has another form, or
 * names a delta that is not there, or a delta is too large.
 */
export function evaluateClause(
  deltas: readonly bigint[],
  batch: Uint8Array,
  facts: ClauseFacts,
): Evaluation | undefined {
  const parsed = readClauseBatch(batch)
  if (parsed === undefined) return undefined
  if (deltas.some((delta) => BigInt.asIntN(DELTA_BITS, delta) !== delta)) return undefined
  const applied = [...deltas]
  const { payments, swaps } = parsed

  let pendingUntil = 0n
  const wait = (until: bigint): void => {
    if (until > pendingUntil) pendingUntil = until
  }
  for (const { deltaIndex, amount, hashlock, revealBy } of payments) {
    if (deltaIndex >= applied.length) return undefined
    const revealed = BigInt(facts.revealedAt(hashlock))
    if (revealed === 0n) {
      if (BigInt(facts.now) <= revealBy) wait(revealBy)
    } else if (revealed <= revealBy) {
      move(applied, deltaIndex, amount)
    }
  }

  let ownedByLeft = 0
  for (const [index, swap] of swaps.entries()) {
    const place = swap.ownerIsLeft ? ownedByLeft++ : index - ownedByLeft
    const filler = swap.ownerIsLeft ? facts.right : facts.left
    if (swap.addDeltaIndex >= applied.length || swap.subDeltaIndex >= applied.length)
      return undefined
    const ratio = ratioOf(swap, filler, place)
    const received = swapReceived(swap.addAmount, ratio)
    const paid = swapPaid(swap.subAmount, ratio)
    move(applied, swap.addDeltaIndex, swap.ownerIsLeft ? received : -received)
    move(applied, swap.subDeltaIndex, swap.ownerIsLeft ? -paid : paid)
    const isOpen = filler.committedAt === 0 && swap.minFill !== 0
    if (isOpen && BigInt(facts.now) <= swap.fillBy) wait(swap.fillBy)
  }
  return { deltas: applied, pendingUntil }
}

/** What the owner of an offer receives at `ratio` / (2^32 − 1) of `amount`: rounded up. */
export function swapReceived(amount: bigint, ratio: number): bigint {
  return (amount * BigInt(ratio) + BigInt(RATIO_MAX) - 1n) / BigInt(RATIO_MAX)
}

/** What the owner of an offer pays at `ratio` / (2^32 − 1) of `amount`: rounded down. */
export function swapPaid(amount: bigint, ratio: number): bigint {
  return (amount * BigInt(ratio)) / BigInt(RATIO_MAX)
}

/** A side's arguments: its ratios for the other side's swaps, in the order of the offers. */
export function encodeRatios(ratios: readonly number[]): Uint8Array {
  const data = new Uint8Array(4 * ratios.length)
  for (const [index, ratio] of ratios.entries()) {
    for (let byte = 0; byte < 4; byte++) data[4 * index + byte] = ratio >>> (24 - 8 * byte)
  }
  return data
}

interface Payment {
  readonly deltaIndex: number
  readonly amount: bigint
  readonly hashlock: Hashlock
  readonly revealBy: bigint
}

interface Swap {
  readonly ownerIsLeft: boolean
  readonly addDeltaIndex: number
  readonly addAmount: bigint
  readonly subDeltaIndex: number
  readonly subAmount: bigint
  readonly minFill: number
  readonly fillBy: bigint
}

const PAYMENT_LENGTH = 4 * 32
const SWAP_LENGTH = 7 * 32
const INDEX_MAX = 0xffffn

/** The parts of `abi.encode(Payment[], Swap[])` in its only layout; `undefined` for other bytes. */
function readClauseBatch(
  batch: Uint8Array,
): { readonly payments: readonly Payment[]; readonly swaps: readonly Swap[] } | undefined {
  const word = (at: number): bigint => readBigint(batch, at, at + 32)
  if (batch.length < 128) return undefined
  const paymentCount = word(64)
  if (paymentCount > BigInt(batch.length)) return undefined
  const swapsAt = 96 + PAYMENT_LENGTH * Number(paymentCount)
  if (batch.length < swapsAt + 32 || word(0) !== 0x40n || word(32) !== BigInt(swapsAt)) {
    return undefined
  }
  const swapCount = word(swapsAt)
  if (swapCount > BigInt(batch.length)) return undefined
  if (batch.length !== swapsAt + 32 + SWAP_LENGTH * Number(swapCount)) return undefined

  const payments: Payment[] = []
  for (let at = 96; at < swapsAt; at += PAYMENT_LENGTH) {
    const amount = BigInt.asIntN(256, word(at + 32))
    const isInRange = amount >= -INT128_MAX - 1n && amount <= INT128_MAX
    if (word(at) > INDEX_MAX || !isInRange || word(at + 96) > UINT64_MAX) return undefined
    payments.push({
      deltaIndex: Number(word(at)),
      amount,
      hashlock: bytesToHex(batch, at + 64, at + 96) as Hashlock,
      revealBy: word(at + 96),
    })
  }
  const swaps: Swap[] = []
  for (let at = swapsAt + 32; at < batch.length; at += SWAP_LENGTH) {
    const limits = [
      1n,
      INDEX_MAX,
      UINT128_MAX,
      INDEX_MAX,
      UINT128_MAX,
      BigInt(RATIO_MAX),
      UINT64_MAX,
    ]
    if (limits.some((limit, field) => word(at + 32 * field) > limit)) return undefined
    swaps.push({
      ownerIsLeft: word(at) === 1n,
      addDeltaIndex: Number(word(at + 32)),
      addAmount: word(at + 64),
      subDeltaIndex: Number(word(at + 96)),
      subAmount: word(at + 128),
      minFill: Number(word(at + 160)),
      fillBy: word(at + 192),
    })
  }
  return { payments, swaps }
}

/** The ratio that counts: 0 when it was not given, too late, too small or not wholly there. */
function ratioOf(swap: Swap, filler: Arguments, place: number): number {
  if (swap.minFill === 0 || filler.committedAt === 0) return 0
  if (BigInt(filler.committedAt) > swap.fillBy) return 0
  const end = 4 * (place + 1)
  const ratio = end <= filler.data.length ? readNumber(filler.data, end - 4, end) : 0
  return ratio < swap.minFill ? 0 : ratio
}

function move(deltas: bigint[], index: number, amount: bigint): void {
  deltas[index] = (deltas[index] as bigint) + amount
}
