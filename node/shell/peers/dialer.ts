/** Keeps up a connection to one address: dials, and again with growing pauses, for ever. */
import type { Address } from '@xln/shared/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { PeerLimits } from './limits.ts'

export class Dialer {
  readonly url: string
  /** Who was found there last, or is expected. */
  server: Address | undefined
  readonly #expected: Address | undefined
  readonly #limits: PeerLimits
  readonly #clock: Clock
  readonly #dial: () => boolean
  #attempts = 0
  #timer: Timer | undefined
  #isIdle = true

  /** `dial` makes a connection, or gives false when there is one with this server already. */
  constructor(
    url: string,
    server: Address | undefined,
    limits: PeerLimits,
    clock: Clock,
    dial: () => boolean,
  ) {
    this.url = url
    this.server = server
    this.#expected = server
    this.#limits = limits
    this.#clock = clock
    this.#dial = dial
  }

  /** Dials now. */
  start(): void {
    this.#isIdle = !this.#dial()
  }

  /** Whether `server` may be the one found there; it is remembered, so as not to dial it twice. */
  accepts(server: Address): boolean {
    if (this.#expected !== undefined && this.#expected !== server) return false
    this.server = server
    return true
  }

  stop(): void {
    this.#timer?.clear()
    this.#isIdle = false
  }

  /** Its connection has ended after `heldMs` in which it was up, 0 if it never was. */
  ended(heldMs: number): void {
    if (heldMs >= this.#limits.stableMs) this.#attempts = 0
    this.#retry()
  }

  /** The connection to its server that somebody else had made is gone. */
  wake(): void {
    if (!this.#isIdle) return
    this.#attempts = 0
    this.#retry()
  }

  #retry(): void {
    const { redialMinMs, redialMaxMs } = this.#limits
    const pause = Math.min(redialMaxMs, redialMinMs * 2 ** Math.min(this.#attempts++, 30))
    this.#isIdle = false
    // Half of it by chance, so that the peers of a server that restarts do not all come at once.
    const waitMs = (pause / 2) * (1 + this.#clock.random())
    this.#timer = this.#clock.setTimer(() => this.start(), waitMs)
  }
}
