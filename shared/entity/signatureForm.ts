/**
 * The bytes of entities' signatures. The chain accepts one layout for each form, and so does this:
 * `decodeEntitySignature` takes exactly what `encodeEntitySignature` gives.
 */
import { bytesToHex, readBigint, readNumber, writeNumber } from '../bytes.ts'
import { SIGNATURE_LENGTH } from '../crypto/secp256k1.ts'
import type { Hash } from '../ids.ts'
import { BOARD_MEMBERS_MAX, SIGNATURE_BYTES_MAX, SIGNED_ROOT_PATH_MAX } from '../limits.ts'
import { type Board, boardWordsLength, type Member, MemberKind, writeBoardWords } from './board.ts'

/** 65 bytes `r ‖ s ‖ v` over the digest itself, by the one member of a board of one. */
export interface SoleSignature {
  readonly form: 'sole'
  readonly signature: Uint8Array
}

/** Members of a board, shown with it; each signs `EntitySignature(entity, digest)`. */
export interface BoardSignature {
  readonly form: 'board'
  readonly board: Board
  /** Bit i is set when member i signs. */
  readonly bitmap: number
  /** 65 bytes each, in the order of the bits. */
  readonly signatures: readonly Uint8Array[]
}

/** Either of these over `SignedRoot(entity, root, unanimous)`, and the path of this digest to the root. */
export interface RootSignature {
  readonly form: 'root'
  readonly root: Uint8Array
  /** Whether it counts only if no member is absent. */
  readonly unanimous: boolean
  /** The place of the digest among the leaves. */
  readonly index: number
  /** From the leaf upwards. */
  readonly path: readonly Uint8Array[]
  readonly inner: Uint8Array
}

export type EntitySignature = SoleSignature | BoardSignature | RootSignature

const FORM_BOARD = 0x01
const FORM_ROOT = 0x04

/** The bytes of a signature in its only layout. Throws for a board or a path beyond the limits. */
export function encodeEntitySignature(signature: EntitySignature): Uint8Array {
  switch (signature.form) {
    case 'sole':
      return signature.signature
    case 'board':
      return encodeBoardSignature(signature)
    case 'root':
      return encodeRootSignature(signature)
  }
}

/** `0x01 ‖ abi.encode(Board board, uint256 bitmap, bytes[] signatures)`. */
function encodeBoardSignature({ board, bitmap, signatures }: BoardSignature): Uint8Array {
  const { members } = board
  if (members.length === 0 || members.length > BOARD_MEMBERS_MAX) {
    throw new RangeError(`a board has no ${members.length} members`)
  }
  const boardLength = boardWordsLength(board)
  const bytes = new Uint8Array(1 + 96 + boardLength + 32 + 160 * signatures.length)
  bytes[0] = FORM_BOARD
  writeNumber(bytes, 1 + 24, 8, 96)
  writeNumber(bytes, 33 + 24, 8, bitmap >>> 0)
  writeNumber(bytes, 65 + 24, 8, 96 + boardLength)
  writeBoardWords(bytes, 97, board)
  let at = 97 + boardLength
  writeNumber(bytes, at + 24, 8, signatures.length)
  at += 32
  for (let i = 0; i < signatures.length; i++) {
    const start = 32 * signatures.length + 128 * i
    writeNumber(bytes, at + 32 * i + 24, 8, start)
    bytes[at + start + 31] = SIGNATURE_LENGTH
    bytes.set(signatures[i] as Uint8Array, at + start + 32)
  }
  return bytes
}

/** `0x04 ‖ abi.encode(bytes32 root, bool unanimous, uint256 index, bytes32[] path, bytes inner)`. */
function encodeRootSignature(signature: RootSignature): Uint8Array {
  const { root, unanimous, index, path, inner } = signature
  if (path.length > SIGNED_ROOT_PATH_MAX) throw new RangeError(`a path of ${path.length} nodes`)
  const innerAt = 192 + 32 * path.length
  const bytes = new Uint8Array(1 + innerAt + 32 + Math.ceil(inner.length / 32) * 32)
  bytes[0] = FORM_ROOT
  bytes.set(root, 1)
  bytes[1 + 63] = unanimous ? 1 : 0
  writeNumber(bytes, 1 + 64 + 24, 8, index)
  bytes[1 + 127] = 0xa0
  writeNumber(bytes, 1 + 128 + 24, 8, innerAt)
  writeNumber(bytes, 1 + 160 + 24, 8, path.length)
  for (let i = 0; i < path.length; i++) bytes.set(path[i] as Uint8Array, 1 + 192 + 32 * i)
  writeNumber(bytes, 1 + innerAt + 24, 8, inner.length)
  bytes.set(inner, 1 + innerAt + 32)
  return bytes
}

/**
 * The parts of a signature in its only layout, as views of `bytes`; nothing else is checked.
 * `undefined` for other bytes. Never throws.
 */
export function decodeEntitySignature(bytes: Uint8Array): EntitySignature | undefined {
  if (bytes.length === SIGNATURE_LENGTH) return { form: 'sole', signature: bytes }
  if (bytes.length < SIGNATURE_LENGTH || bytes.length > SIGNATURE_BYTES_MAX) return undefined
  const words = new Words(bytes.subarray(1))
  if (bytes[0] === FORM_BOARD) return decodeBoardSignature(words)
  return bytes[0] === FORM_ROOT ? decodeRootSignature(words) : undefined
}

function decodeBoardSignature(words: Words): BoardSignature | undefined {
  const count = words.small(5)
  if (count === 0 || count > BOARD_MEMBERS_MAX) return undefined
  const signaturesAt = 6 + 3 * count
  const bitmap = words.small(1)
  const signers = words.small(signaturesAt)
  const isCanonical =
    bitmap < 2 ** count &&
    bitsOf(bitmap) === signers &&
    words.length === 32 * (signaturesAt + 1 + 5 * signers) &&
    words.small(0) === 0x60 &&
    words.small(2) === 32 * signaturesAt &&
    words.small(4) === 0x40
  if (!isCanonical) return undefined

  const members: Member[] = []
  for (let at = 6; at < signaturesAt; at += 3) {
    const kind = words.small(at)
    if (kind > MemberKind.contract) return undefined
    members.push({ kind, id: words.hash(at + 1), weight: words.bigint(at + 2) })
  }
  const signatures: Uint8Array[] = []
  for (let i = 0; i < signers; i++) {
    const at = signaturesAt + 1 + signers + 4 * i
    const isPlaced = words.small(signaturesAt + 1 + i) === 32 * signers + 128 * i
    if (!isPlaced || words.small(at) !== SIGNATURE_LENGTH) return undefined
    if (!words.isZero(32 * (at + 1) + SIGNATURE_LENGTH, 32 * (at + 4))) return undefined
    signatures.push(words.bytes(32 * (at + 1), SIGNATURE_LENGTH))
  }
  return { form: 'board', board: { threshold: words.bigint(3), members }, bitmap, signatures }
}

function decodeRootSignature(words: Words): RootSignature | undefined {
  const depth = words.small(5)
  if (depth > SIGNED_ROOT_PATH_MAX) return undefined
  const innerAt = 32 * (7 + depth)
  const innerLength = words.small(6 + depth)
  const index = words.small(2)
  const unanimous = words.small(1)
  const isCanonical =
    words.length === innerAt + Math.ceil(innerLength / 32) * 32 &&
    words.isZero(innerAt + innerLength, words.length) &&
    unanimous <= 1 &&
    index < 2 ** depth &&
    words.small(3) === 0xa0 &&
    words.small(4) === innerAt - 32
  if (!isCanonical) return undefined

  const path: Uint8Array[] = []
  for (let i = 0; i < depth; i++) path.push(words.bytes(32 * (6 + i), 32))
  return {
    form: 'root',
    root: words.bytes(0, 32),
    unanimous: unanimous === 1,
    index,
    path,
    inner: words.bytes(innerAt, innerLength),
  }
}

/** Reads words of 32 bytes. Whatever lies beyond the end reads as a number that nothing equals. */
class Words {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get length(): number {
    return this.#bytes.length
  }

  /** A number below 2^48; infinite for a larger one. */
  small(index: number): number {
    const start = 32 * index
    if (start + 32 > this.#bytes.length || !this.isZero(start, start + 26)) return Infinity
    return readNumber(this.#bytes, start + 26, start + 32)
  }

  bigint(index: number): bigint {
    return readBigint(this.#bytes, 32 * index, 32 * index + 32)
  }

  hash(index: number): Hash {
    return bytesToHex(this.#bytes, 32 * index, 32 * index + 32) as Hash
  }

  bytes(start: number, length: number): Uint8Array {
    return this.#bytes.subarray(start, start + length)
  }

  isZero(start: number, end: number): boolean {
    for (let i = start; i < end; i++) if (this.#bytes[i] !== 0) return false
    return true
  }
}

function bitsOf(bitmap: number): number {
  let count = 0
  for (let rest = bitmap >>> 0; rest !== 0; rest &= rest - 1) count++
  return count
}
