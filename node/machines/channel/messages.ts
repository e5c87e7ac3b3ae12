/**
 * What the channel machine takes and gives: the border between a channel and its entity.
 *
 * Inputs are verbs, outputs are facts in the past tense or effects. Own signatures are never here:
 * where a message or a batch item needs one, its digest stands, and the shell signs after the commit.
 */
import type { BlockHeader, ChainPosition, ChannelBlock } from '@xln/shared/channel/block.ts'
import type { Lock, Mutual, Offer } from '@xln/shared/channel/state.ts'
import type { ChannelTransaction, ClauseId, Settle } from '@xln/shared/channel/transaction.ts'
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { ChannelChainEvent, Poster } from '@xln/shared/depository/events.ts'
import type { ChannelKey, EntityId, Hash, Hashlock, Secret, TokenId } from '@xln/shared/ids.ts'
import type { ChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import type { Refusal } from './refusal.ts'

/** Why a wish was made: comes back with whatever becomes of it. Local, never sent. */
export type Origin =
  /** A lock forwarded because of the incoming one in another channel. */
  | { readonly type: 'forward'; readonly channelKey: ChannelKey; readonly lock: ClauseId }
  /** The first hop of an own payment, by its hashlock. */
  | { readonly type: 'payment'; readonly hashlock: Hashlock }
  /** A request of the owner. */
  | { readonly type: 'request'; readonly id: bigint }

/** What a transition may look at beside state and input. All of it is in the server's log. */
export interface ChannelContext {
  /** Unix seconds: the time of the server block. */
  readonly now: number
  /** The newest final chain block that the entity has applied, and its time. */
  readonly finalBlock: number
  readonly finalTimestamp: number
  readonly domain: ChainDomain
  readonly policy: ChannelPolicy
  /** Of this server's process: another at every start. */
  readonly incarnation: number
}

/** A node's own choices; they never refuse a block. */
export interface ChannelPolicy {
  /** A known secret of an unresolved incoming lock is revealed on chain this long before `revealBy`. */
  readonly revealMarginSeconds: number
  /** Locks worth less than this are not enforced on chain (a reveal would cost more). */
  readonly enforceMin: bigint
}

export type ChannelInput =
  /** Queue a transaction of the entity's. */
  | { readonly type: 'wish'; readonly transaction: ChannelTransaction; readonly origin?: Origin }
  /** The end of the entity's turn: propose if there is something to propose and nothing in the way. */
  | { readonly type: 'flush' }
  | { readonly type: 'receive'; readonly message: ChannelMessage }
  | { readonly type: 'connected'; readonly up: boolean }
  /** An event of this channel; `final` or seen for the first time (danger only). */
  | {
      readonly type: 'chain'
      readonly event: ChannelChainEvent
      readonly position: ChainPosition
      readonly timestamp: number
      readonly final: boolean
    }
  /** The final chain block advanced (see context); only for channels that asked with `waitsOnChain`. */
  | { readonly type: 'head' }
  /** The scheduled second has come. */
  | { readonly type: 'timer' }
  /** A secret stands on chain. */
  | {
      readonly type: 'secretRevealed'
      readonly hashlock: Hashlock
      readonly secret: Secret
      readonly revealedAt: number
      readonly final: boolean
    }
  /** The owner's decision to settle; `settle` is made by the entity from {@link closingDiffs} or by hand. */
  | { readonly type: 'settle'; readonly transaction: Settle; readonly requestId: bigint }
  /** The owner's decision to dispute. `proofHeight` lower than the newest is refused but in a node started to cheat. */
  | { readonly type: 'startDispute' }
  /** This node has lost state: see channel.md "Losing state". */
  | {
      readonly type: 'restore'
      /** When it was lost, unix seconds; absent: just now. */
      readonly lostAt?: number
    }
  /** A quarantine is over, in which nothing reached this channel; `up`: whether the peer is connected. */
  | { readonly type: 'released'; readonly up: boolean }
  /** An item that this channel submitted was executed (`done`), or was skipped, refused or never will be. */
  | { readonly type: 'itemEnded'; readonly item: BatchItem; readonly done: boolean }
  /** What `readChannel` asked for. */
  | { readonly type: 'view'; readonly view: ChannelView }

/** What the shell must send: digests where the shell puts signatures. */
export interface OutgoingUpdate {
  readonly ack: { readonly blockHash: Hash; readonly digest: Hash } | null
  readonly proposal: { readonly block: ChannelBlock; readonly digest: Hash } | null
  /** The second proof of a settle block, under its new nonce: beside the proposal or the acknowledgement. */
  readonly newProof: { readonly digest: Hash } | null
  readonly settlement: { readonly digest: Hash } | null
}

/** A {@link Show} with the digest of the newest counted block's proof in place of the own signature. */
export interface OutgoingShow {
  readonly asksToResume: boolean
  readonly counted: {
    readonly header: BlockHeader
    readonly digest: Hash
    readonly ownIsLeft: boolean
    readonly peerSignature: Uint8Array
  } | null
  readonly mutual: Mutual
}

export type ChannelOutput = ChannelEffect | ChannelFact

export type ChannelEffect =
  | { readonly type: 'sendUpdate'; readonly update: OutgoingUpdate }
  | { readonly type: 'sendShow'; readonly show: OutgoingShow }
  | { readonly type: 'send'; readonly message: ChannelMessage }
  /** Wants a `view` input: a token was named of which too little is known. */
  | { readonly type: 'readChannel' }
  /** For the depository machine. `urgent` items do not wait for other batches. */
  | { readonly type: 'submit'; readonly item: BatchItem; readonly urgent: boolean }
  /** The next unix second at which this channel wants a `timer`; replaces the one before; null: none. */
  | { readonly type: 'schedule'; readonly at: number | null }
  /** Whether this channel wants `head` inputs. */
  | { readonly type: 'waitsOnChain'; readonly waits: boolean }

export type ChannelFact =
  /** A block counts: both have signed it. */
  | { readonly type: 'committed'; readonly height: number }
  | {
      readonly type: 'paid'
      readonly token: TokenId
      readonly amount: bigint
      readonly memo: Uint8Array
      readonly incoming: boolean
      readonly origin: Origin | null
    }
  | {
      readonly type: 'creditExtended'
      readonly token: TokenId
      readonly limit: bigint
      readonly incoming: boolean
      readonly origin: Origin | null
    }
  /** A lock counts. `onion` is empty for own locks. */
  | {
      readonly type: 'lockAdded'
      readonly lock: Lock
      readonly incoming: boolean
      readonly onion: Uint8Array
      readonly origin: Origin | null
    }
  /** The secret of a lock is known and its money is ours or gone for good. */
  | {
      readonly type: 'lockResolved'
      readonly lock: Lock
      readonly incoming: boolean
      readonly secret: Secret
      readonly origin: Origin | null
    }
  /** A lock ended without payment. `reason` is a CancelReason code; 0 for expiry. */
  | {
      readonly type: 'lockEnded'
      readonly lock: Lock
      readonly incoming: boolean
      readonly reason: number
      readonly origin: Origin | null
    }
  /** State was lost, and with it what has become of this own lock. */
  | { readonly type: 'lockForgotten'; readonly lock: Lock; readonly origin: Origin | null }
  /** A secret is not shown to the chain: the lock is worth less than that would cost. */
  | { readonly type: 'claimLetGo'; readonly lock: Lock }
  | { readonly type: 'offerAdded'; readonly offer: Offer; readonly incoming: boolean }
  /** An offer ended, filled at `ratio` / (2^32 − 1), or released at 0. */
  | {
      readonly type: 'offerEnded'
      readonly offer: Offer
      readonly incoming: boolean
      readonly ratio: number
    }
  | { readonly type: 'noted'; readonly data: Uint8Array; readonly incoming: boolean }
  | {
      readonly type: 'collateralRequested'
      readonly token: TokenId
      readonly amount: bigint
      readonly fee: bigint
      readonly incoming: boolean
    }
  /** A wish will never happen. */
  | {
      readonly type: 'wishRefused'
      readonly transaction: ChannelTransaction
      readonly origin: Origin | null
      readonly refusal: Refusal
    }
  /** What the peer sent was declined; nothing changed. */
  | { readonly type: 'messageRefused'; readonly refusal: Refusal }
  | { readonly type: 'settlementAgreed'; readonly newNonce: bigint; readonly byUs: boolean }
  | { readonly type: 'settled'; readonly cooperativeNonce: bigint }
  | { readonly type: 'settlementAbandoned'; readonly newNonce: bigint }
  | {
      readonly type: 'collateralChanged'
      readonly token: TokenId
      readonly collateral: bigint
      readonly ondelta: bigint
    }
  | {
      readonly type: 'disputeSeen'
      readonly byUs: boolean
      readonly stale: boolean
      readonly deadline: number
    }
  | { readonly type: 'disputeEnded'; readonly cooperativeNonce: bigint; readonly fraud: boolean }
  /** The chain or the peer has shown that this node forgot what it signed: it is restoring from now on. */
  | { readonly type: 'stateLost' }
  /** After a loss: a lock that is open in the state that the peer has shown. Its origin is forgotten. */
  | { readonly type: 'lockShown'; readonly lock: Lock; readonly incoming: boolean }
  /** After a loss: the channel has been shown and resumed. */
  | { readonly type: 'restored' }

/** What the chain says of a channel, to create it from. Ascending by token. */
export interface ChannelView {
  readonly left: EntityId
  readonly right: EntityId
  readonly cooperativeNonce: bigint
  readonly tokens: readonly {
    readonly token: TokenId
    readonly collateral: bigint
    readonly ondelta: bigint
  }[]
  readonly position: ChainPosition
  /** The open dispute. */
  readonly dispute: {
    readonly standingNonce: bigint
    /** Unix seconds. */
    readonly deadline: number
    readonly startedByLeft: boolean
    readonly poster: Poster
    readonly proofBodyHash: Hash
  } | null
  /** What both sides have committed in it, for the bodies that may stand, and the tokens to be closed. */
  readonly arguments: readonly {
    readonly byLeft: boolean
    readonly proofBodyHash: Hash
    readonly data: Uint8Array
  }[]
  readonly named: readonly { readonly byLeft: boolean; readonly tokens: readonly TokenId[] }[]
}

/** Read by others of a channel, for the API and the command line. */
export interface ChannelSummary {
  readonly key: ChannelKey
  readonly peer: EntityId
  readonly status: string
  readonly mutual: Mutual
}
