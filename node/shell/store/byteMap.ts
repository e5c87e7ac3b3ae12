import { randomBytes } from 'node:crypto'
import { equalBytes } from '@xln/shared/bytes.ts'

/** What can be held in a {@link ByteMap}: it carries its key, the key's hash, and its chain. */
export interface Linked<V> {
  readonly key: Uint8Array
  readonly hash: number
  /** Belongs to the map. */
  next: V | undefined
}

// Peers choose keys, such as hashlocks. They cannot choose ones that fall together under a hash that
// starts from a number they do not know. The order of a map shows nowhere.
const seed = randomBytes(4).readInt32LE()

/** The hash by which a {@link ByteMap} finds `key`; differs from process to process. */
export function hashOf(key: Uint8Array): number {
  let hash = seed ^ key.length
  for (let i = 0; i < key.length; i += 4) {
    // Past the end there are zeros; the length is in the hash already.
    const word =
      (key[i] as number) |
      ((key[i + 1] as number) << 8) |
      ((key[i + 2] as number) << 16) |
      ((key[i + 3] as number) << 24)
    const mixed = Math.imul(word, 0xcc9e2d51)
    hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** A map from bytes: like `Map`, without making a string of each key that is looked for. */
export class ByteMap<V extends Linked<V>> {
  #buckets: (V | undefined)[] = new Array(8)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** What was added under `key`; `hash` is its hash. */
  get(key: Uint8Array, hash: number): V | undefined {
    let found = this.#buckets[hash & (this.#buckets.length - 1)]
    while (found !== undefined && (found.hash !== hash || !equalBytes(found.key, key))) {
      found = found.next
    }
    return found
  }

  /** Adds `value`, whose key must not be there yet. */
  add(value: V): void {
    if (this.#size === this.#buckets.length) this.#grow()
    this.#link(value)
    this.#size++
  }

  /** Removes `value`, which must be there. */
  remove(value: V): void {
    const bucket = value.hash & (this.#buckets.length - 1)
    const first = this.#buckets[bucket]
    if (first === value) this.#buckets[bucket] = value.next
    else {
      let before = first
      while (before !== undefined && before.next !== value) before = before.next
      if (before === undefined) throw new RangeError('removed what is not in the map')
      before.next = value.next
    }
    value.next = undefined
    this.#size--
  }

  *values(): Generator<V> {
    for (const first of this.#buckets) {
      for (let value = first; value !== undefined; value = value.next) yield value
    }
  }

  #link(value: V): void {
    const bucket = value.hash & (this.#buckets.length - 1)
    value.next = this.#buckets[bucket]
    this.#buckets[bucket] = value
  }

  #grow(): void {
    const all = [...this.values()]
    this.#buckets = new Array(2 * this.#buckets.length)
    for (const value of all) this.#link(value)
  }
}
