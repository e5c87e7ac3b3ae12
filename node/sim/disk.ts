/**
 * The disk of one server, in memory: an ordered database with the promises of LevelDB, the file of the
 * high-water mark and the small files. What it keeps when a process is killed, when the power is cut
 * and when it is damaged differs, as it does on a real one.
 *
 * Writes are carried out one after another. A killed process leaves a beginning of those under way; a
 * power cut also takes what was not synced. Held to LevelDB by test/sim/disk.test.ts.
 */
import type { Files } from '../shell/identity.ts'
import type { Disk } from '../shell/store/disk.ts'
import { StoreError } from '../shell/store/faults.ts'
import type { MarkFile } from '../shell/store/highWater.ts'
import { numberOf, Prefix } from '../shell/store/keys.ts'
import { SimDatabase } from './database.ts'
import type { DiskMood } from './moods.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import { bytesOf, Rows } from './rows.ts'
import type { Write, WriteTarget } from './writes.ts'

/** All that a disk holds at one moment. */
export interface DiskImage {
  readonly rows: Rows
  readonly mark: Uint8Array
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** How many writes back a damage can reach. */
const JOURNAL_MAX = 128

const text = new TextEncoder()

export class SimDisk implements WriteTarget {
  readonly #random: Random
  mood: DiskMood
  /** The rows as a process sees them. */
  #rows = new Rows()
  /** The rows before the writes of the journal. */
  #base = new Rows()
  #journal: Write[] = []
  /** How many writes of the journal are synced. */
  #syncedLength = 0
  #mark = new Uint8Array(0)
  #syncedMark = new Uint8Array(0)
  #files = new Map<string, Uint8Array>()
  #user: Process | undefined
  /** The highest block whose write is synced. */
  #syncedBlock = 0
  writes = 0
  /** How often another image took the place of everything. */
  restored = 0

  constructor(random: Random, mood: DiskMood) {
    this.#random = random
    this.mood = mood
  }

  get rows(): Rows {
    return this.#rows
  }

  /** The highest block that no kill and no power cut can take. */
  get syncedBlock(): number {
    return this.#syncedBlock
  }

  /** The disk as `process` has it, until it ends. */
  attach(process: Process): { disk: Disk; files: Files } {
    return {
      disk: {
        openDatabase: async () => {
          const path = 'simulated'
          if (this.#user?.isAlive) throw new StoreError({ code: 'store_locked', path })
          this.#user = process
          this.#countBlocks()
          return new SimDatabase(this, process)
        },
        openMark: () => this.#openMark(process),
      },
      files: this.#filesOf(process),
    }
  }

  /** Nobody has it open any more. */
  release(): void {
    this.#user = undefined
  }

  /** How many of `count` writes under way are still done when their process is killed. */
  leftOver(count: number): number {
    return this.#random.between(0, count)
  }

  /** Carries a write out. */
  apply(write: Write): void {
    this.writes++
    this.#rows.apply(write.operations)
    this.#journal.push(write)
    if (write.sync) this.#syncedLength = this.#journal.length
    for (const { type, key } of write.operations) {
      if (key[0] !== Prefix.blockHash || !write.sync) continue
      if (type === 'put') this.#syncedBlock = Math.max(this.#syncedBlock, numberOf(key))
      else this.#countBlocks()
    }
    while (this.#journal.length > JOURNAL_MAX && this.#syncedLength > 0) {
      this.#base.apply((this.#journal.shift() as Write).operations)
      this.#syncedLength--
    }
  }

  /** The power goes: of what was not synced, a beginning is left. Only without a process. */
  cutPower(): { readonly lost: number } {
    const kept = this.#random.between(this.#syncedLength, this.#journal.length)
    const lost = this.#journal.length - kept
    this.#keep(this.#journal.slice(0, kept))
    if (this.#random.chance(0.5)) this.#mark = this.#syncedMark.slice()
    return { lost }
  }

  /** The end of the log is gone, synced or not, as after a bad disk: `writes` of them. */
  loseTail(writes: number): void {
    this.#keep(this.#journal.slice(0, Math.max(0, this.#journal.length - writes)))
  }

  /** A hole: `writes` are gone, and the `after` that came behind them are there. */
  loseMiddle(writes: number, after: number): void {
    const end = Math.max(0, this.#journal.length - after)
    const begin = Math.max(0, end - writes)
    this.#keep([...this.#journal.slice(0, begin), ...this.#journal.slice(end)])
  }

  image(): DiskImage {
    return { rows: this.#rows.copy(), mark: this.#mark.slice(), files: new Map(this.#files) }
  }

  /** Puts a copy back in place of everything. Only without a process. */
  restore({ rows, mark, files }: DiskImage): void {
    this.#rows = rows.copy()
    this.#base = rows.copy()
    this.#journal = []
    this.#syncedLength = 0
    this.#mark = mark.slice()
    this.#syncedMark = mark.slice()
    this.#files = new Map(files)
    this.restored++
    this.#countBlocks()
  }

  #keep(journal: Write[]): void {
    this.#rows = this.#base.copy()
    for (const { operations } of journal) this.#rows.apply(operations)
    this.#base = this.#rows.copy()
    this.#journal = []
    this.#syncedLength = 0
    this.#countBlocks()
  }

  #countBlocks(): void {
    const from = String.fromCharCode(Prefix.blockHash)
    const to = String.fromCharCode(Prefix.blockHash + 1)
    const newest = this.#rows.keys(from, to).at(-1)
    this.#syncedBlock = newest === undefined ? 0 : numberOf(bytesOf(newest))
  }

  #openMark(process: Process): MarkFile {
    return {
      read: (position, length) => this.#mark.slice(position, position + length),
      write: (bytes, position) => {
        if (process.isAlive) this.#writeMark(process, bytes, position)
      },
      syncNow: () => {
        if (process.isAlive) this.#syncedMark = this.#mark.slice()
      },
      sync: async () => {
        if (process.isAlive) this.#syncedMark = this.#mark.slice()
      },
      close: () => undefined,
    }
  }

  #writeMark(process: Process, bytes: Uint8Array, position: number): void {
    const fate = this.mood.fate()
    if (fate === 'killedBefore') process.kill()
    if (fate === 'failed') throw new Error('the file system is full')
    if (!process.isAlive) return
    const length = Math.max(this.#mark.length, position + bytes.length)
    const mark = new Uint8Array(length)
    mark.set(this.#mark)
    mark.set(bytes, position)
    this.#mark = mark
    if (fate === 'killedAfter') process.kill()
  }

  #filesOf(process: Process): Files {
    return {
      read: async (name) => this.#files.get(name),
      write: (name, bytes) =>
        new Promise((resolve) => {
          process.later(this.mood.latencyMs(), () => {
            this.#files.set(name, typeof bytes === 'string' ? text.encode(bytes) : bytes.slice())
            resolve()
          })
        }),
      list: async (folder) =>
        [...this.#files.keys()]
          .filter((name) => name.startsWith(`${folder}/`))
          .map((name) => name.slice(folder.length + 1)),
    }
  }
}
