/** Endorsements: an entity signs that a server speaks for it, for a while. */
import { writeHex } from '../bytes.ts'
import { RlpReader, RlpWriter } from '../codec/rlp.ts'
import type { Address, EntityId } from '../ids.ts'
import type { Envelope } from './envelope.ts'
import { MessageType, writeEnvelope } from './envelope.ts'
import { type Network, networkDigest, setNumberWord, structWords } from './network.ts'

export interface Endorsement {
  readonly entity: EntityId
  /** The server's address: that of its key. */
  readonly server: Address
  /** Unix seconds; counts up to this second. */
  readonly validUntil: number
}

const words = structWords('ServerEndorsement(bytes32 entity,address server,uint64 validUntil)', 3)

/** What the entity signs. */
export function endorsementDigest(network: Network, endorsement: Endorsement): Uint8Array {
  writeHex(words, 32, endorsement.entity)
  writeHex(words, 64 + 12, endorsement.server)
  setNumberWord(words, 3, endorsement.validUntil)
  return networkDigest(network, words)
}

const writer = new RlpWriter()

/** The message that shows an endorsement; it is the entity's own, with its signature. */
export function encodeEndorsement(endorsement: Endorsement, signature: Uint8Array): Uint8Array {
  const list = writer.open()
  writer.hex(endorsement.server)
  writer.number(endorsement.validUntil)
  writer.close(list)
  const data = writer.take()
  writeEnvelope(writer, MessageType.endorsement, endorsement.entity, undefined, 0, data, signature)
  return writer.take()
}

/** The endorsement in a message of its type; its signature is not checked. Never throws. */
export function decodeEndorsement(envelope: Envelope): Endorsement | undefined {
  const { type, sender: entity, recipient, nonce } = envelope
  if (type !== MessageType.endorsement || entity === undefined) return undefined
  if (recipient !== undefined || nonce !== 0) return undefined
  const reader = new RlpReader(envelope.data)
  const end = reader.enter()
  const server = reader.hex(20) as Address
  const validUntil = reader.number()
  reader.leave(end)
  return reader.isDone() ? { entity, server, validUntil } : undefined
}
