/** One run of a server's process: what reaches it and what it does end with it, and wait while it is paused. */
import type { Clock, Timer } from '../shell/clock.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** Unix milliseconds at the beginning of every world. */
export const EPOCH_MS = 1_700_000_000_000

/** How a server's clock differs from the world's, milliseconds. Outlives the process. */
export interface Skew {
  ms: number
}

export class Process {
  readonly #scheduler: Scheduler
  readonly #ends: (() => void)[] = []
  #waiting: (() => void)[] | undefined
  #isAlive = true

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** Something reaches the process: now, when it goes on, or never. */
  reach(run: () => void): void {
    if (!this.#isAlive) return
    if (this.#waiting === undefined) run()
    else this.#waiting.push(run)
  }

  /** As {@link reach}, after `delayMs`. */
  later(delayMs: number, run: () => void): Timer {
    const event = this.#scheduler.in(delayMs, () => this.reach(run))
    return { clear: () => event.cancel() }
  }

  /** Something happens after `delayMs` for the process, paused or not, unless it has ended. */
  onDisk(delayMs: number, run: () => void): void {
    this.#scheduler.in(delayMs, () => {
      if (this.#isAlive) run()
    })
  }

  /** `run` is done when the process is killed. */
  onEnd(run: () => void): void {
    if (this.#isAlive) this.#ends.push(run)
    else run()
  }

  /** It stops in the middle; its timers and what reaches it wait. */
  pause(): void {
    this.#waiting ??= []
  }

  /** What has waited happens now, in its order. */
  resume(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const run of waiting) this.reach(run)
  }

  kill(): void {
    if (!this.#isAlive) return
    this.#isAlive = false
    this.#waiting = undefined
    for (const end of this.#ends.splice(0)) end()
  }

  /** The clock that the process sees. */
  clock(random: Random, skew: Skew): Clock {
    return {
      nowMs: () => Math.floor(EPOCH_MS + this.#scheduler.nowMs + skew.ms),
      monotonicMs: () => this.#scheduler.nowMs,
      random: () => random.fraction(),
      setTimer: (run, waitMs) => {
        let isSet = true
        const timer = this.later(waitMs, () => {
          if (isSet) run()
        })
        return {
          clear() {
            isSet = false
            timer.clear()
          },
        }
      },
    }
  }
}
