import { type Clock, systemClock } from '../clock.ts'

/** A wait that can be cut short. */
export class Pause {
  readonly #clock: Clock
  #end: (() => void) | undefined
  #ended = false

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  /** Returns after `ms`, or as soon as {@link end} is called, or was since the last wait. */
  async wait(ms: number): Promise<void> {
    if (!this.#ended) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.setTimer(resolve, ms)
        this.#end = () => {
          timer.clear()
          resolve()
        }
      })
    }
    this.#ended = false
    this.#end = undefined
  }

  /** Ends the present wait, or else the next. */
  end(): void {
    this.#ended = true
    this.#end?.()
  }
}
