/** Server blocks: what one server did, in its own log. Nobody else needs them. */
import { RlpReader, RlpWriter } from '@xln/shared/codec/rlp.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { RULES_VERSION } from '../codec.ts'

export interface ServerBlock {
  /** Hash of the block before; zero for the first. */
  readonly previous: Uint8Array
  /** From 1. */
  readonly number: number
  /** Milliseconds; above its predecessor's. */
  readonly timestampMs: number
  /** See mempool.ts. */
  readonly mempool: Uint8Array
  /** The root of the state after it. */
  readonly stateHash: Uint8Array
  readonly rulesVersion: number
}

/** The hash before the first block. */
export const NO_BLOCK: Uint8Array = new Uint8Array(32)

/** A block holds at most what one turn admits; this is far above it. */
const MEMPOOL_BYTES_MAX = 64 * 1024 * 1024

const writer = new RlpWriter()

/** `rlp([previous, number, timestamp, mempool, stateHash, rulesVersion])`. */
export function encodeServerBlock(block: ServerBlock): Uint8Array {
  writer.reset()
  const list = writer.open(4)
  writer.bytes(block.previous)
  writer.number(block.number)
  writer.number(block.timestampMs)
  writer.bytes(block.mempool)
  writer.bytes(block.stateHash)
  writer.number(block.rulesVersion)
  writer.close(list, 4)
  return writer.take()
}

/** `undefined` for bytes that are no block of these rules. */
export function decodeServerBlock(bytes: Uint8Array): ServerBlock | undefined {
  const reader = new RlpReader(bytes)
  const end = reader.enter()
  const block: ServerBlock = {
    previous: reader.bytes(32, 32),
    number: reader.number(),
    timestampMs: reader.number(),
    mempool: reader.bytes(MEMPOOL_BYTES_MAX),
    stateHash: reader.bytes(32, 32),
    rulesVersion: reader.number(RULES_VERSION),
  }
  reader.leave(end)
  return reader.isDone() && block.rulesVersion === RULES_VERSION ? block : undefined
}

export function serverBlockHash(bytes: Uint8Array): Uint8Array {
  return keccak256(bytes)
}
