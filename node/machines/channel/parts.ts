/** The parts of a channel's state, as one of its two sides holds it. */
import type { ChainPosition, ChannelBlock } from '@xln/shared/channel/block.ts'
import type { Mutual } from '@xln/shared/channel/state.ts'
import type { ClauseId, Settle } from '@xln/shared/channel/transaction.ts'
import type { Poster } from '@xln/shared/depository/events.ts'
import type { Hash, Secret, TokenId } from '@xln/shared/ids.ts'
import type { Origin } from './messages.ts'

/** The newest block that counts: what its hash is made of, as far as the mutual state does not say it. */
export interface Counted {
  readonly byLeft: boolean
  readonly timestamp: number
  readonly chainPosition: ChainPosition
  readonly prevBlockHash: Hash
  readonly transactionsHash: Hash
  /** The cooperative nonce in the state that the block hashed; a settlement has changed it since, perhaps. */
  readonly hashedNonce: bigint
  /** The peer's, on the proof under the cooperative nonce of the mutual state. */
  readonly peerSignature: Uint8Array
}

/** What the chain has said of this channel by final events up to `position`. */
export interface View {
  readonly position: ChainPosition
  /** Ascending by token. */
  readonly tokens: readonly OnchainToken[]
  /** Whether a deposit of a token that nobody named was left out. */
  readonly incomplete: boolean
}

export interface OnchainToken {
  readonly token: TokenId
  readonly collateral: bigint
  readonly ondelta: bigint
}

/** A block that this side has signed and that does not count (yet). */
export interface OwnBlock {
  readonly block: ChannelBlock
  readonly hash: Hash
  readonly origins: readonly (Origin | null)[]
  /** The peer's answer is no, or a higher block of the peer's stands: its wishes are back in the queue. */
  readonly dead: boolean
  /** A signature that came when the block could not count any more: evidence. */
  readonly peerSignature: Uint8Array | null
}

export interface RefusedBlock {
  readonly hash: Hash
  readonly term: number
  readonly byLeft: boolean
  readonly reason: number
  readonly transaction: number
}

export interface HeldBlock {
  readonly block: ChannelBlock
  readonly signature: Uint8Array
  readonly newProofSignature: Uint8Array | null
}

export interface SettleWish {
  readonly transaction: Settle
  readonly requestId: bigint
}

/** `ack`: of the newest block that counts, the peer's. `proposal`: the newest own one, again. */
export interface Due {
  readonly ack: boolean
  readonly proposal: boolean
}

export interface ClauseNote {
  readonly id: ClauseId
  readonly origin: Origin | null
  /** The secret of a lock, once known. */
  readonly secret: Secret | null
  /** When it was revealed on chain, unix seconds; 0: not. */
  readonly revealedAt: number
  readonly revealFinal: boolean
  /** This side has asked for the reveal on chain. */
  readonly revealAsked: boolean
  /** The entity knows that this own lock's money is gone. */
  readonly told: boolean
  /** The ratio at which this side fills the peer's offer, should the offer come before the court; 0: none. */
  readonly ratio: number
}

/** A settlement that both have agreed on in the newest block, until the chain has decided. */
export interface Settlement {
  readonly byUs: boolean
  readonly transaction: Settle
  /** The peer's signature on the proof of the newest block under the new nonce. */
  readonly newProofSignature: Uint8Array | null
  /** It is on its way to the chain. */
  readonly submitted: boolean
}

export interface Dispute {
  /** This side has signed a start. */
  readonly startedByUs: boolean
  /**
   * Until when that start may still be made, unix seconds of the chain; 0: it was made, or its batch's
   * nonce was used by another; null: it is under way, and the account will say what becomes of it.
   */
  readonly startUntil: number | null
  /** What stands on chain; null while only a start of ours is under way. */
  readonly standing: Standing | null
  /** The nonce of the highest proof that this side has submitted, 0 for none. */
  readonly submittedNonce: bigint
  readonly finaliseAskedAt: number
  /** What both sides have committed; own and foreign alike must be shown again to finalise. */
  readonly arguments: readonly CommittedArguments[]
  readonly leftTokens: readonly TokenId[]
  readonly rightTokens: readonly TokenId[]
}

export interface Standing {
  readonly cooperativeNonce: bigint
  readonly nonce: bigint
  readonly proofBodyHash: Hash
  readonly startedByLeft: boolean
  readonly poster: Poster
  /** Unix seconds. */
  readonly deadline: number
  /** The chain block of the first sight, and whether it is final. */
  readonly seenBlock: number
  readonly final: boolean
}

export interface CommittedArguments {
  readonly byLeft: boolean
  readonly proofBodyHash: Hash
  readonly data: Uint8Array
}

/** How this side held the channel under a cooperative nonce that the chain has left; see former.ts. */
export interface Former {
  readonly mutual: Mutual
  readonly counted: Counted | null
  /** All of them dead: whoever waited for them was told that they will not be. */
  readonly outstanding: readonly OwnBlock[]
  /** On locks and offers of `mutual`, whose ends have been told. */
  readonly notes: readonly ClauseNote[]
  /** The dispute nonce on which the court decided; 0: none, or nobody saw. */
  readonly judgedNonce: bigint
  /** It may be forgotten after this second. */
  readonly until: number
}

/** This side has lost state. Nothing is signed until the peer has shown the channel and resumed it. */
export interface Restoring {
  /** Unix seconds: a final block later than this must come first; until then what was signed may live. */
  readonly until: number
  /** The chain was read after that: its cooperative nonce; null before. */
  readonly cooperativeNonce: bigint | null
  /** When the peer was asked last, unix seconds. */
  readonly askedAt: number
  /** The peer's newest state was checked and adopted, or was no newer. */
  readonly shown: boolean
}

/** An own request for collateral: `fee` is paid when the peer's share on chain has grown by `amount`. */
export interface CollateralRequest {
  readonly token: TokenId
  readonly amount: bigint
  readonly fee: bigint
  readonly shareBefore: bigint
}
