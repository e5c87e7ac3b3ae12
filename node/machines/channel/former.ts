/**
 * How the channel stood under a nonce that the chain has left, by the end of a dispute or by a settlement.
 * What was signed under it is dead then, and the channel goes on without it. But the chain may go back
 * deeper than its confirmations, and not come the same way again: then a dispute stands on such a state,
 * and only who has kept it can counter and finalise. So each side keeps a few, for as long as a chain may
 * go back; an era that is open again goes on from where it stood.
 */
import { type Channel, eraOf, noteOf } from './channel.ts'
import { noteFor } from './commit.ts'
import type { ChannelContext } from './messages.ts'
import type { ClauseNote, Former, OwnBlock } from './parts.ts'
import { type Step, still } from './step.ts'

/** How long what a court has judged is kept, seconds: no chain that is worth following goes back so far. */
export const JUDGED_KEPT_SECONDS = 86_400

/**
 * How long the state before a settlement is kept, seconds: a start that was signed before it was seen
 * lives a quarter of that.
 */
export const SETTLED_KEPT_SECONDS = 3_600

/** How many are kept: each takes as much as a channel at rest. */
export const FORMER_MAX = 3

/**
 * With this era kept as it ends, `judgedNonce` being what the court decided on; nothing is kept where
 * nothing was signed. A block that only the chain makes count stays among the own ones: the peer's
 * signature on it may never have come.
 */
export function keepJudged(
  channel: Channel,
  judgedNonce: bigint,
  { now }: ChannelContext,
): readonly Former[] {
  const { mutual, counted, outstanding } = channel
  if (counted === null && outstanding.length === 0) return channel.former
  return keep(channel, {
    mutual,
    counted,
    outstanding: buried(outstanding),
    notes: toldNotes(channel),
    judgedNonce,
    until: now + JUDGED_KEPT_SECONDS,
  })
}

/** With the state kept as it stands before a settlement that the chain has made. */
export function keepSettled(channel: Channel, { now }: ChannelContext): readonly Former[] {
  const { mutual, counted } = channel
  const until = now + SETTLED_KEPT_SECONDS
  return keep(channel, { mutual, counted, outstanding: [], notes: [], judgedNonce: 0n, until })
}

function keep({ former }: Channel, newest: Former): readonly Former[] {
  const { cooperativeNonce } = newest.mutual
  const others = former.filter(({ mutual }) => mutual.cooperativeNonce !== cooperativeNonce)
  return [...others, newest].slice(-FORMER_MAX)
}

/** The end of each open lock is told when the era ends, and must not be told again. */
function toldNotes(channel: Channel): ClauseNote[] {
  const { locks, offers } = channel.mutual
  const ofLocks = locks.map(({ id }) => ({
    ...(noteOf(channel, id) ?? noteFor(id, null)),
    told: true,
  }))
  return [...ofLocks, ...offers.flatMap(({ id }) => noteOf(channel, id) ?? [])]
}

function buried(outstanding: readonly OwnBlock[]): OwnBlock[] {
  return outstanding.map((own) => ({ ...own, dead: true }))
}

/** `channel`, which begins an era that was here before, as it stood in it, if that was kept. */
export function asBefore(channel: Channel, era: bigint): Channel {
  const kept = channel.former.findLast(({ mutual }) => eraOf(mutual.cooperativeNonce) === era)
  return kept === undefined ? channel : asIn(channel, kept)
}

function asIn(channel: Channel, { mutual, counted, outstanding, notes }: Former): Channel {
  return { ...channel, mutual, counted, outstanding, notes }
}

/** The channel as it stands, and as it stood under nonces before. */
export function allStates(channel: Channel): readonly Channel[] {
  return [channel, ...channel.former.map((kept) => asIn(channel, kept))]
}

/** Whether the court has decided on this block before, and all that it did was told then. */
export function wasJudged({ former, mutual }: Channel, disputeNonce: bigint): boolean {
  const { cooperativeNonce } = mutual
  const kept = former.find((each) => each.mutual.cooperativeNonce === cooperativeNonce)
  return kept !== undefined && kept.judgedNonce === disputeNonce
}

/** No chain goes back so far, and no court that may stand on it is open: what was kept is not needed. */
export function forgetFormer(channel: Channel, { now }: ChannelContext): Step {
  const { former, dispute } = channel
  if (former.length === 0 || dispute !== null) return still(channel)
  const kept = former.filter(({ until }) => now <= until)
  return still(kept.length === former.length ? channel : { ...channel, former: kept })
}
