/** What the chain says of a channel or an entity as of one block. */
import type { ChainPosition } from '@xln/shared/channel/block.ts'
import type { BlockReference, Poster } from '@xln/shared/depository/events.ts'
import type { EntityId, Hash, Secret, TokenId } from '@xln/shared/ids.ts'

/** The block as of which a view holds, and its time, unix seconds. */
export type ViewedAt = BlockReference & { readonly timestamp: number }

export interface ChannelChainView {
  readonly at: ViewedAt
  readonly left: EntityId
  readonly right: EntityId
  readonly cooperativeNonce: bigint
  /** Every token that the channel ever held, ascending. */
  readonly tokens: readonly {
    readonly token: TokenId
    readonly collateral: bigint
    readonly ondelta: bigint
  }[]
  /** Of the last event of this channel; `(0, 0)` when there was none. */
  readonly position: ChainPosition
  readonly dispute: DisputeView | null
  /** What both sides have committed in the dispute that is open, or could still be needed by one. */
  readonly arguments: readonly {
    readonly byLeft: boolean
    readonly proofBodyHash: Hash
    readonly data: Uint8Array
  }[]
  readonly named: readonly { readonly byLeft: boolean; readonly tokens: readonly TokenId[] }[]
}

/** A dispute that is open. */
export interface DisputeView {
  readonly standingNonce: bigint
  readonly startHeight: number
  /** Unix seconds. */
  readonly deadline: number
  readonly startedByLeft: boolean
  readonly poster: Poster
  readonly proofBodyHash: Hash
}

export interface DebtView {
  readonly debtor: EntityId
  readonly creditor: EntityId
  readonly token: TokenId
  readonly index: bigint
  readonly remaining: bigint
}

export interface EntityChainView {
  readonly at: ViewedAt
  readonly entity: EntityId
  /** The nonce that its next batch must bear. */
  readonly batchNonce: bigint
  /** Every token that it ever held, ascending; also those of which nothing is left. */
  readonly reserves: readonly { readonly token: TokenId; readonly reserve: bigint }[]
  /** What it owes and what it is owed, as far as it is not paid. */
  readonly debts: readonly DebtView[]
}

export interface SecretView {
  readonly secret: Secret
  /** Unix seconds. */
  readonly revealedAt: number
}
