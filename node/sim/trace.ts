/** What happened, one line an event, and a hash over all of it: two runs of one seed must agree. */
import { createHash } from 'node:crypto'
import type { Scheduler } from './scheduler.ts'

export class Trace {
  readonly #scheduler: Scheduler
  readonly #hash = createHash('sha256')
  readonly #show: ((line: string) => void) | undefined
  readonly #last: string[] = []
  readonly #counts = new Map<string, number>()

  /** `show` is given every line. */
  constructor(scheduler: Scheduler, show?: (line: string) => void) {
    this.#scheduler = scheduler
    this.#show = show
  }

  /** Notes that `what` happened at `where`. */
  note(where: string, what: string, detail = ''): void {
    const line = `${this.#scheduler.nowMs.toFixed(3)} ${where} ${what}${detail && ' '}${detail}`
    this.#hash.update(line).update('\n')
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
    this.#last.push(line)
    if (this.#last.length > LAST_MAX) this.#last.splice(0, LAST_MAX / 2)
    this.#show?.(line)
  }

  /** How often each thing happened, by its name. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** The newest lines. */
  last(count: number): string[] {
    return this.#last.slice(-count)
  }

  /** Hexadecimal; the trace takes no further line. */
  finish(): string {
    return this.#hash.digest('hex')
  }
}

const LAST_MAX = 400
