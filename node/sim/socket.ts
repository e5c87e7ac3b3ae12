/** One end of a simulated connection: a WebSocket as the peer network knows it. */
import { PROTOCOL_VERSION } from '@xln/shared/wire/hello.ts'
import type { PeerSocket } from '../shell/peers/socket.ts'
import type { NetworkMood } from './moods.ts'
import type { Process } from './process.ts'
import type { Scheduler } from './scheduler.ts'

/** What both ends of a connection share. */
export interface Wire {
  readonly from: string
  readonly to: string
  /** How the network behaves now. */
  mood(): NetworkMood
  readonly scheduler: Scheduler
  readonly sockets: SimSocket[]
  /** Somebody on the way has changed what it carries. */
  isTampered: boolean
  /** Its two ends run versions that do not talk to each other. */
  areOfTwoVersions(): boolean
  /** One of them goes on though it was greeted by the other version. */
  onLeak(): void
  /** Nothing passes any more, and nobody is told. */
  readonly isDark: boolean
  goDark(): void
  /** It breaks, and both ends hear of it. */
  cut(): void
  /** Both ends are gone. */
  end(): void
}

type Item =
  | { readonly type: 'message' | 'ping' | 'pong'; readonly data: Buffer }
  | { readonly type: 'close'; readonly code: number }

type Listener = (...values: never[]) => void

const State = { opening: 0, open: 1, closing: 2, closed: 3 } as const
/** Without a goodbye. */
const ABNORMAL = 1006
/** What the system takes of a sender whose receiver does not read. */
const SYSTEM_BYTES = 65_536
const NOTHING = Buffer.alloc(0)

export class SimSocket implements PeerSocket {
  readonly wire: Wire
  readonly process: Process
  readonly side: 'dialler' | 'accepter'
  readyState: number
  #other: SimSocket | undefined
  readonly #listeners = new Map<string, Listener[]>()
  /** When the last thing that was sent arrives: nothing overtakes it. */
  #lastArrivalMs = 0
  #underWay = 0
  #isPaused = false
  #hasSent = false
  /** What it said first names another version; and the other end has heard it. */
  #greetsApart = false
  #hasGreeted = false
  #arrived: (() => void)[] = []
  /** Until when the other end's reading stands still, virtual milliseconds. */
  stalledUntilMs = 0

  constructor(wire: Wire, process: Process, side: 'dialler' | 'accepter') {
    this.wire = wire
    this.process = process
    this.side = side
    this.readyState = side === 'dialler' ? State.opening : State.open
    wire.sockets.push(this)
    process.onEnd(() => this.#die())
  }

  get isOpening(): boolean {
    return this.readyState === State.opening
  }

  get bufferedAmount(): number {
    return Math.max(0, this.#underWay - SYSTEM_BYTES)
  }

  on(event: string, listener: Listener): void {
    const listeners = this.#listeners.get(event)
    if (listeners === undefined) this.#listeners.set(event, [listener])
    else listeners.push(listener)
  }

  send(frame: Buffer): void {
    if (!this.process.isAlive || this.readyState !== State.open) return
    const copy = this.#hasSent ? Buffer.from(frame) : this.#opening(frame)
    // Somebody on the way can put an older greeting in the place of this one.
    if (this.#hasSent && this.#hasHeardApart() && !this.wire.isTampered) this.wire.onLeak()
    this.#hasSent = true
    const tampering = this.wire.mood().tampering()
    if (tampering !== undefined) this.wire.isTampered = true
    const frames = tampering === undefined ? [copy] : tampering(copy)
    for (const data of frames) this.#put({ type: 'message', data })
  }

  /** What a server says first, in the clear, names its protocol behind three letters. */
  #opening(frame: Buffer): Buffer {
    const copy = Buffer.from(frame)
    if (!this.wire.areOfTwoVersions()) return copy
    this.#greetsApart = true
    copy[copy.indexOf('xln') + 3] = PROTOCOL_VERSION + 1
    return copy
  }

  #hasHeardApart(): boolean {
    if (this.#other === undefined) return false
    return this.#other.#hasGreeted
  }

  ping(): void {
    this.#put({ type: 'ping', data: NOTHING })
  }

  pong(data: Buffer): void {
    this.#put({ type: 'pong', data })
  }

  close(code: number): void {
    if (this.readyState === State.opening) this.fail()
    if (this.readyState !== State.open) return
    this.#put({ type: 'close', code })
    this.readyState = State.closing
  }

  terminate(): void {
    if (this.readyState === State.closed) return
    this.#tellOther()
    this.fail()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    const arrived = this.#arrived
    this.#arrived = []
    for (const take of arrived) take()
  }

  // ─── For the network ────────────────────────────────────────────────────────────────────────

  join(other: SimSocket): void {
    this.#other = other
    other.#other = this
  }

  /** The other end has answered: this one hears of it. */
  open(): void {
    const { scheduler } = this.wire
    const waitMs = this.wire.mood().latencyMs()
    // Nothing that the other end sends comes before.
    if (this.#other !== undefined) this.#other.#lastArrivalMs = scheduler.nowMs + waitMs
    scheduler.in(waitMs, () =>
      this.process.reach(() => {
        if (this.readyState !== State.opening || this.wire.isDark) return
        this.readyState = State.open
        this.#emit('open')
      }),
    )
  }

  /** It ends without a goodbye. */
  fail(): void {
    if (this.readyState === State.closed) return
    this.readyState = State.closed
    this.wire.scheduler.in(0, () => this.process.reach(() => this.#emit('close', ABNORMAL)))
    this.#leave()
  }

  /** Its process is gone: the system says goodbye for it, if anything passes. */
  #die(): void {
    if (this.readyState === State.closed) return
    this.readyState = State.closed
    this.#tellOther()
    this.#leave()
  }

  #tellOther(): void {
    const other = this.#other
    const { scheduler } = this.wire
    if (other === undefined || this.wire.isDark) return
    scheduler.in(this.wire.mood().latencyMs(), () => {
      if (!this.wire.isDark) other.fail()
    })
  }

  #leave(): void {
    if (this.wire.sockets.every(({ readyState }) => readyState === State.closed)) this.wire.end()
  }

  #put(item: Item): void {
    const other = this.#other
    if (!this.process.isAlive || this.readyState !== State.open || other === undefined) return
    const { scheduler } = this.wire
    const bytes = item.type === 'close' ? 0 : item.data.length
    const arrivalMs = scheduler.nowMs + this.wire.mood().latencyMs()
    this.#lastArrivalMs = Math.max(arrivalMs, this.#lastArrivalMs, this.stalledUntilMs)
    this.#underWay += bytes
    scheduler.in(this.#lastArrivalMs - scheduler.nowMs, () => {
      if (this.wire.isDark) return
      other.process.reach(() =>
        other.#arrive(() => {
          this.#underWay -= bytes
          this.#hasGreeted = this.#greetsApart
          other.#take(item)
        }),
      )
    })
  }

  /** Who does not read lets the sender's queue grow. */
  #arrive(take: () => void): void {
    if (this.#isPaused) this.#arrived.push(take)
    else take()
  }

  #take(item: Item): void {
    if (this.readyState === State.closed) return
    if (item.type === 'close') this.#closeWith(item.code)
    else if (item.type === 'message') this.#emit('message', item.data, true)
    else this.#emit(item.type, item.data)
  }

  /** The other end has said goodbye: it gets an answer, and both are gone. */
  #closeWith(code: number): void {
    if (this.readyState === State.open) this.#put({ type: 'close', code })
    this.readyState = State.closed
    this.#emit('close', code)
    this.#leave()
  }

  #emit(event: string, ...values: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...(values as never[]))
  }
}
