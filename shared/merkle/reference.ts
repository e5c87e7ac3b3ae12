import { compareBytes, concatBytes } from '../bytes.ts'
import {
  bitAt,
  DEFAULT_SHAPE,
  EMPTY_HASH,
  hashBranch,
  hashLeaf,
  hashRoot,
  isBoundary,
  isTreeShape,
  type TreeShape,
} from './shape.ts'

/** A key, and the hash of its value: 32 bytes each. */
export type Entry = readonly [key: Uint8Array, valueHash: Uint8Array]

/**
 * The root of the tree that holds `entries`, in any order. What the tree is, in the fewest words:
 * {@link MerkleTree} gives the same root faster, and is tested against this.
 *
 * Throws a `RangeError` for a shape that does not exist, a `TypeError` for a key given twice.
 */
export function merkleRoot(entries: Iterable<Entry>, shape: TreeShape = DEFAULT_SHAPE): Uint8Array {
  if (!isTreeShape(shape)) throw new RangeError(`no tree has the shape ${JSON.stringify(shape)}`)
  const sorted = [...entries].sort(([a], [b]) => compareBytes(a, b))
  for (const [i, [key]] of sorted.entries()) {
    const next = sorted[i + 1]?.[0]
    if (next !== undefined && compareBytes(key, next) === 0) throw new TypeError('a key twice')
  }
  return hashRoot(shape, subtree(sorted, 0, shape))
}

/** The hash of all entries that agree in the first `depth` bits of their keys. */
function subtree(entries: readonly Entry[], depth: number, shape: TreeShape): Uint8Array {
  if (entries.length === 0) return EMPTY_HASH
  if (entries.length <= shape.leafThreshold && isBoundary(shape, depth)) {
    const pairs = concatBytes(...entries.flat())
    return hashLeaf(pairs, 0, pairs.length)
  }
  const side = (bit: number) => entries.filter(([key]) => bitAt(key, 0, depth) === bit)
  const left = subtree(side(0), depth + 1, shape)
  const right = subtree(side(1), depth + 1, shape)
  return hashBranch(concatBytes(left, right), 0)
}
