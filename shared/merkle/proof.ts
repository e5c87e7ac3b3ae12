import { compareBytes, concatBytes, equalBytes, numberToBytes, readNumber } from '../bytes.ts'
import {
  bitAt,
  EMPTY_HASH,
  HASH_BYTES,
  hashBranch,
  hashLeaf,
  hashRoot,
  isBoundary,
  isTreeShape,
  KEY_BITS,
  KEY_BYTES,
  PAIR_BYTES,
  type TreeShape,
} from './shape.ts'

/*
 * A proof is the place of one key in the tree:
 *
 *     bitWidth, 1 byte ‖ leafThreshold, 2 bytes ‖ depth, 2 bytes
 *     ‖ the hashes that stand beside the path from the top down, 32 bytes each, `depth` of them
 *     ‖ the pairs of the leaf at its end, 64 bytes each; none when the path ends in nothing
 */
const HEADER_BYTES = 5

/** The proof for a key whose place, after one of the `siblings` for each bit, holds `pairs`. */
export function encodeProof(
  shape: TreeShape,
  siblings: readonly Uint8Array[],
  pairs: Uint8Array,
): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  header[0] = shape.bitWidth
  header.set(numberToBytes(shape.leafThreshold, 2), 1)
  header.set(numberToBytes(siblings.length, 2), 3)
  return concatBytes(header, ...siblings, pairs)
}

/**
 * Whether `proof` shows that in the tree with `root` the value under `key` has the hash `valueHash`,
 * or, for undefined, that there is none.
 *
 * Never throws, whatever the bytes are. For one root and key at most one answer can be shown. Reads at
 * most 8 KiB of path and 64 KiB of leaf, and refuses what is longer before it hashes anything.
 */
export function verifyProof(
  root: Uint8Array,
  key: Uint8Array,
  valueHash: Uint8Array | undefined,
  proof: Uint8Array,
): boolean {
  if (root.length !== HASH_BYTES || key.length !== KEY_BYTES) return false
  if (valueHash !== undefined && valueHash.length !== HASH_BYTES) return false
  if (proof.length < HEADER_BYTES) return false
  const shape = { bitWidth: proof[0] as number, leafThreshold: readNumber(proof, 1, 3) }
  const depth = readNumber(proof, 3, 5)
  if (!isTreeShape(shape) || depth > KEY_BITS) return false
  const start = HEADER_BYTES + depth * HASH_BYTES
  const length = proof.length - start
  if (length < 0 || length % PAIR_BYTES !== 0) return false
  if (length > shape.leafThreshold * PAIR_BYTES) return false
  if (length > 0 && !isBoundary(shape, depth)) return false
  if (!hasLeaf(proof, start, key, depth)) return false
  if (!holds(proof, start, key, valueHash)) return false

  const sides = new Uint8Array(2 * HASH_BYTES)
  let hash = length === 0 ? EMPTY_HASH : hashLeaf(proof, start, length)
  for (let level = depth - 1; level >= 0; level--) {
    const from = HEADER_BYTES + level * HASH_BYTES
    const onRight = bitAt(key, 0, level) === 1
    sides.set(hash, onRight ? HASH_BYTES : 0)
    sides.set(proof.subarray(from, from + HASH_BYTES), onRight ? 0 : HASH_BYTES)
    hash = hashBranch(sides, 0)
  }
  return equalBytes(hashRoot(shape, hash), root)
}

/** Whether the keys of the pairs from `start` on ascend and belong where `key` does, at `depth`. */
function hasLeaf(proof: Uint8Array, start: number, key: Uint8Array, depth: number): boolean {
  for (let at = start; at < proof.length; at += PAIR_BYTES) {
    for (let bit = 0; bit < depth; bit++) {
      if (bitAt(proof, at, bit) !== bitAt(key, 0, bit)) return false
    }
    if (at > start && compareBytes(keyAt(proof, at - PAIR_BYTES), keyAt(proof, at)) >= 0)
      return false
  }
  return true
}

/** Whether the pairs from `start` on give `valueHash` to `key`, or do not have it when undefined. */
function holds(
  proof: Uint8Array,
  start: number,
  key: Uint8Array,
  valueHash: Uint8Array | undefined,
): boolean {
  for (let at = start; at < proof.length; at += PAIR_BYTES) {
    if (!equalBytes(keyAt(proof, at), key)) continue
    const found = proof.subarray(at + KEY_BYTES, at + PAIR_BYTES)
    return valueHash !== undefined && equalBytes(found, valueHash)
  }
  return valueHash === undefined
}

function keyAt(proof: Uint8Array, at: number): Uint8Array {
  return proof.subarray(at, at + KEY_BYTES)
}
