import { branchOf, DIRTY, isBranch, isEmpty, TOP, TreeNodes } from './nodes.ts'
import { encodeProof } from './proof.ts'
import {
  bitAt,
  DEFAULT_SHAPE,
  HASH_BYTES,
  hashRoot,
  isBoundary,
  isTreeShape,
  KEY_BITS,
  KEY_BYTES,
  PAIR_BYTES,
  type TreeShape,
} from './shape.ts'

/**
 * The state tree, kept so that a change costs the path it touches. Hashes are cached, and those that
 * a change put out of date are computed again when the root or a proof is asked for.
 *
 * Takes 64 bytes a key and, in the default shape, 10 to 50 more, by how full the leaves are. At most
 * 2^26 leaves of one size.
 */
export class MerkleTree {
  readonly shape: TreeShape
  readonly #nodes: TreeNodes
  /** Room for one pair more than a leaf may have. */
  readonly #pairs: Uint8Array
  /** The sides from the top to the place that was last looked for, and their number less one. */
  readonly #path = new Int32Array(KEY_BITS + 1)
  #depth = 0
  /** Which pair it is, or would be, in the leaf at that place. */
  #index = 0
  #size = 0

  /** Throws a `RangeError` for a shape that does not exist. */
  constructor(shape: TreeShape = DEFAULT_SHAPE) {
    if (!isTreeShape(shape)) throw new RangeError(`no tree has the shape ${JSON.stringify(shape)}`)
    this.shape = shape
    this.#nodes = new TreeNodes(shape)
    this.#pairs = new Uint8Array((shape.leafThreshold + 1) * PAIR_BYTES)
    this.#path[0] = TOP
  }

  /** How many keys it holds. */
  get size(): number {
    return this.#size
  }

  /** Bytes allocated for what it holds. */
  get byteLength(): number {
    return this.#nodes.byteLength
  }

  /** The hash under `key`, in a new array, or undefined. */
  get(key: Uint8Array): Uint8Array | undefined {
    if (!this.#find(key)) return undefined
    const at = this.#index * PAIR_BYTES
    return this.#nodes.pairs(this.#found()).slice(at + KEY_BYTES, at + PAIR_BYTES)
  }

  /** Puts `valueHash` under `key`; both are copied. Throws a `TypeError` when one has not 32 bytes. */
  set(key: Uint8Array, valueHash: Uint8Array): void {
    if (valueHash.length !== HASH_BYTES) throw new TypeError(`${valueHash.length} bytes, not 32`)
    if (this.#find(key)) {
      const word = this.#found()
      const at = this.#nodes.start(word) + this.#index * PAIR_BYTES
      this.#nodes.bytes(word).set(valueHash, at + KEY_BYTES)
    } else {
      this.#insert(key, valueHash)
      this.#size++
    }
    this.#touch()
  }

  /** Removes `key`; whether it was there. */
  delete(key: Uint8Array): boolean {
    if (!this.#find(key)) return false
    this.#remove()
    this.#touch()
    this.#merge()
    this.#size--
    return true
  }

  /** The root, as `shape.ts` says. 32 bytes in a new array. */
  root(): Uint8Array {
    this.#nodes.refresh(TOP)
    return hashRoot(this.shape, this.#nodes.hash(TOP))
  }

  /** What shows that `key` has the hash it has, or that it has none. See `verifyProof`. */
  prove(key: Uint8Array): Uint8Array {
    this.#nodes.refresh(TOP)
    this.#find(key)
    const siblings: Uint8Array[] = []
    for (let depth = 1; depth <= this.#depth; depth++) {
      siblings.push(this.#nodes.hash((this.#path[depth] as number) ^ 1))
    }
    const word = this.#found()
    const pairs = isEmpty(word) ? new Uint8Array(0) : this.#nodes.pairs(word)
    return encodeProof(this.shape, siblings, pairs)
  }

  /** Every key with its hash, keys ascending, in new arrays. The tree must not change meanwhile. */
  *entries(): Generator<[key: Uint8Array, valueHash: Uint8Array]> {
    const sides = [TOP]
    for (let side = sides.pop(); side !== undefined; side = sides.pop()) {
      const word = this.#nodes.word(side)
      if (isBranch(word)) {
        sides.push(2 * branchOf(word) + 1, 2 * branchOf(word))
      } else if (!isEmpty(word)) {
        const pairs = this.#nodes.pairs(word)
        for (let at = 0; at < pairs.length; at += PAIR_BYTES) {
          yield [pairs.slice(at, at + KEY_BYTES), pairs.slice(at + KEY_BYTES, at + PAIR_BYTES)]
        }
      }
    }
  }

  /** Looks for the place of `key`, and whether it is there. */
  #find(key: Uint8Array): boolean {
    if (key.length !== KEY_BYTES) throw new TypeError(`a key of ${key.length} bytes, not 32`)
    let depth = 0
    let word = this.#nodes.word(TOP)
    while (isBranch(word)) {
      const side = 2 * branchOf(word) + bitAt(key, 0, depth)
      this.#path[++depth] = side
      word = this.#nodes.word(side)
    }
    this.#depth = depth
    this.#index = 0
    return !isEmpty(word) && this.#findInLeaf(word, key, depth >>> 3)
  }

  /** Looks for `key` among pairs whose keys agree with it in the first `from` bytes. */
  #findInLeaf(word: number, key: Uint8Array, from: number): boolean {
    const bytes = this.#nodes.bytes(word)
    const start = this.#nodes.start(word)
    let low = 0
    let high = this.#nodes.count(word)
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = start + middle * PAIR_BYTES
      let i = from
      while (i < KEY_BYTES && bytes[at + i] === key[i]) i++
      if (i === KEY_BYTES) {
        this.#index = middle
        return true
      }
      if ((bytes[at + i] as number) < (key[i] as number)) low = middle + 1
      else high = middle
    }
    this.#index = low
    return false
  }

  /** The word of the place that was found. */
  #found(): number {
    return this.#nodes.word(this.#path[this.#depth] as number)
  }

  /** Puts a new pair into the place that was found. */
  #insert(key: Uint8Array, valueHash: Uint8Array): void {
    const nodes = this.#nodes
    const word = this.#found()
    const count = isEmpty(word) ? 0 : nodes.count(word)
    const inPlace = count > 0 && nodes.fits(word, count + 1)
    // Where the pair does not fit, what takes the leaf's place is built from all its pairs.
    const bytes = inPlace ? nodes.bytes(word) : this.#pairs
    const start = inPlace ? nodes.start(word) : 0
    if (count > 0 && !inPlace) {
      bytes.set(nodes.pairs(word))
      nodes.releaseLeaf(word)
    }
    const at = start + this.#index * PAIR_BYTES
    bytes.copyWithin(at + PAIR_BYTES, at, start + count * PAIR_BYTES)
    bytes.set(key, at)
    bytes.set(valueHash, at + KEY_BYTES)
    if (inPlace) nodes.setCount(word, count + 1)
    else {
      const built = this.#build(0, count + 1, this.#depth)
      nodes.setWord(this.#path[this.#depth] as number, built)
    }
  }

  /** Takes away the pair that was found, and every branch above it that is left empty. */
  #remove(): void {
    const nodes = this.#nodes
    const word = this.#found()
    const count = nodes.count(word)
    const start = nodes.start(word)
    const at = start + this.#index * PAIR_BYTES
    nodes.bytes(word).copyWithin(at, at + PAIR_BYTES, start + count * PAIR_BYTES)
    nodes.setCount(word, count - 1)
    if (nodes.fits(word, count - 1)) return

    this.#pairs.set(nodes.pairs(word))
    nodes.releaseLeaf(word)
    const smaller = count === 1 ? DIRTY : nodes.makeLeaf(this.#pairs, 0, count - 1)
    nodes.setWord(this.#path[this.#depth] as number, smaller)
    while (this.#depth > 0) {
      const side = this.#path[this.#depth] as number
      if (!isEmpty(nodes.word(side)) || !isEmpty(nodes.word(side ^ 1))) return
      nodes.releaseBranch(side >>> 1)
      this.#depth--
      nodes.setWord(this.#path[this.#depth] as number, DIRTY)
    }
  }

  /** Makes a leaf of every branch on the path that begins at a boundary and now has few enough keys. */
  #merge(): void {
    const most = this.shape.leafThreshold
    for (let depth = this.#depth; depth >= 0; depth--) {
      const side = this.#path[depth] as number
      const word = this.#nodes.word(side)
      if (!isBranch(word) || !isBoundary(this.shape, depth)) continue
      if (this.#countUpTo(word, most + 1) > most) return
      const count = this.#gather(word, 0)
      this.#nodes.setWord(side, this.#nodes.makeLeaf(this.#pairs, 0, count))
    }
  }

  /** How many keys are below `word`; stops counting at `enough`. */
  #countUpTo(word: number, enough: number): number {
    if (isEmpty(word)) return 0
    if (!isBranch(word)) return this.#nodes.count(word)
    const left = this.#countUpTo(this.#nodes.word(2 * branchOf(word)), enough)
    if (left >= enough) return left
    return left + this.#countUpTo(this.#nodes.word(2 * branchOf(word) + 1), enough - left)
  }

  /** Moves all pairs below `word` into `#pairs` from the pair `at` on; gives where they end. */
  #gather(word: number, at: number): number {
    if (isEmpty(word)) return at
    if (isBranch(word)) {
      const branch = branchOf(word)
      const middle = this.#gather(this.#nodes.word(2 * branch), at)
      // Only now, since leaves that are not gathered yet may move.
      const end = this.#gather(this.#nodes.word(2 * branch + 1), middle)
      this.#nodes.releaseBranch(branch)
      return end
    }
    const count = this.#nodes.count(word)
    this.#pairs.set(this.#nodes.pairs(word), at * PAIR_BYTES)
    this.#nodes.releaseLeaf(word)
    return at + count
  }

  /** Builds the subtree of the pairs `from` up to `to` of `#pairs`, whose keys agree in `depth` bits. */
  #build(from: number, to: number, depth: number): number {
    if (from === to) return DIRTY
    if (to - from <= this.shape.leafThreshold && isBoundary(this.shape, depth)) {
      return this.#nodes.makeLeaf(this.#pairs, from, to)
    }
    let middle = from
    while (middle < to && bitAt(this.#pairs, middle * PAIR_BYTES, depth) === 0) middle++
    const left = this.#build(from, middle, depth + 1)
    const right = this.#build(middle, to, depth + 1)
    return this.#nodes.makeBranch(left, right)
  }

  /** Notes that the hashes from the top to the place that was found are out of date. */
  #touch(): void {
    for (let depth = this.#depth; depth >= 0; depth--) {
      const side = this.#path[depth] as number
      this.#nodes.setWord(side, this.#nodes.word(side) | DIRTY)
    }
  }
}
