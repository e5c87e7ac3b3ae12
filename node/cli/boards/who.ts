/** Who acts and who signs: the options that commands of boards share, and what they mean. */
import { lazyEntityId, memberAddress, soleBoard } from '@xln/shared/entity/board.ts'
import type { DeepBallot } from '@xln/shared/entity/nestedVotes.ts'
import { hashKeyBoard, type KeyBoard, type Voter } from '@xln/shared/entity/votes.ts'
import type { EntityId, Hex } from '@xln/shared/ids.ts'
import type { Arguments } from '../arguments.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import type { Option } from '../syntax.ts'
import { readBoardFile } from './boardFile.ts'
import { readNested } from './boardTree.ts'
import { type Deed, digestOf, signersOf } from './deed.ts'

export const boardOption: Option = {
  name: 'board',
  value: '<path>',
  summary: 'The board file of the entity',
}

export const actorOptions: readonly Option[] = [
  {
    name: 'entity',
    value: '<entity>',
    summary: 'Whose: an id, a name, or a number',
    default: 'XLN_ENTITY, or the one that the board is by its hash',
  },
  boardOption,
]

/** Whom a command acts for. Throws `entity_malformed` or `usage`. */
export async function actorOf(args: Arguments, context: Context): Promise<EntityId> {
  const given = args.text('entity') ?? context.environment['XLN_ENTITY']
  if (given !== undefined && given !== '') return await context.entityNamed(given)
  const path = args.text('board')
  if (path === undefined) throw args.usage('--entity or --board is missing')
  return hashKeyBoard((await readBoardFile(path)).board) as Hex as EntityId
}

/** A board file with those below it, and what its entity signs of a deed. Throws what reading and `signerOf` do. */
export async function ballotOf(
  deed: Deed,
  path: string,
  args: Arguments,
  context: Context,
): Promise<DeepBallot> {
  const file = await readBoardFile(path)
  const { board } = file
  const entity = await signerOf(deed, board, args, context)
  const boards = await readNested(path, file, entity)
  const isProof = deed.type === 'proof'
  return { domain: deed.domain, entity, board, digest: digestOf(deed), boards, isProof }
}

/** For which of its signers a board signs a deed. Throws `signer_foreign` or `signer_ambiguous`. */
async function signerOf(
  deed: Deed,
  board: KeyBoard,
  args: Arguments,
  context: Context,
): Promise<EntityId> {
  const signers = signersOf(deed)
  const given = args.text('entity')
  if (given !== undefined) {
    const entity = await context.entityNamed(given)
    if (signers.includes(entity)) return entity
    throw new CliError({ code: 'signer_foreign', entity })
  }
  const lazy = hashKeyBoard(board) as Hex as EntityId
  if (signers.includes(lazy)) return lazy
  const [only] = signers
  if (signers.length === 1 && only !== undefined) return only
  throw new CliError({ code: 'signer_ambiguous' })
}

/** The entity and board of one who decides alone by his address. */
export function soleBallot(deed: Deed, { member }: Voter) {
  const address = memberAddress(member)
  if (address === undefined) throw new TypeError(`${member} is no address`)
  const entity = lazyEntityId(address)
  if (!signersOf(deed).includes(entity)) throw new CliError({ code: 'signer_foreign', entity })
  const board: KeyBoard = { kind: 'listed', ...soleBoard(address) }
  return { domain: deed.domain, entity, board, digest: digestOf(deed) }
}
