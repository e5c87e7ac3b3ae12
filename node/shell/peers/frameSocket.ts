/** A WebSocket that carries binary frames, never waits, and never holds more than its bound. */
import { type Clock, setRepeating, type Timer } from '../clock.ts'
import type { PeerLimits } from './limits.ts'
import { OPEN, type PeerSocket } from './socket.ts'
import { type PeerCounters, type PeerRefusal, refusalCodes } from './stats.ts'

export interface FrameSocketEvents {
  opened(): void
  frame(bytes: Buffer): void
  /** Once a heartbeat, while the socket lives. */
  beat(): void
  /** Last. `code` is the other side's, or 1006 without a goodbye. */
  closed(code: number): void
}

export class FrameSocket {
  readonly #socket: PeerSocket
  readonly #limits: PeerLimits
  readonly #counters: PeerCounters
  readonly #events: FrameSocketEvents
  readonly #clock: Clock
  #ended = false
  #paused = false
  #heard = true
  #misses = 0
  #heartbeat: Timer | undefined
  #deadline: Timer | undefined

  constructor(
    socket: PeerSocket,
    limits: PeerLimits,
    counters: PeerCounters,
    events: FrameSocketEvents,
    clock: Clock,
  ) {
    this.#socket = socket
    this.#limits = limits
    this.#counters = counters
    this.#events = events
    this.#clock = clock
    socket.on('open', () => events.opened())
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    socket.on('ping', (data) => this.#answer(data))
    socket.on('pong', () => {
      this.#heard = true
    })
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', (code) => this.#close(code))
    this.#deadline = clock.setTimer(() => this.cut('timedOut'), limits.handshakeMs)
  }

  /** Whether nothing more is sent or received. */
  get ended(): boolean {
    return this.#ended
  }

  /** Ends the time for the handshake and starts the heartbeat. */
  keepAlive(): void {
    this.#deadline?.clear()
    this.#heartbeat = setRepeating(this.#clock, () => this.#beat(), this.#limits.heartbeatMs)
  }

  /** False, and the socket is cut, when the other side takes too little: nothing waits beyond the bound. */
  send(frame: Buffer): boolean {
    if (this.#ended || this.#socket.readyState !== OPEN) return false
    if (this.#socket.bufferedAmount + frame.length > this.#limits.queueBytesMax) {
      this.cut('slow')
      return false
    }
    this.#socket.send(frame, { binary: true })
    this.#counters.sent.frames++
    this.#counters.sent.bytes += frame.length
    return true
  }

  /** Counts `reason`, says it to the other side with what was sent before, and closes. */
  refuse(reason: PeerRefusal): void {
    if (this.#ended) return
    this.#end(reason)
    this.#socket.close(refusalCodes[reason], reason)
    this.#deadline = this.#clock.setTimer(() => this.#socket.terminate(), this.#limits.closeMs)
  }

  /** Counts `reason` and ends at once; what waits to be sent is lost. */
  cut(reason: PeerRefusal): void {
    if (!this.#ended) this.#end(reason)
    this.#socket.terminate()
  }

  /** Asks for a sign of life, and cuts if none comes in the time for it. */
  probe(): void {
    if (this.#ended || this.#paused) return
    this.#heard = false
    this.#ping()
    const answer = () => {
      if (!this.#heard && !this.#paused && !this.#ended) this.cut('timedOut')
    }
    this.#clock.setTimer(answer, this.#limits.probeMs)
  }

  /** Stops reading; the other side's queue fills, and it cuts when its bound is reached. */
  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#heard = true
    this.#socket.resume()
  }

  #receive(data: unknown, isBinary: boolean): void {
    this.#heard = true
    if (this.#ended) return
    if (!isBinary || !Buffer.isBuffer(data)) {
      this.refuse('malformed')
      return
    }
    this.#counters.received.frames++
    this.#counters.received.bytes += data.length
    this.#events.frame(data)
  }

  /** The library would answer pings without a bound, also to who never reads the answers. */
  #answer(data: Buffer): void {
    this.#heard = true
    if (this.#ended || this.#socket.readyState !== OPEN) return
    if (this.#socket.bufferedAmount > this.#limits.queueBytesMax) this.cut('slow')
    else this.#socket.pong(data)
  }

  #ping(): void {
    const isFree = this.#socket.bufferedAmount < this.#limits.queueBytesMax
    if (isFree && this.#socket.readyState === OPEN) this.#socket.ping()
  }

  #beat(): void {
    if (this.#heard || this.#paused) this.#misses = 0
    else this.#misses++
    if (this.#misses >= this.#limits.heartbeatMissesMax) {
      this.cut('timedOut')
      return
    }
    this.#heard = false
    this.#ping()
    this.#events.beat()
  }

  /** Errors of the library are the other side's frames; those of the system end in `close` anyway. */
  #fail(error: Error): void {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
    if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.refuse('oversized')
    else if (code.startsWith('WS_ERR_')) this.refuse('malformed')
  }

  #end(reason: PeerRefusal): void {
    this.#ended = true
    this.#counters.refused[reason]++
    this.#deadline?.clear()
    this.#heartbeat?.clear()
  }

  #close(code: number): void {
    this.#ended = true
    this.#deadline?.clear()
    this.#heartbeat?.clear()
    this.#events.closed(code)
  }
}
