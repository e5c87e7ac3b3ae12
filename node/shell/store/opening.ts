import { join } from 'node:path'
import { DEFAULT_SHAPE, type TreeShape } from '@xln/shared/merkle/shape.ts'
import type { Draft } from '../../machines/ports.ts'
import type { ReadHeader } from './blockLog.ts'
import { clearRecords, readCheckpoint } from './checkpoint.ts'
import { closeDatabase, openDatabase, recordSource } from './database.ts'
import type { RestoringReason } from './faults.ts'
import { HighWater } from './highWater.ts'
import { LiveState } from './live.ts'
import { checkFormat, checkLog, loadMachines } from './loading.ts'
import { Store } from './store.ts'

const CHECKPOINT_BLOCKS = 100
const CHECKPOINT_RECORDS = 50_000
const CACHE_BYTES = 256 << 20

export interface StoreOptions {
  /** Holds the database and, beside it, the high-water mark. Made when it is not there. */
  readonly directory: string
  readonly readHeader: ReadHeader
  /** Puts what a server begins with; also when it is replayed from its first block. */
  readonly genesis?: (draft: Draft) => void
  /** Throws the records away and makes them again from the whole log. */
  readonly rebuild?: boolean
  /** Of the state trees; must be what it was when the store was made. */
  readonly shape?: TreeShape
  /** The records follow the log after so many blocks, 100, or so many changed records, 50,000. */
  readonly checkpointBlocks?: number
  readonly checkpointRecords?: number
  /** Bound of the records kept in memory beside those that changed: 256 MiB. */
  readonly cacheBytes?: number
}

export interface Opened {
  readonly store: Store
  /** What the log lost. Then no block can be committed before `acceptLoss`. */
  readonly restoring: RestoringReason | undefined
}

/**
 * Opens the store of a server, loads its state trees, and checks its log from the last checkpoint on.
 * Then `blocksToReplay` gives what has to be executed again.
 *
 * Throws a `StoreError` when another process has it open, or when it cannot be used as it is.
 */
export async function openStore(options: StoreOptions): Promise<Opened> {
  const { directory, readHeader, shape = DEFAULT_SHAPE } = options
  const database = await openDatabase(join(directory, 'db'))
  let highWater: HighWater | undefined
  try {
    await checkFormat(database, shape)
    if (options.rebuild === true) await clearRecords(database)
    highWater = new HighWater(join(directory, 'high-water'))
    const reached = await readCheckpoint(database)
    const source = recordSource(database)
    const live = new LiveState(source, options.cacheBytes ?? CACHE_BYTES, shape)
    await loadMachines(database, live)
    const { end, reason } = await checkLog(database, readHeader, reached, live, highWater.found)
    if (highWater.found === undefined && reason === undefined) highWater.start(end)
    if (reached.number === 0) {
      options.genesis?.(live)
      live.seal()
    }
    const store = new Store({
      database,
      highWater,
      live,
      readHeader,
      reached,
      end,
      reason,
      checkpoints: {
        blocks: options.checkpointBlocks ?? CHECKPOINT_BLOCKS,
        records: options.checkpointRecords ?? CHECKPOINT_RECORDS,
      },
    })
    return { store, restoring: reason }
  } catch (error) {
    highWater?.close()
    await closeDatabase(database)
    throw error
  }
}
