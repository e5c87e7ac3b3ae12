/**
 * The state of one channel as one of its two sides holds it: the mutual state, the signatures that
 * make it count, and what only this side knows.
 *
 * Nothing here can be derived from the rest. All own signed blocks above the one that counts have the
 * same height and are built on it; their results are computed again when they are needed.
 */
import type { ChainPosition, ChannelBlock } from '@xln/shared/channel/block.ts'
import type { Side } from '@xln/shared/channel/delta.ts'
import { disputeNonce } from '@xln/shared/channel/digests.ts'
import type { Mutual } from '@xln/shared/channel/state.ts'
import type { ClauseId } from '@xln/shared/channel/transaction.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import { type ChannelKey, type EntityId, type TokenId, ZERO_HASH } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_DEFAULT } from '@xln/shared/limits.ts'
import type { ChannelView } from './messages.ts'
import type {
  ClauseNote,
  CollateralRequest,
  Counted,
  Dispute,
  Due,
  Former,
  HeldBlock,
  OnchainToken,
  OwnBlock,
  RefusedBlock,
  Restoring,
  Settlement,
  SettleWish,
  Standing,
  View,
} from './parts.ts'
import { EMPTY_QUEUE, type WishQueue } from './queue.ts'

/** A channel of one side. `key` follows from the two entities. */
export interface Channel {
  readonly key: ChannelKey
  readonly side: Side
  /** What both sides have signed; its `prevBlockHash` is the hash of the newest block that counts. */
  readonly mutual: Mutual
  /** Why it counts; null at height 0. */
  readonly counted: Counted | null
  readonly view: View
  /** Own signed blocks above the one that counts, at most three, by ascending nonce; see {@link OwnBlock}. */
  readonly outstanding: readonly OwnBlock[]
  /**
   * The highest block of the peer's that this side has refused at the next height: it stays refused. Or,
   * without a hash, one of its own that it has forgotten and the peer has not: only a higher one counts.
   */
  readonly refused: RefusedBlock | null
  /** A block of the peer's that waits until this side has seen as much of the chain. */
  readonly held: HeldBlock | null
  readonly queue: WishQueue
  /** The owner's decision to settle, until its block is proposed. */
  readonly settleWish: SettleWish | null
  /** What the end of this turn must say. */
  readonly due: Due
  /** What this side alone knows of open locks and offers. */
  readonly notes: readonly ClauseNote[]
  readonly settlement: Settlement | null
  readonly dispute: Dispute | null
  readonly restoring: Restoring | null
  /** The highest era that the chain has taken back, while eras up to it may come again; null: none. */
  readonly takenBackEra: bigint | null
  /** How it stood under nonces that the chain has left, and may come back to; oldest first; see former.ts. */
  readonly former: readonly Former[]
  /** The peer has lost state and asked: the next block must open a term, even if it says nothing. */
  readonly resumes: boolean
  readonly connected: boolean
  /** The incarnation of this server in which the peer has last said how far the channel has come; 0: never. */
  readonly comparedIn: number
  /** When the peer was asked for that on this connection, unix seconds; 0: not, or it has answered. */
  readonly askedAt: number
  /** No proposal before this second, after a refusal that repeating cannot help; 0: none. */
  readonly retryAt: number
  readonly collateralRequest: CollateralRequest | null
  /** What was last told to the parent: the `schedule` and `waitsOnChain` in force. */
  readonly scheduledAt: number | null
  readonly waitsOnChain: boolean
}

export type Status = 'ready' | 'pending' | 'settling' | 'disputed' | 'restoring' | 'closed'

export const NOTHING_DUE: Due = { ack: false, proposal: false }

/** A channel as the chain's `view` finds it, before any block or at the start of an era. */
export function genesis(view: ChannelView, side: Side, domain: ChainDomain): Channel {
  const tokens = view.tokens.filter(
    ({ collateral, ondelta }) => collateral !== 0n || ondelta !== 0n,
  )
  return {
    key: channelKeyOf(view.left, view.right),
    side,
    mutual: genesisMutual(view.left, view.right, domain, view.cooperativeNonce),
    counted: null,
    view: {
      position: view.position,
      tokens: tokens.slice(0, UNNAMED_TOKENS_MAX),
      incomplete: tokens.length > UNNAMED_TOKENS_MAX,
    },
    outstanding: [],
    refused: null,
    held: null,
    queue: EMPTY_QUEUE,
    settleWish: null,
    due: NOTHING_DUE,
    notes: [],
    settlement: null,
    dispute: disputeAtFirst(view),
    restoring: null,
    takenBackEra: null,
    former: [],
    resumes: false,
    connected: false,
    comparedIn: 0,
    askedAt: 0,
    retryAt: 0,
    collateralRequest: null,
    scheduledAt: null,
    waitsOnChain: false,
  }
}

/** How many tokens a channel knows that neither side has named: what strangers deposit beyond is left out. */
export const UNNAMED_TOKENS_MAX = 8

/** The mutual state at term 0 and height 0 under `cooperativeNonce`: no tokens, no limits. */
export function genesisMutual(
  left: EntityId,
  right: EntityId,
  domain: ChainDomain,
  cooperativeNonce: bigint,
): Mutual {
  return {
    left,
    right,
    chainId: domain.chainId,
    depository: domain.depository,
    cooperativeNonce,
    namedNonce: cooperativeNonce,
    term: 0,
    height: 0,
    prevBlockHash: ZERO_HASH,
    disputeWindow: DISPUTE_WINDOW_DEFAULT,
    tokens: [],
    locks: [],
    offers: [],
  }
}

/** What stands in a dispute that was read from the chain. */
export function disputeOfView(view: ChannelView): Standing | null {
  if (view.dispute === null) return null
  const { standingNonce, proofBodyHash, startedByLeft, poster, deadline } = view.dispute
  return {
    cooperativeNonce: view.cooperativeNonce,
    nonce: standingNonce,
    proofBodyHash,
    startedByLeft,
    poster,
    deadline,
    seenBlock: view.position.block,
    final: true,
  }
}

/** What both sides have committed in the dispute that is open, as the chain says. */
export function committedOf({ arguments: given, named }: ChannelView): Committed {
  const tokensOf = (left: boolean): readonly TokenId[] =>
    named.find(({ byLeft }) => byLeft === left)?.tokens ?? []
  return {
    arguments: given.slice(-ARGUMENTS_KEPT_MAX),
    leftTokens: tokensOf(true),
    rightTokens: tokensOf(false),
  }
}

type Committed = Pick<Dispute, 'arguments' | 'leftTokens' | 'rightTokens'>

/** Enough for both sides and every body that can stand; older ones are of bodies that cannot. */
export const ARGUMENTS_KEPT_MAX = 16

function disputeAtFirst(view: ChannelView): Dispute | null {
  if (view.dispute === null) return null
  return { ...noDispute, ...committedOf(view), standing: disputeOfView(view) }
}

/** A dispute of which nothing is known yet. */
export const noDispute: Dispute = {
  startedByUs: false,
  startUntil: null,
  standing: null,
  submittedNonce: 0n,
  finaliseAskedAt: 0,
  arguments: [],
  leftTokens: [],
  rightTokens: [],
}

// ─── What follows from the state ────────────────────────────────────────────────────────────────

export function isLeft(channel: Channel): boolean {
  return channel.side === 'left'
}

export function peerOf(channel: Channel): EntityId {
  return channel.side === 'left' ? channel.mutual.right : channel.mutual.left
}

export function statusOf(channel: Channel): Status {
  if (channel.dispute !== null) return 'disputed'
  if (channel.restoring !== null) return 'restoring'
  if (channel.settlement !== null) return 'settling'
  if (pendingBlock(channel) !== undefined) return 'pending'
  return isEmptied(channel) ? 'closed' : 'ready'
}

/** The newest own block, if it waits for the peer's answer. */
export function pendingBlock(channel: Channel): OwnBlock | undefined {
  const newest = channel.outstanding[channel.outstanding.length - 1]
  return newest === undefined || newest.dead ? undefined : newest
}

/** Nothing is left to claim: what a closing settlement, or the end of a dispute, leaves behind. */
function isEmptied({ mutual, view }: Channel): boolean {
  if (mutual.cooperativeNonce === 0n || mutual.locks.length + mutual.offers.length > 0) return false
  for (const { token, offdelta } of mutual.tokens) {
    if (offdelta + (onchainOf(view, token)?.ondelta ?? 0n) !== 0n) return false
  }
  return view.tokens.every(({ collateral }) => collateral === 0n)
}

export function onchainOf(view: View, token: TokenId): OnchainToken | undefined {
  for (const entry of view.tokens) if (entry.token === token) return entry
  return undefined
}

/**
 * The highest cooperative nonce that was ever named in this era. It is in the mutual state, but when both
 * sides have forgotten the block that named it, only the chain knows it.
 */
export function namedNonceOf({ namedNonce, cooperativeNonce }: Mutual): bigint {
  return namedNonce > cooperativeNonce ? namedNonce : cooperativeNonce
}

/** How many disputes of the channel have ended: what is signed in one era is dead in every later one. */
export function eraOf(cooperativeNonce: bigint): bigint {
  return cooperativeNonce >> 32n
}

/** The cooperative nonce that stands on chain, as far as this side has read: while it restores, perhaps another than its own. */
export function nonceOnChain({ restoring, mutual }: Channel): bigint {
  return restoring?.cooperativeNonce ?? mutual.cooperativeNonce
}

/** The dispute nonce of the newest block that counts; 0 at height 0. */
export function countedNonce({ mutual, counted }: Channel): bigint {
  return counted === null ? 0n : disputeNonce(mutual.term, mutual.height, counted.byLeft)
}

/**
 * Whether the newest block that counts is one of the peer's, whose acknowledgement may be said again. An
 * executed settlement shows that the peer has had it.
 */
export function mayRepeatAck(channel: Channel): boolean {
  const { counted, mutual } = channel
  if (counted === null || counted.byLeft === isLeft(channel)) return false
  return counted.hashedNonce === mutual.cooperativeNonce
}

/** Whether `block` stands at the beginning of an era. */
export function isFirstOfEra({ term, height, prevBlockHash }: ChannelBlock): boolean {
  return term === 0 && height === 1 && prevBlockHash === ZERO_HASH
}

export function nonceOf(block: ChannelBlock): bigint {
  return disputeNonce(block.term, block.height, block.proposedByLeft)
}

/** Where a block of this dispute nonce stands. */
export function placeOf(nonce: bigint): {
  readonly term: number
  readonly height: number
  readonly byLeft: boolean
} {
  const low = Number(nonce & 0xffff_ffff_ffffn)
  return { term: Number(nonce >> 48n), height: Math.floor(low / 2), byLeft: low % 2 === 1 }
}

/** The highest nonce that this side has signed under the present cooperative nonce. */
export function signedNonce(channel: Channel): bigint {
  const newest = channel.outstanding[channel.outstanding.length - 1]
  return newest === undefined ? countedNonce(channel) : nonceOf(newest.block)
}

/** Whether the peer has said in this run how far the channel has come: then nothing signed is forgotten. */
export function isCompared({ comparedIn }: Channel, incarnation: number): boolean {
  return comparedIn === incarnation
}

export function isSameClause(a: ClauseId, b: ClauseId): boolean {
  return a.height === b.height && a.index === b.index && a.term === b.term
}

export function noteOf(channel: Channel, id: ClauseId): ClauseNote | undefined {
  for (const note of channel.notes) if (isSameClause(note.id, id)) return note
  return undefined
}

/** Whether `a` is a later place on chain than `b`. */
export function isLater(a: ChainPosition, b: ChainPosition): boolean {
  return a.block > b.block || (a.block === b.block && a.logIndex > b.logIndex)
}
