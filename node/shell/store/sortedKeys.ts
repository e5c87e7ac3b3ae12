const PAGE_KEYS = 256
const FIRST_PAGE_KEYS = 4

interface Page {
  bytes: Uint8Array
  count: number
}

/**
 * A sorted set of keys of one length, in pages of bytes: what a table that can be scanned keeps in
 * memory. Takes one to two times the bytes of its keys.
 */
export class SortedKeys {
  readonly keyBytes: number
  /** None is empty. */
  readonly #pages: Page[] = []
  #size = 0

  constructor(keyBytes: number) {
    this.keyBytes = keyBytes
  }

  get size(): number {
    return this.#size
  }

  has(key: Uint8Array): boolean {
    const page = this.#pages[this.#pageOf(key)]
    if (page === undefined) return false
    const at = this.#find(page, key)
    return at < page.count && this.#compare(page, at, key) === 0
  }

  /** Adds `key`; does nothing when it is there. Throws a `TypeError` when it has another length. */
  add(key: Uint8Array): void {
    if (key.length !== this.keyBytes) {
      throw new TypeError(`a key of ${key.length} bytes among keys of ${this.keyBytes}`)
    }
    const index = Math.max(0, this.#pageOf(key))
    let page = this.#pages[index]
    if (page === undefined) {
      page = { bytes: new Uint8Array(FIRST_PAGE_KEYS * this.keyBytes), count: 0 }
      this.#pages.push(page)
    }
    let at = this.#find(page, key)
    if (at < page.count && this.#compare(page, at, key) === 0) return
    if (page.count === PAGE_KEYS) {
      // Keys that ascend fill their pages: only in the middle a page is split in two halves.
      const kept = index === this.#pages.length - 1 && at === PAGE_KEYS ? PAGE_KEYS : PAGE_KEYS / 2
      const next = { bytes: new Uint8Array(PAGE_KEYS * this.keyBytes), count: PAGE_KEYS - kept }
      next.bytes.set(page.bytes.subarray(kept * this.keyBytes))
      page.count = kept
      this.#pages.splice(index + 1, 0, next)
      if (at >= kept) {
        page = next
        at -= kept
      }
    }
    if (page.count * this.keyBytes === page.bytes.length) {
      const larger = new Uint8Array(2 * page.bytes.length)
      larger.set(page.bytes)
      page.bytes = larger
    }
    const start = at * this.keyBytes
    page.bytes.copyWithin(start + this.keyBytes, start, page.count * this.keyBytes)
    page.bytes.set(key, start)
    page.count++
    this.#size++
  }

  /** Removes `key`; does nothing when it is not there. */
  delete(key: Uint8Array): void {
    const index = this.#pageOf(key)
    const page = this.#pages[index]
    if (page === undefined) return
    const at = this.#find(page, key)
    if (at === page.count || this.#compare(page, at, key) !== 0) return
    const start = at * this.keyBytes
    page.bytes.copyWithin(start, start + this.keyBytes, page.count * this.keyBytes)
    page.count--
    this.#size--
    if (page.count === 0) this.#pages.splice(index, 1)
  }

  /** At most `limit` keys, ascending, from the first that is not below `from`; copies. */
  scan(from: Uint8Array, limit: number): Uint8Array[] {
    const found: Uint8Array[] = []
    let index = Math.max(0, this.#pageOf(from))
    let page = this.#pages[index]
    let at = page === undefined ? 0 : this.#find(page, from)
    while (page !== undefined && found.length < limit) {
      if (at === page.count) {
        page = this.#pages[++index]
        at = 0
        continue
      }
      found.push(page.bytes.slice(at * this.keyBytes, ++at * this.keyBytes))
    }
    return found
  }

  /** The last page that does not begin above `key`; −1 when all do. */
  #pageOf(key: Uint8Array): number {
    let low = 0
    let high = this.#pages.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#pages[middle] as Page, 0, key) <= 0) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** The first key of `page` that is not below `key`; its count when all are. */
  #find(page: Page, key: Uint8Array): number {
    let low = 0
    let high = page.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(page, middle, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Compares the key at `index` with `key`, which may be shorter, or longer. */
  #compare(page: Page, index: number, key: Uint8Array): number {
    const start = index * this.keyBytes
    const common = Math.min(this.keyBytes, key.length)
    for (let i = 0; i < common; i++) {
      const difference = (page.bytes[start + i] as number) - (key[i] as number)
      if (difference !== 0) return difference
    }
    return this.keyBytes - key.length
  }
}
