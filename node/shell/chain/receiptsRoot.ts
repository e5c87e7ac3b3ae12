/**
 * The root of a block's receipts: a Merkle Patricia tree over the receipts by their number. A header
 * commits to it, so receipts that give it are all of the block's, complete and unchanged.
 */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { encodeRlp, type RlpItem, RlpWriter } from '@xln/shared/codec/rlp.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import type { Hash } from '@xln/shared/ids.ts'
import type { Receipt } from './receipt.ts'

interface Entry {
  /** The key, RLP of the number, in nibbles. */
  readonly path: readonly number[]
  readonly value: Uint8Array
}

const NOTHING = new Uint8Array()
const writer = new RlpWriter()

/** The root that the header of a block with exactly these receipts, in order, has. */
export function receiptsRoot(receipts: readonly Receipt[]): Hash {
  return orderedRoot(receipts.map(encodeReceipt))
}

/** The root of the Merkle Patricia tree over `values` by their number. */
export function orderedRoot(values: readonly Uint8Array[]): Hash {
  const entries = values.map((value, index): Entry => ({ path: pathOf(index), value }))
  const root = entries.length === 0 ? NOTHING : nodeOf(entries, 0)
  return bytesToHex(keccak256(encodeRlp(root))) as Hash
}

function pathOf(index: number): number[] {
  writer.reset()
  writer.number(index)
  return [...writer.view()].flatMap((byte) => [byte >> 4, byte & 15])
}

/** EIP-2718: the type in front, but for the first kind of transaction, which has none. */
function encodeReceipt({ type, status, cumulativeGasUsed, logsBloom, logs }: Receipt): Uint8Array {
  writer.reset()
  if (type !== 0) writer.number(type)
  const receipt = writer.open()
  writer.flag(status)
  writer.number(cumulativeGasUsed)
  writer.hex(logsBloom)
  const list = writer.open()
  for (const { address, topics, data } of logs) {
    const log = writer.open()
    writer.hex(address)
    const words = writer.open()
    for (const topic of topics) writer.hex(topic)
    writer.close(words)
    writer.hex(data)
    writer.close(log)
  }
  writer.close(list)
  writer.close(receipt)
  return writer.take()
}

/** The node that holds `entries`, which agree in the first `depth` nibbles. */
function nodeOf(entries: readonly Entry[], depth: number): readonly RlpItem[] {
  const [first] = entries
  if (first === undefined) throw new RangeError('a node without entries')
  if (entries.length === 1) return [packed(first.path.slice(depth), true), first.value]

  const common = commonDepth(entries, first, depth)
  if (common > depth) {
    return [packed(first.path.slice(depth, common), false), reference(nodeOf(entries, common))]
  }
  const children = Array.from({ length: 16 }, (_, nibble): RlpItem => {
    const below = entries.filter(({ path }) => path[depth] === nibble)
    return below.length === 0 ? NOTHING : reference(nodeOf(below, depth + 1))
  })
  // No key is the beginning of another, as RLP is prefix-free: no branch has a value of its own.
  return [...children, NOTHING]
}

/** A node inside its parent: itself when it is short, its hash otherwise. */
function reference(node: readonly RlpItem[]): RlpItem {
  const encoded = encodeRlp(node)
  return encoded.length < 32 ? node : keccak256(encoded)
}

function commonDepth(entries: readonly Entry[], first: Entry, from: number): number {
  let depth = from
  while (
    depth < first.path.length &&
    entries.every(({ path }) => path[depth] === first.path[depth])
  ) {
    depth += 1
  }
  return depth
}

/** Hex-prefix form: whether it is a leaf and whether the number of nibbles is odd, then the nibbles. */
function packed(nibbles: readonly number[], isLeaf: boolean): Uint8Array {
  const flag = (isLeaf ? 2 : 0) + (nibbles.length % 2)
  const all = nibbles.length % 2 === 1 ? [flag, ...nibbles] : [flag, 0, ...nibbles]
  return Uint8Array.from({ length: all.length / 2 }, (_, index) => {
    return ((all[2 * index] ?? 0) << 4) | (all[2 * index + 1] ?? 0)
  })
}
