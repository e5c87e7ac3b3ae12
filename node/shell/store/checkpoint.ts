/**
 * Checkpoints: the records that changed, written behind the log in large steps. Each goes in one atomic
 * batch with the number of the block it reaches, the root of the state there, and the number of the
 * checkpoint before it, so that one which is missing in between is found out.
 */
import { concatBytes, numberToBytes, readNumber } from '@xln/shared/bytes.ts'
import { GENESIS } from './blockLog.ts'
import { type Database, readNewest } from './database.ts'
import { StoreError } from './faults.ts'
import type { HighWater, Tail } from './highWater.ts'
import { behind, machineKey, numberKey, numberOf, Prefix } from './keys.ts'
import type { Change, LiveState } from './live.ts'
import { rowKeyOf, treeKeyOf } from './machineRecords.ts'

/** How many records go into the batch before others get their turn on the main thread. */
const RECORDS_PER_TURN = 500
/** How many checkpoints back are checked: those that one lost piece of the database's log could hold. */
const CHECKED_MAX = 1_000
const HASH_BYTES = 32
const ROOT_AT = HASH_BYTES + 8

/** When the records follow the log. */
export interface CheckpointLimits {
  /** After so many blocks, */
  readonly blocks: number
  /** or after so many changed records. */
  readonly records: number
}

/** Where the records on disk stand. */
export interface Reached {
  readonly tail: Tail
  /** The root of the state there; undefined before the first checkpoint. */
  readonly root: Uint8Array | undefined
}

/** How many checkpoints' worth of changed records may wait for one that is being written. */
const WAITING_FACTOR = 2

/** Takes checkpoints, one at a time, beside the blocks that go on meanwhile. */
export class Checkpoints {
  readonly #database: Database
  readonly #highWater: HighWater
  readonly #live: LiveState
  readonly #limits: CheckpointLimits
  readonly #onFailure: (number: number, error: unknown) => void
  #running: Promise<void> | undefined
  #reached: Tail

  constructor(
    parts: { database: Database; highWater: HighWater; live: LiveState; reached: Tail },
    limits: CheckpointLimits,
    onFailure: (number: number, error: unknown) => void,
  ) {
    this.#database = parts.database
    this.#highWater = parts.highWater
    this.#live = parts.live
    this.#reached = parts.reached
    this.#limits = limits
    this.#onFailure = onFailure
  }

  /** The block that the records on disk reach. */
  get reached(): Tail {
    return this.#reached
  }

  /** As `start`, when enough blocks or records have gathered, and none is being written. */
  startWhenDue(tail: Tail, logged?: Promise<void>): void {
    if (this.#running !== undefined) return
    const isDue =
      tail.number - this.#reached.number >= this.#limits.blocks ||
      this.#live.unsavedCount >= this.#limits.records
    if (isDue) this.start(tail, logged)
  }

  /**
   * Takes the records as they are now, at the block `tail`, and writes them once `logged` has resolved:
   * never ahead of the log. Only when none is being written.
   */
  start(tail: Tail, logged?: Promise<void>): void {
    const root = this.#live.server.root()
    this.#running = this.#run(this.#live.takeChanges(), { tail, root }, logged).finally(() => {
      this.#running = undefined
    })
  }

  /** Resolves when none is being written, whether that one failed or not. */
  async done(): Promise<void> {
    await this.#running
  }

  /**
   * Where records change faster than the disk takes them, blocks have to wait: memory holds every record
   * that the disk does not have.
   */
  async roomForMore(): Promise<void> {
    if (this.#live.unsavedCount >= WAITING_FACTOR * this.#limits.records) await this.#running
  }

  async #run(changes: readonly Change[], reached: Reached, logged?: Promise<void>): Promise<void> {
    const { tail } = reached
    try {
      await logged
      await writeCheckpoint(this.#database, changes, this.#reached, reached)
      await this.#highWater.flush()
      this.#live.saved(changes)
      this.#reached = tail
    } catch (error) {
      this.#onFailure(tail.number, error)
    }
  }
}

const NO_BYTES = new Uint8Array(0)

/** Writes `changes`, which lead from the block `previous` to the block `reached`. */
async function writeCheckpoint(
  database: Database,
  changes: readonly Change[],
  previous: Tail,
  { tail, root }: Reached,
): Promise<void> {
  const batch = database.batch()
  for (const [i, { entry, bytes, valueHash }] of changes.entries()) {
    const row = rowKeyOf(entry)
    if (bytes === undefined) batch.del(row)
    else batch.put(row, bytes)
    if (entry.shelf.table.local !== true) {
      const leaf = machineKey(Prefix.tree, entry.shelf.path, treeKeyOf(entry))
      if (valueHash === undefined) batch.del(leaf)
      else batch.put(leaf, valueHash)
    }
    if (i % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await nextTurn()
  }
  batch.put(
    numberKey(Prefix.checkpoint, tail.number),
    concatBytes(tail.hash, numberToBytes(previous.number, 8), root ?? NO_BYTES),
  )
  // The next block syncs it; before that, the log has all it needs to be made again.
  await batch.write({ sync: false })
}

/**
 * What the records on disk reach. Throws a `StoreError` when a checkpoint before it is
 * missing: then they are a mixture.
 */
export async function readCheckpoint(database: Database): Promise<Reached> {
  const rows = await readNewest(database, Prefix.checkpoint, CHECKED_MAX)
  for (const [i, [, value]] of rows.entries()) {
    const previous = readNumber(value, HASH_BYTES, ROOT_AT)
    const before = rows[i + 1]
    const isThere = before === undefined ? previous === 0 : numberOf(before[0]) === previous
    // The one before the last that was looked at is not known.
    if (!isThere && i + 1 < CHECKED_MAX) {
      throw new StoreError({ code: 'records_incomplete', number: previous })
    }
  }
  const newest = rows[0]
  if (newest === undefined) return { tail: GENESIS, root: undefined }
  const [key, value] = newest
  const tail = { number: numberOf(key), hash: value.subarray(0, HASH_BYTES) }
  return { tail, root: value.subarray(ROOT_AT) }
}

/** Removes the records, so that they can be made again from the log. */
export async function clearRecords(database: Database): Promise<void> {
  for (const prefix of [
    // The first to go is what says that there are any.
    Prefix.checkpoint,
    Prefix.tree,
    Prefix.record,
    Prefix.orderedRecord,
  ]) {
    await database.clear({ gte: Uint8Array.of(prefix), lt: behind(prefix) })
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
