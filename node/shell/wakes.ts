/** When entities want to look at their deadlines: the earliest second of each, and one timer for all. */
import type { Hex } from '@xln/shared/ids.ts'
import type { Clock, Timer } from './clock.ts'

/** A timer of a longer wait is set anew after this, since a timer holds no more than 2^31 ms. */
const WAIT_MAX_MS = 3_600_000

export class Wakes {
  readonly #wakes = new Map<Hex, number>()
  readonly #clock: Clock
  readonly #onDue: (path: Hex) => void
  #timer: Timer | undefined
  #timerAtMs = Number.POSITIVE_INFINITY

  /** `onDue` is called once for the path of each entity whose second has come. */
  constructor(clock: Clock, onDue: (path: Hex) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** The entity at `path` wants to look at unix second `at`, or earlier if it said so before. */
  set(path: Hex, at: number): void {
    const standing = this.#wakes.get(path)
    if (standing !== undefined && standing <= at) return
    this.#wakes.set(path, at)
    if (at * 1_000 < this.#timerAtMs) this.#arm(at * 1_000)
  }

  stop(): void {
    this.#timer?.clear()
    this.#wakes.clear()
  }

  #arm(atMs: number): void {
    this.#timer?.clear()
    this.#timerAtMs = atMs
    const waitMs = Math.min(Math.max(atMs - this.#clock.nowMs(), 0), WAIT_MAX_MS)
    this.#timer = this.#clock.setTimer(() => this.#fire(), waitMs)
  }

  #fire(): void {
    const nowMs = this.#clock.nowMs()
    this.#timerAtMs = Number.POSITIVE_INFINITY
    let next = Number.POSITIVE_INFINITY
    for (const [path, at] of this.#wakes) {
      if (at * 1_000 <= nowMs) {
        this.#wakes.delete(path)
        this.#onDue(path)
      } else {
        next = Math.min(next, at * 1_000)
      }
    }
    if (next < this.#timerAtMs) this.#arm(next)
  }
}
