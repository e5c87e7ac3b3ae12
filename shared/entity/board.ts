/** Boards, and how entities and channels are named after them. Mirrors the EntityProvider. */

import { writeBigint, writeHex, writeNumber } from '../bytes.ts'
import type { Side } from '../channel/delta.ts'
import { keccakHex } from '../crypto/keccak.ts'
import type { Address, ChannelKey, EntityId, Hash, Hex } from '../ids.ts'
import { BOARD_MEMBERS_MAX } from '../limits.ts'
import { Memo } from '../memo.ts'

/** What stands behind a member's id, by its number on chain. */
export const MemberKind = { address: 0, entity: 1, blsKey: 2, contract: 3 } as const

/** One seat on a board. */
export interface Member {
  readonly kind: number
  /** An address left-padded to 32 bytes; or the id of an entity or of a BLS key. */
  readonly id: Hash
  /** What its vote counts: 1 … 2^64 − 1. */
  readonly weight: bigint
}

/** Who decides for an entity. */
export interface Board {
  /** The weight of votes that decides, 1 … the sum of all weights. */
  readonly threshold: bigint
  /** Strictly ascending by id, 1 to 32 of them. */
  readonly members: readonly Member[]
}

const UINT64_MAX = (1n << 64n) - 1n
const ADDRESS_PADDING = `0x${'00'.repeat(12)}`
const NO_MEMBER = `0x${'00'.repeat(32)}`
const NUMBER_PADDING = `0x${'00'.repeat(24)}`

/** The id of a member that is an address. */
export function memberId(address: Address): Hash {
  return `${ADDRESS_PADDING}${address.slice(2)}` as Hash
}

/** The address of a member's id, if it is one. */
export function memberAddress(id: Hash): Address | undefined {
  return id.startsWith(ADDRESS_PADDING) ? (`0x${id.slice(26)}` as Address) : undefined
}

/** A board of one address, which decides alone. */
export function soleBoard(address: Address): Board {
  return {
    threshold: 1n,
    members: [{ kind: MemberKind.address, id: memberId(address), weight: 1n }],
  }
}

/** Whether a board can decide, by more than nobody's vote: `Boards.isValid` on chain. */
export function isValidBoard(board: Board): boolean {
  const { threshold, members } = board
  if (members.length === 0 || members.length > BOARD_MEMBERS_MAX) return false
  let total = 0n
  let previous: Hash | undefined
  for (const member of members) {
    if (!isSeat(member, previous)) return false
    total += member.weight
    previous = member.id
  }
  return threshold >= 1n && threshold <= total && threshold <= UINT64_MAX
}

/** Whether a member may sit after the one with the id `previous`: `Boards.isSeat` on chain. */
export function isSeat({ kind, id, weight }: Member, previous: Hash | undefined): boolean {
  const isWide = kind === MemberKind.entity || kind === MemberKind.blsKey
  return (
    id > (previous ?? NO_MEMBER) &&
    weight >= 1n &&
    weight <= UINT64_MAX &&
    kind <= MemberKind.contract &&
    (isWide || memberAddress(id) !== undefined)
  )
}

/** `keccak256(abi.encode(uint8(1), board))`: the name of a board, and the id of its lazy entity. */
export function hashBoard(board: Board): Hash {
  const words = new Uint8Array(64 + boardWordsLength(board))
  words[31] = 1
  words[63] = 0x40
  writeBoardWords(words, 64, board)
  return keccakHex(words)
}

/** Bytes of a board inside an ABI encoding. */
export function boardWordsLength(board: Board): number {
  return 32 * (3 + 3 * board.members.length)
}

/** Writes threshold, offset and number of the members, and each one's kind, id and weight. */
export function writeBoardWords(words: Uint8Array, at: number, board: Board): void {
  writeBigint(words, at, 32, board.threshold)
  words[at + 63] = 0x40
  writeNumber(words, at + 64, 32, board.members.length)
  let next = at + 96
  for (const { kind, id, weight } of board.members) {
    words[next + 31] = kind
    writeHex(words, next + 32, id)
    writeBigint(words, next + 64, 32, weight)
    next += 96
  }
}

const soleWords = new Uint8Array(32 * 8)
writeBoardWords(soleWords, 64, soleBoard(`0x${'00'.repeat(20)}` as Address))
soleWords[31] = 1
soleWords[63] = 0x40

const lazyIds = new Memo<EntityId>(1 << 14)

/** The lazy entity whose board is this one address: `EntityProvider.soleEntity`. */
export function lazyEntityId(address: Address): EntityId {
  return lazyIds.get(address, () => {
    writeHex(soleWords, 32 * 6 + 12, address)
    return keccakHex(soleWords) as Hex as EntityId
  })
}

/** Whether an id is the number of a registered entity, whose board only the chain knows. */
export function isRegistered(entity: EntityId): boolean {
  return entity.startsWith(NUMBER_PADDING)
}

/** The id of the registered entity with this number, 1 … 2^64 − 1. */
export function numberedEntity(number: bigint): EntityId {
  return `0x${number.toString(16).padStart(64, '0')}` as EntityId
}

/** The two ends of a channel in their order. */
export function orderSides(a: EntityId, b: EntityId): { left: EntityId; right: EntityId } {
  return a < b ? { left: a, right: b } : { left: b, right: a }
}

const pair = new Uint8Array(64)
/** Every message names its two ends, and a hash takes longer than finding it again. */
const channelKeys = new Memo<ChannelKey>(1 << 14)

/** `keccak256(abi.encode(left, right))`, in whatever order the two are given. */
export function channelKeyOf(a: EntityId, b: EntityId): ChannelKey {
  const { left, right } = orderSides(a, b)
  return channelKeys.get(left + right, () => {
    writeHex(pair, 0, left)
    writeHex(pair, 32, right)
    return keccakHex(pair) as Hex as ChannelKey
  })
}

/** Which side `entity` is in its channel with `peer`, another entity. */
export function sideOf(entity: EntityId, peer: EntityId): Side {
  return entity < peer ? 'left' : 'right'
}
