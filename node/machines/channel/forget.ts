/**
 * Who forgets a settlement's proof forgets the channel. The settlement has voided whatever was signed
 * before it, and moved on chain what that had agreed on: taken up again beside what the chain says now, it
 * would pay twice. So a side that holds nothing newer holds nothing, and when its peer shows nothing either
 * the two begin anew from what the chain says.
 *
 * Only the chain decides what is void, never what a peer says: no claim to have lost state takes anything
 * from this side that a court would still give it.
 */
import type { Lock } from '@xln/shared/channel/state.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import {
  type Channel,
  countedNonce,
  genesisMutual,
  isLeft,
  NOTHING_DUE,
  nonceOnChain,
  noteOf,
} from './channel.ts'
import type { ChannelContext, ChannelOutput, Origin } from './messages.ts'
import { EMPTY_QUEUE } from './queue.ts'
import { type Step, still } from './step.ts'
import { refusals, waitingWishes } from './waiting.ts'

/** What this side had proposed, refused, held or wished: nothing. */
export const NOTHING_WAITING = {
  outstanding: [],
  refused: null,
  held: null,
  due: NOTHING_DUE,
  queue: EMPTY_QUEUE,
  settleWish: null,
  settlement: null,
} as const

/** Whether the chain has made a settlement since, of which this side holds no proof: no court takes what it holds. */
export function isVoid(channel: Channel): boolean {
  return channel.mutual.cooperativeNonce < nonceOnChain(channel)
}

/** The dispute nonce of the newest block that counts and that a court would take; 0 for none. */
export function heldNonce(channel: Channel): bigint {
  return isVoid(channel) ? 0n : countedNonce(channel)
}

/** The chain was read, by a side that restores. A settlement has ended every dispute before it, begun or under way. */
export function withNonceOnChain(channel: Channel, cooperativeNonce: bigint): Channel {
  const { restoring, dispute } = channel
  if (restoring === null) return channel
  const read = { ...channel, restoring: { ...restoring, cooperativeNonce } }
  const isEnded =
    cooperativeNonce > nonceOnChain(channel) &&
    dispute?.standing?.cooperativeNonce !== cooperativeNonce
  return isEnded ? { ...read, dispute: null } : read
}

/**
 * The channel under the nonce that stands on chain, now that neither side has shown anything newer. What
 * is void is forgotten. A settlement that the chain has taken back has voided nothing: what both hold goes
 * on, and is signed anew with the next block.
 */
export function underNonceOnChain(channel: Channel, { domain }: ChannelContext): Step {
  const { mutual, counted } = channel
  const cooperativeNonce = nonceOnChain(channel)
  if (cooperativeNonce === mutual.cooperativeNonce) return still(channel)
  if (isVoid(channel) || counted === null) return forget(channel, cooperativeNonce, domain)
  return still({ ...channel, mutual: { ...mutual, cooperativeNonce } })
}

/** Before the first block again: no tokens, no limits, and only the chain's numbers stand. */
function forget(channel: Channel, cooperativeNonce: bigint, domain: ChainDomain): Step {
  const { left, right } = channel.mutual
  const next: Channel = {
    ...channel,
    ...NOTHING_WAITING,
    mutual: genesisMutual(left, right, domain, cooperativeNonce),
    counted: null,
    notes: [],
    retryAt: 0,
    collateralRequest: null,
  }
  const dropped = refusals(waitingWishes(channel), { code: 'state_lost' })
  return { channel: next, outputs: [...locksForgotten(channel, []), ...dropped] }
}

/** What this side tells of its own locks that are in no state any more. */
export function locksForgotten(before: Channel, locks: readonly Lock[]): ChannelOutput[] {
  const open = new Set(locks.map(({ hashlock }) => hashlock))
  return ownLocks(before)
    .filter(({ lock }) => !open.has(lock.hashlock))
    .map((own) => ({ type: 'lockForgotten', ...own }))
}

/** This side's own locks that count, with what they were made for. */
export function ownLocks(channel: Channel): { lock: Lock; origin: Origin | null }[] {
  return channel.mutual.locks
    .filter(({ fromLeft }) => fromLeft === isLeft(channel))
    .map((lock) => ({ lock, origin: noteOf(channel, lock.id)?.origin ?? null }))
}
