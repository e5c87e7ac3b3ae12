/**
 * What a member can decide for its entity. An action becomes real when a quorum of the board has
 * decided it; a board of one decides with its proposal. No transaction calls these directly.
 */
import type { Forgiveness, TokenDiff } from '../channel/transaction.ts'
import type { Address, EntityId, Hashlock, Secret, TokenId } from '../ids.ts'

/** One further hop of a payment, and what it keeps for forwarding. */
export interface Hop {
  readonly entity: EntityId
  /** In the token's base units; 0 for the last hop, the payee. */
  readonly fee: bigint
}

/** What an entity's machine rules may do by themselves. A decision sets it; replicas share it. */
export interface Policy {
  /** Kept for forwarding a lock: `feeBase + amount · feePpm / 10^6`, rounded up. */
  readonly feeBase: bigint
  readonly feePpm: bigint
  /** Whether locks are forwarded for others at all. */
  readonly forwards: boolean
  /** Whether a stranger may open a channel with this entity. */
  readonly acceptsChannels: boolean
  /** Seconds between the `revealBy` of an incoming lock and that of the one it is forwarded as. */
  readonly hopMarginSeconds: number
  /** A known secret is revealed on chain this long before the `revealBy` of an unresolved lock. */
  readonly revealMarginSeconds: number
  /** Locks below this amount are not enforced on chain; they are let go, and counted. */
  readonly enforceMin: bigint
}

export type Action =
  /** Makes the channel with `peer` known; nothing is signed before something is to be said. */
  | { readonly type: 'openChannel'; readonly peer: EntityId; readonly disputeWindow: number }
  | {
      readonly type: 'extendCredit'
      readonly peer: EntityId
      readonly token: TokenId
      readonly limit: bigint
    }
  /** A direct payment to a channel's peer. */
  | {
      readonly type: 'payPeer'
      readonly peer: EntityId
      readonly token: TokenId
      readonly amount: bigint
      readonly memo: Uint8Array
    }
  /** A conditional payment along a route: the last hop receives `amount`, each earlier one its fee. */
  | {
      readonly type: 'pay'
      readonly route: readonly Hop[]
      readonly token: TokenId
      readonly amount: bigint
      readonly hashlock: Hashlock
    }
  /** Makes a payment receivable; the secret is drawn by the shell. */
  | {
      readonly type: 'createInvoice'
      readonly secret: Secret
      readonly token: TokenId
      readonly amount: bigint
      /** Unix seconds. */
      readonly expiresAt: number
      readonly memo: Uint8Array
    }
  | {
      readonly type: 'withdraw'
      readonly token: TokenId
      readonly to: Address
      readonly amount: bigint
    }
  | {
      readonly type: 'transfer'
      readonly token: TokenId
      readonly to: EntityId
      readonly amount: bigint
    }
  /** Moves reserve into the channel with `peer`, as the own share. */
  | {
      readonly type: 'collateralise'
      readonly peer: EntityId
      readonly token: TokenId
      readonly amount: bigint
    }
  | {
      readonly type: 'requestCollateral'
      readonly peer: EntityId
      readonly token: TokenId
      readonly amount: bigint
      readonly fee: bigint
    }
  /** A cooperative settlement with these moves. */
  | {
      readonly type: 'settle'
      readonly peer: EntityId
      readonly diffs: readonly TokenDiff[]
      readonly forgiveness: readonly Forgiveness[]
    }
  /** A settlement that moves the own claim of `amount` from the channel to the own reserve. */
  | {
      readonly type: 'cashOut'
      readonly peer: EntityId
      readonly token: TokenId
      readonly amount: bigint
    }
  /** A settlement that empties the channel. */
  | { readonly type: 'closeChannel'; readonly peer: EntityId }
  | { readonly type: 'startDispute'; readonly peer: EntityId }
  | { readonly type: 'setPolicy'; readonly policy: Policy }
  | { readonly type: 'note'; readonly peer: EntityId; readonly data: Uint8Array }

export type ActionType = Action['type']
