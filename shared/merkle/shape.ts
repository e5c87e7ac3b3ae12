/**
 * The state tree: one hash over a set of 32-byte keys, each with the 32-byte hash of its value.
 *
 * It is a binary tree over the bits of the keys, the first bit at the top. Every `bitWidth` bits, and
 * after the last, there is a boundary. A subtree that begins at a boundary and holds at most
 * `leafThreshold` keys is a leaf; every other one with keys is a branch:
 *
 *     empty   32 zero bytes
 *     leaf    keccak256(0 ‖ key ‖ value hash ‖ key ‖ value hash …), keys ascending
 *     branch  keccak256(1 ‖ hash of the keys whose next bit is 0 ‖ hash of those where it is 1)
 *     root    keccak256(2 ‖ bitWidth, 1 byte ‖ leafThreshold, 2 bytes ‖ hash of the whole)
 *
 * So the root depends on what the tree holds and not on how it came to hold it. For one root there is
 * one path to the place of a key, so one answer that can be proved, even when the tree is not honest.
 */
import { writeNumber } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'

export const KEY_BYTES = 32
export const KEY_BITS = 256
export const HASH_BYTES = 32
/** A key and the hash of its value, side by side. */
export const PAIR_BYTES = KEY_BYTES + HASH_BYTES

export const BIT_WIDTH_MAX = 16
export const LEAF_THRESHOLD_MAX = 1024

/** How fine the tree is cut: part of the root. */
export interface TreeShape {
  /** Bits from one boundary to the next: 1 up to 16. */
  readonly bitWidth: number
  /** The most keys in a leaf: 1 up to 1024. */
  readonly leafThreshold: number
}

export const DEFAULT_SHAPE: TreeShape = { bitWidth: 4, leafThreshold: 16 }

export function isTreeShape({ bitWidth, leafThreshold }: TreeShape): boolean {
  return (
    Number.isInteger(bitWidth) &&
    bitWidth >= 1 &&
    bitWidth <= BIT_WIDTH_MAX &&
    Number.isInteger(leafThreshold) &&
    leafThreshold >= 1 &&
    leafThreshold <= LEAF_THRESHOLD_MAX
  )
}

/** Whether a subtree that begins after `depth` bits of the key may be a leaf. */
export function isBoundary(shape: TreeShape, depth: number): boolean {
  return depth % shape.bitWidth === 0 || depth === KEY_BITS
}

/** The bit of `bytes` from `start` on that stands after `depth` others, the highest bit of a byte first. */
export function bitAt(bytes: Uint8Array, start: number, depth: number): number {
  return ((bytes[start + (depth >>> 3)] as number) >>> (7 - (depth & 7))) & 1
}

export const EMPTY_HASH: Uint8Array = new Uint8Array(HASH_BYTES)

const leaf = new Uint8Array(1 + PAIR_BYTES * LEAF_THRESHOLD_MAX)
const branch = new Uint8Array(1 + 2 * HASH_BYTES)
leaf[0] = 0
branch[0] = 1

/** The hash of a leaf: `length` bytes of `bytes` from `start` on are its pairs. */
export function hashLeaf(bytes: Uint8Array, start: number, length: number): Uint8Array {
  leaf.set(bytes.subarray(start, start + length), 1)
  return keccak256(leaf.subarray(0, 1 + length))
}

/** The hash of a branch: the 64 bytes of `bytes` from `start` on are the hashes of its two sides. */
export function hashBranch(bytes: Uint8Array, start: number): Uint8Array {
  branch.set(bytes.subarray(start, start + 2 * HASH_BYTES), 1)
  return keccak256(branch)
}

/** The root of a tree of which `whole` is the topmost hash. */
export function hashRoot(shape: TreeShape, whole: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + HASH_BYTES)
  bytes[0] = 2
  bytes[1] = shape.bitWidth
  writeNumber(bytes, 2, 2, shape.leafThreshold)
  bytes.set(whole, 4)
  return keccak256(bytes)
}
