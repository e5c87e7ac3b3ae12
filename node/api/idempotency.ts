/**
 * At most once: the same key of the same token brings the same answer, whether the first request is
 * still under way, has been answered, or was answered before a restart.
 */
import { createHash } from 'node:crypto'
import type { KeyStore } from './keyStore.ts'
import { keyReused, keysFull, outcomeUnknown, type Refusal } from './refusal.ts'

/** An answer as text, without its id: `"result":…` or `"error":…`. */
export type Body = string

interface Running {
  readonly fingerprint: string
  readonly answer: Promise<Body | Refusal>
}

export class Idempotency {
  readonly #store: KeyStore
  readonly #running = new Map<string, Running>()

  constructor(store: KeyStore) {
    this.#store = store
  }

  /** Runs `execute` unless a request with this key has begun before. `request` says all that it asks. */
  once(
    token: string,
    key: string,
    request: string,
    execute: () => Promise<Body>,
  ): Promise<Body | Refusal> {
    const fingerprint = createHash('sha256').update(request).digest('base64url')
    const name = `${token}/${key}`
    const running = this.#running.get(name)
    if (running !== undefined) {
      const isSame = running.fingerprint === fingerprint
      return isSame ? running.answer : Promise.resolve(keyReused(key))
    }
    const answer = this.#execute(token, key, fingerprint, execute).finally(() =>
      this.#running.delete(name),
    )
    this.#running.set(name, { fingerprint, answer })
    return answer
  }

  async #execute(
    token: string,
    key: string,
    fingerprint: string,
    execute: () => Promise<Body>,
  ): Promise<Body | Refusal> {
    const before = await this.#store.get(token, key)
    if (before !== undefined) {
      if (before.fingerprint !== fingerprint) return keyReused(key)
      return before.answer ?? outcomeUnknown(key)
    }
    const record = await this.#store.begin(token, key, fingerprint)
    if (typeof record === 'number') return keysFull(this.#store.keysMax, record)
    const answer = await execute()
    await this.#store.end(token, key, record, answer)
    return answer
  }
}
