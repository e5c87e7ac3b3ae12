/**
 * The mempool: all inputs of one block as one tree of bytes, RLP `[keys[], values[]]`.
 *
 * The first `keys.length` values go to the submachine that each key names, and are mempools in their
 * turn; the others are this machine's own inputs. Keys are ascending and unique: server → signers
 * (8-byte local ids) → entities (8-byte local ids) → channels (32 bytes: the peer's entity id).
 */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { RlpReader, RlpWriter } from '@xln/shared/codec/rlp.ts'
import type { Hex } from '@xln/shared/ids.ts'

export interface Mempool {
  /** By key, ascending. All keys of one machine have the same length. */
  readonly children: readonly { readonly key: Hex; readonly mempool: Mempool }[]
  readonly values: readonly Uint8Array[]
}

const DEPTH_MAX = 4

/** The bytes of a mempool. Sorts nothing: {@link MempoolBuilder} does. */
export function encodeMempool(mempool: Mempool): Uint8Array {
  const writer = new RlpWriter()
  write(writer, mempool)
  return writer.take()
}

function write(writer: RlpWriter, { children, values }: Mempool): void {
  const list = writer.open(3)
  const keys = writer.open(2)
  for (const { key } of children) writer.hex(key)
  writer.close(keys, 2)
  const all = writer.open(3)
  for (const { mempool } of children) write(writer, mempool)
  for (const value of values) writer.bytes(value)
  writer.close(all, 3)
  writer.close(list, 3)
}

/** Reads a mempool; `undefined` for bytes that are none. Values are views of `bytes`. */
export function decodeMempool(bytes: Uint8Array): Mempool | undefined {
  const reader = new RlpReader(bytes)
  const mempool = read(reader, bytes, bytes.length, DEPTH_MAX)
  return reader.isDone() ? mempool : undefined
}

function read(reader: RlpReader, bytes: Uint8Array, around: number, depth: number): Mempool {
  if (depth === 0) reader.fail()
  const end = reader.enter(around)
  const keys = readKeys(reader, bytes, end)
  const all = reader.enter(end)
  const children = keys.map((key) => ({ key, mempool: read(reader, bytes, all, depth - 1) }))
  const values: Uint8Array[] = []
  while (reader.more(all)) {
    reader.string()
    values.push(bytes.subarray(reader.lastStart, reader.position))
  }
  reader.leave(all)
  reader.leave(end)
  return { children, values }
}

function readKeys(reader: RlpReader, bytes: Uint8Array, around: number): Hex[] {
  const end = reader.enter(around)
  const keys: Hex[] = []
  while (reader.more(end)) {
    reader.string()
    const key = bytesToHex(bytes, reader.lastStart, reader.position)
    const before = keys.at(-1)
    if (before !== undefined && (before >= key || before.length !== key.length)) reader.fail()
    keys.push(key)
  }
  reader.leave(end)
  return keys
}

/** Gathers inputs in any order of machines; those of one machine keep theirs. */
export class MempoolBuilder {
  readonly #children = new Map<Hex, MempoolBuilder>()
  readonly #values: Uint8Array[] = []

  /** The builder of the submachine that `key` names. */
  child(key: Hex): MempoolBuilder {
    let child = this.#children.get(key)
    if (child === undefined) {
      child = new MempoolBuilder()
      this.#children.set(key, child)
    }
    return child
  }

  add(value: Uint8Array): void {
    this.#values.push(value)
  }

  build(): Mempool {
    const keys = [...this.#children.keys()].sort()
    const children = keys.map((key) => ({ key, mempool: this.child(key).build() }))
    return { children, values: this.#values }
  }
}
