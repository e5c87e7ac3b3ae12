/** Secrets at hand, and the cards that show who has one: `key` files hold 0x and 64 hex digits on one line. */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { blsKeyOf, isBlsPossessed, proveBlsPossession } from '@xln/shared/crypto/bls.ts'
import { z } from 'zod'
import { CliError } from '../faults.ts'
import { readLine } from '../passwords.ts'
import { field, readJsonFile, writeJsonFile, writeTextFile } from './jsonFile.ts'
import { type AskPassword, addToVault, openVault } from './secretVault.ts'

/** What a member shows of his key: everything that others need. */
export interface KeyCard {
  /** 96 bytes. */
  readonly key: Uint8Array
  readonly possession: Uint8Array
}

/** The file of a folder of keys that may be given away. */
export const CARDS_FILE = 'members.json'
const KEY_FILE = /\.key$/

/** Loads BLS in C: only commands that meet BLS keys wait for it. */
export async function readyBls(): Promise<void> {
  const { installNativeBls } = await import('../../shell/bls.ts')
  installNativeBls()
}

/**
 * Makes `count` keys in a new folder, or more of them in an old one, and writes the cards of all that are
 * there. With `sealing`, the secrets go into one file under the password; else each into a file that only its
 * owner can read. Throws `file_unwritable`, and what reading the folder does.
 */
export async function makeKeys(
  folder: string,
  count: number,
  ask: AskPassword,
  sealing: boolean,
): Promise<readonly KeyCard[]> {
  await readyBls()
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new CliError({ code: 'file_unwritable', path: folder }, { cause })
  })
  const before = await readKeyFolder(folder, ask)
  const made = Array.from({ length: count }, randomSecret)
  if (sealing) await addToVault(folder, made, ask)
  else for (const secret of made) await writeSecret(folder, secret)
  const cards = [...before, ...made].map(cardOf)
  await writeJsonFile(join(folder, CARDS_FILE), { members: cards }, 'replacing')
  return cards
}

async function writeSecret(folder: string, secret: Uint8Array): Promise<void> {
  const name = bytesToHex(blsKeyOf(secret)).slice(2, 18)
  await writeTextFile(join(folder, `${name}.key`), `${bytesToHex(secret)}\n`, 'new', 0o600)
}

/** The order of BLS12-381 starts with 0x73: whatever starts with less is below it. */
function randomSecret(): Uint8Array {
  const secret = randomBytes(32)
  secret[0] = (secret[0] as number) & 0x3f
  return secret
}

/** A key's card. Throws for an impossible secret. */
export function cardOf(secret: Uint8Array): KeyCard {
  return { key: blsKeyOf(secret), possession: proveBlsPossession(secret) }
}

const cards = z.object({
  members: z.array(z.object({ key: field.blsKey, possession: field.blsSignature })).min(1),
})

/** The cards in a file of them, or those on a board's. Throws `possession_wrong` for one that proves nothing. */
export async function readCards(path: string): Promise<readonly KeyCard[]> {
  await readyBls()
  const { members } = await readJsonFile(path, 'list of BLS keys', cards)
  return members.map(({ key: hex, possession }) => {
    const card = { key: hexToBytes(hex), possession: hexToBytes(possession) }
    if (isBlsPossessed(card.key, card.possession)) return card
    throw new CliError({ code: 'possession_wrong', path, key: hex })
  })
}

/**
 * All secrets of a folder: of its `.key` files, and under a password. Throws as {@link readSecret} and
 * {@link openVault} do.
 */
export async function readKeyFolder(folder: string, ask: AskPassword): Promise<Uint8Array[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new CliError({ code: 'file_unreadable', path: folder }, { cause })
  })
  const files = names.filter((name) => KEY_FILE.test(name)).sort()
  const plain = await Promise.all(files.map((name) => readSecret(join(folder, name))))
  return [...plain, ...(await openVault(folder, ask))]
}

/** 32 bytes. Throws `file_unreadable`, `key_exposed` or `key_malformed`. */
export async function readSecret(path: string): Promise<Uint8Array> {
  const text = await readLine(path)
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) throw new CliError({ code: 'key_exposed', path, mode: mode & 0o777 })
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text)) throw new CliError({ code: 'key_malformed', path })
  return hexToBytes(`0x${text.replace(/^0x/, '').toLowerCase()}`)
}
