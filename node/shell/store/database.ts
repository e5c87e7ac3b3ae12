import { mkdir, realpath } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { StoreError } from './faults.ts'
import { behind, type Prefix } from './keys.ts'
import type { RecordSource } from './machineRecords.ts'

/** Keys from `gte` up to `lt`. */
export interface DatabaseRange {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
}

export interface DatabaseIterator {
  /** The next rows, at most so many; none at the end. */
  nextv(size: number): Promise<[Uint8Array, Uint8Array][]>
  all(): Promise<[Uint8Array, Uint8Array][]>
  close(): Promise<void>
}

export interface DatabaseBatch {
  put(key: Uint8Array, value: Uint8Array): unknown
  del(key: Uint8Array): unknown
  write(options: { readonly sync: boolean }): Promise<void>
}

export type DatabaseOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** What the store needs of an ordered database whose batches are atomic: LevelDB is one. */
export interface Database {
  readonly location: string
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  getSync(key: Uint8Array): Uint8Array | undefined
  getMany(keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]>
  /** Over the rows as they are at the call. */
  iterator(range: DatabaseRange): DatabaseIterator
  put(key: Uint8Array, value: Uint8Array, options: { readonly sync: boolean }): Promise<void>
  batch(): DatabaseBatch
  /** With `sync` it is durable, with all that was written before, when it resolves. */
  batch(operations: DatabaseOperation[], options: { readonly sync: boolean }): Promise<void>
  clear(range: DatabaseRange): Promise<void>
  close(): Promise<void>
}

export type LevelDatabase = ClassicLevel<Uint8Array, Uint8Array>
export type DatabaseRow = readonly [key: Uint8Array, value: Uint8Array]

const ROWS_AT_ONCE = 5_000
const MIB = 1 << 20

// LevelDB locks a file, and a process loses such a lock when it opens and closes the file once more, as
// a second opening in the same process would: so that one must not get as far.
const openHere = new Set<string>()

/** Opens the database at `path`, and makes it when there is none. Throws a `StoreError` when it cannot. */
export async function openDatabase(path: string): Promise<LevelDatabase> {
  await mkdir(path, { recursive: true })
  const location = await realpath(path)
  if (openHere.has(location)) throw new StoreError({ code: 'store_locked', path })
  const database = new ClassicLevel<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize: 64 * MIB,
    // Larger tables before they are sorted into the rest: random keys are sorted less often.
    writeBufferSize: 32 * MIB,
    maxFileSize: 8 * MIB,
  })
  openHere.add(location)
  try {
    await database.open()
  } catch (error) {
    openHere.delete(location)
    const code = isLocked(error) ? 'store_locked' : 'database_unreadable'
    throw new StoreError({ code, path }, { cause: error })
  }
  return database
}

export async function closeDatabase(database: Database): Promise<void> {
  await database.close()
  openHere.delete(database.location)
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED'
}

/** Reads records, and turns what goes wrong into a `StoreError`. */
export function recordSource(database: Database): RecordSource {
  return {
    read(row) {
      try {
        return plain(database.getSync(row))
      } catch (error) {
        throw new StoreError({ code: 'read_failed' }, { cause: error })
      }
    },
    async readMany(rows) {
      try {
        return (await database.getMany([...rows])).map(plain)
      } catch (error) {
        throw new StoreError({ code: 'read_failed' }, { cause: error })
      }
    },
  }
}

/** Reads one value; undefined when there is none. */
export async function readRow(
  database: Database,
  key: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    return plain(await database.get(key))
  } catch (error) {
    throw new StoreError({ code: 'read_failed' }, { cause: error })
  }
}

/** All rows with keys from `from` up to `to`, ascending, many at a time. */
export async function* readRows(
  database: Database,
  from: Uint8Array,
  to: Uint8Array,
  rowsAtOnce = ROWS_AT_ONCE,
): AsyncGenerator<readonly DatabaseRow[]> {
  const iterator = database.iterator({ gte: from, lt: to })
  try {
    let reading = iterator.nextv(rowsAtOnce)
    for (let rows = await reading; rows.length > 0; rows = await reading) {
      // The next rows are read while these are worked on.
      reading = iterator.nextv(rowsAtOnce)
      yield rows.map(([key, value]) => [view(key), view(value)])
    }
  } catch (error) {
    throw new StoreError({ code: 'read_failed' }, { cause: error })
  } finally {
    await iterator.close()
  }
}

/** The last rows of a prefix, the last first. */
export async function readNewest(
  database: Database,
  prefix: Prefix,
  limit: number,
): Promise<DatabaseRow[]> {
  const range = { gte: Uint8Array.of(prefix), lt: behind(prefix), reverse: true, limit }
  try {
    const rows = await database.iterator(range).all()
    return rows.map(([key, value]) => [view(key), view(value)])
  } catch (error) {
    throw new StoreError({ code: 'read_failed' }, { cause: error })
  }
}

function plain(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : view(bytes)
}

/** The database gives `Buffer`s, whose `slice` does not copy. */
function view(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
