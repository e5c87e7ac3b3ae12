/** The mutual state of a channel: what both sides hash into every block, byte for byte the same. */
import type { Address, EntityId, Hash, Hashlock, TokenId } from '../ids.ts'
import type { ClauseId } from './transaction.ts'

export interface MutualToken {
  readonly token: TokenId
  /** The off-chain half of left's claim. Written by co-signed channel blocks only. */
  readonly offdelta: bigint
  /** Credit that left extends to right: how far above the collateral the delta may go. */
  readonly leftCreditLimit: bigint
  /** Credit that right extends to left: how far below zero the delta may go. */
  readonly rightCreditLimit: bigint
}

/** A conditional payment that is open. */
export interface Lock {
  readonly id: ClauseId
  /** Whether left pays. */
  readonly fromLeft: boolean
  readonly token: TokenId
  readonly amount: bigint
  readonly hashlock: Hashlock
  readonly revealBy: number
}

/** A swap that is open. */
export interface Offer {
  readonly id: ClauseId
  readonly ownerIsLeft: boolean
  readonly giveToken: TokenId
  readonly giveAmount: bigint
  readonly wantToken: TokenId
  readonly wantAmount: bigint
  readonly minFill: number
  readonly fillBy: number
}

export interface Mutual {
  readonly left: EntityId
  readonly right: EntityId
  readonly chainId: bigint
  readonly depository: Address
  /** The one stored on chain that today's proofs name. */
  readonly cooperativeNonce: bigint
  /** The highest cooperative nonce that any settlement attempt of this era has named. */
  readonly namedNonce: bigint
  readonly term: number
  readonly height: number
  /** Hash of the block of `height`; zero at height 0. */
  readonly prevBlockHash: Hash
  /** Seconds. */
  readonly disputeWindow: number
  /** Ascending by token id. */
  readonly tokens: readonly MutualToken[]
  /** In the order they were made. */
  readonly locks: readonly Lock[]
  readonly offers: readonly Offer[]
}
