/**
 * The end of a quarantine. Nothing has reached the channel meanwhile: no block, no event of the chain, no
 * word of what became of its batches; and a bug of ours may have been at work in it. So it goes on as one
 * that has lost state: it counters what it must, and signs no block before its peer has resumed it.
 */
import type { Channel } from './channel.ts'
import { LONGEST_LIFE_SECONDS, restore } from './loss.ts'
import type { ChannelContext } from './messages.ts'
import type { ClauseNote, Dispute } from './parts.ts'
import type { Step } from './step.ts'

/** An operator has looked: reads the chain at once, and restores. */
export function released(channel: Channel, context: ChannelContext): Step {
  const restored = restore(unread(channel), context)
  const { dispute, notes } = restored.channel
  const next = {
    ...restored.channel,
    dispute: dispute === null ? null : unanswered(dispute, context),
    notes: notes.map(asked),
  }
  return { channel: next, outputs: [...restored.outputs, { type: 'readChannel' }] }
}

/** What was read of the chain before, by one that restored already, is old. */
function unread(channel: Channel): Channel {
  const { restoring } = channel
  if (restoring === null) return channel
  return { ...channel, restoring: { ...restoring, cooperativeNonce: null, shown: false } }
}

/** What the account has said of a start or a counter went unheard: they are looked for on chain. */
function unanswered(dispute: Dispute, { now, finalTimestamp }: ChannelContext): Dispute {
  const isUnderWay = dispute.standing === null && dispute.startUntil === null
  const startUntil = isUnderWay
    ? Math.max(now, finalTimestamp) + LONGEST_LIFE_SECONDS
    : dispute.startUntil
  return { ...dispute, startUntil, submittedNonce: 0n, finaliseAskedAt: 0 }
}

/** The same of a secret: shown twice, it costs a little gas. */
function asked(note: ClauseNote): ClauseNote {
  return note.revealedAt === 0 ? { ...note, revealAsked: false } : note
}
