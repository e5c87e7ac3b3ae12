/** Hands the bytes of a peer's message to the channel they are for. */
import type { EntityId } from '@xln/shared/ids.ts'
import { decodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import type { Channel } from '../channel/channel.ts'
import { type Turn, toChannel } from './turn.ts'

/** Decodes and delivers; malformed bytes are counted and change nothing. */
export function receive(turn: Turn, channel: Channel, peer: EntityId, bytes: Uint8Array): void {
  const message = decodeChannelMessage(bytes)
  if (message === undefined) {
    turn.outputs.push({ type: 'messageDropped', peer, code: 'malformed' })
    return
  }
  toChannel(turn, channel, { type: 'receive', message })
}
