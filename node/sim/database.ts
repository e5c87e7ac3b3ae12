/** A simulated database, as one process has it open. */
import type {
  Database,
  DatabaseBatch,
  DatabaseIterator,
  DatabaseOperation,
  DatabaseRange,
} from '../shell/store/database.ts'
import type { Process } from './process.ts'
import { letters } from './rows.ts'
import type { Write, WriteTarget } from './writes.ts'

interface Waiting extends Write {
  readonly done: () => void
  readonly failed: (error: Error) => void
}

export class SimDatabase implements Database {
  readonly location = 'simulated'
  readonly #disk: WriteTarget
  readonly #process: Process
  /** Writes under way, the first one being carried out. */
  readonly #queue: Waiting[] = []
  #isOpen = true

  constructor(disk: WriteTarget, process: Process) {
    this.#disk = disk
    this.#process = process
    process.onEnd(() => this.#abandon())
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getSync(key)
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen()
    return this.#disk.rows.get(key)
  }

  async getMany(keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return keys.map((key) => this.getSync(key))
  }

  iterator({ gte, lt, reverse = false, limit }: DatabaseRange): DatabaseIterator {
    this.#assertOpen()
    const rows = this.#disk.rows.copyRange(letters(gte), letters(lt))
    if (reverse) rows.reverse()
    const chosen = limit === undefined ? rows : rows.slice(0, limit)
    let next = 0
    const take = async (count: number) => {
      const some = chosen.slice(next, next + count)
      next += some.length
      return some
    }
    return { nextv: take, all: () => take(chosen.length), close: async () => undefined }
  }

  put(key: Uint8Array, value: Uint8Array, { sync }: { readonly sync: boolean }): Promise<void> {
    return this.#write([{ type: 'put', key, value }], sync)
  }

  batch(): DatabaseBatch
  batch(operations: DatabaseOperation[], options: { readonly sync: boolean }): Promise<void>
  batch(
    operations?: DatabaseOperation[],
    options?: { readonly sync: boolean },
  ): DatabaseBatch | Promise<void> {
    if (operations !== undefined) return this.#write(operations, options?.sync === true)
    const gathered: DatabaseOperation[] = []
    return {
      put: (key, value) => gathered.push({ type: 'put', key, value }),
      del: (key) => gathered.push({ type: 'del', key }),
      write: ({ sync }) => this.#write(gathered, sync),
    }
  }

  clear({ gte, lt }: DatabaseRange): Promise<void> {
    const rows = this.#disk.rows.copyRange(letters(gte), letters(lt))
    return this.#write(
      rows.map(([key]) => ({ type: 'del', key })),
      false,
    )
  }

  async close(): Promise<void> {
    this.#isOpen = false
    this.#disk.release()
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new Error('the database is closed')
  }

  #write(operations: readonly DatabaseOperation[], sync: boolean): Promise<void> {
    this.#assertOpen()
    const copies = operations.map((operation) =>
      operation.type === 'put'
        ? { ...operation, key: operation.key.slice(), value: operation.value.slice() }
        : { ...operation, key: operation.key.slice() },
    )
    return new Promise((done, failed) => {
      if (!this.#process.isAlive) return
      this.#queue.push({ operations: copies, sync, done, failed })
      if (this.#queue.length === 1) this.#next()
    })
  }

  /** The disk works also while the process is paused; only the answer has to wait. */
  #next(): void {
    this.#process.onDisk(this.#disk.mood.latencyMs(), () => this.#carryOut())
  }

  #carryOut(): void {
    const write = this.#queue[0]
    if (write === undefined) return
    const fate = this.#disk.mood.fate()
    if (fate === 'killedBefore') {
      this.#queue.length = 0
      this.#process.kill()
      return
    }
    this.#queue.shift()
    if (fate !== 'failed') this.#disk.apply(write)
    if (fate === 'killedAfter') {
      this.#queue.length = 0
      this.#process.kill()
      return
    }
    const { done, failed } = write
    if (fate === 'done') this.#process.reach(done)
    else this.#process.reach(() => failed(new Error('the disk refuses')))
    if (this.#queue.length > 0) this.#next()
  }

  /** Of what is under way when the process is killed, a beginning is done. */
  #abandon(): void {
    const left = this.#queue.splice(0)
    const done = this.#disk.leftOver(left.length)
    for (const write of left.slice(0, done)) this.#disk.apply(write)
  }
}
