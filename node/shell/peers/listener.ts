/** Where other servers connect: a port that speaks WebSocket and nothing else. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Clock, Timer } from '../clock.ts'
import { Admission, addressKey, type Ticket } from './admission.ts'
import { PeerError } from './faults.ts'
import type { PeerLimits } from './limits.ts'
import { socketOptions } from './socketOptions.ts'
import type { PeerCounters } from './stats.ts'

export interface ListenAddress {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

export class Listener {
  readonly admission: Admission
  readonly #limits: PeerLimits
  readonly #counters: PeerCounters
  readonly #clock: Clock
  readonly #onSocket: (socket: WebSocket, ticket: Ticket) => void
  readonly #http: Server
  readonly #webSockets: WebSocketServer
  readonly #entered = new Map<Duplex, { ticket: Ticket; deadline: Timer }>()

  constructor(
    limits: PeerLimits,
    counters: PeerCounters,
    clock: Clock,
    onSocket: (socket: WebSocket, ticket: Ticket) => void,
  ) {
    this.#limits = limits
    this.#counters = counters
    this.#clock = clock
    this.#onSocket = onSocket
    this.admission = new Admission(limits, clock)
    this.#webSockets = new WebSocketServer({ ...socketOptions(limits), noServer: true })
    this.#http = createServer({ maxHeaderSize: 8_192 }, (_, response) => {
      counters.refused.malformed++
      response.writeHead(426, { connection: 'close' }).end()
    })
    this.#http.on('connection', (socket) => this.#enter(socket))
    this.#http.on('clientError', (_, socket) => {
      counters.refused.malformed++
      socket.destroy()
    })
    this.#webSockets.on('wsClientError', (_, socket) => {
      counters.refused.malformed++
      socket.destroy()
    })
    this.#http.on('upgrade', (request, socket, head) => {
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const entered = this.#entered.get(socket)
        entered?.deadline.clear()
        if (entered === undefined) webSocket.terminate()
        else this.#onSocket(webSocket, entered.ticket)
      })
    })
  }

  /** The port. Throws `listen_failed`. */
  start({ host, port }: ListenAddress): Promise<number> {
    return new Promise((resolve, reject) => {
      // Later errors are connections that the system could not give, for want of descriptors.
      this.#http.on('error', (cause) => {
        if (this.#http.listening) this.#counters.refused.crowded++
        else reject(new PeerError({ code: 'listen_failed', host, port }, { cause }))
      })
      this.#http.listen(port, host, () => resolve((this.#http.address() as AddressInfo).port))
    })
  }

  /** Resolves when the port is free and no connection is open. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#http.close(() => resolve())
      for (const socket of this.#entered.keys()) socket.destroy()
    })
  }

  /** Before a byte is read; the time until the end of the handshake starts here. */
  #enter(socket: Socket): void {
    const ticket = this.admission.enter(addressKey(socket.remoteAddress ?? ''), () => {
      this.#counters.refused.crowded++
      socket.destroy()
    })
    if (ticket === undefined) {
      this.#counters.refused.crowded++
      socket.destroy()
      return
    }
    // For who never asks for the upgrade; after it the connection has a deadline of its own.
    const deadline = this.#clock.setTimer(() => {
      this.#counters.refused.timedOut++
      socket.destroy()
    }, this.#limits.handshakeMs)
    this.#entered.set(socket, { ticket, deadline })
    socket.on('close', () => {
      deadline.clear()
      this.#entered.delete(socket)
      ticket.leave()
    })
  }
}
