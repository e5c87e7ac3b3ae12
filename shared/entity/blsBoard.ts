/** Boards of any number of BLS keys, named by their sum. Mirrors `BlsBoards` and `BlsBoardForm` on chain. */
import { UINT64_MAX } from '../amounts.ts'
import { concatBytes, writeBigint } from '../bytes.ts'
import { addBlsKeys, BLS_KEY_LENGTH, blsKeyId } from '../crypto/bls.ts'
import { keccak256, keccakHex } from '../crypto/keccak.ts'
import type { Hash } from '../ids.ts'
import { type DigestTree, treeOfDigests } from './signedRoot.ts'

/** One seat: a registered BLS key. */
export interface BlsMember {
  /** 96 bytes. */
  readonly key: Uint8Array
  /** What its vote counts: 1 … 2^64 − 1. */
  readonly weight: bigint
}

/** Who decides for an entity: the chain knows the sum of the keys, and not how many there are. */
export interface BlsBoard {
  /** The weight of votes that decides, 1 … the sum of all weights, which has 64 bits. */
  readonly threshold: bigint
  /** Strictly ascending by the id of the key. */
  readonly members: readonly BlsMember[]
}

/** What the hash of a BLS board commits to, and every signature of it shows. */
export interface BlsBoardHead {
  readonly threshold: bigint
  readonly totalWeight: bigint
  /** The sum of all keys, 96 bytes. */
  readonly aggregateKey: Uint8Array
  /** Over key and weight of each member. */
  readonly membersRoot: Uint8Array
}

const KIND_BLS = 2
export const BLS_MEMBER_LENGTH = BLS_KEY_LENGTH + 8

/** The members in the order in which they sit. */
export function seatedBlsMembers(members: readonly BlsMember[]): readonly BlsMember[] {
  const named = members.map((member) => ({ member, id: blsKeyId(member.key) }))
  return named.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ member }) => member)
}

/**
 * Why a board cannot decide, or `undefined`: what `checkKeys` refuses, but for keys that are not registered,
 * which only the chain knows.
 */
export function faultOfBlsBoard(board: BlsBoard): BlsBoardFault | undefined {
  const { threshold, members } = board
  if (members.length === 0) return 'empty'
  let total = 0n
  let previous = ''
  for (const { key, weight } of members) {
    const id = blsKeyId(key)
    if (id <= previous) return 'order'
    if (weight < 1n) return 'weight'
    previous = id
    total += weight
  }
  if (total > UINT64_MAX) return 'weight'
  if (threshold < 1n || threshold > total) return 'threshold'
  return addBlsKeys(members.map(({ key }) => key)) === undefined ? 'keys' : undefined
}

/** `keys`: one is none, or their sum is at infinity. */
export type BlsBoardFault = 'empty' | 'order' | 'weight' | 'threshold' | 'keys'

/** What the board commits to. Throws for a board with a fault in its keys. */
export function headOfBlsBoard(board: BlsBoard): BlsBoardHead {
  const aggregateKey = addBlsKeys(board.members.map(({ key }) => key))
  if (aggregateKey === undefined) throw new RangeError('the keys of the board have no sum')
  const totalWeight = board.members.reduce((sum, { weight }) => sum + weight, 0n)
  const { root } = treeOfBlsMembers(board)
  return { threshold: board.threshold, totalWeight, aggregateKey, membersRoot: root }
}

/** The tree in which absent members show their places. */
export function treeOfBlsMembers({ members }: Pick<BlsBoard, 'members'>): DigestTree {
  return treeOfDigests(members.map((member) => keccak256(blsMemberBytes(member))))
}

/**
 * `keccak256(abi.encode(uint8(2), threshold, totalWeight, bytes32[3] aggregateKey, membersRoot))`: the name
 * of a board, and the id of its lazy entity.
 */
export function hashBlsHead(head: BlsBoardHead): Hash {
  const words = new Uint8Array(32 * 7)
  words[31] = KIND_BLS
  writeBigint(words, 32, 32, head.threshold)
  writeBigint(words, 64, 32, head.totalWeight)
  words.set(head.aggregateKey, 96)
  words.set(head.membersRoot, 192)
  return keccakHex(words)
}

/** The same of a whole board. Throws for a board with a fault in its keys. */
export function hashBlsBoard(board: BlsBoard): Hash {
  return hashBlsHead(headOfBlsBoard(board))
}

/** What `checkKeys` takes: `key 96 ‖ weight 8` of each member. */
export function blsMembersBytes({ members }: Pick<BlsBoard, 'members'>): Uint8Array {
  return concatBytes(...members.map(blsMemberBytes))
}

/** `key 96 ‖ weight 8`. */
export function blsMemberBytes({ key, weight }: BlsMember): Uint8Array {
  const bytes = new Uint8Array(BLS_MEMBER_LENGTH)
  bytes.set(key)
  writeBigint(bytes, BLS_KEY_LENGTH, 8, weight)
  return bytes
}
