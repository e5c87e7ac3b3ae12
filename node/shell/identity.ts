/**
 * What a server keeps beside its database: where it began, which run this is, and the newest signed
 * hello of each peer, by which a peer that has lost state learns of it.
 */
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address } from '@xln/shared/ids.ts'
import type { Genesis } from '../machines/server/genesis.ts'

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

/** Where this server began to look at the chain; written once, since its log replays from there. */
export async function keepGenesis(
  directory: string,
  make: () => Promise<Genesis>,
): Promise<Genesis> {
  const path = join(directory, 'genesis.json')
  const written = await readIfThere(path)
  if (written !== undefined) return JSON.parse(written.toString()) as Genesis
  const genesis = await make()
  await writeDurably(path, JSON.stringify(genesis, null, 2))
  return genesis
}

/** Which run this is: greater than any before, and durable before anybody hears of it. */
export async function nextRun(
  directory: string,
  next: (previous: number) => number,
): Promise<number> {
  const path = join(directory, 'incarnation')
  const written = await readIfThere(path)
  const incarnation = next(written === undefined ? 0 : Number(written.toString()))
  await writeDurably(path, String(incarnation))
  return incarnation
}

/** The newest hello of every peer. */
export class Hellos {
  readonly #directory: string
  readonly #kept: Map<Address, Uint8Array>

  private constructor(directory: string, kept: Map<Address, Uint8Array>) {
    this.#directory = directory
    this.#kept = kept
  }

  static async open(directory: string): Promise<Hellos> {
    const path = join(directory, 'hellos')
    await mkdir(path, { recursive: true })
    const kept = new Map<Address, Uint8Array>()
    for (const name of await readdir(path)) {
      if (/^0x[0-9a-f]{40}$/.test(name)) kept.set(name as Address, await readFile(join(path, name)))
    }
    return new Hellos(path, kept)
  }

  get(server: Address): Uint8Array | undefined {
    return this.#kept.get(server)
  }

  /** Keeps it from now on. Loses nothing of value when the process ends in between: an older one stays. */
  async keep(server: Address, hello: Uint8Array): Promise<void> {
    this.#kept.set(server, hello)
    await writeDurably(join(this.#directory, server), hello)
  }
}
