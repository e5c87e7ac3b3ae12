/**
 * What a server keeps beside its database: where it began, which run this is, and the newest signed
 * hello of each peer, by which a peer that has lost state learns of it.
 */
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address } from '@xln/shared/ids.ts'
import type { Genesis } from '../machines/server/genesis.ts'

/** Small files beside the database. Names may have one folder, as in `hellos/0x…`. */
export interface Files {
  /** The file, or undefined when there is none. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Writes it whole or not at all, and durably. */
  write(name: string, bytes: Uint8Array | string): Promise<void>
  /** The names in a folder, which is made when it is not there. */
  list(folder: string): Promise<string[]>
}

/** Those of a directory of this machine. */
export function directoryFiles(directory: string): Files {
  return {
    read: (name) => readIfThere(join(directory, name)),
    write: (name, bytes) => writeDurably(join(directory, name), bytes),
    async list(folder) {
      const path = join(directory, folder)
      await mkdir(path, { recursive: true })
      return await readdir(path)
    },
  }
}

/** Writes `bytes` whole or not at all, and durably. */
export async function writeDurably(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

/** The file, or undefined when there is none. */
async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const GENESIS = 'genesis.json'
const INCARNATION = 'incarnation'
const HELLOS = 'hellos'

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** Where this server began to look at the chain; written once, since its log replays from there. */
export async function keepGenesis(files: Files, make: () => Promise<Genesis>): Promise<Genesis> {
  const written = await files.read(GENESIS)
  if (written !== undefined) return JSON.parse(textOf(written)) as Genesis
  const genesis = await make()
  await files.write(GENESIS, JSON.stringify(genesis, null, 2))
  return genesis
}

/** Which run this is: greater than any before, and durable before anybody hears of it. */
export async function nextRun(files: Files, next: (previous: number) => number): Promise<number> {
  const written = await files.read(INCARNATION)
  const incarnation = next(written === undefined ? 0 : Number(textOf(written)))
  await files.write(INCARNATION, String(incarnation))
  return incarnation
}

/** The newest hello of every peer. */
export class Hellos {
  readonly #files: Files
  readonly #kept: Map<Address, Uint8Array>
  readonly #unsaved = new Set<Address>()

  private constructor(files: Files, kept: Map<Address, Uint8Array>) {
    this.#files = files
    this.#kept = kept
  }

  static async open(files: Files): Promise<Hellos> {
    const kept = new Map<Address, Uint8Array>()
    for (const name of await files.list(HELLOS)) {
      if (!/^0x[0-9a-f]{40}$/.test(name)) continue
      const hello = await files.read(`${HELLOS}/${name}`)
      if (hello !== undefined) kept.set(name as Address, hello)
    }
    return new Hellos(files, kept)
  }

  get(server: Address): Uint8Array | undefined {
    return this.#kept.get(server)
  }

  /** Keeps it in memory: many come, and only the last one before the peer goes is worth a file. */
  renew(server: Address, hello: Uint8Array): void {
    this.#kept.set(server, hello)
    this.#unsaved.add(server)
  }

  /** Writes what was only renewed. */
  async save(server: Address): Promise<void> {
    const hello = this.#kept.get(server)
    if (hello !== undefined && this.#unsaved.delete(server)) await this.keep(server, hello)
  }

  /** Keeps it from now on. Loses nothing of value when the process ends in between: an older one stays. */
  async keep(server: Address, hello: Uint8Array): Promise<void> {
    this.#kept.set(server, hello)
    await this.#files.write(`${HELLOS}/${server}`, hello)
  }
}
