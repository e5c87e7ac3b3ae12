/** The end of a channel's quarantine, by decision of the operator. */
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityInput } from './messages.ts'
import { onMessage } from './receive.ts'
import { channelWith, type Turn, toChannel } from './turn.ts'

/**
 * The messages at which the machine threw are taken again; if it throws again, the whole input is left
 * out, and the channel stays as it was. Then it learns what it has missed.
 */
export function onReleased(
  turn: Turn,
  { peer, messages }: Extract<EntityInput, { type: 'released' }>,
): void {
  const key = channelKeyOf(turn.records.entity().id, peer)
  if (!turn.records.isQuarantined(key)) return
  turn.records.release(key)
  for (const bytes of messages) onMessage(turn, peer, bytes)
  const channel = channelWith(turn, peer)
  if (channel === undefined) return
  for (const { hashlock } of channel.mutual.locks) {
    const reveal = turn.revealOf(hashlock)
    const current = channelWith(turn, peer)
    if (reveal === undefined || current === undefined) continue
    toChannel(turn, current, { type: 'secretRevealed', hashlock, ...reveal, final: true })
  }
  const current = channelWith(turn, peer) ?? channel
  toChannel(turn, current, { type: 'released', up: turn.isConnected(peer) })
  // Its deadlines fell due meanwhile, and were forgotten.
  turn.records.setDeadline(key, turn.now)
  turn.outputs.push({ type: 'wake', at: turn.now })
}
