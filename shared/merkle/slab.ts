/** About this many bytes are allocated at a time, once a slab has grown so far. */
const CHUNK_BYTES = 1 << 20
const FIRST_ITEMS = 4

/**
 * Many items of the same size in few large arrays, named by the numbers from 1 on. Millions of them
 * cost what their bytes cost: nothing for the collector to walk, and no header for each.
 *
 * An item is `size` bytes, which must be a multiple of four; `words` is the same memory as `bytes`.
 */
export class Slab {
  readonly size: number
  readonly #shift: number
  readonly #mask: number
  readonly #bytes: Uint8Array[] = []
  readonly #words: Int32Array[] = []
  /** The highest number in use. Item 0 is never given out. */
  #last = 0

  constructor(size: number) {
    this.size = size
    this.#shift = Math.max(2, Math.floor(Math.log2(CHUNK_BYTES / size)))
    this.#mask = (1 << this.#shift) - 1
  }

  /** The number of the last item; 0 when there is none. */
  get last(): number {
    return this.#last
  }

  /** Adds an item after the last and gives its number. It holds whatever was there before. */
  add(): number {
    this.#makeRoom(this.#last + 1)
    return ++this.#last
  }

  /** Takes the last item away. */
  removeLast(): void {
    this.#last--
    // One empty chunk stays, or items that come and go at its border would allocate it each time.
    const needed = (this.#last >>> this.#shift) + 2
    if (this.#bytes.length > needed) {
      this.#bytes.length = needed
      this.#words.length = needed
    }
  }

  /** The array that holds `item`; valid until the next `add`. */
  bytes(item: number): Uint8Array {
    return this.#bytes[item >>> this.#shift] as Uint8Array
  }

  /** Where `item` begins in its array, in bytes. */
  byte(item: number): number {
    return (item & this.#mask) * this.size
  }

  /** The array that holds `item`, as words; valid until the next `add`. */
  words(item: number): Int32Array {
    return this.#words[item >>> this.#shift] as Int32Array
  }

  /** Where `item` begins in its array, in words. */
  word(item: number): number {
    return (item & this.#mask) * (this.size >>> 2)
  }

  /** Bytes allocated. */
  get byteLength(): number {
    return this.#bytes.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  #makeRoom(item: number): void {
    const chunk = item >>> this.#shift
    const old = this.#bytes[chunk]
    const held = old === undefined ? 0 : old.length / this.size
    if ((item & this.#mask) < held) return
    // Only the first chunk grows: a small slab stays small, and a large one never copies much.
    const all = this.#mask + 1
    const items = chunk > 0 ? all : Math.min(all, Math.max(FIRST_ITEMS, 2 * held))
    const bytes = new Uint8Array(items * this.size)
    if (old !== undefined) bytes.set(old)
    this.#bytes[chunk] = bytes
    this.#words[chunk] = new Int32Array(bytes.buffer)
  }
}
