/** How a side stops when it has lost state: nothing is signed until its peer has resumed the channel. */
import { type Channel, NOTHING_DUE } from './channel.ts'
import type { ChannelContext } from './messages.ts'
import { type Step, still } from './step.ts'
import { CLOCK_SKEW_SECONDS, SETTLEMENT_LIFE_SECONDS } from './transactions/settle.ts'
import { refuseQueue } from './waiting.ts'

/** The longest life of anything that a side signs, and the difference of clocks, seconds. */
export const LONGEST_LIFE_SECONDS = SETTLEMENT_LIFE_SECONDS + CLOCK_SKEW_SECONDS

/**
 * This node has lost state, at `lostAt` or just now: nothing is signed here until the peer has resumed
 * the channel. Who restores already begins to do so anew: in the time that is lost now, the peer may have
 * resumed the channel, and more may have been signed.
 */
export function restore(
  channel: Channel,
  { now, finalTimestamp }: ChannelContext,
  lostAt = Math.max(now, finalTimestamp),
): Step {
  const until = Math.max(lostAt + LONGEST_LIFE_SECONDS, channel.restoring?.until ?? 0)
  const restoring = { until, cooperativeNonce: null, askedAt: 0, shown: false }
  const next = { ...channel, restoring, held: null, resumes: false, due: NOTHING_DUE }
  // They may have been carried out in the lost time: done twice, they would be paid twice.
  return refuseQueue(next, { code: 'state_lost' })
}

/** Something that this side must have signed is not here. */
export function loseState(channel: Channel, context: ChannelContext): Step {
  if (channel.restoring !== null) return still(channel)
  const lost = restore(channel, context)
  return { channel: lost.channel, outputs: [{ type: 'stateLost' }, ...lost.outputs] }
}
