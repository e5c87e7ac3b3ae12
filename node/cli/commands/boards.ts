/** Boards: as files, and on chain. */
import { dirname, relative } from 'node:path'
import { IEntityProvider__factory } from '@xln/shared/abi/typechain/factories/interfaces/IEntityProvider__factory.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { blsMembersBytes } from '@xln/shared/entity/blsBoard.ts'
import { MemberKind, memberId, numberedEntity } from '@xln/shared/entity/board.ts'
import { hashKeyBoard, type KeyBoard, memberIdsOf, nameOfMember } from '@xln/shared/entity/votes.ts'
import { type EntityId, type Hash, parseAddress } from '@xln/shared/ids.ts'
import type { ChainCall } from '../../shell/chain/calls.ts'
import type { Arguments } from '../arguments.ts'
import {
  type BoardFile,
  boardOf,
  type KeyMember,
  type ListedMember,
  readBoardFile,
  writeBoardFile,
} from '../boards/boardFile.ts'
import { type KeyCard, readCards } from '../boards/keyFiles.ts'
import { ChainSession, payerOption } from '../boards/session.ts'
import type { Command, ExitCode } from '../command.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import type { Output } from '../output.ts'
import { callOf, chainOptions, registrationsOf, unregisteredOf } from './blsKeys.ts'

const provider = IEntityProvider__factory.createInterface()
const ADDRESS = /^(0x[0-9a-fA-F]{40})(?:=([0-9]{1,20}))?$/

export const boardCreate: Command = {
  name: 'board create',
  summary: 'make a board file of addresses and BLS keys',
  parameters: [{ name: 'file' }],
  options: [
    { name: 'threshold', value: '<weight>', summary: 'The weight of votes that decides' },
    {
      name: 'member',
      value: '<address[=weight]>',
      summary: 'A member that signs with the key of an address',
      isList: true,
    },
    {
      name: 'cards',
      value: '<path[=weight]>',
      summary: 'Members with BLS keys: a file of "bls create"',
      isList: true,
    },
    {
      name: 'nested',
      value: '<[entity:]file[=weight]>',
      summary: 'A member that is an entity, with its board file: by its hash, or as named',
      isList: true,
    },
    {
      name: 'contract',
      value: '<address[=weight]>',
      summary: 'A member that answers for itself (ERC-1271), but never for proofs',
      isList: true,
    },
    { name: 'listed', summary: 'List every member, though all have BLS keys' },
  ],
  examples: [
    'board create board.json --threshold 2 --member 0x1111111111111111111111111111111111111111 --member 0x2222222222222222222222222222222222222222=2',
    'board create board.json --threshold 67 --cards alice/members.json --cards bob/members.json=2',
    'board create board.json --threshold 2 --nested alice/board.json --nested 5:bob/board.json=2',
  ],
  notes:
    'Without a weight, a vote counts 1. A board of BLS keys alone has any number of members, and is named by\ntheir sum; any other lists up to 32. The file holds no secret, and its hash names the entity: a changed file\nis another entity. Files of nested boards are named from the folder of this one; four boards above each other count.',
  seeAlso: ['board show', 'board check', 'bls create'],
  async run(args, context) {
    const threshold = weightOf(args, args.required('threshold'))
    const keys = await keyMembers(args)
    const listed = [
      ...args.list('member').map((text) => addressMember(args, text, 'member')),
      ...args.list('contract').map((text) => addressMember(args, text, 'contract')),
      ...(await nestedMembers(args, context)),
    ]
    const isSum = keys.length > 0 && listed.length === 0 && !args.flag('listed')
    const file = boardOf(isSum ? 'bls' : 'listed', threshold, listed, keys)
    await writeBoardFile(args.word('file'), file)
    say(context.output, file.board)
    return 0
  },
}

function addressMember(args: Arguments, text: string, option: 'member' | 'contract') {
  const parts = ADDRESS.exec(text)
  if (parts === null) {
    throw args.usage(`--${option} "${text}" is no address, with or without =weight`)
  }
  const [, address = '', weight = '1'] = parts
  const kind = option === 'member' ? MemberKind.address : MemberKind.contract
  return { kind, id: memberId(parseAddress(address)), weight: weightOf(args, weight) }
}

/** Their files are named from the folder of the one that is made. */
async function nestedMembers(args: Arguments, context: Context): Promise<ListedMember[]> {
  const folder = dirname(args.word('file'))
  const members: ListedMember[] = []
  for (const text of args.list('nested')) {
    const [, name, path = '', weight = '1'] =
      /^(?:([^:]+):)?(.+?)(?:=([0-9]{1,20}))?$/.exec(text) ?? []
    const { board } = await readBoardFile(path)
    const id = name === undefined ? hashKeyBoard(board) : await context.entityNamed(name)
    const file = relative(folder, path)
    const seat = { kind: MemberKind.entity, id: id as Hash, weight: weightOf(args, weight) }
    members.push({ ...seat, file })
  }
  return members
}

async function keyMembers(args: Arguments): Promise<KeyMember[]> {
  const members: KeyMember[] = []
  for (const text of args.list('cards')) {
    const [, path = text, weight = '1'] = /^(.+)=([0-9]{1,20})$/.exec(text) ?? []
    const cards = await readCards(path)
    members.push(...cards.map((card) => ({ ...card, weight: weightOf(args, weight) })))
  }
  return members
}

function weightOf(args: Arguments, text: string): bigint {
  if (!/^[0-9]{1,20}$/.test(text)) throw args.usage(`"${text}" is no weight`)
  return BigInt(text)
}

export const boardShow: Command = {
  name: 'board show',
  summary: 'show who sits on a board, and which entity it is',
  parameters: [{ name: 'file' }],
  options: [],
  examples: ['board show board.json', 'board show board.json --json'],
  seeAlso: ['board create', 'board check'],
  async run(args, context) {
    say(context.output, (await readBoardFile(args.word('file'))).board)
    return 0
  },
}

/** By the number of the kind on chain, as files have them. */
const kinds = ['address', 'entity', 'key', 'contract']

function say(output: Output, board: KeyBoard): void {
  const { kind, threshold } = board
  const entity = hashKeyBoard(board)
  const ids = memberIdsOf(board)
  const members = board.members.map((seat, at) => {
    const kind = 'kind' in seat ? (kinds[seat.kind] ?? 'unknown') : 'key'
    return { kind, member: nameOfMember(ids[at] as Hash), weight: seat.weight }
  })
  const total = members.reduce((sum, { weight }) => sum + weight, 0n)
  const lines = [
    `entity     ${entity}`,
    `kind       ${kind === 'bls' ? 'BLS keys' : 'listed'}`,
    `threshold  ${threshold} of ${total}`,
    ...members.map(({ kind, member, weight }) => `  ${member}  ${weight}  ${kind}`),
  ]
  output.say({ entity, kind, threshold, total, members }, lines.join('\n'))
}

export const boardCheck: Command = {
  name: 'board check',
  summary: 'show a board to the chain, so that it can sign, be registered, or follow another',
  parameters: [{ name: 'file' }],
  options: [payerOption, ...chainOptions],
  examples: ['board check board.json --key-file payer.key'],
  notes:
    'BLS keys that are not registered yet are registered first, if the file has their proofs of possession. A\nlisted board without BLS keys needs this only to be registered, or to follow another.',
  seeAlso: ['board register', 'board replace', 'bls register'],
  async run(args, context) {
    const file = await readBoardFile(args.word('file'))
    const boardHash = hashKeyBoard(file.board)
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const before = await isChecked(session, boardHash)
      if (!before) {
        const keys = await missingKeys(session, file)
        if (keys.length > 0) {
          await session.perform(args, context, registrationsOf(session, keys))
          context.output.note(`keys registered: ${keys.length}`)
        }
        await session.perform(args, context, [checkOf(session, file.board)])
      }
      const text = `${before ? 'was checked before' : 'checked'}: ${boardHash}`
      context.output.say({ boardHash, before }, text)
      return 0
    })
  },
}

export function isChecked(session: ChainSession, boardHash: Hash): Promise<boolean> {
  return session.ask((endpoint) => session.provider(endpoint).isBoardChecked(boardHash))
}

/** Keys of the board that the chain does not know. Throws `possession_missing`. */
async function missingKeys(session: ChainSession, { cards }: BoardFile): Promise<KeyCard[]> {
  const nothing = new Uint8Array(0)
  const all = [...cards.values()].map(({ key, possession = nothing }) => ({ key, possession }))
  const missing = await unregisteredOf(session, all)
  const unproven = missing.filter(({ possession }) => possession === nothing).length
  if (unproven > 0) throw new CliError({ code: 'possession_missing', keys: unproven })
  return missing
}

function checkOf(session: ChainSession, board: KeyBoard): ChainCall {
  if (board.kind === 'listed') {
    const members = board.members.map((member) => ({ ...member }))
    const { threshold } = board
    return callOf(session, provider.encodeFunctionData('checkBoard', [{ threshold, members }]))
  }
  const members = bytesToHex(blsMembersBytes(board))
  return callOf(session, provider.encodeFunctionData('checkKeys', [board.threshold, members]))
}

export const boardRegister: Command = {
  name: 'board register',
  summary: 'make a numbered entity for which a board decides, and which can have another later',
  parameters: [{ name: 'file' }],
  options: [
    { name: 'another', summary: 'Also if the board decides for a numbered entity already' },
    payerOption,
    ...chainOptions,
  ],
  examples: ['board register board.json --key-file payer.key'],
  seeAlso: ['board check', 'board replace', 'name claim'],
  async run(args, context) {
    const { board } = await readBoardFile(args.word('file'))
    const boardHash = hashKeyBoard(board)
    return await ChainSession.use<ExitCode>(context, async (session) => {
      if (!(await isChecked(session, boardHash))) {
        throw new CliError({ code: 'board_unchecked', boardHash })
      }
      const before = (await registeredWith(session, boardHash)).at(-1)
      if (before !== undefined && !args.flag('another')) {
        throw new CliError({ code: 'board_registered', entity: before })
      }
      const data = provider.encodeFunctionData('registerChecked', [boardHash])
      await session.perform(args, context, [callOf(session, data)])
      const entity = (await registeredWith(session, boardHash)).at(-1)
      if (entity === undefined) throw new Error(`${boardHash} was registered, and no event says so`)
      const number = BigInt(entity)
      context.output.say({ entity, number, boardHash }, `entity ${number}: ${entity}`)
      return 0
    })
  },
}

/** All numbered entities that started with this board, oldest first. */
function registeredWith(session: ChainSession, boardHash: Hash): Promise<EntityId[]> {
  return session.ask(async (endpoint) => {
    const contract = session.provider(endpoint)
    const filter = contract.filters.EntityRegistered(undefined, boardHash)
    const events = await session.events(endpoint, (from, to) => {
      return contract.queryFilter(filter, from, to)
    })
    return events.map(({ args }) => numberedEntity(BigInt(args.entity)))
  })
}
