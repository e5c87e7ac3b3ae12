/**
 * What a clause of locks, offers and default swaps does to the deltas: the SubcontractProvider's `evaluate`, line by
 * line. For wallets that want to know what a court would say, for simulators, and for tests.
 */
import { bytesToHex, readBigint, readNumber } from '../bytes.ts'
import type { EntityId, Hashlock, TokenId } from '../ids.ts'
import { RATIO_MAX } from '../limits.ts'
import {
  CLAUSE_HEAD_BYTES,
  CLAUSE_LONG_FLAG,
  CLAUSE_LONG_HEAD_BYTES,
  DEFAULT_SWAP_BYTES,
  LEFT_FLAG,
  PAYMENT_BYTES,
  SWAP_BYTES,
} from './proofBody.ts'

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
  /**
   * When it was recorded at the Depository which judges that `debtor` had not paid at least `threshold` of
   * `token`, unix seconds; 0 if never.
   */
  defaultedAt(debtor: EntityId, token: TokenId, threshold: bigint): number
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
 * Applies a batch to deltas. `undefined` where the contract reverts: the batch has another length, or
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
  const { payments, swaps, defaultSwaps } = parsed

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

  for (const { buyerIsLeft, deltaIndex, amount, expiry, ...named } of defaultSwaps) {
    if (deltaIndex >= applied.length) return undefined
    const recorded = BigInt(facts.defaultedAt(named.debtor, named.token, named.threshold))
    if (recorded === 0n) {
      if (BigInt(facts.now) <= expiry) wait(expiry)
    } else if (recorded <= expiry) {
      move(applied, deltaIndex, buyerIsLeft ? amount : -amount)
    }
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

interface DefaultSwap {
  readonly buyerIsLeft: boolean
  readonly deltaIndex: number
  readonly expiry: bigint
  readonly amount: bigint
  readonly debtor: EntityId
  readonly token: TokenId
  readonly threshold: bigint
}

interface ClauseBatch {
  readonly payments: readonly Payment[]
  readonly swaps: readonly Swap[]
  readonly defaultSwaps: readonly DefaultSwap[]
}

/** The records of a packed batch; `undefined` for bytes of another length than they say. */
function readClauseBatch(batch: Uint8Array): ClauseBatch | undefined {
  const places = placesIn(batch)
  if (places === undefined) return undefined
  const [paymentsAt, swapsAt, defaultsAt] = places
  return {
    payments: readEach(batch, paymentsAt, swapsAt, PAYMENT_BYTES, readPayment),
    swaps: readEach(batch, swapsAt, defaultsAt, SWAP_BYTES, readSwap),
    defaultSwaps: readEach(batch, defaultsAt, batch.length, DEFAULT_SWAP_BYTES, readDefaultSwap),
  }
}

/** Where the payments, the swaps and the default swaps begin, if the batch is as long as it says. */
function placesIn(batch: Uint8Array): readonly [number, number, number] | undefined {
  if (batch.length < CLAUSE_HEAD_BYTES) return undefined
  const count = readNumber(batch, 0, CLAUSE_HEAD_BYTES)
  if (count < CLAUSE_LONG_FLAG) {
    const swapsAt = CLAUSE_HEAD_BYTES + PAYMENT_BYTES * count
    const isWhole = batch.length >= swapsAt && (batch.length - swapsAt) % SWAP_BYTES === 0
    return isWhole ? [CLAUSE_HEAD_BYTES, swapsAt, batch.length] : undefined
  }
  if (batch.length < CLAUSE_LONG_HEAD_BYTES) return undefined
  const swapsAt = CLAUSE_LONG_HEAD_BYTES + PAYMENT_BYTES * (count - CLAUSE_LONG_FLAG)
  const swaps = readNumber(batch, CLAUSE_HEAD_BYTES, CLAUSE_LONG_HEAD_BYTES)
  const defaultsAt = swapsAt + SWAP_BYTES * swaps
  const isWhole =
    batch.length >= defaultsAt && (batch.length - defaultsAt) % DEFAULT_SWAP_BYTES === 0
  return isWhole ? [CLAUSE_LONG_HEAD_BYTES, swapsAt, defaultsAt] : undefined
}

function readEach<T>(
  batch: Uint8Array,
  from: number,
  to: number,
  size: number,
  read: (batch: Uint8Array, at: number) => T,
): T[] {
  const records: T[] = []
  for (let at = from; at < to; at += size) records.push(read(batch, at))
  return records
}

function readPayment(batch: Uint8Array, at: number): Payment {
  const first = batch[at] as number
  const amount = readBigint(batch, at + 8, at + 24)
  return {
    deltaIndex: first % LEFT_FLAG,
    amount: first < LEFT_FLAG ? amount : -amount,
    hashlock: bytesToHex(batch, at + 24, at + PAYMENT_BYTES) as Hashlock,
    revealBy: readBigint(batch, at + 1, at + 8),
  }
}

function readSwap(batch: Uint8Array, at: number): Swap {
  const first = batch[at] as number
  return {
    ownerIsLeft: first >= LEFT_FLAG,
    addDeltaIndex: first % LEFT_FLAG,
    addAmount: readBigint(batch, at + 13, at + 29),
    subDeltaIndex: (batch[at + 1] as number) % LEFT_FLAG,
    subAmount: readBigint(batch, at + 29, at + SWAP_BYTES),
    minFill: readNumber(batch, at + 2, at + 6),
    fillBy: readBigint(batch, at + 6, at + 13),
  }
}

function readDefaultSwap(batch: Uint8Array, at: number): DefaultSwap {
  const first = batch[at] as number
  return {
    buyerIsLeft: first >= LEFT_FLAG,
    deltaIndex: first % LEFT_FLAG,
    expiry: readBigint(batch, at + 1, at + 8),
    amount: readBigint(batch, at + 8, at + 24),
    debtor: bytesToHex(batch, at + 24, at + 56) as EntityId,
    token: bytesToHex(batch, at + 56, at + 88) as TokenId,
    threshold: readBigint(batch, at + 88, at + DEFAULT_SWAP_BYTES),
  }
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
