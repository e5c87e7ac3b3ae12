/** The signature of a board of BLS keys, form `0x02`: all who are not absent, as one. Mirrors `BlsBoardForm`. */
import {
  concatBytes,
  equalBytes,
  numberToBytes,
  readBigint,
  readNumber,
  writeBigint,
} from '../bytes.ts'
import { addBlsKeys, BLS_KEY_LENGTH, BLS_SIGNATURE_LENGTH, isBlsSigned } from '../crypto/bls.ts'
import type { ChainDomain } from '../depository/domain.ts'
import type { EntityId } from '../ids.ts'
import {
  BLS_MEMBER_LENGTH,
  type BlsBoard,
  type BlsBoardHead,
  blsMemberBytes,
  faultOfBlsBoard,
  headOfBlsBoard,
  treeOfBlsMembers,
} from './blsBoard.ts'
import { entitySignatureDigest } from './signature.ts'

const FORM_BLS = 0x02
const KEY_AT = 17
const ROOT_AT = KEY_AT + BLS_KEY_LENGTH
const SIGNATURE_AT = ROOT_AT + 32
const DEPTH_AT = SIGNATURE_AT + BLS_SIGNATURE_LENGTH
const ABSENT_AT = DEPTH_AT + 1

/** The shown place of one who did not sign. */
export interface AbsentMember {
  readonly index: number
  /** `key 96 ‖ weight 8`. */
  readonly member: Uint8Array
  /** From his leaf upwards, 32 bytes each. */
  readonly path: readonly Uint8Array[]
}

export interface BlsBoardSignature {
  readonly head: BlsBoardHead
  /** Of all but the absent, 192 bytes. */
  readonly signature: Uint8Array
  /** In the order in which they sit. */
  readonly absent: readonly AbsentMember[]
}

/** The places of absent members, by their numbers in any order. Throws for one beyond the board. */
export function absentMembersOf(board: BlsBoard, absent: Iterable<number>): AbsentMember[] {
  const tree = treeOfBlsMembers(board)
  return [...absent]
    .sort((a, b) => a - b)
    .map((index) => {
      const member = board.members[index]
      if (member === undefined) throw new RangeError(`the board has no member ${index}`)
      return { index, member: blsMemberBytes(member), path: tree.pathOf(index) }
    })
}

/**
 * `0x02 ‖ threshold 8 ‖ total weight 8 ‖ aggregate key 96 ‖ members' root 32 ‖ signature 192 ‖ depth 1 ‖`
 * and for each absent `index 4 ‖ key 96 ‖ weight 8 ‖ path`.
 */
export function encodeBlsBoardSignature({
  head,
  signature,
  absent,
}: BlsBoardSignature): Uint8Array {
  const numbers = new Uint8Array(KEY_AT)
  numbers[0] = FORM_BLS
  writeBigint(numbers, 1, 8, head.threshold)
  writeBigint(numbers, 9, 8, head.totalWeight)
  const depth = Uint8Array.of(absent[0]?.path.length ?? 0)
  const shown = absent.flatMap(({ index, member, path }) => {
    return [numberToBytes(index, 4), member, ...path]
  })
  return concatBytes(numbers, head.aggregateKey, head.membersRoot, signature, depth, ...shown)
}

/** What a signature in this form shows, as views of `bytes`; `undefined` for other bytes. Never throws. */
export function decodeBlsBoardSignature(bytes: Uint8Array): BlsBoardSignature | undefined {
  if (bytes[0] !== FORM_BLS || bytes.length < ABSENT_AT) return undefined
  const depth = bytes[DEPTH_AT] as number
  const each = 4 + BLS_MEMBER_LENGTH + 32 * depth
  const shown = bytes.length - ABSENT_AT
  if (depth > 32 || shown % each !== 0 || (shown === 0 && depth !== 0)) return undefined
  const absent: AbsentMember[] = []
  for (let at = ABSENT_AT; at < bytes.length; at += each) absent.push(absentAt(bytes, at, depth))
  const head = {
    threshold: readBigint(bytes, 1, 9),
    totalWeight: readBigint(bytes, 9, KEY_AT),
    aggregateKey: bytes.subarray(KEY_AT, ROOT_AT),
    membersRoot: bytes.subarray(ROOT_AT, SIGNATURE_AT),
  }
  return { head, signature: bytes.subarray(SIGNATURE_AT, DEPTH_AT), absent }
}

function absentAt(bytes: Uint8Array, at: number, depth: number): AbsentMember {
  const pathAt = at + 4 + BLS_MEMBER_LENGTH
  const path = Array.from({ length: depth }, (_, level) => {
    return bytes.subarray(pathAt + 32 * level, pathAt + 32 * (level + 1))
  })
  return { index: readNumber(bytes, at, at + 4), member: bytes.subarray(at + 4, pathAt), path }
}

/**
 * Whether `signature` is one that the chain accepts of this `board`, once the board is checked there, for
 * `digest` of `entity`, for which the board decides. Never throws.
 */
export function verifyBlsBoard(
  domain: ChainDomain,
  entity: EntityId,
  board: BlsBoard,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const decoded = decodeBlsBoardSignature(signature)
  if (decoded === undefined || faultOfBlsBoard(board) !== undefined) return false
  const absent = new Set(decoded.absent.map(({ index }) => index))
  if ([...absent].some((index) => index >= board.members.length)) return false
  // It has one layout only: whoever is shown twice, elsewhere or with another weight, is not in it.
  const head = headOfBlsBoard(board)
  const form = { ...decoded, head, absent: absentMembersOf(board, absent) }
  if (!equalBytes(encodeBlsBoardSignature(form), signature)) return false
  const present = board.members.filter((_, index) => !absent.has(index))
  const weight = present.reduce((sum, member) => sum + member.weight, 0n)
  const key = addBlsKeys(present.map((member) => member.key))
  if (weight < board.threshold || key === undefined) return false
  return isBlsSigned(key, entitySignatureDigest(domain, entity, digest), decoded.signature)
}
