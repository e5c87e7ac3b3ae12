/** Who acts and who signs: the options that commands of boards share, and what they mean. */
import { lazyEntityId, memberAddress, memberId, soleBoard } from '@xln/shared/entity/board.ts'
import { hashKeyBoard, type KeyBoard, type Voter, voterOf } from '@xln/shared/entity/votes.ts'
import type { EntityId, Hex } from '@xln/shared/ids.ts'
import { openKeystore } from '../../shell/keys/keystore.ts'
import type { Arguments } from '../arguments.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import { choosePassword, readPassword } from '../passwords.ts'
import type { Option } from '../syntax.ts'
import { readBoardFile } from './boardFile.ts'
import { type Deed, digestOf, signersOf } from './deed.ts'
import { readKeyFolder, readSecret } from './keyFiles.ts'
import type { AskPassword } from './secretVault.ts'

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

export const voterOptions: readonly Option[] = [
  {
    name: 'secret-file',
    value: '<path>',
    summary: 'File with the secret key of a member',
    isList: true,
  },
  {
    name: 'secrets',
    value: '<folder>',
    summary: 'Folder with keys of members, as "bls create" makes it',
    isList: true,
  },
  {
    name: 'signer',
    value: '<name>',
    summary: 'Key of the keystore, for members that are addresses',
    isList: true,
  },
]

/** Whom a command acts for. Throws `entity_malformed` or `usage`. */
export async function actorOf(args: Arguments, context: Context): Promise<EntityId> {
  const given = args.text('entity') ?? context.environment['XLN_ENTITY']
  if (given !== undefined && given !== '') return await context.entityNamed(given)
  const path = args.text('board')
  if (path === undefined) throw args.usage('--entity or --board is missing')
  return hashKeyBoard((await readBoardFile(path)).board) as Hex as EntityId
}

/** For which of its signers a board signs a deed. Throws `signer_foreign` or `signer_ambiguous`. */
export async function signerOf(
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

/** Everybody whose key is at hand. Throws what reading them does, `key_impossible`, and `usage` for none. */
export async function votersOf(
  board: KeyBoard,
  args: Arguments,
  context: Context,
): Promise<readonly Voter[]> {
  const files = await Promise.all(args.list('secret-file').map(readSecret))
  const folders = await readFolders(args.list('secrets'), context)
  const voters = [...files, ...folders.flat()].map((secret) => tryVoter(board, secret))
  const names = args.list('signer')
  if (names.length > 0) {
    if (board.kind === 'bls') throw args.usage('--signer signs for members that are addresses')
    voters.push(...(await keystoreVoters(names, context)))
  }
  if (voters.length === 0) throw args.usage('--secret-file, --secrets or --signer is missing')
  return voters
}

/** One after another: each may ask for the password. */
async function readFolders(folders: readonly string[], context: Context): Promise<Uint8Array[][]> {
  const ask = passwordOf(context)
  const all: Uint8Array[][] = []
  for (const folder of folders) all.push(await readKeyFolder(folder, ask))
  return all
}

/** Asks at most once. Needs no configuration. */
export function passwordOf(context: Context): AskPassword {
  let known: Promise<string> | undefined
  return (what) => {
    known ??= context.settingsForNew().then(({ passwordFile }) => {
      const source = { environment: context.environment, passwordFile }
      return what === 'new' ? choosePassword(source) : readPassword(source)
    })
    return known
  }
}

function tryVoter(board: KeyBoard, secret: Uint8Array): Voter {
  try {
    return voterOf(board, secret)
  } catch (cause) {
    throw new CliError({ code: 'key_impossible', kind: board.kind }, { cause })
  }
}

async function keystoreVoters(names: readonly string[], context: Context): Promise<Voter[]> {
  const { keystorePath, passwordFile } = await context.settings()
  const { environment } = context
  const { signers } = await openKeystore(
    keystorePath,
    await readPassword({ environment, passwordFile }),
  )
  return names.map((name) => {
    const { address, sign } = signers.keyOf(name)
    return { member: memberId(address), sign }
  })
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
