/**
 * The bytes of entities' signatures. The chain accepts one layout for each form, and so does this:
 * `decodeEntitySignature` takes exactly what `encodeEntitySignature` gives. The form of a board of BLS keys
 * (`0x02`) is the chain's alone: which keys are registered and which boards checked, only it knows.
 */
import { bytesToHex, readBigint, readNumber, writeBigint, writeHex, writeNumber } from '../bytes.ts'
import { SIGNATURE_LENGTH } from '../crypto/secp256k1.ts'
import type { Hash } from '../ids.ts'
import { BOARD_MEMBERS_MAX, SIGNATURE_BYTES_MAX, SIGNED_ROOT_PATH_MAX } from '../limits.ts'
import { type Board, type Member, MemberKind } from './board.ts'

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
  /**
   * In the order of the bits, by the kind of the member: 65 bytes of an address; 288 of a BLS key, with the
   * key first; of an entity its signature in any form; of a contract whatever it wants to see.
   */
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

/** The tag, threshold, number of members and bitmap of a board's form. */
const HEAD_LENGTH = 14

/** A BLS key and its signature. */
const BLS_SLOT_LENGTH = 288

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

/**
 * `0x01 ‖ threshold 8 ‖ members 1 ‖ bitmap 4`, and for each member `kind 1 ‖ weight 8 ‖ id`, with his
 * signature where he signs.
 */
function encodeBoardSignature(signature: BoardSignature): Uint8Array {
  const { board, bitmap, signatures } = signature
  const { threshold, members } = board
  if (members.length === 0 || members.length > BOARD_MEMBERS_MAX) {
    throw new RangeError(`a board has no ${members.length} members`)
  }
  const bytes = new Uint8Array(lengthOf(signature))
  bytes[0] = FORM_BOARD
  writeBigint(bytes, 1, 8, threshold)
  writeNumber(bytes, 9, 1, members.length)
  writeNumber(bytes, 10, 4, bitmap >>> 0)
  let place = HEAD_LENGTH
  let next = 0
  for (const [index, member] of members.entries()) {
    place = writeMember(bytes, place, member)
    const signature = (bitmap >>> index) & 1 ? signatures[next++] : undefined
    if (signature !== undefined) place = writeSlot(bytes, place, member.kind, signature)
  }
  return bytes
}

function lengthOf({ board, bitmap, signatures }: BoardSignature): number {
  let length = HEAD_LENGTH
  let next = 0
  for (const [index, { kind }] of board.members.entries()) {
    length += 9 + idLength(kind)
    if (((bitmap >>> index) & 1) === 0) continue
    length += (signatures[next++]?.length ?? 0) + (slotLength(kind) === undefined ? 2 : 0)
  }
  return length
}

function writeMember(bytes: Uint8Array, place: number, { kind, id, weight }: Member): number {
  bytes[place] = kind
  writeBigint(bytes, place + 1, 8, weight)
  const length = idLength(kind)
  writeHex(bytes, place + 9, id, 32 - length)
  return place + 9 + length
}

function writeSlot(bytes: Uint8Array, place: number, kind: number, slot: Uint8Array): number {
  let start = place
  if (slotLength(kind) === undefined) {
    writeNumber(bytes, place, 2, slot.length)
    start += 2
  }
  bytes.set(slot, start)
  return start + slot.length
}

/** Bytes of an id: of a whole word, or of an address. */
function idLength(kind: number): number {
  return kind === MemberKind.entity || kind === MemberKind.blsKey ? 32 : 20
}

/** Bytes of a member's signature, where his kind alone says how many. */
function slotLength(kind: number): number | undefined {
  if (kind === MemberKind.address) return SIGNATURE_LENGTH
  return kind === MemberKind.blsKey ? BLS_SLOT_LENGTH : undefined
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
  if (bytes.length > SIGNATURE_BYTES_MAX) return undefined
  if (bytes[0] === FORM_BOARD) return decodeBoardSignature(bytes)
  return bytes[0] === FORM_ROOT ? decodeRootSignature(new Words(bytes.subarray(1))) : undefined
}

function decodeBoardSignature(bytes: Uint8Array): BoardSignature | undefined {
  const count = bytes[9] ?? 0
  if (bytes.length < HEAD_LENGTH || count === 0 || count > BOARD_MEMBERS_MAX) return undefined
  const bitmap = readNumber(bytes, 10, 14)
  if (bitmap >= 2 ** count) return undefined

  const members: Member[] = []
  const signatures: Uint8Array[] = []
  let place = HEAD_LENGTH
  for (let index = 0; index < count; index++) {
    const member = readMember(bytes, place)
    if (member === undefined) return undefined
    members.push(member)
    place += 9 + idLength(member.kind)
    if (((bitmap >>> index) & 1) === 0) continue
    const slot = readSlot(bytes, place, member.kind)
    if (slot === undefined) return undefined
    signatures.push(slot)
    place = slot.byteOffset - bytes.byteOffset + slot.length
  }
  if (place !== bytes.length) return undefined
  return {
    form: 'board',
    board: { threshold: readBigint(bytes, 1, 9), members },
    bitmap,
    signatures,
  }
}

function readMember(bytes: Uint8Array, place: number): Member | undefined {
  const kind = bytes[place] ?? Infinity
  if (kind > MemberKind.contract) return undefined
  const start = place + 9
  const end = start + idLength(kind)
  if (end > bytes.length) return undefined
  const id = `0x${bytesToHex(bytes, start, end).slice(2).padStart(64, '0')}` as Hash
  return { kind, id, weight: readBigint(bytes, place + 1, start) }
}

/** The signature that starts at `place`, behind its length if it tells that. */
function readSlot(bytes: Uint8Array, place: number, kind: number): Uint8Array | undefined {
  const fixed = slotLength(kind)
  const start = fixed === undefined ? place + 2 : place
  if (start > bytes.length) return undefined
  const end = start + (fixed ?? readNumber(bytes, place, start))
  return end > bytes.length ? undefined : bytes.subarray(start, end)
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

  bytes(start: number, length: number): Uint8Array {
    return this.#bytes.subarray(start, start + length)
  }

  isZero(start: number, end: number): boolean {
    for (let i = start; i < end; i++) if (this.#bytes[i] !== 0) return false
    return true
  }
}
