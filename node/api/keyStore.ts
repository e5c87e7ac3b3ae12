/**
 * The idempotency keys on disk. A key is kept for an hour at least, and until its token has used many
 * more. LevelDB, with all writes that wait in one synced batch.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type BatchOperation, ClassicLevel } from 'classic-level'

type Database = ClassicLevel<string, string>
type Operation = BatchOperation<Database, string, string>

/** What became of a request with a key. */
export interface KeyRecord {
  /** Hash of the method and its parameters. */
  readonly fingerprint: string
  readonly sequence: number
  /** The answer as it was sent, without its id; absent while there is none. */
  readonly answer?: string
}

export interface KeyStoreOptions {
  /** Of one token. */
  readonly keysMax?: number
  readonly keptMs?: number
  /** Milliseconds. */
  readonly now?: () => number
}

const KEYS_MAX = 100_000
const KEPT_MS = 3_600_000
/** How many old keys make room at once. */
const SWEEP = 100

interface Usage {
  count: number
  next: number
  /** Old keys are on their way out. */
  sweep: Promise<number> | undefined
}

export class KeyStore {
  readonly #database: Database
  /** Of one token. */
  readonly keysMax: number
  readonly #keptMs: number
  readonly #now: () => number
  readonly #usage = new Map<string, Usage>()
  #waiting: { operations: Operation[]; done: () => void; failed: (error: unknown) => void }[] = []
  #writing = false

  private constructor(database: Database, options: KeyStoreOptions) {
    this.#database = database
    this.keysMax = options.keysMax ?? KEYS_MAX
    this.#keptMs = options.keptMs ?? KEPT_MS
    this.#now = options.now ?? Date.now
  }

  /** Opens the store; the keys of tokens that are no longer in `tokens` go. */
  static async open(
    dataDir: string,
    tokens: ReadonlySet<string>,
    options: KeyStoreOptions = {},
  ): Promise<KeyStore> {
    const folder = join(dataDir, 'api')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const database: Database = new ClassicLevel(join(folder, 'keys'), { valueEncoding: 'utf8' })
    await database.open()
    const store = new KeyStore(database, options)
    await store.#count(tokens)
    return store
  }

  async #count(tokens: ReadonlySet<string>): Promise<void> {
    const gone = new Set<string>()
    for await (const name of this.#database.keys({ gte: 'age/', lt: 'age0' })) {
      const [, token = '', sequence = ''] = name.split('/')
      if (!tokens.has(token)) gone.add(token)
      const usage = this.#usageOf(token)
      usage.count++
      usage.next = Number(sequence) + 1
    }
    for (const token of gone) {
      await this.#database.clear({ gte: `age/${token}/`, lt: `age/${token}0` })
      await this.#database.clear({ gte: `key/${token}/`, lt: `key/${token}0` })
      this.#usage.delete(token)
    }
  }

  async get(token: string, key: string): Promise<KeyRecord | undefined> {
    const text = await this.#database.get(nameOf(token, key))
    return text === undefined ? undefined : (JSON.parse(text) as KeyRecord)
  }

  /**
   * Notes that the request begins; durable when it resolves. Resolves with the milliseconds to wait when
   * all keys that the token may have are too young to go.
   */
  async begin(token: string, key: string, fingerprint: string): Promise<KeyRecord | number> {
    const usage = this.#usageOf(token)
    while (usage.count >= this.keysMax) {
      usage.sweep ??= this.#sweep(token, usage).finally(() => {
        usage.sweep = undefined
      })
      const waitMs = await usage.sweep
      if (waitMs > 0) return waitMs
    }
    const record: KeyRecord = { fingerprint, sequence: usage.next++ }
    usage.count++
    const age = JSON.stringify({ key, at: this.#now() })
    await this.#write([put(ageOf(token, record.sequence), age), put(nameOf(token, key), record)])
    return record
  }

  /** Keeps the answer; durable when it resolves. */
  async end(token: string, key: string, record: KeyRecord, answer: string): Promise<void> {
    await this.#write([put(nameOf(token, key), { ...record, answer })])
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  /** Removes the oldest keys and resolves with 0; or with the milliseconds until one may go. */
  async #sweep(token: string, usage: Usage): Promise<number> {
    const operations: Operation[] = []
    const range = { gte: `age/${token}/`, lt: `age/${token}0`, limit: SWEEP }
    for await (const [name, text] of this.#database.iterator(range)) {
      const { key, at } = JSON.parse(text) as { key: string; at: number }
      const leftMs = at + this.#keptMs - this.#now()
      if (leftMs > 0 && operations.length === 0) return leftMs
      if (leftMs > 0) break
      operations.push({ type: 'del', key: name }, { type: 'del', key: nameOf(token, key) })
    }
    await this.#write(operations)
    usage.count -= operations.length / 2
    return 0
  }

  #usageOf(token: string): Usage {
    let usage = this.#usage.get(token)
    if (usage === undefined) {
      usage = { count: 0, next: 0, sweep: undefined }
      this.#usage.set(token, usage)
    }
    return usage
  }

  #write(operations: Operation[]): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ operations, done, failed })
      if (!this.#writing) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#database.batch(
          batch.flatMap(({ operations }) => operations),
          { sync: true },
        )
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
    this.#writing = false
  }
}

function put(name: string, value: KeyRecord | string): Operation {
  return {
    type: 'put',
    key: name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }
}

const nameOf = (token: string, key: string) => `key/${token}/${key}`
const ageOf = (token: string, sequence: number) =>
  `age/${token}/${sequence.toString().padStart(16, '0')}`
