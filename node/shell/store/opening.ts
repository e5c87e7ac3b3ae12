import { DEFAULT_SHAPE, type TreeShape } from '@xln/shared/merkle/shape.ts'
import type { Draft } from '../../machines/ports.ts'
import type { ReadHeader } from './blockLog.ts'
import { clearRecords, readCheckpoint } from './checkpoint.ts'
import { closeDatabase, recordSource } from './database.ts'
import { type Disk, directoryDisk } from './disk.ts'
import type { RestoringReason } from './faults.ts'
import { HighWater } from './highWater.ts'
import { LiveState } from './live.ts'
import { checkFormat, checkLog, loadMachines } from './loading.ts'
import { Store } from './store.ts'

const CHECKPOINT_BLOCKS = 100
const CHECKPOINT_RECORDS = 50_000
const CACHE_BYTES = 256 << 20

export interface StoreSettings {
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

/** Where it is: `directory` holds the database and, beside it, the high-water mark, and is made if need be. */
export type StoreOptions = StoreSettings &
  ({ readonly directory: string } | { readonly disk: Disk })

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
  const { readHeader, shape = DEFAULT_SHAPE } = options
  const disk = 'disk' in options ? options.disk : directoryDisk(options.directory)
  const database = await disk.openDatabase()
  let highWater: HighWater | undefined
  try {
    await checkFormat(database, shape)
    if (options.rebuild === true) await clearRecords(database)
    highWater = new HighWater(disk.openMark())
    const reached = await readCheckpoint(database)
    // Clearing that did not come to its end leaves records that no checkpoint speaks of.
    if (reached.root === undefined) await clearRecords(database)
    const source = recordSource(database)
    const live = new LiveState(source, options.cacheBytes ?? CACHE_BYTES, shape)
    await loadMachines(database, live)
    const checked = await checkLog(database, readHeader, reached, live, highWater.found)
    const { end, reason, stateHash } = checked
    if (highWater.found === undefined && reason === undefined) highWater.start(end)
    if (reached.root === undefined) {
      options.genesis?.(live)
      live.seal()
    }
    const store = new Store({
      database,
      highWater,
      live,
      readHeader,
      reached: reached.tail,
      stateHash,
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
