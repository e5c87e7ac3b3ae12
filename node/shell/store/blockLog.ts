import { equalBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { type Database, readRow, readRows } from './database.ts'
import type { RestoringReason } from './faults.ts'
import type { Tail } from './highWater.ts'
import { behind, blockKey, numberKey, numberOf, Prefix } from './keys.ts'

/** What the store reads of a block. */
export interface BlockHeader {
  /** From 1 on. */
  readonly number: number
  /** The hash of the block before it, 32 bytes; zero for the first. */
  readonly previous: Uint8Array
  /** A root of the server's state, 32 bytes; see machines/server/block.ts for of which block. */
  readonly stateHash: Uint8Array
}

/** Gives undefined for what is not a block. */
export type ReadHeader = (block: Uint8Array) => BlockHeader | undefined

export interface StoredBlock {
  /** keccak256 of the bytes. */
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
  readonly header: BlockHeader
}

/** What comes before the first block. */
export const GENESIS: Tail = { number: 0, hash: new Uint8Array(32) }

const BLOCKS_AT_ONCE = 100

/** Reads the block of `number` whose hash the log has, or says what is wrong with it. */
export async function readBlock(
  database: Database,
  readHeader: ReadHeader,
  { number, hash }: Tail,
): Promise<StoredBlock | RestoringReason> {
  const bytes = await readRow(database, blockKey(hash))
  if (bytes === undefined) return { code: 'block_missing', number }
  if (!equalBytes(keccak256(bytes), hash)) return { code: 'block_altered', number }
  const header = readHeader(bytes)
  if (header?.number !== number) return { code: 'block_altered', number }
  return { hash, bytes, header }
}

/**
 * The blocks after `start`, each checked against the one before it. The last thing given says what is
 * wrong, where the log does not go on although it should; otherwise every block in it was given.
 */
export async function* readLog(
  database: Database,
  readHeader: ReadHeader,
  start: Tail,
): AsyncGenerator<StoredBlock | RestoringReason> {
  let last = start
  const from = numberKey(Prefix.blockHash, start.number + 1)
  for await (const rows of readRows(database, from, behind(Prefix.blockHash), BLOCKS_AT_ONCE)) {
    for (const [key, hash] of rows) {
      const number = last.number + 1
      if (numberOf(key) !== number) {
        yield { code: 'block_missing', number }
        return
      }
      const block = await readBlock(database, readHeader, { number, hash })
      if ('code' in block) {
        yield block
        return
      }
      if (!equalBytes(block.header.previous, last.hash)) {
        yield { code: 'chain_broken', number }
        return
      }
      yield block
      last = { number, hash }
    }
  }
}
