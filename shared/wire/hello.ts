/**
 * How two servers greet each other.
 *
 * Each sends an opening, in the clear: a random challenge and a key for this connection only. Then
 * each sends, under the keys agreed, its hello: who it is and how far its own log has come, signed
 * over both openings; and the endorsements of its entities. Who is content with the other's hello
 * says so with a welcome, and with that the other one may speak.
 *
 * A hello can be kept and shown to whoever signed it, long after.
 */
import { bytesToHex, concatBytes, writeHex } from '../bytes.ts'
import { RlpReader, RlpWriter } from '../codec/rlp.ts'
import { keccakHex } from '../crypto/keccak.ts'
import { verifyBy } from '../crypto/secp256k1.ts'
import type { Address, Hash } from '../ids.ts'
import { MessageType, readEnvelope, writeEnvelope } from './envelope.ts'
import { type Network, networkDigest, setNumberWord, structWords } from './network.ts'

export const PROTOCOL_VERSION = 1

const MAGIC = Uint8Array.of(0x78, 0x6c, 0x6e)
const UINT256_MAX = (1n << 256n) - 1n

export interface Opening extends Network {
  /** 32 random bytes. */
  readonly challenge: Uint8Array
  /** An X25519 public key, 32 bytes. */
  readonly ephemeralKey: Uint8Array
}

/** What a server says of itself at the start of a connection. */
export interface Hello extends Network {
  readonly server: Address
  /** Greater at every start of the server than at any before. */
  readonly incarnation: number
  /** The newest block of the server's own log that was durable. */
  readonly blockNumber: number
  /** The hash of both openings of the connection that it was made for. */
  readonly transcript: Hash
}

/** A hello whose signature is the named server's. */
export interface SignedHello {
  readonly hello: Hello
  /** The whole message: what to keep, and what to show. */
  readonly bytes: Uint8Array
}

const writer = new RlpWriter()

export function encodeOpening(opening: Opening): Uint8Array {
  const list = writer.open()
  writer.bytes(MAGIC)
  writer.number(PROTOCOL_VERSION)
  writer.bigint(opening.chainId)
  writer.hex(opening.depository)
  writer.bytes(opening.challenge)
  writer.bytes(opening.ephemeralKey)
  writer.close(list)
  return writer.take()
}

/** Never throws. Of another version only the version can be read. */
export function decodeOpening(bytes: Uint8Array): Opening | 'malformed' | 'versionMismatch' {
  const reader = new RlpReader(bytes)
  const end = reader.enter()
  const magic = reader.hex(MAGIC.length)
  const version = reader.number()
  if (reader.failed || magic !== bytesToHex(MAGIC)) return 'malformed'
  if (version !== PROTOCOL_VERSION) return 'versionMismatch'
  const chainId = reader.bigint(UINT256_MAX)
  const depository = reader.hex(20) as Address
  const challenge = reader.bytes(32, 32)
  const ephemeralKey = reader.bytes(32, 32)
  reader.leave(end)
  return reader.isDone() ? { chainId, depository, challenge, ephemeralKey } : 'malformed'
}

/** Binds a hello to one connection: `dialler` is the opening of the side that dialled. */
export function transcriptOf(dialler: Uint8Array, accepter: Uint8Array): Hash {
  return keccakHex(concatBytes(dialler, accepter))
}

const words = structWords(
  'ServerHello(uint64 version,address server,uint64 incarnation,uint64 blockNumber,bytes32 transcript)',
  5,
)

/** What the server signs. */
export function helloDigest(hello: Hello): Uint8Array {
  setNumberWord(words, 1, PROTOCOL_VERSION)
  writeHex(words, 64 + 12, hello.server)
  setNumberWord(words, 3, hello.incarnation)
  setNumberWord(words, 4, hello.blockNumber)
  writeHex(words, 160, hello.transcript)
  return networkDigest(hello, words)
}

/** The message that is sent, kept and shown. */
export function encodeHello(hello: Hello, signature: Uint8Array): Uint8Array {
  const list = writer.open()
  writer.number(PROTOCOL_VERSION)
  writer.bigint(hello.chainId)
  writer.hex(hello.depository)
  writer.hex(hello.server)
  writer.number(hello.incarnation)
  writer.number(hello.blockNumber)
  writer.hex(hello.transcript)
  writer.close(list)
  const data = writer.take()
  writeEnvelope(writer, MessageType.hello, undefined, undefined, 0, data, signature)
  return writer.take()
}

/** The hello in `bytes`, if it is one and signed by the server that it names. Never throws. */
export function decodeSignedHello(bytes: Uint8Array): SignedHello | undefined {
  const envelope = readEnvelope(bytes)
  if (envelope?.type !== MessageType.hello || envelope.nonce !== 0) return undefined
  if (envelope.sender !== undefined || envelope.recipient !== undefined) return undefined
  const hello = decodeHello(envelope.data)
  if (hello === undefined) return undefined
  if (!verifyBy(helloDigest(hello), envelope.signature, hello.server)) return undefined
  // A copy: kept for long, it must not hold the frame that it came in.
  return { hello, bytes: bytes.slice() }
}

/** Whether `kept` is of a later moment in the life of its server than `presented`. */
export function isNewer(
  kept: Hello,
  presented: Pick<Hello, 'incarnation' | 'blockNumber'>,
): boolean {
  return kept.incarnation > presented.incarnation || kept.blockNumber > presented.blockNumber
}

function decodeHello(data: Uint8Array): Hello | undefined {
  const reader = new RlpReader(data)
  const end = reader.enter()
  const version = reader.number()
  if (version !== PROTOCOL_VERSION) reader.fail()
  const chainId = reader.bigint(UINT256_MAX)
  const depository = reader.hex(20) as Address
  const server = reader.hex(20) as Address
  const incarnation = reader.number()
  const blockNumber = reader.number()
  const transcript = reader.hex(32) as Hash
  reader.leave(end)
  if (!reader.isDone()) return undefined
  return { chainId, depository, server, incarnation, blockNumber, transcript }
}
