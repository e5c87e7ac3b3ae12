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
  /** The root of the state after it, or after the newest one before it that {@link statesRoot}. */
  readonly stateHash: Uint8Array
  readonly rulesVersion: number
}

/** Every so many blocks, a block states the root of the state; the others repeat what it said. */
const ROOT_BLOCKS = 10

/**
 * Whether the block of this number says the root of the state after it. Hashing what changed costs a
 * busy server a quarter of its time when it is done for every block; done for ten at once, a record
 * that changed in each of them is hashed once.
 */
export function statesRoot(number: number): boolean {
  return number % ROOT_BLOCKS === 0
}

/** What the blocks say of the state before the first of them states a root. */
export const NO_ROOT: Uint8Array = new Uint8Array(32)

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
