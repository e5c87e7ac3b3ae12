/**
 * Messages between servers: RLP `[type, sender, recipient, nonce, data, signature]`, one behind the
 * other in a frame.
 */
import { RlpReader, type RlpWriter } from '../codec/rlp.ts'
import type { EntityId } from '../ids.ts'
import { SIGNATURE_BYTES_MAX } from '../limits.ts'

export interface Envelope {
  /** See {@link isMessageType}. */
  readonly type: number
  /** The entity that speaks; undefined: the server itself. */
  readonly sender: EntityId | undefined
  /** The entity that is meant; undefined: the server itself. */
  readonly recipient: EntityId | undefined
  /** Grows from message to message of one run of a server. 0: in no order (network messages). */
  readonly nonce: number
  readonly data: Uint8Array
  /** Empty for what carries its own signatures inside `data`: the connection is authenticated. */
  readonly signature: Uint8Array
}

/** Types by name; of a family, the first. */
export const MessageType = {
  /** 0x01–0x03. */
  transaction: 0x01,
  /** 0x10–0x1f: among the signers of one entity. */
  consensus: 0x10,
  /** 0x20–0x2f: between the two ends of a channel. */
  channel: 0x20,
  /** A signed hello, see hello.ts. 0x30–0x37 belong to the network itself. */
  hello: 0x30,
  /** An entity names a server that speaks for it, see endorsement.ts. */
  endorsement: 0x31,
  /** The recipient's own hello, of a newer state than it presents. */
  shown: 0x32,
  /** The recipient has its place; empty. */
  welcome: 0x33,
  /** 0x38–0x3f: between servers. */
  system: 0x38,
  /** 0x40–0x5f: of extensions. */
  extension: 0x40,
} as const

/** What an envelope adds to its data and signature, at most. */
export const ENVELOPE_OVERHEAD = 96

/** Whether `type` has a meaning: 0x01–0x03, 0x10–0x1f, 0x20–0x2f, 0x30–0x3f or 0x40–0x5f. */
export function isMessageType(type: number): boolean {
  return (type >= 0x01 && type <= 0x03) || (type >= 0x10 && type <= 0x5f)
}

/** Whether messages of `type` are the network's own and go no further. */
export function isNetworkType(type: number): boolean {
  return type >= 0x30 && type <= 0x37
}

export function writeEnvelope(
  writer: RlpWriter,
  type: number,
  sender: EntityId | undefined,
  recipient: EntityId | undefined,
  nonce: number,
  data: Uint8Array,
  signature: Uint8Array,
): void {
  // Two bytes of length are right for everything from 256 bytes up to 64 KiB.
  const list = writer.open(3)
  writer.number(type)
  writer.hex(sender ?? '0x')
  writer.hex(recipient ?? '0x')
  writer.number(nonce)
  writer.bytes(data)
  writer.bytes(signature)
  writer.close(list, 3)
}

/**
 * Reads one message. `data` and `signature` are views of `bytes`. Undefined for whatever is not the
 * one encoding of a message of a known type. Never throws.
 */
export function readEnvelope(bytes: Uint8Array): Envelope | undefined {
  const reader = new RlpReader(bytes)
  const end = reader.enter()
  const type = reader.number(0xff)
  const sender = readEntity(reader)
  const recipient = readEntity(reader)
  const nonce = reader.number()
  const data = readView(reader, bytes)
  const signature = readView(reader, bytes)
  reader.leave(end)
  if (!reader.isDone() || !isMessageType(type)) return undefined
  if (signature.length > SIGNATURE_BYTES_MAX) return undefined
  return { type, sender, recipient, nonce, data, signature }
}

/**
 * The encodings of the messages in a frame, as views. Undefined when the frame is not messages from
 * end to end, is empty, or has more than `max`. Never throws.
 */
export function splitFrame(frame: Uint8Array, max: number): Uint8Array[] | undefined {
  const reader = new RlpReader(frame)
  const parts: Uint8Array[] = []
  while (reader.more(frame.length) && parts.length < max) {
    if (!reader.isList()) reader.fail()
    parts.push(reader.raw())
  }
  return reader.isDone() && parts.length > 0 ? parts : undefined
}

function readEntity(reader: RlpReader): EntityId | undefined {
  const length = reader.string()
  if (length === 0) return undefined
  if (length !== 32) reader.fail()
  return reader.failed ? undefined : (reader.lastHex() as EntityId)
}

function readView(reader: RlpReader, bytes: Uint8Array): Uint8Array {
  const length = reader.string()
  return bytes.subarray(reader.lastStart, reader.lastStart + (reader.failed ? 0 : length))
}
