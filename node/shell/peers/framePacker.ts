/** Packs messages into as few frames as the bounds allow. */
import { RlpWriter } from '@xln/shared/codec/rlp.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { ENVELOPE_OVERHEAD, writeEnvelope } from '@xln/shared/wire/envelope.ts'
import { TAG_LENGTH } from './frameCipher.ts'
import type { LinkContext } from './linkContext.ts'

/** A message to send; the network numbers it. */
export interface Outgoing {
  /** Not one of the network's own types. */
  readonly type: number
  /** One of the entities that this server hosts; absent: the server itself. */
  readonly sender?: EntityId | undefined
  readonly recipient?: EntityId | undefined
  readonly data: Uint8Array
  readonly signature?: Uint8Array | undefined
}

const NOTHING = new Uint8Array(0)

// One for all connections: a frame is packed and taken without a pause.
const writer = new RlpWriter()

/**
 * Gives `send` one frame after another. False when not all messages went: one was too large, or
 * `send` gave false. What did not go is counted as dropped.
 */
export function packMessages(
  messages: readonly Outgoing[],
  context: LinkContext,
  send: (frame: Uint8Array) => boolean,
): boolean {
  const { limits, counters } = context
  const room = limits.frameBytesMax - TAG_LENGTH
  let waiting = 0
  let size = 0
  let all = true
  const flush = () => {
    const isSent = send(writer.take())
    if (isSent) counters.sent.messages += waiting
    else counters.dropped += waiting
    waiting = 0
    size = 0
    return isSent
  }
  writer.reset()
  for (let i = 0; i < messages.length; i++) {
    const { type, sender, recipient, data, signature } = messages[i] as Outgoing
    const length = ENVELOPE_OVERHEAD + data.length + (signature?.length ?? 0)
    if (length > limits.messageBytesMax) {
      context.log.error('message_too_large', { type, length, max: limits.messageBytesMax })
      counters.dropped++
      all = false
      continue
    }
    const isFull = size + length > room || waiting === limits.messagesPerFrameMax
    if (isFull && !flush()) {
      counters.dropped += messages.length - i
      return false
    }
    writeEnvelope(writer, type, sender, recipient, context.nextNonce(), data, signature ?? NOTHING)
    waiting++
    size += length
  }
  return (waiting === 0 || flush()) && all
}

/** The same for messages of the network itself, already encoded. */
export function packEncoded(
  parts: Iterable<Uint8Array>,
  context: LinkContext,
  send: (frame: Uint8Array) => boolean,
): void {
  const room = context.limits.frameBytesMax - TAG_LENGTH
  let size = 0
  writer.reset()
  for (const part of parts) {
    if (size > 0 && size + part.length > room) {
      if (!send(writer.take())) return
      size = 0
    }
    writer.raw(part)
    size += part.length
  }
  if (size > 0) send(writer.take())
}

/** A message of the network itself. */
export function encodeOwn(type: number, data: Uint8Array): Uint8Array {
  writer.reset()
  writeEnvelope(writer, type, undefined, undefined, 0, data, NOTHING)
  return writer.take()
}
