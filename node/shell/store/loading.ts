/** Opening a store: what stands on disk is brought into memory and checked, before anything is signed. */
import { bytesToHex, equalBytes, numberToBytes } from '@xln/shared/bytes.ts'
import type { TreeShape } from '@xln/shared/merkle/shape.ts'
import { NO_ROOT } from '../../machines/server/block.ts'
import { GENESIS, type ReadHeader, readBlock, readLog } from './blockLog.ts'
import type { Reached } from './checkpoint.ts'
import { type Database, readRow, readRows } from './database.ts'
import { type RestoringReason, StoreError } from './faults.ts'
import { ANY_HASH, type Tail } from './highWater.ts'
import { behind, Prefix, splitMachineKey } from './keys.ts'
import type { LiveState } from './live.ts'

/** Of the layout of keys and values. */
const FORMAT = 2

/** Notes the format of a new database. Throws a `StoreError` when the database has another. */
export async function checkFormat(database: Database, shape: TreeShape): Promise<void> {
  const key = Uint8Array.of(Prefix.format)
  const expected = new Uint8Array(4)
  expected.set([FORMAT, shape.bitWidth])
  expected.set(numberToBytes(shape.leafThreshold, 2), 2)
  const actual = await readRow(database, key)
  if (actual === undefined) {
    await database.put(key, expected, { sync: true })
  } else if (!equalBytes(actual, expected)) {
    throw new StoreError({
      code: 'format_differs',
      expected: bytesToHex(expected),
      actual: bytesToHex(actual),
    })
  }
}

/** Brings the state trees and the sorted keys of all machines into `live`. */
export async function loadMachines(database: Database, live: LiveState): Promise<void> {
  const trees = readRows(database, Uint8Array.of(Prefix.tree), behind(Prefix.tree))
  for await (const rows of trees) {
    for (const [row, valueHash] of rows) {
      const { path, rest } = splitMachineKey(row)
      live.at(path).loadLeaf(rest, valueHash)
    }
  }
  const ordered = Prefix.orderedRecord
  for await (const rows of readRows(database, Uint8Array.of(ordered), behind(ordered))) {
    for (const [row] of rows) {
      const { path, rest } = splitMachineKey(row)
      live.at(path).loadKey(rest[0] as number, rest.subarray(1))
    }
  }
}

export interface LogCheck {
  /** The last block to which the log leads without a gap. */
  readonly end: Tail
  /** What is missing of it. */
  readonly reason: RestoringReason | undefined
  /** What the block that the records reach says of the state. */
  readonly stateHash: Uint8Array
}

/**
 * Checks the log from the block that the records reach, and their root. Throws a `StoreError` when
 * they are not the records that were written there.
 */
export async function checkLog(
  database: Database,
  readHeader: ReadHeader,
  { tail: reached, root }: Reached,
  live: LiveState,
  highWater: Tail | undefined,
): Promise<LogCheck> {
  let stateHash = NO_ROOT
  if (root !== undefined) {
    const block = await readBlock(database, readHeader, reached)
    if ('code' in block) return { end: reached, reason: block, stateHash }
    stateHash = block.header.stateHash
    assertRoot(reached.number, root, live.server.root())
  }
  let end = reached
  // The block that the high-water mark names, as far as it is among those that are read.
  let named = [GENESIS, reached].find((tail) => tail.number === highWater?.number)
  for await (const block of readLog(database, readHeader, reached)) {
    if ('code' in block) return { end, reason: block, stateHash }
    end = { number: block.header.number, hash: block.hash }
    if (end.number === highWater?.number) named = end
  }
  return { end, reason: compareWithMark(end, named, highWater), stateHash }
}

/** Throws a `StoreError` when the state at block `number` is not the one that was written. */
export function assertRoot(number: number, expected: Uint8Array, actual: Uint8Array): void {
  if (equalBytes(expected, actual)) return
  throw new StoreError({
    code: 'root_differs',
    number,
    expected: bytesToHex(expected),
    actual: bytesToHex(actual),
  })
}

function compareWithMark(
  { number }: Tail,
  named: Tail | undefined,
  highWater: Tail | undefined,
): RestoringReason | undefined {
  if (highWater === undefined) {
    return number === 0 ? undefined : { code: 'high_water_missing', number }
  }
  if (highWater.number > number) {
    return { code: 'below_high_water', number, highWater: highWater.number }
  }
  const isAny = equalBytes(highWater.hash, ANY_HASH)
  if (named !== undefined && !isAny && !equalBytes(named.hash, highWater.hash)) {
    return { code: 'other_history', number: highWater.number }
  }
  return undefined
}
