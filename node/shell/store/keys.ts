/**
 * How the keys of the database are made: `[prefix][machine path][type][key]`. A path is 0, 8 or 16
 * bytes, so the number of its levels stands before it.
 */
import { concatBytes, numberToBytes, readNumber } from '@xln/shared/bytes.ts'

export const Prefix = {
  /** Path, tree key → value hash: what the state tree of a machine holds of its records. */
  tree: 0x00,
  /** Block hash → block. */
  block: 0x01,
  /** Number, 8 bytes → block hash. */
  blockHash: 0x02,
  /** Path, table, key → record. */
  record: 0x03,
  /** Key → receipt. */
  receipt: 0x05,
  /** Path, table, key → record, of the tables that can be scanned. */
  orderedRecord: 0x06,
  /** Number, 8 bytes → checkpoint: the block that the records on disk reach, and that before it. */
  checkpoint: 0x07,
  /** Number of the block, 8 bytes, and index, 4 bytes → an input that was left out of it. */
  quarantine: 0x08,
  /** → the format of all this. */
  format: 0x09,
} as const

export type Prefix = (typeof Prefix)[keyof typeof Prefix]

export const LOCAL_ID_BYTES = 8
/** The longest key of a record. */
export const KEY_BYTES_MAX = 255
/** Levels below the server: signer, entity. */
export const LEVELS_MAX = 2
const NUMBER_BYTES = 8

/** The key of something that a machine holds: `rest` begins with the table, or is a tree key. */
export function machineKey(prefix: Prefix, path: Uint8Array, rest: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(prefix, path.length / LOCAL_ID_BYTES), path, rest)
}

/** The key of a record. */
export function recordRowKey(
  ordered: boolean,
  path: Uint8Array,
  table: number,
  key: Uint8Array,
): Uint8Array {
  const row = new Uint8Array(3 + path.length + key.length)
  row[0] = ordered ? Prefix.orderedRecord : Prefix.record
  row[1] = path.length / LOCAL_ID_BYTES
  row.set(path, 2)
  row[2 + path.length] = table
  row.set(key, 3 + path.length)
  return row
}

/** What a key made by {@link machineKey} was made of. Views. */
export function splitMachineKey(row: Uint8Array): { path: Uint8Array; rest: Uint8Array } {
  const end = 2 + (row[1] as number) * LOCAL_ID_BYTES
  return { path: row.subarray(2, end), rest: row.subarray(end) }
}

export function blockKey(hash: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(Prefix.block), hash)
}

export function receiptKey(key: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(Prefix.receipt), key)
}

/** The key of what is kept by block number. */
export function numberKey(prefix: Prefix, number: number): Uint8Array {
  return concatBytes(Uint8Array.of(prefix), numberToBytes(number, NUMBER_BYTES))
}

export function numberOf(row: Uint8Array): number {
  return readNumber(row, 1, 1 + NUMBER_BYTES)
}

export function quarantineKey(number: number, index: number): Uint8Array {
  return concatBytes(numberKey(Prefix.quarantine, number), numberToBytes(index, 4))
}

/** The first key behind all those that begin with `prefix`. */
export function behind(prefix: Prefix): Uint8Array {
  return Uint8Array.of(prefix + 1)
}
