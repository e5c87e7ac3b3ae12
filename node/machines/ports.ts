/**
 * What the shell gives the machines: their records.
 *
 * A machine keeps its state in tables of records, each under a key. It works on decoded values; the
 * shell encodes what changed when a block is sealed, and decodes what it reads. A value is never
 * changed once it was put or got: to change a record is to put another value. So a value at work is
 * shared between the machine and the store, and costs no copy.
 */

/** How one kind of record is written. `decode(encode(value))` equals `value`, and has no other form. */
export interface RecordCodec<T> {
  /** A new array, or one that nobody changes any more: the store keeps it. */
  encode(value: T): Uint8Array
  /** May keep views of `bytes`. Throws on what `encode` never wrote: the disk is ours, so that is a fault. */
  decode(bytes: Uint8Array): T
}

/** One kind of record of one kind of machine. Made once, as a constant of the module that owns it. */
export interface Table<T> {
  /** From 1 up to 255, unique among the tables of a machine; part of the keys on disk and in the tree. */
  readonly id: number
  /** For messages only. */
  readonly name: string
  readonly codec: RecordCodec<T>
  /** Kept out of the state root: what can be derived, or what replicas may hold differently. */
  readonly local?: boolean
  /**
   * The length of every key, in bytes, of a table that can be scanned in key order. Its keys stay in
   * memory, about as many bytes as they have: for indexes of what is at work, not of what is at rest.
   */
  readonly orderedKeyBytes?: number
}

/** One record of a scan. */
export interface Row<T> {
  readonly key: Uint8Array
  readonly value: T
}

/**
 * Where a machine stands below its server: nothing for the server, the 8-byte local id for a signer,
 * and that followed by the entity's own 8 bytes for an entity.
 */
export type MachinePath = Uint8Array

/** The records of one machine, as its draft holds them: whatever was put is read at once. */
export interface Records {
  /** The value of `key`, or undefined. Several gets of an unchanged record may give the same object. */
  get<T>(table: Table<T>, key: Uint8Array): T | undefined
  /** `key`, at most 255 bytes, is copied; `value` is kept as it is and must not change. */
  put<T>(table: Table<T>, key: Uint8Array, value: T): void
  /** Does nothing when there is no such record. */
  delete<T>(table: Table<T>, key: Uint8Array): void
  /**
   * At most `limit` records of a table with `orderedKeyBytes`, keys ascending, from the first key that
   * is not below `from`. A copy: what is put or deleted afterwards does not show in it.
   */
  scan<T>(table: Table<T>, from: Uint8Array, limit: number): readonly Row<T>[]
  /**
   * The root of the state tree over every record that is not local, and over the roots of the machines
   * one level below. 32 bytes. Costs by what changed since it was last asked for.
   */
  root(): Uint8Array
}

/** A point in a draft to which it can go back. */
export type Mark = number

/**
 * The state of the server with all its machines, while a block is made.
 *
 * Marks nest: going back to one forgets those made after it. There is nothing to merge; what is not
 * rolled back is part of the block.
 */
export interface Draft {
  /** The same object whenever the same path is asked for; it stays valid across blocks and marks. */
  at(path: MachinePath): Records
  mark(): Mark
  /** Undoes every put and delete since `mark`. Throws a `RangeError` for a mark that is no longer there. */
  rollback(mark: Mark): void
}

/** Runs one input on its own overlay: when `run` throws, nothing of it stays, and the error goes on. */
export function isolate<Result>(draft: Draft, run: () => Result): Result {
  const mark = draft.mark()
  try {
    return run()
  } catch (error) {
    draft.rollback(mark)
    throw error
  }
}

/** A record that is kept as the bytes it is. */
export const bytesCodec: RecordCodec<Uint8Array> = {
  encode: (value) => value,
  decode: (bytes) => bytes,
}

/** A record that says all by its key, as in an index. */
export const presenceCodec: RecordCodec<true> = {
  encode: () => new Uint8Array(0),
  decode: (bytes) => {
    if (bytes.length !== 0) throw new TypeError(`${bytes.length} bytes where none belong`)
    return true
  },
}
