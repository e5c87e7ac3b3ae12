/** The keystore: the encrypted file that holds a server's private keys, each by its name. */
import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Address } from '@xln/shared/ids.ts'
import { KeystoreError } from './faults.ts'
import { Signers } from './signers.ts'
import { parseVault, SCRYPT_COST, seal, unseal, type Vault } from './vault.ts'

export interface Keystore {
  /** Grows with {@link generate} and {@link add}. */
  readonly signers: Signers
  /** Makes a random key. Throws as {@link add} does. */
  generate(name: string): Promise<Address>
  /**
   * Takes a key over; once this resolves it is on disk. Throws `key_exists`, `key_invalid`, or
   * `keystore_unwritable`, and then holds what it held.
   */
  add(name: string, privateKey: Uint8Array): Promise<Address>
  /** Seals the file anew. Throws `keystore_unwritable`, and then the old password stays. */
  changePassword(password: string): Promise<void>
}

export interface KeystoreOptions {
  /** scrypt's N, a power of two. Default: {@link SCRYPT_COST}; less only where nothing is at stake. */
  readonly scryptCost?: number
}

/** Makes an empty keystore at `path`. Throws `keystore_exists` or `keystore_unwritable`. */
export async function createKeystore(
  path: string,
  password: string,
  options: KeystoreOptions = {},
): Promise<Keystore> {
  const cost = options.scryptCost ?? SCRYPT_COST
  await write(path, await seal(new Map(), {}, password, cost), 'new')
  return keystore(path, password, cost, new Map())
}

/**
 * Opens the keystore at `path`. Throws `keystore_missing`, `keystore_exposed` (other users of the
 * machine may read it), `keystore_damaged` or `password_wrong`.
 */
export async function openKeystore(path: string, password: string): Promise<Keystore> {
  const vault = await read(path)
  const keys = await unseal(vault, password)
  if (keys === undefined) throw new KeystoreError({ code: 'password_wrong', path })
  return keystore(path, password, vault.kdf.cost, keys)
}

/** The names and addresses in the keystore at `path`, without its password: nothing proves them. */
export async function listKeys(path: string): Promise<Readonly<Record<string, Address>>> {
  return (await read(path)).addresses as Record<string, Address>
}

function keystore(
  path: string,
  firstPassword: string,
  cost: number,
  firstKeys: ReadonlyMap<string, Uint8Array>,
): Keystore {
  const signers = Signers.of(Object.fromEntries(firstKeys))
  let keys = firstKeys
  let password = firstPassword
  let turn: Promise<unknown> = Promise.resolve()

  // One change after another: each writes the whole file.
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = turn.then(change)
    turn = result.catch(() => undefined)
    return result
  }
  const save = async (nextKeys: ReadonlyMap<string, Uint8Array>, nextPassword: string) => {
    const next = Signers.of(Object.fromEntries(nextKeys))
    const addresses = Object.fromEntries(next.names().map((name) => [name, next.addressOf(name)]))
    await write(path, await seal(nextKeys, addresses, nextPassword, cost), 'replacing')
    keys = nextKeys
    password = nextPassword
  }
  const add = (name: string, privateKey: Uint8Array) =>
    inTurn(async () => {
      if (keys.has(name)) throw new KeystoreError({ code: 'key_exists', name })
      await save(new Map(keys).set(name, privateKey.slice()), password)
      return signers.add(name, privateKey)
    })

  return {
    signers,
    add,
    generate: (name) => add(name, randomPrivateKey()),
    changePassword: (next) => inTurn(() => save(keys, next)),
  }
}

/** The curve's order starts with 127 ones: whatever starts with fewer than eight is below it. */
function randomPrivateKey(): Uint8Array {
  for (;;) {
    const key = randomBytes(32)
    if (key[0] !== 0xff) return key
  }
}

async function read(path: string): Promise<Vault> {
  const { mode } = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new KeystoreError({ code: 'keystore_missing', path })
    throw new KeystoreError(
      { code: 'keystore_damaged', path, reason: 'it cannot be read' },
      { cause },
    )
  })
  if ((mode & 0o077) !== 0) {
    throw new KeystoreError({ code: 'keystore_exposed', path, mode: mode & 0o777 })
  }
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new KeystoreError(
      { code: 'keystore_damaged', path, reason: 'it cannot be read' },
      { cause },
    )
  })
  const vault = parseVault(text)
  if (typeof vault === 'string') {
    throw new KeystoreError({ code: 'keystore_damaged', path, reason: vault })
  }
  return vault
}

/** At every moment the path holds all of the old file or all of the new one. */
async function write(path: string, vault: Vault, as: 'new' | 'replacing'): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(vault, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    // Unlike a rename, a link does not replace what is there.
    if (as === 'new') await link(temporary, path)
    else await rename(temporary, path)
    await syncDirectory(dirname(path))
  } catch (cause) {
    const code = isExisting(cause) ? 'keystore_exists' : 'keystore_unwritable'
    throw new KeystoreError({ code, path }, { cause })
  } finally {
    await rm(temporary, { force: true })
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
