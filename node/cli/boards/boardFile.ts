/** Board files: who decides for an entity. Public: no secret is in them. */
import { UINT64_MAX } from '@xln/shared/amounts.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { blsKeyId, isBlsKey } from '@xln/shared/crypto/bls.ts'
import {
  type BlsBoardFault,
  faultOfBlsBoard,
  seatedBlsMembers,
} from '@xln/shared/entity/blsBoard.ts'
import {
  isValidBoard,
  type Member,
  MemberKind,
  memberAddress,
  memberId,
  numberedEntity,
} from '@xln/shared/entity/board.ts'
import { type KeyBoard, memberIdsOf } from '@xln/shared/entity/votes.ts'
import { type EntityId, type Hash, type Hex, parseAddress, parseId } from '@xln/shared/ids.ts'
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

/** A board, its BLS keys, and where the boards of the entities on it are. */
export interface BoardFile {
  readonly board: KeyBoard
  /** By the id of the key. */
  readonly cards: ReadonlyMap<Hash, BoardCard>
  /** Board files of entities that are members, by the entity; paths from the folder of this file. */
  readonly files: ReadonlyMap<EntityId, string>
}

/** A member with a BLS key. */
export interface KeyMember extends BoardCard {
  readonly weight: bigint
}

/** A member that is listed: an address, a contract, or an entity, which may have a board file of its own. */
export interface ListedMember extends Member {
  readonly file?: string
}

const weight = field.natural
const { natural: threshold } = field
const possession = field.blsSignature.optional()
const ofKey = z.strictObject({ key: field.blsKey, weight, possession })
const number = z.string().regex(/^[1-9][0-9]{0,17}$/)
const entityId = z
  .union([field.id, number.transform((digits) => numberedEntity(BigInt(digits)))])
  .transform((id) => parseId<EntityId>(id))
const ofAny = z
  .strictObject({
    address: field.address.optional(),
    key: field.blsKey.optional(),
    contract: field.address.optional(),
    entity: entityId.optional(),
    board: z.string().min(1).optional(),
    weight,
    possession,
  })
  .refine(
    ({ address, key, contract, entity }) =>
      [address, key, contract, entity].filter((each) => each !== undefined).length === 1,
    { error: 'one of address, key, contract and entity' },
  )
  .refine(({ board, entity }) => board === undefined || entity !== undefined, {
    error: 'only an entity has a board',
  })
const schema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('listed'), threshold, members: z.array(ofAny) }),
  z.strictObject({ kind: z.literal('bls'), threshold, members: z.array(ofKey) }),
])
type BoardJson = z.infer<typeof schema>
type MemberJson = Partial<z.infer<typeof ofAny>>

/** Throws `file_unreadable`, `file_malformed`, or `board_invalid`: one that cannot decide. */
export async function readBoardFile(path: string): Promise<BoardFile> {
  const json = await readJsonFile(path, 'board', schema)
  const [members, keys] = sortedOut(json)
  if (keys.length > 0) await readyBls()
  const file = boardOf(json.kind, json.threshold, members, keys)
  requireBoard(path, file)
  return file
}

/** Throws `board_invalid`, `file_exists` or `file_unwritable`. */
export async function writeBoardFile(path: string, file: BoardFile): Promise<void> {
  requireBoard(path, file)
  await writeJsonFile(path, jsonOf(file), 'new')
}

function sortedOut({ members }: BoardJson): [ListedMember[], KeyMember[]] {
  const listed: ListedMember[] = []
  const keys: KeyMember[] = []
  for (const member of members) {
    const { key, weight, possession } = member
    const proof = possession === undefined ? {} : { possession: hexToBytes(possession) }
    if (key !== undefined) keys.push({ key: hexToBytes(key), weight, ...proof })
    else listed.push({ ...seatOf(member), weight })
  }
  return [listed, keys]
}

/** One of the three is there. */
function seatOf({ address, contract, entity, board }: MemberJson): Omit<ListedMember, 'weight'> {
  if (entity !== undefined) {
    const id = entity as Hex as Hash
    return { kind: MemberKind.entity, id, ...(board !== undefined && { file: board }) }
  }
  const kind = contract === undefined ? MemberKind.address : MemberKind.contract
  return { kind, id: memberId(parseAddress(contract ?? address ?? '')) }
}

function jsonOf({ board, cards, files }: BoardFile): object {
  const { kind, threshold } = board
  const ids = memberIdsOf(board)
  const members = board.members.map((member, at) => {
    const id = ids[at] as Hash
    const { weight } = member
    const card = cards.get(id)
    if (card !== undefined || !('kind' in member)) return { ...card, weight }
    if (member.kind !== MemberKind.entity) {
      const name = member.kind === MemberKind.contract ? 'contract' : 'address'
      return { [name]: memberAddress(id), weight }
    }
    const file = files.get(id as Hex as EntityId)
    return { entity: id, ...(file !== undefined && { board: file }), weight }
  })
  return { kind, threshold, members }
}

/** A board with its members seated in the order of their ids; one of the kind `bls` has keys alone. */
export function boardOf(
  kind: KeyBoard['kind'],
  threshold: bigint,
  listed: readonly ListedMember[],
  keys: readonly KeyMember[],
): BoardFile {
  const cards = new Map(keys.map(({ weight: _, ...card }) => [blsKeyId(card.key), card]))
  const files = new Map(
    listed.flatMap(({ id, file }) => (file === undefined ? [] : [[id as Hex as EntityId, file]])),
  )
  if (kind === 'bls') {
    const members = seatedBlsMembers(keys.map(({ key, weight }) => ({ key, weight })))
    return { board: { kind, threshold, members }, cards, files }
  }
  const members = [
    ...listed.map(({ file: _, ...member }) => member),
    ...keys.map(({ key, weight }) => ({ kind: MemberKind.blsKey, id: blsKeyId(key), weight })),
  ]
  const seated = members.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { board: { kind, threshold, members: seated }, cards, files }
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
