/**
 * What the chain says, as machines take it: the events of IDepository and ISecretRegistry, one to
 * one. Ids are lower-case hex, amounts and nonces `bigint`, times unix seconds.
 *
 * Every event carries the absolute value after the change, so applying one twice, or again after a
 * reorganisation, is harmless.
 */
import type { EntityId, Hash, Hashlock, Hex, Secret, TokenId } from '../ids.ts'

// ─── Of one entity ──────────────────────────────────────────────────────────────────────────────

/** The reserve of `entity` is now `reserve`. */
export type ReserveUpdated = {
  type: 'reserveUpdated'
  entity: EntityId
  token: TokenId
  reserve: bigint
}

/** A batch of `entity` was executed and used up `nonce`. `batchHash` is of its encoding. */
export type BatchProcessed = {
  type: 'batchProcessed'
  entity: EntityId
  nonce: bigint
  batchHash: Hash
}

/** Item `index` (through all arrays of the batch) changed nothing; `reason` is an error's selector. */
export type BatchItemSkipped = {
  type: 'batchItemSkipped'
  entity: EntityId
  nonce: bigint
  index: number
  reason: Hex
}

/** `debtor` owes `amount` from now on, as entry `index` of its queue. */
export type DebtCreated = {
  type: 'debtCreated'
  debtor: EntityId
  token: TokenId
  creditor: EntityId
  index: bigint
  amount: bigint
}

/** Entry `index` of the debtor's queue was paid down to `remaining`. */
export type DebtPaid = {
  type: 'debtPaid'
  debtor: EntityId
  token: TokenId
  creditor: EntityId
  index: bigint
  remaining: bigint
}

/** The creditor let entry `index` of the debtor's queue go. */
export type DebtForgiven = {
  type: 'debtForgiven'
  debtor: EntityId
  token: TokenId
  creditor: EntityId
  index: bigint
}

/** What an entity's account is made of. */
export type DepositoryEvent =
  | ReserveUpdated
  | BatchProcessed
  | BatchItemSkipped
  | DebtCreated
  | DebtPaid
  | DebtForgiven

// ─── Of one channel ─────────────────────────────────────────────────────────────────────────────

/** Whose channel; `left` is the smaller id. */
interface OfChannel {
  left: EntityId
  right: EntityId
}

/** The channel's collateral and on-chain delta of `token` are now these. */
export type ChannelUpdated = OfChannel & {
  type: 'channelUpdated'
  token: TokenId
  collateral: bigint
  ondelta: bigint
}

/** A settlement was executed: earlier proofs are void, and an open dispute is over. */
export type Settled = OfChannel & { type: 'settled'; cooperativeNonce: bigint }

/** What stands on chain; see the struct `Proof` of IDepository. */
export interface PostedProof {
  /** `term · 2^48 + 2 · height + (proposed by left ? 1 : 0)`; 0 is the empty body. */
  readonly disputeNonce: bigint
  /** Seconds. */
  readonly disputeWindow: number
  readonly proofBodyHash: Hash
  readonly blockHash: Hash
}

/** A dispute is open. */
export type DisputeStarted = OfChannel & {
  type: 'disputeStarted'
  startedByLeft: boolean
  cooperativeNonce: bigint
  proof: PostedProof
  /** Unix seconds: countered before, finalised from it on. */
  deadline: number
}

/** Whose entity action posted the standing proof; a third party is `anyone`. */
export type Poster = 'anyone' | 'left' | 'right'

/** The standing proof was replaced by a higher one. */
export type DisputeCountered = OfChannel & {
  type: 'disputeCountered'
  poster: Poster
  cooperativeNonce: bigint
  proof: PostedProof
  deadline: number
}

/** One side gave its arguments for one proof body, in full; at most 2 KB. */
export type ArgumentsCommitted = OfChannel & {
  type: 'argumentsCommitted'
  byLeft: boolean
  proofBodyHash: Hash
  data: Uint8Array
}

/** One side named further tokens to be closed. */
export type TokensNamed = OfChannel & {
  type: 'tokensNamed'
  byLeft: boolean
  tokens: readonly TokenId[]
}

/** One token of a finalised channel was divided; `forfeit` is contained in `toLeft` and `toRight`. */
export type TokenSplit = OfChannel & {
  type: 'tokenSplit'
  token: TokenId
  toLeft: bigint
  toRight: bigint
  leftDebt: bigint
  rightDebt: bigint
  forfeit: bigint
}

/** The dispute ended; the channel starts again under `cooperativeNonce`. */
export type DisputeFinalised = OfChannel & {
  type: 'disputeFinalised'
  disputeNonce: bigint
  cooperativeNonce: bigint
  /** The starter had signed a state at least two heights above the one it started with. */
  fraud: boolean
}

export type ChannelChainEvent =
  | ChannelUpdated
  | Settled
  | DisputeStarted
  | DisputeCountered
  | ArgumentsCommitted
  | TokensNamed
  | TokenSplit
  | DisputeFinalised

// ─── Of nobody in particular ────────────────────────────────────────────────────────────────────

/** A secret is public, since `revealedAt` (unix seconds). */
export type SecretRevealed = {
  type: 'secretRevealed'
  hashlock: Hashlock
  secret: Secret
  revealedAt: number
}

export type ChainEvent = DepositoryEvent | ChannelChainEvent | SecretRevealed

/** What is acted on at first sight, before it is final: harmless if the chain takes it back. */
export type DangerEvent = DisputeStarted | DisputeCountered | SecretRevealed

// ─── Where it stands ────────────────────────────────────────────────────────────────────────────

/** A block by number and hash. */
export interface BlockReference {
  readonly block: number
  readonly hash: Hash
}

/** The place of an event: its block, and its number among all logs of that block. */
export interface EventPosition extends BlockReference {
  /** Of the block, unix seconds. */
  readonly timestamp: number
  readonly logIndex: number
}

/** An event with its place; `(block, logIndex)` orders all events of a chain. */
export interface LocatedEvent<E extends ChainEvent = ChainEvent> {
  readonly event: E
  readonly position: EventPosition
}

/**
 * How far a reader of the chain has come: the last block whose events it has applied, and ever
 * sparser blocks before it, newest first, by which a deep reorganisation finds where it began.
 */
export interface ChainCursor extends BlockReference {
  readonly trail: readonly BlockReference[]
}

/** Final blocks `from ..= to`, each delivered in exactly one batch; the events in chain order. */
export interface FinalBatch {
  readonly from: number
  readonly to: number
  readonly toHash: Hash
  /** Unix seconds: the clock of the chain. */
  readonly toTimestamp: number
  readonly events: readonly LocatedEvent[]
}
