/** Bytes near other bytes, and trees of RLP near other trees. */
import { concatBytes } from '@xln/shared/bytes.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '@xln/shared/codec/rlp.ts'
import type { Random } from '../random.ts'

/** Inputs do not grow beyond this, however often they are spliced. */
export const BYTES_MAX = 8_192

/** Where lengths and signs turn over. */
const EDGES = [0, 1, 0x37, 0x38, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xc1, 0xf7, 0xf8, 0xff]

type Change = (random: Random, bytes: Uint8Array, other: Uint8Array) => Uint8Array

const place = (random: Random, bytes: Uint8Array) => random.below(bytes.length)

/** From `at` on, `cut` bytes are replaced by `filling`. */
function replace(bytes: Uint8Array, at: number, cut: number, filling: Uint8Array): Uint8Array {
  return concatBytes(
    bytes.subarray(0, at),
    filling,
    bytes.subarray(Math.min(bytes.length, at + cut)),
  )
}

function setByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice()
  if (at < copy.length) copy[at] = value
  return copy
}

function piece(random: Random, bytes: Uint8Array): Uint8Array {
  const at = place(random, bytes)
  return bytes.subarray(at, at + 1 + random.below(random.once(4) ? 256 : 33))
}

const changes: readonly Change[] = [
  // One bit.
  (random, bytes) => {
    const at = place(random, bytes)
    return setByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)))
  },
  (random, bytes) => setByte(bytes, place(random, bytes), random.pick(EDGES)),
  // One more or less: what a length field is off by.
  (random, bytes) => {
    const at = place(random, bytes)
    return setByte(bytes, at, ((bytes[at] ?? 0) + (random.once(2) ? 1 : 255)) & 0xff)
  },
  (random, bytes) =>
    replace(bytes, random.below(bytes.length + 1), 0, Uint8Array.of(random.pick(EDGES))),
  (random, bytes) => replace(bytes, place(random, bytes), 1 + random.below(4), new Uint8Array(0)),
  (random, bytes) => replace(bytes, place(random, bytes), 0, piece(random, bytes)),
  (random, bytes) => bytes.slice(0, place(random, bytes)),
  (random, bytes, other) => {
    const part = piece(random, other)
    return replace(bytes, place(random, bytes), part.length, part)
  },
  // The beginning of one and the end of another.
  (random, bytes, other) =>
    concatBytes(bytes.subarray(0, place(random, bytes)), other.subarray(place(random, other))),
  setWord,
]

/** One of the words of 32 bytes that the ABI is made of, at an end of its range. */
function setWord(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  const words = Math.floor(copy.length / 32)
  if (words === 0) return copy
  const at = (copy.length % 32) + 32 * random.below(words)
  const filling = random.pick([0, 0, 0, 0xff])
  copy.fill(filling, at, at + 32)
  const small = random.pick([1, 2, 4, 6, 7, 8, 16, 32])
  if (random.once(2)) copy[at + 32 - small] = random.pick(EDGES)
  return copy
}

/** Something near `bytes`, by one to four changes; some take from `other`. */
export function mutateBytes(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let mutated = bytes
  do mutated = random.pick(changes)(random, mutated, other)
  while (random.once(3))
  return mutated.length > BYTES_MAX ? mutated.slice(0, BYTES_MAX) : mutated
}

const TREE_DEPTH = 12

/**
 * For what is RLP: mostly changes of a value inside the tree, so that it is well-formed around it; the
 * rest are changes of the bytes.
 */
export function mutateRlp(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  if (random.once(3)) return mutateBytes(random, bytes, other)
  const tree = decodeRlp(bytes, TREE_DEPTH)
  if (tree === undefined) return mutateBytes(random, bytes, other)
  const donor = decodeRlp(other, TREE_DEPTH) ?? tree
  const mutated = encodeRlp(mutateTree(random, tree, donor))
  return mutated.length > BYTES_MAX ? mutated.slice(0, BYTES_MAX) : mutated
}

/** What is not RLP as a whole, but behind a first byte. */
export function mutateVersioned(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  if (random.once(16)) return mutateBytes(random, bytes, other)
  const body = mutateRlp(random, bytes.subarray(1), other.subarray(1))
  return concatBytes(bytes.subarray(0, 1), body)
}

function mutateTree(random: Random, tree: RlpItem, donor: RlpItem): RlpItem {
  if (tree instanceof Uint8Array) return mutateString(random, tree, donor)
  if (tree.length > 0 && !random.once(4)) {
    const at = random.below(tree.length)
    return tree.map((item, index) => (index === at ? mutateTree(random, item, donor) : item))
  }
  return mutateList(random, tree, donor)
}

function mutateList(random: Random, list: readonly RlpItem[], donor: RlpItem): RlpItem {
  const at = random.below(list.length + 1)
  switch (random.below(6)) {
    case 0:
      return list.toSpliced(at, 1)
    case 1:
      return list.toSpliced(at, 0, list[at] ?? [])
    case 2:
      return list.toSpliced(at, 0, someItem(random, donor))
    case 3:
      return list.toSpliced(at, 1, someItem(random, donor))
    case 4:
      return [list]
    default:
      return list.toReversed()
  }
}

function someItem(random: Random, tree: RlpItem): RlpItem {
  if (tree instanceof Uint8Array || tree.length === 0 || random.once(4)) return tree
  return someItem(random, random.pick(tree))
}

/** Numbers at the ends of their ranges, and lengths one off. */
function mutateString(random: Random, bytes: Uint8Array, donor: RlpItem): RlpItem {
  switch (random.below(6)) {
    case 0:
      return new Uint8Array(0)
    case 1:
      return new Uint8Array(random.pick([1, 4, 6, 7, 8, 16, 20, 32, 33, 65])).fill(0xff)
    case 2:
      return Uint8Array.of(random.pick(EDGES))
    case 3:
      return concatBytes(bytes, Uint8Array.of(random.pick(EDGES)))
    case 4:
      return someItem(random, donor)
    default:
      return mutateBytes(random, bytes, bytes)
  }
}
