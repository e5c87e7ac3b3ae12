import {
  bitAt,
  EMPTY_HASH,
  HASH_BYTES,
  hashBranch,
  hashLeaf,
  PAIR_BYTES,
  type TreeShape,
} from './shape.ts'
import { Slab } from './slab.ts'

/*
 * A branch is an item of 72 bytes: the hashes of its two sides, 64 bytes as they are hashed, and a
 * word for each side. A leaf is its pairs, as they are hashed, and their count. A side is named by
 * twice the branch's number, plus one for the right; the top of the tree is the left side of a branch
 * that is in no tree. The word of a side:
 *
 *     0                         empty
 *     bit 31                    its hash is out of date
 *     bit 30 set                a branch; bits 0–29 are its number
 *     bit 30 not set            a leaf; bits 26–29 say in which slab, bits 0–25 are its number there
 */
export const DIRTY = 1 << 31
const BRANCH = 1 << 30
const NUMBER = BRANCH - 1
const LEAF_NUMBER_BITS = 26
const LEAF_NUMBER = (1 << LEAF_NUMBER_BITS) - 1
const LEAF_SLABS_MAX = 16

/** The side that is the whole tree. */
export const TOP = 2

export function isBranch(word: number): boolean {
  return (word & BRANCH) !== 0
}

/** Whether there is neither a branch nor a leaf. */
export function isEmpty(word: number): boolean {
  return (word & ~DIRTY) === 0
}

/** The number of a branch, when `word` is of one. */
export function branchOf(word: number): number {
  return word & NUMBER
}

/** The branches and leaves of one tree, in slabs. */
export class TreeNodes {
  readonly #branches = new Slab(2 * HASH_BYTES + 8)
  /** By how many pairs they have room for, ascending; the last have room for a full leaf. */
  readonly #leaves: readonly Slab[]
  readonly #rooms: readonly number[]
  /** The first branch that is not in use; the word of its left side names the next. 0 ends the list. */
  #freeBranch = 0

  constructor(shape: TreeShape) {
    this.#rooms = roomsUpTo(shape.leafThreshold)
    this.#leaves = this.#rooms.map((room) => new Slab(room * PAIR_BYTES + 4))
    this.setWord(2 * this.#branches.add(), DIRTY)
  }

  get byteLength(): number {
    return this.#leaves.reduce((sum, slab) => sum + slab.byteLength, this.#branches.byteLength)
  }

  word(side: number): number {
    const branch = side >>> 1
    const at = this.#branches.word(branch) + HASH_BYTES / 2 + (side & 1)
    return this.#branches.words(branch)[at] as number
  }

  setWord(side: number, word: number): void {
    const branch = side >>> 1
    const at = this.#branches.word(branch) + HASH_BYTES / 2 + (side & 1)
    this.#branches.words(branch)[at] = word
  }

  /** The hash of a side, where it is. */
  hash(side: number): Uint8Array {
    const start = this.#hashStart(side)
    return this.#branches.bytes(side >>> 1).subarray(start, start + HASH_BYTES)
  }

  /** Computes the hash of a side, and of all below it, where it is out of date. */
  refresh(side: number): void {
    const word = this.word(side)
    if (word >= 0) return
    let hash = EMPTY_HASH
    if (isBranch(word)) {
      const branch = branchOf(word)
      this.refresh(2 * branch)
      this.refresh(2 * branch + 1)
      hash = hashBranch(this.#branches.bytes(branch), this.#branches.byte(branch))
    } else if (!isEmpty(word)) {
      const slab = this.#slab(word)
      const leaf = word & LEAF_NUMBER
      hash = hashLeaf(slab.bytes(leaf), slab.byte(leaf), this.count(word) * PAIR_BYTES)
    }
    this.#branches.bytes(side >>> 1).set(hash, this.#hashStart(side))
    this.setWord(side, word & ~DIRTY)
  }

  /** Makes a branch of two sides and gives its word. */
  makeBranch(left: number, right: number): number {
    let branch = this.#freeBranch
    if (branch === 0) branch = this.#branches.add()
    else this.#freeBranch = this.word(2 * branch)
    this.setWord(2 * branch, left)
    this.setWord(2 * branch + 1, right)
    return DIRTY | BRANCH | branch
  }

  releaseBranch(branch: number): void {
    this.setWord(2 * branch, this.#freeBranch)
    this.#freeBranch = branch
  }

  /** Makes a leaf of the pairs `from` up to `to` of `pairs` and gives its word. */
  makeLeaf(pairs: Uint8Array, from: number, to: number): number {
    const kind = this.#rooms.findIndex((room) => room >= to - from)
    const slab = this.#leaves[kind] as Slab
    const leaf = slab.add()
    if (leaf > LEAF_NUMBER) throw new RangeError(`more than ${LEAF_NUMBER} leaves of one size`)
    const word = DIRTY | (kind << LEAF_NUMBER_BITS) | leaf
    slab.bytes(leaf).set(pairs.subarray(from * PAIR_BYTES, to * PAIR_BYTES), slab.byte(leaf))
    this.setCount(word, to - from)
    return word
  }

  /**
   * Gives up the place of a leaf. The last leaf of its slab moves there, so that none is ever unused:
   * its first key leads to the side that names it.
   */
  releaseLeaf(word: number): void {
    const slab = this.#slab(word)
    const free = word & LEAF_NUMBER
    const last = slab.last
    if (free !== last) {
      const bytes = slab.bytes(last)
      const start = slab.byte(last)
      let side = TOP
      let found = this.word(side)
      for (let depth = 0; isBranch(found); depth++) {
        side = 2 * branchOf(found) + bitAt(bytes, start, depth)
        found = this.word(side)
      }
      slab.bytes(free).set(bytes.subarray(start, start + slab.size), slab.byte(free))
      this.setWord(side, (found & ~LEAF_NUMBER) | free)
    }
    slab.removeLast()
  }

  /** How many pairs a leaf has. */
  count(word: number): number {
    const slab = this.#slab(word)
    const leaf = word & LEAF_NUMBER
    return slab.words(leaf)[slab.word(leaf) + slab.size / 4 - 1] as number
  }

  setCount(word: number, count: number): void {
    const slab = this.#slab(word)
    const leaf = word & LEAF_NUMBER
    slab.words(leaf)[slab.word(leaf) + slab.size / 4 - 1] = count
  }

  /** Whether `count` pairs fit into a leaf, and not into a smaller one. */
  fits(word: number, count: number): boolean {
    const kind = (word & NUMBER) >>> LEAF_NUMBER_BITS
    return count <= (this.#rooms[kind] as number) && count > (this.#rooms[kind - 1] ?? 0)
  }

  /** The array in which the pairs of a leaf are. */
  bytes(word: number): Uint8Array {
    return this.#slab(word).bytes(word & LEAF_NUMBER)
  }

  /** Where the pairs of a leaf begin in that array. */
  start(word: number): number {
    return this.#slab(word).byte(word & LEAF_NUMBER)
  }

  /** All pairs of a leaf, where they are. */
  pairs(word: number): Uint8Array {
    const start = this.start(word)
    return this.bytes(word).subarray(start, start + this.count(word) * PAIR_BYTES)
  }

  #slab(word: number): Slab {
    return this.#leaves[(word & NUMBER) >>> LEAF_NUMBER_BITS] as Slab
  }

  #hashStart(side: number): number {
    return this.#branches.byte(side >>> 1) + (side & 1) * HASH_BYTES
  }
}

/** How many pairs the leaves of each slab have room for: small steps, so that little room is empty. */
function roomsUpTo(leafThreshold: number): number[] {
  if (leafThreshold <= LEAF_SLABS_MAX) return Array.from({ length: leafThreshold }, (_, i) => i + 1)
  const rooms = new Set<number>()
  for (let i = 1; i <= LEAF_SLABS_MAX; i++) {
    rooms.add(Math.round(leafThreshold ** (i / LEAF_SLABS_MAX)))
  }
  return [...rooms]
}
