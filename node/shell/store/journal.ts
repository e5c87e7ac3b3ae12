import type { Mark } from '../../machines/ports.ts'
import type { Entry, Presence } from './entry.ts'

/** What every entry was before each change of the block at work, so that changes can be taken back. */
export class Journal {
  #entries: Entry[] = []
  #values: unknown[] = []
  #bytes: (Uint8Array | undefined)[] = []
  #presences: Presence[] = []

  /** Notes what `entry` is, before it changes. */
  note(entry: Entry): void {
    this.#entries.push(entry)
    this.#values.push(entry.value)
    this.#bytes.push(entry.bytes)
    this.#presences.push(entry.presence)
  }

  mark(): Mark {
    return this.#entries.length
  }

  /** Takes back every change since `mark`, the last first. */
  rollback(mark: Mark): void {
    if (!Number.isInteger(mark) || mark < 0 || mark > this.#entries.length) {
      throw new RangeError(`mark ${mark} is not one of 0 to ${this.#entries.length}`)
    }
    for (let i = this.#entries.length - 1; i >= mark; i--) {
      const entry = this.#entries[i] as Entry
      entry.change(this.#presences[i] as Presence, this.#values[i], this.#bytes[i])
    }
    this.#truncate(mark)
  }

  /** Keeps every change for good. */
  clear(): void {
    this.#truncate(0)
  }

  #truncate(length: number): void {
    this.#entries.length = length
    this.#values.length = length
    this.#bytes.length = length
    this.#presences.length = length
  }
}
