/**
 * What the passing of time asks of a channel: secrets that must be shown to the chain, locks and offers
 * that are over, claims at risk; and when to look again.
 */
import type { Lock } from '@xln/shared/channel/state.ts'
import type { ChannelTransaction, ClauseId } from '@xln/shared/channel/transaction.ts'
import { SIGNED_BLOCKS_MAX } from '@xln/shared/limits.ts'
import { type Channel, isLeft, isSameClause, pendingBlock } from './channel.ts'
import { startDispute } from './dispute.ts'
import type { ChannelContext, ChannelOutput } from './messages.ts'
import type { ClauseNote } from './parts.ts'
import { append, wishesOf } from './queue.ts'
import type { Step } from './step.ts'
import { CLOCK_SKEW_SECONDS } from './transactions/settle.ts'
import { keyOf } from './working.ts'

/**
 * How long after its deadline a claim that was proven on chain may stay unresolved, seconds. Nothing is
 * lost by waiting: the clause pays whenever the dispute comes.
 */
export const CLAIM_GRACE_SECONDS = 3_600

/** How long a peer may take to resolve a lock whose secret came within the margin, seconds. */
const REVEAL_PATIENCE_SECONDS = 15

/** How long the last block that may be out is kept for something else than the end of a clause, seconds. */
const LAST_TRY_SECONDS = 3_600

/** A channel with open clauses looks again this often, seconds, when nothing else is near. */
const RECHECK_SECONDS = 600

/** Does what the time asks for; costs nothing in a channel without clauses. */
export function onTime(channel: Channel, context: ChannelContext): Step {
  const { locks, offers } = channel.mutual
  if (locks.length + offers.length === 0) return { channel, outputs: [] }
  const byKey = notesByKey(channel)
  const revealed = revealSecrets(channel, byKey, context)
  const queued = queueEnds(revealed.channel, byKey, context)
  const claimed = enforceClaims(queued, byKey, context)
  return { channel: claimed.channel, outputs: [...revealed.outputs, ...claimed.outputs] }
}

function notesByKey({ notes }: Channel): Map<string, ClauseNote> {
  return new Map(notes.map((note) => [keyOf(note.id), note]))
}

function isIncoming(channel: Channel, lock: Lock): boolean {
  return lock.fromLeft !== isLeft(channel)
}

/** A known secret goes to the chain shortly before its lock expires, if the peer has not resolved it. */
function revealSecrets(
  channel: Channel,
  byKey: ReadonlyMap<string, ClauseNote>,
  { now, policy }: ChannelContext,
): Step {
  const outputs: ChannelOutput[] = []
  let notes: ClauseNote[] | null = null
  for (const lock of channel.mutual.locks) {
    const note = byKey.get(keyOf(lock.id))
    if (!note?.secret || note.revealAsked || note.revealedAt !== 0) continue
    if (!isIncoming(channel, lock)) continue
    if (now < lock.revealBy - policy.revealMarginSeconds || now > lock.revealBy) continue
    notes ??= [...channel.notes]
    notes[notes.indexOf(note)] = { ...note, revealAsked: true }
    if (lock.amount < policy.enforceMin) outputs.push({ type: 'claimLetGo', lock })
    else
      outputs.push({ type: 'submit', item: { type: 'secret', secret: note.secret }, urgent: true })
  }
  return { channel: notes === null ? channel : { ...channel, notes }, outputs }
}

/** Queues what this side may now say of clauses whose time is over. */
function queueEnds(
  channel: Channel,
  byKey: ReadonlyMap<string, ClauseNote>,
  { now, finalBlock, finalTimestamp }: ChannelContext,
): Channel {
  if (channel.dispute !== null || !mayTryAgain(channel, now)) return channel
  const ends: ChannelTransaction[] = []
  for (const lock of channel.mutual.locks) {
    const note = byKey.get(keyOf(lock.id))
    const isRevealed = isRevealedInTime(lock, note)
    if (isIncoming(channel, lock)) {
      if (isRevealed && note?.secret)
        ends.push({ type: 'resolve', lock: lock.id, secret: note.secret })
    } else if (finalTimestamp > lock.revealBy && !isRevealed) {
      ends.push({ type: 'expire', lock: lock.id, chainBlock: BigInt(finalBlock) })
    }
  }
  for (const offer of channel.mutual.offers) {
    // The peer's clock may be behind ours: until then it would refuse.
    const isOver = now > offer.fillBy + CLOCK_SKEW_SECONDS
    if (offer.ownerIsLeft === isLeft(channel) && isOver)
      ends.push({ type: 'release', offer: offer.id })
  }
  return queueNew(channel, ends)
}

/**
 * What the peer has refused is not said again at once: each time costs one of three blocks that may be
 * out. The last of them is for something better, but for when there has been nothing else for long.
 */
function mayTryAgain({ outstanding }: Channel, now: number): boolean {
  const newest = outstanding[outstanding.length - 1]
  if (newest === undefined || !newest.dead) return true
  const isLast = outstanding.length + 1 >= SIGNED_BLOCKS_MAX
  return now >= newest.block.timestamp + (isLast ? LAST_TRY_SECONDS : RECHECK_SECONDS)
}

/** Shown to the chain in time, by a final event. */
function isRevealedInTime({ revealBy }: Lock, note: ClauseNote | undefined): boolean {
  return note?.revealFinal === true && note.revealedAt !== 0 && note.revealedAt <= revealBy
}

/** Queues those ends that neither wait nor are under way already. */
function queueNew(channel: Channel, ends: readonly ChannelTransaction[]): Channel {
  if (ends.length === 0) return channel
  const known = new Set<string>()
  for (const { transaction } of wishesOf(channel.queue)) addEnd(known, transaction)
  for (const transaction of pendingBlock(channel)?.block.transactions ?? [])
    addEnd(known, transaction)
  let { queue } = channel
  for (const transaction of ends) {
    const end = endOf(transaction)
    if (end === undefined || known.has(end)) continue
    queue = append(queue, { transaction, origin: null })
  }
  return queue === channel.queue ? channel : { ...channel, queue }
}

function addEnd(known: Set<string>, transaction: ChannelTransaction): void {
  const end = endOf(transaction)
  if (end !== undefined) known.add(end)
}

function endOf(transaction: ChannelTransaction): string | undefined {
  const of = (id: ClauseId): string => `${transaction.type} ${keyOf(id)}`
  switch (transaction.type) {
    case 'resolve':
    case 'expire':
      return of(transaction.lock)
    case 'release':
      return of(transaction.offer)
    default:
      return undefined
  }
}

/** Silence alone never starts a dispute; a claim that the chain has seen and the peer ignores does. */
function enforceClaims(
  channel: Channel,
  byKey: ReadonlyMap<string, ClauseNote>,
  context: ChannelContext,
): Step {
  const { now, policy } = context
  if (channel.dispute !== null || channel.restoring !== null) return { channel, outputs: [] }
  const isAtRisk = channel.mutual.locks.some(
    (lock) =>
      isIncoming(channel, lock) &&
      lock.amount >= policy.enforceMin &&
      now > lock.revealBy + CLAIM_GRACE_SECONDS &&
      isRevealedInTime(lock, byKey.get(keyOf(lock.id))),
  )
  return isAtRisk ? startDispute(channel, context) : { channel, outputs: [] }
}

/** The next second at which this channel wants to be asked again; null if never. */
export function nextTime(channel: Channel, { now, policy }: ChannelContext): number | null {
  const { locks, offers } = channel.mutual
  let next = Number.POSITIVE_INFINITY
  const consider = (at: number): void => {
    if (at > now && at < next) next = at
  }
  if (channel.queue.length > 0) consider(channel.retryAt)
  if (channel.held !== null) consider(channel.held.block.term - CLOCK_SKEW_SECONDS)
  for (const { revealBy } of locks) {
    consider(revealBy - policy.revealMarginSeconds)
    consider(revealBy + 1)
    consider(revealBy + CLAIM_GRACE_SECONDS + 1)
  }
  for (const { until } of channel.former) consider(until + 1)
  for (const { fillBy } of offers) consider(fillBy + CLOCK_SKEW_SECONDS + 1)
  if (mustRevealSoon(channel, now + policy.revealMarginSeconds)) {
    consider(keptUntil(channel, now, REVEAL_PATIENCE_SECONDS))
  }
  if (next !== Number.POSITIVE_INFINITY) return next
  if (locks.length + offers.length === 0) return null
  // A secret that turns up on chain reaches only channels that wait for a time.
  return keptUntil(channel, now, RECHECK_SECONDS)
}

/** A time not further away than `seconds`; the one that is scheduled, if it is such. */
function keptUntil({ scheduledAt }: Channel, now: number, seconds: number): number {
  const isKept = scheduledAt !== null && scheduledAt > now && scheduledAt <= now + seconds
  return isKept ? scheduledAt : now + seconds
}

/** Whether a secret is known, and not yet shown to the chain, of a lock that ends by `until`. */
function mustRevealSoon(channel: Channel, until: number): boolean {
  const waiting = channel.notes.filter(
    ({ secret, revealAsked, revealedAt }) => secret !== null && !revealAsked && revealedAt === 0,
  )
  return waiting.some(({ id }) =>
    channel.mutual.locks.some((lock) => lock.revealBy <= until && isSameClause(lock.id, id)),
  )
}

/** Whether this channel must see every new final head. */
export function wantsHeads(channel: Channel, { now }: ChannelContext): boolean {
  if (channel.held !== null || channel.settlement !== null || channel.dispute !== null) return true
  if (channel.restoring !== null || channel.askedAt !== 0) return true
  return channel.mutual.locks.some(({ revealBy }) => now > revealBy)
}
