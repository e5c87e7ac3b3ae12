/** Who is let in: by number of connections, by address, and by token. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { addressKey } from '../shell/peers/admission.ts'
import { bearerOf, isLocalProgram } from './authorise.ts'
import type { ApiCounters } from './counters.ts'
import type { ApiLimits } from './limits.ts'
import { RateLimits } from './rateLimits.ts'
import type { Token, TokenBook } from './tokens.ts'

/** Why somebody is not let in. */
export type Closed = {
  readonly status: 401 | 429
  readonly code: 'token_missing' | 'token_unknown' | 'rate_limited'
  readonly message: string
}

/** Somebody who was let in; the token is null for a local program that may read without one. */
export interface Visitor {
  readonly token: Token | null
  readonly address: string
}

export interface DoorParts {
  readonly tokens: TokenBook
  readonly limits: ApiLimits
  readonly counters: ApiCounters
  readonly loopbackReads: boolean
}

export class Door {
  readonly #parts: DoorParts
  readonly #wrongTokens: RateLimits
  readonly #open = new Map<string, number>()
  #total = 0

  constructor(parts: DoorParts) {
    this.#parts = parts
    this.#wrongTokens = new RateLimits(1, parts.limits.wrongTokensBurst)
  }

  /** Before a byte is read. False: there are too many, and it is not counted. */
  enter(socket: Socket): boolean {
    const { connectionsMax, connectionsPerAddressMax } = this.#parts.limits
    const address = addressKey(socket.remoteAddress ?? '')
    const ofAddress = this.#open.get(address) ?? 0
    if (this.#total >= connectionsMax || ofAddress >= connectionsPerAddressMax) {
      this.#parts.counters.ended.crowded++
      return false
    }
    this.#total++
    this.#open.set(address, ofAddress + 1)
    socket.once('close', () => {
      const left = (this.#open.get(address) ?? 1) - 1
      this.#total--
      if (left > 0) this.#open.set(address, left)
      else this.#open.delete(address)
    })
    return true
  }

  /** Who asks, by its token. */
  async identify({ headers, socket }: IncomingMessage): Promise<Visitor | Closed> {
    const address = addressKey(socket.remoteAddress ?? '')
    if (headers.authorization === undefined) {
      const origin = { remoteAddress: socket.remoteAddress, headers }
      if (this.#parts.loopbackReads && isLocalProgram(origin)) return { token: null, address }
      this.#parts.counters.ended.unauthorised++
      const message = 'Send "Authorization: Bearer <token>"; "xln token create" makes one.'
      return { status: 401, code: 'token_missing', message }
    }
    if (this.#wrongTokens.waitOf(address) > 0) {
      this.#parts.counters.ended.unauthorised++
      const message = 'Too many wrong tokens from this address. Try again in a second.'
      return { status: 429, code: 'rate_limited', message }
    }
    const text = bearerOf(headers.authorization)
    const token = text === undefined ? undefined : await this.#parts.tokens.find(text)
    if (token !== undefined) return { token, address }
    this.#wrongTokens.take(address)
    this.#parts.counters.ended.unauthorised++
    const message = 'The token is not known here. "xln token list" shows those that are.'
    return { status: 401, code: 'token_unknown', message }
  }
}

export function isClosed(answer: Visitor | Closed): answer is Closed {
  return 'status' in answer
}
