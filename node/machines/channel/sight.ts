/** What this side sees when it judges a block. */
import { type Channel, isLeft, noteOf, onchainOf } from './channel.ts'
import type { ChannelContext } from './messages.ts'
import type { Sight } from './working.ts'

const NOTHING = { collateral: 0n, ondelta: 0n }

export function sightOf(channel: Channel, context: ChannelContext): Sight {
  const { view } = channel
  return {
    now: context.now,
    finalBlock: context.finalBlock,
    finalTimestamp: context.finalTimestamp,
    revealMarginSeconds: context.policy.revealMarginSeconds,
    isLeft: isLeft(channel),
    onchain: (token) => onchainOf(view, token) ?? (view.incomplete ? undefined : NOTHING),
    revealedAt: (lock) => {
      const note = noteOf(channel, lock)
      return note?.revealFinal === true ? note.revealedAt : 0
    },
  }
}
