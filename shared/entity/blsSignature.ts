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
const COUNT_AT = SIGNATURE_AT + BLS_SIGNATURE_LENGTH
const MEMBERS_AT = COUNT_AT + 2
const SHOWN_LENGTH = 4 + BLS_MEMBER_LENGTH

/** One who did not sign. */
export interface AbsentMember {
  readonly index: number
  /** `key 96 ‖ weight 8`. */
  readonly member: Uint8Array
}

/** Those who did not sign, with what shows that they sit where it says. */
export interface AbsentMembers {
  /** In the order in which they sit; 65,535 at most. */
  readonly members: readonly AbsentMember[]
  /** The nodes that lead from them to the root, 32 bytes each: see {@link DigestTree.siblingsOf}. */
  readonly siblings: readonly Uint8Array[]
}

export interface BlsBoardSignature {
  readonly head: BlsBoardHead
  /** Of all but the absent, 192 bytes. */
  readonly signature: Uint8Array
  readonly absent: AbsentMembers
}

/** The places of absent members, by their numbers in any order. Throws for one beyond the board. */
export function absentMembersOf(board: BlsBoard, absent: Iterable<number>): AbsentMembers {
  const indexes = [...absent].sort((a, b) => a - b)
  const members = indexes.map((index) => {
    const member = board.members[index]
    if (member === undefined) throw new RangeError(`the board has no member ${index}`)
    return { index, member: blsMemberBytes(member) }
  })
  if (members.length === 0) return { members, siblings: [] }
  return { members, siblings: treeOfBlsMembers(board).siblingsOf(indexes) }
}

/**
 * `0x02 ‖ threshold 8 ‖ total weight 8 ‖ aggregate key 96 ‖ members' root 32 ‖ signature 192 ‖
 * absent 2 ‖`, for each absent `index 4 ‖ key 96 ‖ weight 8`, and the siblings.
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
  const { members, siblings } = absent
  const count = numberToBytes(members.length, 2)
  const shown = members.flatMap(({ index, member }) => [numberToBytes(index, 4), member])
  const board = [head.aggregateKey, head.membersRoot]
  return concatBytes(numbers, ...board, signature, count, ...shown, ...siblings)
}

/** What a signature in this form shows, as views of `bytes`; `undefined` for other bytes. Never throws. */
export function decodeBlsBoardSignature(bytes: Uint8Array): BlsBoardSignature | undefined {
  if (bytes[0] !== FORM_BLS || bytes.length < MEMBERS_AT) return undefined
  const absent = decodeAbsent(bytes)
  if (absent === undefined) return undefined
  const head = {
    threshold: readBigint(bytes, 1, 9),
    totalWeight: readBigint(bytes, 9, KEY_AT),
    aggregateKey: bytes.subarray(KEY_AT, ROOT_AT),
    membersRoot: bytes.subarray(ROOT_AT, SIGNATURE_AT),
  }
  return { head, signature: bytes.subarray(SIGNATURE_AT, COUNT_AT), absent }
}

function decodeAbsent(bytes: Uint8Array): AbsentMembers | undefined {
  const count = readNumber(bytes, COUNT_AT, MEMBERS_AT)
  const siblingsAt = MEMBERS_AT + count * SHOWN_LENGTH
  const rest = bytes.length - siblingsAt
  if (rest < 0 || rest % 32 !== 0 || (count === 0 && rest !== 0)) return undefined
  const members = Array.from({ length: count }, (_, i) => {
    const at = MEMBERS_AT + i * SHOWN_LENGTH
    const member = bytes.subarray(at + 4, at + SHOWN_LENGTH)
    return { index: readNumber(bytes, at, at + 4), member }
  })
  const siblings = Array.from({ length: rest / 32 }, (_, i) => {
    return bytes.subarray(siblingsAt + 32 * i, siblingsAt + 32 * (i + 1))
  })
  return { members, siblings }
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
  const absent = new Set(decoded.absent.members.map(({ index }) => index))
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
