/** Board files: who decides for an entity. Public: no secret is in them. */
import { UINT64_MAX } from '@xln/shared/amounts.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { blsKeyId, isBlsKey } from '@xln/shared/crypto/bls.ts'
import {
  type BlsBoardFault,
  faultOfBlsBoard,
  seatedBlsMembers,
} from '@xln/shared/entity/blsBoard.ts'
import { isValidBoard, MemberKind, memberAddress, memberId } from '@xln/shared/entity/board.ts'
import { type KeyBoard, memberIdsOf } from '@xln/shared/entity/votes.ts'
import { type Hash, parseAddress } from '@xln/shared/ids.ts'
import { z } from 'zod'
import { CliError } from '../faults.ts'
import { field, readJsonFile, writeJsonFile } from './jsonFile.ts'
import { readyBls } from './keyFiles.ts'

/** A BLS key on a board. */
export interface BoardCard {
  /** 96 bytes. */
  readonly key: Uint8Array
  /** Shows that somebody has its secret; only registering needs it. */
  readonly possession?: Uint8Array
}

/** A board, and its BLS keys. */
export interface BoardFile {
  readonly board: KeyBoard
  /** By the id of the key. */
  readonly cards: ReadonlyMap<Hash, BoardCard>
}

/** A member with a BLS key. */
export interface KeyMember extends BoardCard {
  readonly weight: bigint
}

const weight = field.natural
const { natural: threshold } = field
const possession = field.blsSignature.optional()
const ofKey = z.strictObject({ key: field.blsKey, weight, possession })
const ofEither = z
  .strictObject({
    address: field.address.optional(),
    key: field.blsKey.optional(),
    weight,
    possession,
  })
  .refine(({ address, key }) => (address === undefined) !== (key === undefined), {
    error: 'an address or a key',
  })
const schema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('listed'), threshold, members: z.array(ofEither) }),
  z.strictObject({ kind: z.literal('bls'), threshold, members: z.array(ofKey) }),
])
type BoardJson = z.infer<typeof schema>

/** Throws `file_unreadable`, `file_malformed`, or `board_invalid`: one that cannot decide. */
export async function readBoardFile(path: string): Promise<BoardFile> {
  const json = await readJsonFile(path, 'board', schema)
  const [addresses, keys] = sortedOut(json)
  if (keys.length > 0) await readyBls()
  const file = boardOf(json.kind, json.threshold, addresses, keys)
  requireBoard(path, file)
  return file
}

/** Throws `board_invalid`, `file_exists` or `file_unwritable`. */
export async function writeBoardFile(path: string, file: BoardFile): Promise<void> {
  requireBoard(path, file)
  await writeJsonFile(path, jsonOf(file), 'new')
}

function sortedOut({ members }: BoardJson): [AddressMember[], KeyMember[]] {
  const addresses: AddressMember[] = []
  const keys: KeyMember[] = []
  for (const { key, weight, possession, ...rest } of members) {
    const address = 'address' in rest ? rest.address : undefined
    const proof = possession === undefined ? {} : { possession: hexToBytes(possession) }
    if (key !== undefined) keys.push({ key: hexToBytes(key), weight, ...proof })
    if (address !== undefined) addresses.push({ id: memberId(parseAddress(address)), weight })
  }
  return [addresses, keys]
}

function jsonOf({ board, cards }: BoardFile): object {
  const { kind, threshold } = board
  const ids = memberIdsOf(board)
  const members = board.members.map(({ weight }, at) => {
    const card = cards.get(ids[at] as Hash)
    return card === undefined
      ? { address: memberAddress(ids[at] as Hash), weight }
      : { ...card, weight }
  })
  return { kind, threshold, members }
}

interface AddressMember {
  readonly id: Hash
  readonly weight: bigint
}

/** A board with its members seated in the order of their ids; one of the kind `bls` has no addresses. */
export function boardOf(
  kind: KeyBoard['kind'],
  threshold: bigint,
  addresses: readonly AddressMember[],
  keys: readonly KeyMember[],
): BoardFile {
  const cards = new Map(keys.map(({ weight: _, ...card }) => [blsKeyId(card.key), card]))
  if (kind === 'bls') {
    const members = seatedBlsMembers(keys.map(({ key, weight }) => ({ key, weight })))
    return { board: { kind, threshold, members }, cards }
  }
  const members = [
    ...addresses.map((member) => ({ kind: MemberKind.address, ...member })),
    ...keys.map(({ key, weight }) => ({ kind: MemberKind.blsKey, id: blsKeyId(key), weight })),
  ]
  const seated = members.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { board: { kind, threshold, members: seated }, cards }
}

const reasons: Readonly<Record<BlsBoardFault, string>> = {
  empty: 'it has no members',
  order: 'a key sits on it twice',
  weight: 'a weight is 0, or all together have more than 64 bits',
  threshold: 'its threshold is 0, or more than all members weigh together',
  keys: 'a key is none, or all keys cancel out',
}

function requireBoard(path: string, { board, cards }: BoardFile): void {
  const reason = board.kind === 'bls' ? reasonOfBls(board) : reasonOfListed(board)
  const isNone = board.kind === 'listed' && [...cards.values()].some(({ key }) => !isBlsKey(key))
  const found = reason ?? (isNone ? reasons.keys : undefined)
  if (found !== undefined) throw new CliError({ code: 'board_invalid', path, reason: found })
}

function reasonOfBls(board: KeyBoard & { kind: 'bls' }): string | undefined {
  const fault = faultOfBlsBoard(board)
  return fault && reasons[fault]
}

function reasonOfListed(board: KeyBoard & { kind: 'listed' }): string | undefined {
  if (isValidBoard(board)) return undefined
  const { members, threshold } = board
  if (members.length === 0) return reasons.empty
  if (members.length > 32) return `it lists ${members.length} members, more than 32`
  if (new Set(members.map(({ id }) => id)).size < members.length) return 'a member is on it twice'
  if (members.some(({ weight }) => weight < 1n || weight > UINT64_MAX)) return 'a weight is wrong'
  const total = members.reduce((sum, { weight }) => sum + weight, 0n)
  return `its threshold is ${threshold}, and all members weigh ${total}`
}
