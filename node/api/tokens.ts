/**
 * The tokens that open the API: made by the console, each with a level and a scope. Only hashes are
 * kept: 32 random bytes need no slow hash. One file a token, so that two who make one do not collide.
 */
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { entityId } from '@xln/shared/api/fields.ts'
import { type Level, levels } from '@xln/shared/api/method.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import * as z from 'zod'
import { ApiError } from './faults.ts'

export interface Token {
  /** Its first name: the start of its hash. */
  readonly id: string
  readonly level: Level
  /** The entities it is for; null: all. */
  readonly entities: readonly EntityId[] | null
  readonly label: string
  /** Unix seconds. */
  readonly createdAt: number
}

interface Kept extends Token {
  readonly hash: string
}

const TOKENS_MAX = 1_000
const PREFIX = 'xln_'
const ID_LENGTH = 16

const kept = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  level: z.enum(levels),
  entities: z.array(entityId).nullable(),
  label: z.string().max(100),
  createdAt: z.int(),
})

/** What is needed to make a token. */
export interface TokenRequest {
  readonly level: Level
  readonly entities: readonly EntityId[] | null
  readonly label: string
}

const folderOf = (dataDir: string) => join(dataDir, 'api', 'tokens')

/** Makes a token; a running node takes it at once. `text` is shown once and kept nowhere. */
export async function createToken(
  dataDir: string,
  request: TokenRequest,
): Promise<{ text: string; token: Token }> {
  const folder = folderOf(dataDir)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await readdir(folder)).length >= TOKENS_MAX) {
    throw new ApiError({ code: 'tokens_full', max: TOKENS_MAX })
  }
  const text = `${PREFIX}${randomBytes(32).toString('base64url')}`
  const hash = hashOf(text)
  const createdAt = Math.floor(Date.now() / 1000)
  const token: Token = { id: hash.slice(0, ID_LENGTH), ...request, createdAt }
  await write(join(folder, `${token.id}.json`), `${JSON.stringify({ ...token, hash }, null, 2)}\n`)
  return { text, token }
}

/** All tokens, the oldest first. Files that are no tokens are left out. */
export async function listTokens(dataDir: string): Promise<Token[]> {
  const all = await Promise.all((await namesIn(folderOf(dataDir))).map((path) => read(path)))
  const tokens = all.flatMap((each) => (each === undefined ? [] : [withoutHash(each)]))
  return tokens.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
}

/** Ends a token: false when there is none of this id. A running node ends its connections. */
export async function revokeToken(dataDir: string, id: string): Promise<boolean> {
  if (!/^[0-9a-f]{16}$/.test(id)) return false
  const path = join(folderOf(dataDir), `${id}.json`)
  if (!(await namesIn(folderOf(dataDir))).includes(path)) return false
  await rm(path, { force: true })
  return true
}

/** The token of this machine's command line: in a file that only the owner of the node can read. */
export async function writeConsoleToken(dataDir: string): Promise<void> {
  const request = { level: 'server', entities: null, label: 'console' } as const
  const { text } = await createToken(dataDir, request)
  await write(join(dataDir, 'console.token'), `${text}\n`)
}

/** Undefined when there is none. */
export async function readConsoleToken(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, 'console.token'), 'utf8').catch(() => undefined)
  return text?.trim()
}

/** The tokens of a running node; follows what the console makes and ends. */
export class TokenBook {
  readonly #folder: string
  readonly #onFault: (error: unknown) => void
  readonly #byHash = new Map<string, Token>()
  readonly #hashByPath = new Map<string, string>()
  #refreshing: Promise<void> | undefined

  constructor(dataDir: string, onFault: (error: unknown) => void) {
    this.#folder = folderOf(dataDir)
    this.#onFault = onFault
  }

  /** The token whose text this is. */
  async find(text: string): Promise<Token | undefined> {
    if (!text.startsWith(PREFIX)) return undefined
    const hash = hashOf(text)
    const known = this.#byHash.get(hash)
    if (known !== undefined) return known
    // One that is under way may have looked before the token was made.
    await this.#refreshing
    await this.refresh()
    return this.#byHash.get(hash)
  }

  /** Of the tokens that have not been ended. */
  ids(): ReadonlySet<string> {
    return new Set([...this.#byHash.values()].map(({ id }) => id))
  }

  /** Reads what is new and forgets what is gone. When the disk does not say, what was known stays. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read()
      .catch(this.#onFault)
      .finally(() => {
        this.#refreshing = undefined
      })
    return this.#refreshing
  }

  async #read(): Promise<void> {
    const paths = new Set(await namesIn(this.#folder))
    for (const [path, hash] of this.#hashByPath) {
      if (paths.has(path)) continue
      this.#hashByPath.delete(path)
      this.#byHash.delete(hash)
    }
    for (const path of paths) {
      if (this.#hashByPath.has(path)) continue
      const found = await read(path)
      if (found === undefined) continue
      this.#hashByPath.set(path, found.hash)
      this.#byHash.set(found.hash, withoutHash(found))
    }
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function withoutHash({ hash: _, ...token }: Kept): Token {
  return token
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name))
}

async function read(path: string): Promise<Kept | undefined> {
  try {
    return kept.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    // A damaged file opens nothing; `xln token list` does not show it.
    return undefined
  }
}

/** Whole or not at all, and readable by its owner alone. */
async function write(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`
  await writeFile(temporary, text, { mode: 0o600, flush: true })
  await chmod(temporary, 0o600)
  await rename(temporary, path)
}
