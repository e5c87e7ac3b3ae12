/** One step of a channel: where it leads, and what follows from it. */
import type { Channel } from './channel.ts'
import type { ChannelContext, ChannelOutput } from './messages.ts'

export interface Step {
  readonly channel: Channel
  readonly outputs: readonly ChannelOutput[]
}

export type Part = (channel: Channel, context: ChannelContext) => Step

/** Nothing happens. */
export function still(channel: Channel): Step {
  return { channel, outputs: [] }
}

/** Takes one step after another. */
export function inOrder(channel: Channel, context: ChannelContext, parts: readonly Part[]): Step {
  let next = channel
  let outputs: readonly ChannelOutput[] = []
  for (const part of parts) {
    const done = part(next, context)
    next = done.channel
    if (done.outputs.length > 0) outputs = [...outputs, ...done.outputs]
  }
  return { channel: next, outputs }
}
