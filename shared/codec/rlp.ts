/**
 * Recursive length prefix, strictly: every value has one encoding, and only that one is read.
 *
 * Integers are unsigned and without leading zeros. A signed one is folded onto the even (not negative)
 * and odd (negative) numbers. A flag is 0 or 1.
 */
import { bytesToHex, readBigint, readNumber, writeBigint, writeHex, writeNumber } from '../bytes.ts'

const SHORT = 55
const EMPTY = new Uint8Array(0)

/** Small arrays are cut from one large one: each with a buffer of its own costs as much as filling it. */
const SLAB_BYTES = 16_384
let slab = new Uint8Array(SLAB_BYTES)
let used = 0

function room(length: number): Uint8Array {
  if (length > SLAB_BYTES / 8) return new Uint8Array(length)
  if (used + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES)
    used = 0
  }
  const start = used
  used += length
  return slab.subarray(start, used)
}

/**
 * Builds one encoding after another in a buffer that it keeps: make one for each codec, not for each
 * value. `take` ends an encoding and gives a copy of it.
 *
 * A list is opened, its items written, and closed: only then its length is known, so its items move
 * when the guess at the size of its header was wrong.
 */
export class RlpWriter {
  #buffer = new Uint8Array(1024)
  #end = 0

  /** Opens a list; the number returned closes it. `header` is a guess at its header's length, 1 to 4. */
  open(header = 1): number {
    this.#reserve(header)
    this.#end += header
    return this.#end
  }

  /** Closes the list that `start` opened with the same guess. */
  close(start: number, header = 1): void {
    const length = this.#end - start
    const size = length <= SHORT ? 1 : 1 + byteLengthOf(length)
    if (size !== header) {
      this.#reserve(size)
      this.#buffer.copyWithin(start - header + size, start, this.#end)
      this.#end += size - header
    }
    this.#writeHeader(start - header, 0xc0, length, size)
  }

  /** A string of bytes. */
  bytes(value: Uint8Array): void {
    const length = value.length
    this.#reserve(length + 5)
    if (length !== 1 || (value[0] as number) > 0x7f) this.#prefix(length)
    this.#buffer.set(value, this.#end)
    this.#end += length
  }

  /** The bytes of `0x…`, but for the first `skip` of them. */
  hex(value: string, skip = 0): void {
    const length = (value.length - 2) / 2 - skip
    this.#reserve(length + 5)
    const start = this.#end
    const prefix = length <= SHORT ? 1 : 1 + byteLengthOf(length)
    const end = writeHex(this.#buffer, start + prefix, value, skip)
    if (length === 1 && (this.#buffer[start + 1] as number) <= 0x7f) {
      this.#buffer[start] = this.#buffer[start + 1] as number
      this.#end = start + 1
      return
    }
    this.#writeHeader(start, 0x80, length, prefix)
    this.#end = end
  }

  /** What is already encoded, as it is. */
  raw(encoded: Uint8Array): void {
    this.#reserve(encoded.length)
    this.#buffer.set(encoded, this.#end)
    this.#end += encoded.length
  }

  /** A safe integer that is not negative; throws for another. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not unsigned`)
    this.#reserve(8)
    if (value < 0x80) {
      this.#buffer[this.#end++] = value === 0 ? 0x80 : value
      return
    }
    const length = byteLengthOf(value)
    this.#buffer[this.#end++] = 0x80 + length
    writeNumber(this.#buffer, this.#end, length, value)
    this.#end += length
  }

  /** An integer from 0 to 2^256 − 1; throws for another. */
  bigint(value: bigint): void {
    if (value >= 0n && value <= MAX_SAFE) {
      this.number(Number(value))
      return
    }
    if (value < 0n || value > UINT256_MAX) throw new RangeError(`${value} is not a uint256`)
    this.#reserve(34)
    const buffer = this.#buffer
    const start = this.#end + 1
    const width = value < UINT64_END ? 8 : value < UINT128_END ? 16 : 32
    writeBigint(buffer, start, width, value)
    let zeros = 0
    while (buffer[start + zeros] === 0) zeros++
    if (zeros > 0) buffer.copyWithin(start, start + zeros, start + width)
    buffer[start - 1] = 0x80 + width - zeros
    this.#end = start + width - zeros
  }

  /** An integer of which twice the size fits into 256 bits. */
  signed(value: bigint): void {
    this.bigint(value < 0n ? -2n * value - 1n : 2n * value)
  }

  flag(value: boolean): void {
    this.number(value ? 1 : 0)
  }

  /** What was written since the last `take`, in an array of its own; its `buffer` may be shared. */
  take(): Uint8Array {
    const encoded = room(this.#end)
    encoded.set(this.view())
    this.#end = 0
    return encoded
  }

  /** What was written since the last `take`: a view, good until something more is written. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#end)
  }

  /** Drops what was written since the last `take`: what a throw may have left behind. */
  reset(): void {
    this.#end = 0
  }

  #prefix(length: number): void {
    const size = length <= SHORT ? 1 : 1 + byteLengthOf(length)
    this.#writeHeader(this.#end, 0x80, length, size)
    this.#end += size
  }

  #writeHeader(at: number, base: number, length: number, size: number): void {
    if (size === 1) {
      this.#buffer[at] = base + length
      return
    }
    this.#buffer[at] = base + SHORT + size - 1
    writeNumber(this.#buffer, at + 1, size - 1, length)
  }

  #reserve(length: number): void {
    const needed = this.#end + length
    if (needed <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length))
    larger.set(this.#buffer.subarray(0, this.#end))
    this.#buffer = larger
  }
}

/**
 * Reads one encoding from foreign bytes. It never throws: the first thing that is not as asked for
 * fails the reader, for good. From then on `more` is false and every read gives an empty value, so
 * that a decoder reads on to its end and asks `isDone` once.
 */
export class RlpReader {
  readonly #bytes: Uint8Array
  #at: number
  #failed = false
  /** Where the string read last begins; its end is `#at`. */
  #start = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#at = 0
  }

  get failed(): boolean {
    return this.#failed
  }

  /** Where the next item begins. */
  get position(): number {
    return this.#at
  }

  /** Refuses the bytes for a reason of the caller's own. */
  fail(): void {
    this.#failed = true
    this.#at = this.#bytes.length
  }

  /** Whether everything was read and nothing failed. */
  isDone(): boolean {
    return !this.#failed && this.#at === this.#bytes.length
  }

  /** Enters a list, the next item, and returns where it ends. `end` is that of the list around it. */
  enter(end = this.#bytes.length): number {
    const length = this.#header(0xc0, end)
    return this.#failed ? this.#at : this.#at + length
  }

  /** Whether the list that ends at `end` has another item. */
  more(end: number): boolean {
    return this.#at < end && !this.#failed
  }

  /** Leaves a list: fails if it has more items than were read. */
  leave(end: number): void {
    if (this.#at !== end) this.fail()
  }

  /** Whether the next item is a list. */
  isList(): boolean {
    return this.#at < this.#bytes.length && (this.#bytes[this.#at] as number) >= 0xc0
  }

  /** A copy of a string of `min` to `max` bytes. */
  bytes(max: number, min = 0): Uint8Array {
    const length = this.#string()
    if (length < min || length > max) this.fail()
    return this.#failed || length === 0 ? EMPTY : this.#bytes.slice(this.#start, this.#at)
  }

  /** A string of exactly `length` bytes as hex, or `0x`. */
  hex(length: number): string {
    if (this.#string() !== length) this.fail()
    return this.#failed ? '0x' : bytesToHex(this.#bytes, this.#start, this.#at)
  }

  /**
   * Reads a string of whatever length and returns that length: it now lies in `source` from
   * `lastStart` on. For values with more than one form.
   */
  string(): number {
    return this.#string()
  }

  get lastStart(): number {
    return this.#start
  }

  /** The string read last, as hex. */
  lastHex(): string {
    return bytesToHex(this.#bytes, this.#start, this.#at)
  }

  /** The bytes that are read. */
  get source(): Uint8Array {
    return this.#bytes
  }

  /** An integer from 0 to `max`, at most 2^53 − 1. */
  number(max: number = Number.MAX_SAFE_INTEGER): number {
    const length = this.#string()
    if (length > 7 || (length > 0 && this.#bytes[this.#start] === 0)) this.fail()
    if (this.#failed) return 0
    const value = readNumber(this.#bytes, this.#start, this.#at)
    if (value > max) this.fail()
    return this.#failed ? 0 : value
  }

  /** An integer from 0 to `max`, at most 2^256 − 1. */
  bigint(max: bigint): bigint {
    const length = this.#string()
    if (length > 32 || (length > 0 && this.#bytes[this.#start] === 0)) this.fail()
    if (this.#failed) return 0n
    const value =
      length <= 6
        ? BigInt(readNumber(this.#bytes, this.#start, this.#at))
        : readBigint(this.#bytes, this.#start, this.#at)
    if (value > max) this.fail()
    return this.#failed ? 0n : value
  }

  /** An integer from `-max - 1` to `max`. */
  signed(max: bigint): bigint {
    const folded = this.bigint(2n * max + 1n)
    return folded % 2n === 0n ? folded / 2n : -(folded + 1n) / 2n
  }

  flag(): boolean {
    return this.number(1) === 1
  }

  /** A view (no copy) of the next item with its header, whatever it is, unread inside. */
  raw(end = this.#bytes.length): Uint8Array {
    const from = this.#at
    if (this.isList()) {
      const length = this.#header(0xc0, end)
      this.#at += length
    } else {
      this.#string(end)
    }
    return this.#failed ? EMPTY : this.#bytes.subarray(from, this.#at)
  }

  #string(end = this.#bytes.length): number {
    const first = this.#at < end ? (this.#bytes[this.#at] as number) : 0xff
    if (first < 0x80) {
      this.#start = this.#at++
      return 1
    }
    const length = this.#header(0x80, end)
    // One byte below 0x80 stands for itself.
    if (length === 1 && (this.#bytes[this.#at] as number) < 0x80) this.fail()
    if (this.#failed) {
      this.#start = this.#at
      return 0
    }
    this.#start = this.#at
    this.#at += length
    return length
  }

  /** Reads a header and gives the length of what follows; moves only behind the header. */
  #header(base: number, end: number): number {
    const first = this.#at < end ? (this.#bytes[this.#at] as number) : -1
    if (this.#failed || first < base || first > base + 0x3f) {
      this.fail()
      return 0
    }
    this.#at++
    let length = first - base
    if (length > SHORT) {
      const size = length - SHORT
      // Nothing is longer than 2^32 bytes, and a length has no leading zero.
      if (size > 4 || this.#at + size > end || this.#bytes[this.#at] === 0) {
        this.fail()
        return 0
      }
      length = readNumber(this.#bytes, this.#at, this.#at + size)
      this.#at += size
      if (length <= SHORT) this.fail()
    }
    if (this.#failed || this.#at + length > end) {
      this.fail()
      return 0
    }
    return length
  }
}

/** Any value: a string of bytes, or a list of values. */
export type RlpItem = Uint8Array | readonly RlpItem[]

/** The encoding of any value. */
export function encodeRlp(item: RlpItem): Uint8Array {
  const writer = new RlpWriter()
  writeItem(writer, item)
  return writer.take()
}

/** Any value, nested at most `depth` lists deep; `undefined` if the bytes are not one, canonically. */
export function decodeRlp(bytes: Uint8Array, depth = 8): RlpItem | undefined {
  const reader = new RlpReader(bytes)
  const item = readItem(reader, depth, bytes.length)
  return reader.isDone() ? item : undefined
}

function writeItem(writer: RlpWriter, item: RlpItem): void {
  if (item instanceof Uint8Array) {
    writer.bytes(item)
    return
  }
  const start = writer.open()
  for (const inner of item) writeItem(writer, inner)
  writer.close(start)
}

function readItem(reader: RlpReader, depth: number, around: number): RlpItem {
  if (!reader.isList()) return reader.bytes(around)
  if (depth === 0) reader.fail()
  const end = reader.enter(around)
  const items: RlpItem[] = []
  while (reader.more(end)) items.push(readItem(reader, depth - 1, end))
  reader.leave(end)
  return items
}

function byteLengthOf(value: number): number {
  if (value < 0x100) return 1
  if (value < 0x1_0000) return 2
  if (value < 0x100_0000) return 3
  if (value < 0x1_0000_0000) return 4
  if (value < 0x100_0000_0000) return 5
  return value < 0x1_0000_0000_0000 ? 6 : 7
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const UINT64_END = 1n << 64n
const UINT128_END = 1n << 128n
const UINT256_MAX = (1n << 256n) - 1n
