/** Secrets of members under a password: one file in a folder of keys, sealed as the keystore of a node is. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { KeystoreError } from '../../shell/keys/faults.ts'
import { parseVault, SCRYPT_COST, seal, unseal, type Vault } from '../../shell/keys/vault.ts'
import { writeTextFile } from './jsonFile.ts'

export const VAULT_FILE = 'secrets.vault'

/**
 * Asked only where there is something to open or to make, the latter twice if somebody types. Throws
 * `password_missing` or `passwords_differ`.
 */
export type AskPassword = (what: 'known' | 'new') => Promise<string>

/**
 * The secrets that a folder keeps under a password, 32 bytes each; none when it keeps no such file. Throws
 * `keystore_exposed`, `keystore_damaged` or `password_wrong`.
 */
export async function openVault(folder: string, ask: AskPassword): Promise<Uint8Array[]> {
  const path = join(folder, VAULT_FILE)
  const vault = await readVault(path)
  return vault === undefined ? [] : await unsealed(path, vault, await ask('known'))
}

/** Puts further secrets into the file, or makes it. Throws as {@link openVault} does, and `file_unwritable`. */
export async function addToVault(
  folder: string,
  secrets: readonly Uint8Array[],
  ask: AskPassword,
): Promise<void> {
  const path = join(folder, VAULT_FILE)
  const vault = await readVault(path)
  const password = await ask(vault === undefined ? 'new' : 'known')
  const before = vault === undefined ? [] : await unsealed(path, vault, password)
  const all = [...before, ...secrets].map((secret) => [nameOf(secret), secret] as const)
  const sealed = await seal(new Map(all), {}, password, vault?.kdf.cost ?? SCRYPT_COST)
  await writeTextFile(path, `${JSON.stringify(sealed, null, 2)}\n`, 'replacing', 0o600)
}

/** The seal asks for names; they are inside it, and mean nothing. */
function nameOf(secret: Uint8Array): string {
  return bytesToHex(keccak256(secret))
}

async function unsealed(path: string, vault: Vault, password: string): Promise<Uint8Array[]> {
  const keys = await unseal(vault, password)
  if (keys === undefined) throw new KeystoreError({ code: 'password_wrong', path })
  return [...keys.values()]
}

async function readVault(path: string): Promise<Vault | undefined> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    const reason = 'it cannot be read'
    throw new KeystoreError({ code: 'keystore_damaged', path, reason }, { cause })
  })
  if (text === undefined) return undefined
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    throw new KeystoreError({ code: 'keystore_exposed', path, mode: mode & 0o777 })
  }
  const vault = parseVault(text)
  if (typeof vault !== 'string') return vault
  throw new KeystoreError({ code: 'keystore_damaged', path, reason: vault })
}
