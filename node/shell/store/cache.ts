import type { Entry } from './entry.ts'

/** What an entry costs besides its record: itself, its key, its places in maps. */
const ENTRY_BYTES = 400
/** A decoded object against its encoding: hex strings, bigints, and a header for each. */
const DECODED_FACTOR = 6
/**
 * How many entries one round looks at: some, and a few for each that came in since the last. So the
 * hand keeps up with whatever comes, and a cache full of pinned entries costs no tick.
 */
const LOOKS_PER_ROUND = 1_000
const LOOKS_PER_ADDED = 4

/**
 * Bounds the memory of the entries that the disk has as well. The hand goes round: what was not used
 * since it last came by leaves. Nothing that a machine can see depends on it.
 */
export class EntryCache {
  readonly #bytesMax: number
  readonly #entries: Entry[] = []
  #hand = 0
  /** Since the last round. */
  #added = 0
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get size(): number {
    return this.#entries.length
  }

  add(entry: Entry): void {
    this.#entries.push(entry)
    this.#added++
    entry.weight = ENTRY_BYTES
    this.#bytes += ENTRY_BYTES
  }

  /** Notes how long the record of `entry` is, in bytes. */
  weigh(entry: Entry, length: number): void {
    const weight = ENTRY_BYTES + DECODED_FACTOR * length
    this.#bytes += weight - entry.weight
    entry.weight = weight
  }

  /** Lets entries go until they fit again. Not while a block is at work: its journal names entries. */
  evict(): void {
    const looksMax = LOOKS_PER_ROUND + LOOKS_PER_ADDED * this.#added
    this.#added = 0
    for (let looks = 0; this.#bytes > this.#bytesMax && looks < looksMax; looks++) {
      if (this.#hand >= this.#entries.length) this.#hand = 0
      const entry = this.#entries[this.#hand]
      if (entry === undefined) return
      if (entry.used || entry.isPinned) {
        entry.used = false
        this.#hand++
        continue
      }
      entry.shelf.entries.remove(entry)
      this.#bytes -= entry.weight
      const last = this.#entries.pop()
      if (last !== undefined && last !== entry) this.#entries[this.#hand] = last
    }
  }
}
