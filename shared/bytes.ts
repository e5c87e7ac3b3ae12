/**
 * Bytes, hex and big-endian integers. On every hot path: tables instead of parsing, and no more
 * allocation than the result needs.
 */
import type { Hex } from './ids.ts'

const NOT_A_DIGIT = 0xff
const digitOf = new Uint8Array(128).fill(NOT_A_DIGIT)
const highDigit = new Uint8Array(256)
const lowDigit = new Uint8Array(256)

const DIGITS = '0123456789abcdef'
for (let value = 0; value < 16; value++) {
  digitOf[DIGITS.charCodeAt(value)] = value
  digitOf[DIGITS.toUpperCase().charCodeAt(value)] = value
}
for (let value = 0; value < 256; value++) {
  highDigit[value] = DIGITS.charCodeAt(value >> 4)
  lowDigit[value] = DIGITS.charCodeAt(value & 15)
}

// A flat string at once; adding up characters leaves a tree of strings behind.
const ascii = new TextDecoder()
const word = new Uint8Array(66)
word[0] = 0x30
word[1] = 0x78

/** `0x` and two lower-case digits for each byte of `bytes` from `start` up to `end`. */
export function bytesToHex(bytes: Uint8Array, start = 0, end = bytes.length): Hex {
  const length = end - start
  const text = length === 32 ? word : new Uint8Array(2 + 2 * length)
  text[0] = 0x30
  text[1] = 0x78
  for (let from = start, to = 2; from < end; from++) {
    const byte = bytes[from] as number
    text[to++] = highDigit[byte] as number
    text[to++] = lowDigit[byte] as number
  }
  return ascii.decode(text) as Hex
}

/** The bytes of `0x…`. Throws a `TypeError` when it is not hex: text from outside is parsed before. */
export function hexToBytes(hex: string): Uint8Array {
  if (hex.length < 2 || hex.length % 2 !== 0) throw new TypeError(`not hex: ${hex}`)
  const bytes = new Uint8Array((hex.length - 2) / 2)
  writeHex(bytes, 0, hex)
  return bytes
}

/**
 * Writes the bytes of `0x…`, but for the first `skip`, into `target` from `at` on and returns where
 * they end. Throws a `TypeError` when it is not hex, a `RangeError` when they do not fit.
 */
export function writeHex(target: Uint8Array, at: number, hex: string, skip = 0): number {
  const end = at + (hex.length - 2) / 2 - skip
  if (end > target.length) throw new RangeError(`${end} bytes do not fit into ${target.length}`)
  let seen = 0
  for (let from = 2 + 2 * skip, to = at; to < end; from += 2, to++) {
    const high = digitOf[hex.charCodeAt(from)] ?? NOT_A_DIGIT
    const low = digitOf[hex.charCodeAt(from + 1)] ?? NOT_A_DIGIT
    seen |= high | low
    target[to] = (high << 4) | low
  }
  if (seen > 15 || hex.charCodeAt(0) !== 0x30 || hex.charCodeAt(1) !== 0x78) {
    throw new TypeError(`not hex: ${hex}`)
  }
  return end
}

/** All `parts`, one after another. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Negative when `a` stands before `b` in byte order, a prefix before what continues it. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length)
  for (let i = 0; i < common; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

const scratch = new DataView(new ArrayBuffer(8))
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * Writes `value` big-endian into the `length` bytes of `target` that start at `at`; a negative one
 * as two's complement. Bits beyond `length` bytes are cut off: the caller knows the range.
 */
export function writeBigint(target: Uint8Array, at: number, length: number, value: bigint): void {
  // Most amounts are small, and numbers several times as fast.
  if (length >= 8 && value <= MAX_SAFE && value >= -MAX_SAFE) {
    const small = Number(value)
    const end = at + length
    target.fill(small < 0 ? 0xff : 0, at, end - 8)
    write32(target, end - 8, Math.floor(small / 0x1_0000_0000))
    write32(target, end - 4, small)
    return
  }
  let rest = value
  for (let end = at + length; end > at; end -= 8) {
    scratch.setBigUint64(0, rest)
    for (let i = 7, to = end - 1; i >= 0 && to >= at; i--, to--) target[to] = scratch.getUint8(i)
    rest >>= 64n
  }
}

/** The low 32 bits of a whole number. */
function write32(target: Uint8Array, at: number, value: number): void {
  const low = value | 0
  target[at] = low >>> 24
  target[at + 1] = low >>> 16
  target[at + 2] = low >>> 8
  target[at + 3] = low
}

/** The unsigned big-endian integer in `bytes` from `start` up to `end`. */
export function readBigint(bytes: Uint8Array, start = 0, end = bytes.length): bigint {
  let value = 0n
  let at = start
  // The first group is what is left over, so that all others have eight bytes.
  let group = (end - start) % 8 || 8
  while (at < end) {
    scratch.setUint32(0, 0)
    scratch.setUint32(4, 0)
    for (let i = 8 - group; i < 8; i++) scratch.setUint8(i, bytes[at++] as number)
    const low = scratch.getBigUint64(0)
    value = value === 0n ? low : (value << 64n) | low
    group = 8
  }
  return value
}

/** `value`, from 0 up to 2^(8 · `length`), as `length` big-endian bytes. Throws outside that range. */
export function bigintToBytes(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * length) !== 0n) {
    throw new RangeError(`${value} does not fit into ${length} bytes`)
  }
  const bytes = new Uint8Array(length)
  writeBigint(bytes, 0, length, value)
  return bytes
}

/** The unsigned big-endian integer that is all of `bytes`. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  return readBigint(bytes)
}

/**
 * Writes `value`, a safe integer that is not negative, big-endian into the `length` bytes of `target`
 * that start at `at`. Bits beyond `length` bytes are cut off.
 */
export function writeNumber(target: Uint8Array, at: number, length: number, value: number): void {
  let low = value >>> 0
  let high = value > 0xffffffff ? Math.floor(value / 0x1_0000_0000) : 0
  for (let i = at + length - 1, count = 0; i >= at; i--) {
    target[i] = low & 0xff
    low >>>= 8
    if (++count === 4) {
      low = high
      high = 0
      count = 0
    }
  }
}

/** The unsigned integer in `bytes` from `start` up to `end`, at most 7 bytes; exact up to 2^53 − 1. */
export function readNumber(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 256 + (bytes[at] as number)
  return value
}

/** `value`, a safe integer from 0 up to 2^(8 · `length`), as `length` big-endian bytes. Throws outside. */
export function numberToBytes(value: number, length: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || (length < 7 && value >= 256 ** length)) {
    throw new RangeError(`${value} does not fit into ${length} bytes`)
  }
  const bytes = new Uint8Array(length)
  writeNumber(bytes, 0, length, value)
  return bytes
}
