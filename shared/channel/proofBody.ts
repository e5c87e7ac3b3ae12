/**
 * Proof bodies: the off-chain half of a channel as a court reads it. All open locks and offers stand
 * in one clause, which the house's SubcontractProvider judges.
 */
import { writeBigint, writeHex, writeNumber } from '../bytes.ts'
import { keccakHex } from '../crypto/keccak.ts'
import type { Address, Hash, TokenId } from '../ids.ts'
import type { Lock, Mutual, Offer } from './state.ts'

/** How far one clause may move one delta: up by `rightAllowance`, down by `leftAllowance`. */
export interface Allowance {
  readonly deltaIndex: number
  readonly leftAllowance: bigint
  readonly rightAllowance: bigint
}

/** A conditional entry of a proof body. */
export interface Clause {
  readonly provider: Address
  /** What the provider is granted, exactly. */
  readonly gasLimit: number
  /** Unix seconds; while it is pending and this has not passed, the dispute cannot end. */
  readonly until: number
  /** The provider's own encoding. */
  readonly batch: Uint8Array
  /** Strictly ascending by `deltaIndex`. */
  readonly allowances: readonly Allowance[]
}

export interface ProofBody {
  /** Strictly ascending. */
  readonly tokenIds: readonly TokenId[]
  readonly offdeltas: readonly bigint[]
  readonly clauses: readonly Clause[]
}

/** Gas for a clause with nothing in it, for each lock and for each offer: what they cost, with room. */
export const CLAUSE_GAS = 50_000
export const PAYMENT_GAS = 4_000
export const SWAP_GAS = 8_000

/** Bytes of a clause's head, of a lock, of an offer and of a default swap in it. */
export const CLAUSE_HEAD_BYTES = 2
export const PAYMENT_BYTES = 56
export const SWAP_BYTES = 45
export const DEFAULT_SWAP_BYTES = 104
/** A clause with default swaps has this bit in its first number, and then says how many swaps there are. */
export const CLAUSE_LONG_FLAG = 0x8000
export const CLAUSE_LONG_HEAD_BYTES = 4
/** The bit of a record's first byte that names left; the others are a delta's index. */
export const LEFT_FLAG = 0x80

/**
 * The proof body of a mutual state: every token, and one clause for all locks and offers, or none.
 * `provider` is the SubcontractProvider. Every lock and offer names tokens of the state.
 */
export function proofBodyOf(mutual: Mutual, provider: Address): ProofBody {
  const tokenIds: TokenId[] = []
  const offdeltas: bigint[] = []
  for (const { token, offdelta } of mutual.tokens) {
    tokenIds.push(token)
    offdeltas.push(offdelta)
  }
  const isPlain = mutual.locks.length === 0 && mutual.offers.length === 0
  return { tokenIds, offdeltas, clauses: isPlain ? [] : [clauseOf(mutual, tokenIds, provider)] }
}

function clauseOf(mutual: Mutual, tokenIds: readonly TokenId[], provider: Address): Clause {
  const { locks, offers } = mutual
  const indexOf = new Map<TokenId, number>()
  for (let index = 0; index < tokenIds.length; index++)
    indexOf.set(tokenIds[index] as TokenId, index)
  return {
    provider,
    gasLimit: CLAUSE_GAS + PAYMENT_GAS * locks.length + SWAP_GAS * offers.length,
    until: lastDeadline(locks, offers),
    batch: encodeClauseBatch(locks, offers, indexOf),
    allowances: allowancesOf(locks, offers, indexOf, tokenIds.length),
  }
}

function lastDeadline(locks: readonly Lock[], offers: readonly Offer[]): number {
  let last = 0
  for (const { revealBy } of locks) if (revealBy > last) last = revealBy
  for (const { fillBy } of offers) if (fillBy > last) last = fillBy
  return last
}

/** A lock holds of its payer; an offer holds `give` of its owner and `want` of his peer. */
function allowancesOf(
  locks: readonly Lock[],
  offers: readonly Offer[],
  indexOf: ReadonlyMap<TokenId, number>,
  count: number,
): readonly Allowance[] {
  const left = new Array<bigint>(count).fill(0n)
  const right = new Array<bigint>(count).fill(0n)
  const hold = (bySide: boolean, token: TokenId, amount: bigint): void => {
    const held = bySide ? left : right
    const index = placeOf(indexOf, token)
    held[index] = (held[index] as bigint) + amount
  }
  for (const { fromLeft, token, amount } of locks) hold(fromLeft, token, amount)
  for (const offer of offers) {
    hold(offer.ownerIsLeft, offer.giveToken, offer.giveAmount)
    hold(!offer.ownerIsLeft, offer.wantToken, offer.wantAmount)
  }

  const allowances: Allowance[] = []
  for (let deltaIndex = 0; deltaIndex < count; deltaIndex++) {
    const leftAllowance = left[deltaIndex] as bigint
    const rightAllowance = right[deltaIndex] as bigint
    if (leftAllowance === 0n && rightAllowance === 0n) continue
    allowances.push({ deltaIndex, leftAllowance, rightAllowance })
  }
  return allowances
}

/**
 * The packed bytes that libraries/ClauseBatch.sol reads. A lock of left moves the delta down, one of
 * right up. An offer's owner pays what it gives (`sub`) and receives what it wants (`add`).
 */
function encodeClauseBatch(
  locks: readonly Lock[],
  offers: readonly Offer[],
  indexOf: ReadonlyMap<TokenId, number>,
): Uint8Array {
  const swapsAt = CLAUSE_HEAD_BYTES + PAYMENT_BYTES * locks.length
  const batch = new Uint8Array(swapsAt + SWAP_BYTES * offers.length)
  writeNumber(batch, 0, CLAUSE_HEAD_BYTES, locks.length)
  let at = CLAUSE_HEAD_BYTES
  for (const { fromLeft, token, amount, hashlock, revealBy } of locks) {
    batch[at] = placeOf(indexOf, token) | (fromLeft ? LEFT_FLAG : 0)
    writeNumber(batch, at + 1, 7, revealBy)
    writeBigint(batch, at + 8, 16, amount)
    writeHex(batch, at + 24, hashlock)
    at += PAYMENT_BYTES
  }
  for (const offer of offers) {
    batch[at] = placeOf(indexOf, offer.wantToken) | (offer.ownerIsLeft ? LEFT_FLAG : 0)
    batch[at + 1] = placeOf(indexOf, offer.giveToken)
    writeNumber(batch, at + 2, 4, offer.minFill)
    writeNumber(batch, at + 6, 7, offer.fillBy)
    writeBigint(batch, at + 13, 16, offer.wantAmount)
    writeBigint(batch, at + 29, 16, offer.giveAmount)
    at += SWAP_BYTES
  }
  return batch
}

/** Below 128, for a channel has fewer tokens: see `CHANNEL_TOKENS_MAX`. */
function placeOf(indexOf: ReadonlyMap<TokenId, number>, token: TokenId): number {
  const index = indexOf.get(token)
  if (index === undefined) throw new RangeError(`a clause names ${token}, which the channel lacks`)
  return index
}

/** `abi.encode(ProofBody)`. */
export function encodeProofBody(body: ProofBody): Uint8Array {
  const words = new Uint8Array(bodyLength(body))
  writeProofBody(words, body)
  return words
}

let scratch = new Uint8Array(4096)

/** `keccak256(abi.encode(ProofBody))`. */
export function proofBodyHash(body: ProofBody): Hash {
  const length = bodyLength(body)
  if (length > scratch.length) scratch = new Uint8Array(2 * length)
  const words = scratch.subarray(0, length)
  words.fill(0)
  writeProofBody(words, body)
  return keccakHex(words)
}

function bodyLength({ tokenIds, offdeltas, clauses }: ProofBody): number {
  let length = 32 * (7 + tokenIds.length + offdeltas.length + clauses.length)
  for (const clause of clauses) length += clauseLength(clause)
  return length
}

/** Writes into `words`, which are zero and of the right length. */
function writeProofBody(words: Uint8Array, { tokenIds, offdeltas, clauses }: ProofBody): void {
  const offdeltasAt = 96 + 32 * (1 + tokenIds.length)
  const clausesAt = offdeltasAt + 32 * (1 + offdeltas.length)
  words[31] = 0x20
  writeNumber(words, 32 + 24, 8, 96)
  writeNumber(words, 64 + 24, 8, offdeltasAt)
  writeNumber(words, 96 + 24, 8, clausesAt)

  let at = 32 + 96
  writeNumber(words, at + 24, 8, tokenIds.length)
  for (const token of tokenIds) {
    at += 32
    writeHex(words, at, token)
  }
  at = 32 + offdeltasAt
  writeNumber(words, at + 24, 8, offdeltas.length)
  for (const offdelta of offdeltas) {
    at += 32
    writeBigint(words, at, 32, offdelta)
  }
  at = 32 + clausesAt
  writeNumber(words, at + 24, 8, clauses.length)

  // Offsets of dynamic elements count from the first of them.
  const offsetsAt = at + 32
  let next = offsetsAt + 32 * clauses.length
  for (let i = 0; i < clauses.length; i++) {
    writeNumber(words, offsetsAt + 32 * i + 24, 8, next - offsetsAt)
    next = writeClause(words, next, clauses[i] as Clause)
  }
}

function clauseLength(clause: Clause): number {
  return 32 * (7 + 3 * clause.allowances.length) + paddedLength(clause.batch)
}

function paddedLength(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / 32) * 32
}

/** Writes a clause from `at` on and returns where it ends. */
function writeClause(words: Uint8Array, at: number, clause: Clause): number {
  const { provider, gasLimit, until, batch, allowances } = clause
  const allowancesAt = 160 + 32 + paddedLength(batch)
  writeHex(words, at + 12, provider)
  writeNumber(words, at + 32 + 24, 8, gasLimit)
  writeNumber(words, at + 64 + 24, 8, until)
  writeNumber(words, at + 96 + 24, 8, 160)
  writeNumber(words, at + 128 + 24, 8, allowancesAt)
  writeNumber(words, at + 160 + 24, 8, batch.length)
  words.set(batch, at + 192)
  let next = at + allowancesAt
  writeNumber(words, next + 24, 8, allowances.length)
  next += 32
  for (const { deltaIndex, leftAllowance, rightAllowance } of allowances) {
    writeNumber(words, next + 24, 8, deltaIndex)
    writeBigint(words, next + 32, 32, leftAllowance)
    writeBigint(words, next + 64, 32, rightAllowance)
    next += 96
  }
  return next
}
