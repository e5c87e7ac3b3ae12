/** Takes a peer's message: to its channel, or to a channel that is to be. */
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { receive } from './message.ts'
import { openForStranger } from './opening.ts'
import type { Turn } from './turn.ts'

/** `bytes` came from the server that speaks for `peer`; nothing else is known of them. */
export function onMessage(turn: Turn, peer: EntityId, bytes: Uint8Array): void {
  const key = channelKeyOf(turn.records.entity().id, peer)
  if (turn.records.isQuarantined(key)) {
    turn.outputs.push({ type: 'messageDropped', peer, code: 'quarantined' })
    return
  }
  const channel = turn.records.channel(key)
  if (channel === undefined) openForStranger(turn, peer, bytes)
  else receive(turn, channel, peer, bytes)
}
