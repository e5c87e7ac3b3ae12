/**
 * The end of the entity's turn: whatever the channel has to say leaves in one message, so that an
 * acknowledgement carries the next proposal.
 */
import type { Channel } from './channel.ts'
import { askToCompare } from './compare.ts'
import { forgetFormer } from './former.ts'
import type { ChannelContext, ChannelOutput } from './messages.ts'
import { propose } from './propose.ts'
import { say } from './say.ts'
import { inOrder, type Step } from './step.ts'
import { nextTime, wantsHeads } from './time.ts'

export function flush(channel: Channel, context: ChannelContext): Step {
  return inOrder(channel, context, [forgetFormer, propose, say, askToCompare, wait])
}

/** Tells the parent when this channel wants to be asked again, if that has changed. */
function wait(channel: Channel, context: ChannelContext): Step {
  const scheduledAt = nextTime(channel, context)
  const waitsOnChain = wantsHeads(channel, context)
  const outputs: ChannelOutput[] = []
  if (scheduledAt !== channel.scheduledAt) outputs.push({ type: 'schedule', at: scheduledAt })
  if (waitsOnChain !== channel.waitsOnChain) {
    outputs.push({ type: 'waitsOnChain', waits: waitsOnChain })
  }
  if (outputs.length === 0) return { channel, outputs }
  return { channel: { ...channel, scheduledAt, waitsOnChain }, outputs }
}
