/** Ordered rows in memory: keys and values are bytes, and keys compare as bytes do. */
import type { DatabaseOperation } from '../shell/store/database.ts'

/** Bytes as letters: compares the same way. */
export function letters(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

export class Rows {
  readonly #values: Map<string, Uint8Array>
  /** Ascending, when it is not undefined. */
  #keys: string[] | undefined

  constructor(values: Iterable<readonly [string, Uint8Array]> = []) {
    this.#values = new Map(values)
  }

  get size(): number {
    return this.#values.size
  }

  copy(): Rows {
    return new Rows(this.#values)
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(letters(key))?.slice()
  }

  apply(operations: readonly DatabaseOperation[]): void {
    for (const operation of operations) {
      const key = letters(operation.key)
      const isThere = this.#values.has(key)
      if (operation.type === 'put') this.#values.set(key, operation.value)
      else this.#values.delete(key)
      if (isThere !== (operation.type === 'put')) this.#keys = undefined
    }
  }

  /** The rows with keys from `from` up to `to`, ascending, as they are now. */
  copyRange(from: string, to: string): [Uint8Array, Uint8Array][] {
    return this.keys(from, to).map((key) => this.row(key))
  }

  /** The keys from `from` up to `to`, ascending. */
  keys(from: string, to: string): string[] {
    this.#keys ??= [...this.#values.keys()].sort((a, b) => (a < b ? -1 : 1))
    return this.#keys.slice(placeOf(this.#keys, from), placeOf(this.#keys, to))
  }

  /** The row of a key that {@link keys} has given. */
  row(key: string): [Uint8Array, Uint8Array] {
    return [bytesOf(key), (this.#values.get(key) as Uint8Array).slice()]
  }
}

/** The index of the first key that is not below `key`. */
function placeOf(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}
