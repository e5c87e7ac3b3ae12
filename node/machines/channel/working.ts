/**
 * The mutual state while a block is applied to it: a working copy that is changed in place and frozen
 * at its end. A transaction that is refused leaves it as it was.
 */
import { isInt128 } from '@xln/shared/amounts.ts'
import type { Lock, Mutual, MutualToken, Offer } from '@xln/shared/channel/state.ts'
import type { ClauseId } from '@xln/shared/channel/transaction.ts'
import type { TokenId } from '@xln/shared/ids.ts'
import { CHANNEL_TOKENS_MAX } from '@xln/shared/limits.ts'
import type { ChannelFact } from './messages.ts'
import type { OnchainToken } from './parts.ts'
import type { TransactionRefusal } from './refusal.ts'

/** Where the block stands. */
export interface Place {
  readonly term: number
  readonly height: number
  readonly timestamp: number
  readonly byLeft: boolean
}

/** A transaction cannot be judged before this side has seen more of the chain. */
export interface Wait {
  readonly code: 'wait'
  /** `view`: the chain must be asked about a token. `head`: final blocks will tell. */
  readonly for: 'view' | 'head'
}

/** What came of one transaction: null when it was applied. */
export type Verdict = TransactionRefusal | Wait | null

/** What one side sees of the world; it judges, and never enters the state. */
export interface Sight {
  /** Unix seconds. */
  readonly now: number
  readonly finalBlock: number
  readonly finalTimestamp: number
  /** What the chain holds of a token; `undefined` when the chain must be asked. */
  onchain(token: TokenId): Omit<OnchainToken, 'token'> | undefined
  /** When the secret of an open lock was revealed by a final event, 0 if not. */
  revealedAt(lock: ClauseId): number
  /** How long before the first deadline of a clause a settlement must be over, seconds. */
  readonly revealMarginSeconds: number
  /** Whether this side is left. */
  readonly isLeft: boolean
}

/** One token, with what each side can still promise: negative after a limit was lowered. */
export interface WorkingToken {
  readonly token: TokenId
  offdelta: bigint
  leftCreditLimit: bigint
  rightCreditLimit: bigint
  leftFree: bigint
  rightFree: bigint
  /** Not part of the state before a transaction with it is applied. */
  isNew: boolean
}

export interface Working {
  readonly base: Mutual
  readonly place: Place
  /** Null when a block that this side has signed is only computed again: nothing is judged then. */
  readonly sight: Sight | null
  readonly tokens: Map<TokenId, WorkingToken>
  lastToken: WorkingToken | null
  tokensAdded: boolean
  locks: Map<string, Lock> | null
  locksOfLeft: number
  offers: Map<string, Offer> | null
  offersOfLeft: number
  disputeWindow: number
  namedNonce: bigint
  /** What the block means to the side that looks; `origin` is filled in by the caller. */
  readonly facts: ChannelFact[]
  readonly viewerIsLeft: boolean
}

export function workOn(
  base: Mutual,
  place: Place,
  sight: Sight | null,
  viewerIsLeft: boolean,
): Working {
  const working: Working = {
    base,
    place,
    sight,
    tokens: new Map(),
    lastToken: null,
    tokensAdded: false,
    locks: null,
    locksOfLeft: 0,
    offers: null,
    offersOfLeft: 0,
    disputeWindow: base.disputeWindow,
    namedNonce: base.namedNonce,
    facts: [],
    viewerIsLeft,
  }
  for (const token of base.tokens) working.tokens.set(token.token, workingToken(token, sight))
  for (const lock of base.locks) hold(working, lock.token, lock.fromLeft, lock.amount)
  for (const offer of base.offers) {
    hold(working, offer.giveToken, offer.ownerIsLeft, offer.giveAmount)
    hold(working, offer.wantToken, !offer.ownerIsLeft, offer.wantAmount)
  }
  return working
}

function workingToken(entry: MutualToken, sight: Sight | null): WorkingToken {
  const { token, offdelta, leftCreditLimit, rightCreditLimit } = entry
  const onchain = sight?.onchain(token)
  const delta = offdelta + (onchain?.ondelta ?? 0n)
  return {
    token,
    offdelta,
    leftCreditLimit,
    rightCreditLimit,
    leftFree: delta + rightCreditLimit,
    rightFree: (onchain?.collateral ?? 0n) + leftCreditLimit - delta,
    isNew: false,
  }
}

/** Sets `amount` of a side's capacity aside, or with a negative amount gives it back. */
export function hold(working: Working, token: TokenId, ofLeft: boolean, amount: bigint): void {
  const entry = working.tokens.get(token) as WorkingToken
  if (ofLeft) entry.leftFree -= amount
  else entry.rightFree -= amount
}

/** Moves `amount` from a side that has it free, or whose hold of it has just been given back. */
export function move(entry: WorkingToken, fromLeft: boolean, amount: bigint): void {
  const down = fromLeft ? amount : -amount
  entry.offdelta -= down
  entry.leftFree -= down
  entry.rightFree += down
}

/** A token to work with; one that the channel does not have yet is added by {@link admit}. */
export function tokenOf(
  working: Working,
  token: TokenId,
): WorkingToken | TransactionRefusal | Wait {
  const last = working.lastToken
  if (last !== null && last.token === token) return last
  const known = working.tokens.get(token)
  if (known !== undefined) {
    working.lastToken = known
    return known
  }
  if (working.tokens.size >= CHANNEL_TOKENS_MAX) {
    return { code: 'tokens_full', token, max: CHANNEL_TOKENS_MAX }
  }
  const { sight } = working
  if (sight !== null && sight.onchain(token) === undefined) return { code: 'wait', for: 'view' }
  const fresh = { token, offdelta: 0n, leftCreditLimit: 0n, rightCreditLimit: 0n }
  return { ...workingToken(fresh, sight), isNew: true }
}

export function isVerdict(
  entry: WorkingToken | TransactionRefusal | Wait,
): entry is TransactionRefusal | Wait {
  return 'code' in entry
}

/** Makes a token part of the state, once a transaction with it is sure to be applied. */
export function admit(working: Working, entry: WorkingToken): void {
  if (!entry.isNew) return
  entry.isNew = false
  working.tokens.set(entry.token, entry)
  working.tokensAdded = true
}

/** Null when a side of `entry` can promise `amount`. */
export function checkCapacity(
  working: Working,
  entry: WorkingToken,
  ofLeft: boolean,
  amount: bigint,
): TransactionRefusal | null {
  if (working.sight === null) return null
  const free = ofLeft ? entry.leftFree : entry.rightFree
  if (amount <= free) return null
  return { code: 'capacity_exceeded', amount, capacity: free > 0n ? free : 0n }
}

/** Null when moving `amount` keeps the balance within what a proof body can hold. */
export function checkRange(
  entry: WorkingToken,
  fromLeft: boolean,
  amount: bigint,
): TransactionRefusal | null {
  const offdelta = fromLeft ? entry.offdelta - amount : entry.offdelta + amount
  return isInt128(offdelta) ? null : { code: 'balance_out_of_range', offdelta }
}

export function keyOf({ term, height, index }: ClauseId): string {
  return `${height}.${index}.${term}`
}

export function locksOf(working: Working): Map<string, Lock> {
  if (working.locks === null) {
    working.locks = new Map()
    for (const lock of working.base.locks) {
      working.locks.set(keyOf(lock.id), lock)
      if (lock.fromLeft) working.locksOfLeft++
    }
  }
  return working.locks
}

export function offersOf(working: Working): Map<string, Offer> {
  if (working.offers === null) {
    working.offers = new Map()
    for (const offer of working.base.offers) {
      working.offers.set(keyOf(offer.id), offer)
      if (offer.ownerIsLeft) working.offersOfLeft++
    }
  }
  return working.offers
}

/** The state after the block; its `prevBlockHash` is still that of the block before. */
export function freeze(working: Working): Mutual {
  const { base, place } = working
  const tokens: MutualToken[] = []
  for (const { token, offdelta, leftCreditLimit, rightCreditLimit } of working.tokens.values()) {
    tokens.push({ token, offdelta, leftCreditLimit, rightCreditLimit })
  }
  if (working.tokensAdded) tokens.sort((a, b) => (a.token < b.token ? -1 : 1))
  return {
    left: base.left,
    right: base.right,
    chainId: base.chainId,
    depository: base.depository,
    cooperativeNonce: base.cooperativeNonce,
    namedNonce: working.namedNonce,
    term: place.term,
    height: place.height,
    prevBlockHash: base.prevBlockHash,
    disputeWindow: working.disputeWindow,
    tokens,
    locks: working.locks === null ? base.locks : [...working.locks.values()],
    offers: working.offers === null ? base.offers : [...working.offers.values()],
  }
}
