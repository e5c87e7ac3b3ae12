/** Board files: who decides for an entity. Public: no secret is in them. */
import { UINT64_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { blsKeyId } from '@xln/shared/crypto/bls.ts'
import {
  type BlsBoardFault,
  type BlsMember,
  faultOfBlsBoard,
  seatedBlsMembers,
} from '@xln/shared/entity/blsBoard.ts'
import { isValidBoard, MemberKind, memberAddress, memberId } from '@xln/shared/entity/board.ts'
import type { KeyBoard } from '@xln/shared/entity/votes.ts'
import { type Hash, parseAddress } from '@xln/shared/ids.ts'
import { z } from 'zod'
import { CliError } from '../faults.ts'
import { field, readJsonFile, writeJsonFile } from './jsonFile.ts'
import { readyBls } from './keyFiles.ts'

/** A member as he is given: with nothing said, his vote counts 1. */
export interface BlsCard {
  /** 96 bytes. */
  readonly key: Uint8Array
  /** Shows that somebody has its secret; only registering needs it. */
  readonly possession?: Uint8Array
}

/** A board, and what is known of its BLS keys beside their weights. */
export interface BoardFile {
  readonly board: KeyBoard
  /** By the id of the key. */
  readonly possessions: ReadonlyMap<Hash, Uint8Array>
}

const weight = field.natural
const schema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('listed'),
    threshold: field.natural,
    members: z.array(z.strictObject({ address: field.address, weight })),
  }),
  z.strictObject({
    kind: z.literal('bls'),
    threshold: field.natural,
    members: z.array(
      z.strictObject({ key: field.blsKey, weight, possession: field.blsSignature.optional() }),
    ),
  }),
])
type BoardJson = z.infer<typeof schema>

/** Throws `file_unreadable`, `file_malformed`, or `board_invalid`: one that cannot decide. */
export async function readBoardFile(path: string): Promise<BoardFile> {
  const json = await readJsonFile(path, 'board', schema)
  if (json.kind === 'bls') await readyBls()
  const file = fileOf(json)
  requireBoard(path, file.board)
  return file
}

/** Throws `board_invalid`, `file_exists` or `file_unwritable`. */
export async function writeBoardFile(path: string, file: BoardFile): Promise<void> {
  requireBoard(path, file.board)
  await writeJsonFile(path, jsonOf(file), 'new')
}

function fileOf(json: BoardJson): BoardFile {
  const { threshold } = json
  const possessions = new Map<Hash, Uint8Array>()
  if (json.kind === 'listed') {
    const members = json.members.map(({ address, weight }) => {
      return { kind: MemberKind.address, id: memberId(parseAddress(address)), weight }
    })
    return { board: { kind: 'listed', threshold, members: seated(members) }, possessions }
  }
  const members = json.members.map(({ key: hex, weight, possession }): BlsMember => {
    const key = hexToBytes(hex)
    if (possession !== undefined) possessions.set(blsKeyId(key), hexToBytes(possession))
    return { key, weight }
  })
  return { board: { kind: 'bls', threshold, members: seatedBlsMembers(members) }, possessions }
}

function jsonOf({ board, possessions }: BoardFile): object {
  const { kind, threshold } = board
  if (board.kind === 'listed') {
    const members = board.members.map(({ id, weight }) => ({ address: memberAddress(id), weight }))
    return { kind, threshold, members }
  }
  const members = board.members.map(({ key, weight }) => {
    const possession = possessions.get(blsKeyId(key))
    return { key: bytesToHex(key), weight, ...(possession && { possession }) }
  })
  return { kind, threshold, members }
}

function seated<Member extends { readonly id: Hash }>(members: readonly Member[]): Member[] {
  return [...members].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** A board of addresses or of BLS keys, seated in the order of their ids. */
export function boardOf(
  threshold: bigint,
  addresses: readonly { readonly id: Hash; readonly weight: bigint }[],
  keys: readonly BlsMember[],
): KeyBoard {
  if (keys.length > 0) return { kind: 'bls', threshold, members: seatedBlsMembers(keys) }
  const members = addresses.map((member) => ({ kind: MemberKind.address, ...member }))
  return { kind: 'listed', threshold, members: seated(members) }
}

const reasons: Readonly<Record<BlsBoardFault, string>> = {
  empty: 'it has no members',
  order: 'a key sits on it twice',
  weight: 'a weight is 0, or all together have more than 64 bits',
  threshold: 'its threshold is 0, or more than all members weigh together',
  keys: 'a key is none, or all keys cancel out',
}

function requireBoard(path: string, board: KeyBoard): void {
  const reason = board.kind === 'bls' ? reasonOfBls(board) : reasonOfListed(board)
  if (reason !== undefined) throw new CliError({ code: 'board_invalid', path, reason })
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
  if (new Set(members.map(({ id }) => id)).size < members.length) return 'an address is on it twice'
  if (members.some(({ weight }) => weight < 1n || weight > UINT64_MAX)) return 'a weight is wrong'
  const total = members.reduce((sum, { weight }) => sum + weight, 0n)
  return `its threshold is ${threshold}, and all members weigh ${total}`
}
