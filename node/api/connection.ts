/**
 * One client. Its requests run side by side, up to a limit; beyond it, and while it does not read its
 * answers, nothing more is read from it, so that TCP pushes back.
 */
import type { RawData, WebSocket } from 'ws'
import type { ApiCounters } from './counters.ts'
import type { Caller, Dispatcher } from './dispatcher.ts'
import type { ApiLimits } from './limits.ts'
import { type Announcement, Subscriptions } from './subscriptions.ts'
import type { Token } from './tokens.ts'

/** WebSocket close codes. */
const GOING_AWAY = 1001
const UNSUPPORTED = 1003
const POLICY = 1008

export interface ConnectionParts {
  readonly dispatcher: Dispatcher
  readonly limits: ApiLimits
  readonly counters: ApiCounters
}

export class Connection {
  readonly token: Token | null
  readonly #socket: WebSocket
  readonly #parts: ConnectionParts
  readonly #caller: Caller
  readonly #subscriptions: Subscriptions
  #inFlight = 0
  #isAlive = true

  constructor(socket: WebSocket, token: Token | null, address: string, parts: ConnectionParts) {
    this.token = token
    this.#socket = socket
    this.#parts = parts
    this.#subscriptions = new Subscriptions(token, parts.limits.subscriptionsMax)
    this.#caller = { token, address, subscriptions: this.#subscriptions }
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    socket.on('pong', () => {
      this.#isAlive = true
    })
  }

  get subscriptions(): number {
    return this.#subscriptions.size
  }

  /** Sends an event to every subscription that wants it. */
  announce(announcement: Announcement): void {
    for (const text of this.#subscriptions.textsFor(announcement)) {
      this.#parts.counters.events++
      this.#send(text)
    }
    if (this.#socket.bufferedAmount <= this.#parts.limits.unreadBytesMax) return
    this.#parts.counters.ended.slow++
    this.#socket.terminate()
  }

  /** Called at every heartbeat: ends the connection of a client that has not answered the last one. */
  beat(): void {
    // Of a socket that is not read, no answer can be seen.
    if (!this.#isAlive && !this.#socket.isPaused) {
      this.#parts.counters.ended.silent++
      this.#socket.terminate()
      return
    }
    this.#isAlive = false
    this.#socket.ping()
  }

  /** The token has been ended. */
  revoke(): void {
    this.#socket.close(POLICY, 'The token has been revoked.')
  }

  /** The node stops. */
  leave(): void {
    this.#socket.close(GOING_AWAY, 'The node stops.')
  }

  terminate(): void {
    this.#socket.terminate()
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (isBinary) {
      this.#parts.counters.ended.malformed++
      this.#socket.close(UNSUPPORTED, 'Requests are JSON text.')
      return
    }
    this.#inFlight++
    this.#adjust()
    void this.#parts.dispatcher.answer(this.#caller, data.toString()).then((answer) => {
      this.#inFlight--
      this.#send(answer)
      this.#adjust()
    })
  }

  #send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(text, () => this.#adjust())
  }

  /** Reads on, or not. */
  #adjust(): void {
    const { inFlightMax, unreadBytesPause } = this.#parts.limits
    const isFull = this.#inFlight >= inFlightMax || this.#socket.bufferedAmount >= unreadBytesPause
    if (isFull && !this.#socket.isPaused) this.#socket.pause()
    else if (!isFull && this.#socket.isPaused) this.#socket.resume()
  }
}
