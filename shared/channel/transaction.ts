/** What a side can put into a channel block. All transactions of one block are its proposer's. */
import type { Hashlock, Secret, TokenId } from '../ids.ts'

/** A lock's or an offer's id: the place where it was made; never its hash, which may repeat. */
export interface ClauseId {
  readonly term: number
  readonly height: number
  readonly index: number
}

export type ChannelTransaction =
  | Open
  | ExtendCredit
  | Pay
  | AddLock
  | Resolve
  | Cancel
  | Expire
  | AddOffer
  | Fill
  | Release
  | RequestCollateral
  | Settle
  | Note

/** Agrees on the dispute window, seconds; only first in the first block of an era (height 1). */
export type Open = { type: 'open'; disputeWindow: number }

/** Sets the limit that the proposer extends to its peer. */
export type ExtendCredit = { type: 'extendCredit'; token: TokenId; limit: bigint }

/** A direct payment by the proposer, without condition. `memo` is at most 256 bytes. */
export type Pay = { type: 'pay'; token: TokenId; amount: bigint; memo: Uint8Array }

/** A conditional payment by the proposer. `onion` tells the payee what to do next; not in the state. */
export type AddLock = {
  type: 'lock'
  token: TokenId
  amount: bigint
  hashlock: Hashlock
  /** Unix seconds; a reveal in this very second counts. */
  revealBy: number
  onion: Uint8Array
}

/** The payee shows the secret: the delta moves. */
export type Resolve = { type: 'resolve'; lock: ClauseId; secret: Secret }

/** The payee gives a lock back. `reason` is a {@link CancelReason} code. */
export type Cancel = { type: 'cancel'; lock: ClauseId; reason: number }

/** The payer ends a lock, naming a final chain block later than `revealBy` by which no reveal stands. */
export type Expire = { type: 'expire'; lock: ClauseId; chainBlock: bigint }

/** A swap: the proposer gives `giveAmount` of `giveToken` for `wantAmount` of `wantToken`. */
export type AddOffer = {
  type: 'offer'
  giveToken: TokenId
  giveAmount: bigint
  wantToken: TokenId
  wantAmount: bigint
  /** 1 … 2^32 − 1. */
  minFill: number
  /** Unix seconds. */
  fillBy: number
}

/** The owner's peer fills an offer at `ratio` / (2^32 − 1) and so ends it. */
export type Fill = { type: 'fill'; offer: ClauseId; ratio: number }

/** Ends an offer unfilled: by the owner's peer at any time, by the owner after `fillBy`. */
export type Release = { type: 'release'; offer: ClauseId }

/** Asks the peer to move reserve into collateral; the proposer pays `fee` when it is seen. */
export type RequestCollateral = {
  type: 'requestCollateral'
  token: TokenId
  amount: bigint
  fee: bigint
}

/** How one token moves in a settlement: the first three add up to nothing. */
export interface TokenDiff {
  readonly token: TokenId
  readonly leftDiff: bigint
  readonly rightDiff: bigint
  readonly collateralDiff: bigint
  readonly ondeltaDiff: bigint
}

export interface Forgiveness {
  readonly token: TokenId
  readonly leftOwes: boolean
  readonly index: bigint
}

/** A cooperative settlement that the proposer will submit; alone in its block. See channel.md. */
export type Settle = {
  type: 'settle'
  newNonce: bigint
  /** Unix seconds. */
  deadline: number
  diffs: readonly TokenDiff[]
  forgiveness: readonly Forgiveness[]
}

/** An entity-to-entity message, at most 1,024 bytes: a channel is also a transport. */
export type Note = { type: 'note'; data: Uint8Array }

/** Why a payee gave a lock back; travels as its number. */
export const CancelReason = {
  unknownInvoice: 1,
  amountWrong: 2,
  expiryTooSoon: 3,
  feeTooLow: 4,
  noRoute: 5,
  noCapacity: 6,
  peerOffline: 7,
  downstreamCancelled: 8,
  downstreamExpired: 9,
  belowMinimum: 10,
  onionMalformed: 11,
  busy: 12,
  secretPublic: 13,
} as const
