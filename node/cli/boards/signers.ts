/** Whose votes are at hand: keys in files and folders, those of the keystore, and contracts. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { memberId } from '@xln/shared/entity/board.ts'
import { type KeyBoard, nameOfMember, type Voter, voterOf } from '@xln/shared/entity/votes.ts'
import { type Hex, parseAddress } from '@xln/shared/ids.ts'
import { openKeystore } from '../../shell/keys/keystore.ts'
import type { Arguments } from '../arguments.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import { choosePassword, readPassword } from '../passwords.ts'
import type { Option } from '../syntax.ts'
import { readKeyFolder, readSecret } from './keyFiles.ts'
import type { AskPassword } from './secretVault.ts'

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
  {
    name: 'contract',
    value: '<address[=bytes]>',
    summary:
      'A member that answers for itself (ERC-1271), with what it wants to see; never for proofs',
    isList: true,
  },
]

/** Somebody who may sit on several boards. */
export interface Signer {
  /** For people. */
  readonly name: string
  /** Who he is on a board of this kind; undefined where he can be nobody. */
  voterOn(board: KeyBoard): Voter | undefined
}

const CONTRACT = /^(0x[0-9a-fA-F]{40})(?:=(0x(?:[0-9a-fA-F]{2})*))?$/

/** Everybody at hand. Throws what reading keys does, `key_impossible`, and `usage` for nobody. */
export async function readSigners(
  board: KeyBoard,
  args: Arguments,
  context: Context,
): Promise<readonly Signer[]> {
  const files = await Promise.all(args.list('secret-file').map(readSecret))
  const folders = await readFolders(args.list('secrets'), context)
  const secrets = [...files, ...folders.flat()]
  const signers = secrets.map((secret) => secretSigner(board, secret))
  const names = args.list('signer')
  if (names.length > 0) {
    if (board.kind === 'bls') throw args.usage('--signer signs for members that are addresses')
    signers.push(...(await keystoreSigners(names, context)))
  }
  signers.push(...args.list('contract').map((text) => contractSigner(args, text)))
  if (signers.length > 0) return signers
  throw args.usage('--secret-file, --secrets or --signer is missing')
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

/** Named as the outermost board would call him. Throws `key_impossible`. */
function secretSigner(board: KeyBoard, secret: Uint8Array): Signer {
  const voterOn = (other: KeyBoard) => tryVoter(other, secret)
  const voter = voterOn(board)
  if (voter === undefined) throw new CliError({ code: 'key_impossible', kind: board.kind })
  return { name: nameOfMember(voter.member), voterOn }
}

/** Undefined for what is no secret there: zero, or beyond the order of the curve. */
function tryVoter(board: KeyBoard, secret: Uint8Array): Voter | undefined {
  try {
    return voterOf(board, secret)
  } catch {
    return undefined
  }
}

async function keystoreSigners(names: readonly string[], context: Context): Promise<Signer[]> {
  const { keystorePath, passwordFile } = await context.settings()
  const { environment } = context
  const { signers } = await openKeystore(
    keystorePath,
    await readPassword({ environment, passwordFile }),
  )
  return names.map((name) => {
    const { address, sign } = signers.keyOf(name)
    const voter = { member: memberId(address), sign }
    return { name: address, voterOn: () => voter }
  })
}

function contractSigner(args: Arguments, text: string): Signer {
  const [, contract, bytes = '0x'] = CONTRACT.exec(text) ?? []
  if (contract === undefined) {
    throw args.usage(`--contract "${text}" is no address, with or without =bytes`)
  }
  const address = parseAddress(contract)
  const shown = hexToBytes(bytes.toLowerCase() as Hex)
  const voter = { member: memberId(address), sign: () => shown, isContract: true }
  return { name: address, voterOn: () => voter }
}
