import type { Clock, Timer } from '@xln/node/shell/clock.ts'

/** Time that passes only when a test lets it. */
export class TestClock implements Clock {
  #nowMs = 0
  #order = 0
  readonly #timers = new Map<number, { readonly atMs: number; readonly run: () => void }>()

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  random(): number {
    return 0.5
  }

  setTimer(run: () => void, waitMs: number): Timer {
    const order = this.#order++
    this.#timers.set(order, { atMs: this.#nowMs + waitMs, run })
    return { clear: () => this.#timers.delete(order) }
  }

  /** Goes on from timer to timer until `holds`; throws when that does not come within `giveUpMs`. */
  async until(what: string, holds: () => boolean, giveUpMs = 600_000): Promise<void> {
    const end = this.#nowMs + giveUpMs
    for (await rest(); !holds(); await rest()) {
      const next = [...this.#timers].sort(([a, x], [b, y]) => x.atMs - y.atMs || a - b)[0]
      if (next === undefined || next[1].atMs > end) throw new Error(`it never came that ${what}`)
      const [order, { atMs, run }] = next
      this.#timers.delete(order)
      this.#nowMs = Math.max(this.#nowMs, atMs)
      run()
    }
  }

  /** Lets `ms` milliseconds pass. */
  async pass(ms: number): Promise<void> {
    let isOver = false
    this.setTimer(() => {
      isOver = true
    }, ms)
    await this.until('that time is over', () => isOver)
  }

  /** Lets time pass until `task` is done. */
  async finish<T>(task: Promise<T>): Promise<T> {
    let isDone = false
    const settled = task.finally(() => {
      isDone = true
    })
    // Whoever awaits it below is told what went wrong.
    settled.catch(() => {})
    await this.until('it is done', () => isDone)
    return settled
  }
}

/** Everything that needs no time has been done when this resolves. */
function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
