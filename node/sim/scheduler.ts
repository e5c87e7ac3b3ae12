/**
 * Virtual time: one event after the other, in the order of their moments, and between two events
 * everything that was promised comes to rest. Nothing waits for a real clock.
 */

/** Something that will happen, unless it is cancelled. */
export interface Scheduled {
  cancel(): void
}

interface Entry {
  readonly atMs: number
  readonly order: number
  run: (() => void) | undefined
}

export class Scheduler {
  #heap: Entry[] = []
  #orders = 0
  #nowMs = 0
  #steps = 0

  /** Milliseconds since the beginning of this world. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** How many events have happened. */
  get steps(): number {
    return this.#steps
  }

  /** `run` will happen after `delayMs` milliseconds; what has the same moment happens in order. */
  in(delayMs: number, run: () => void): Scheduled {
    const entry: Entry = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#orders++, run }
    this.#push(entry)
    return {
      cancel: () => {
        entry.run = undefined
      },
    }
  }

  /** Lets the next event happen, and everything come to rest. False when there is none. */
  async step(): Promise<boolean> {
    for (let entry = this.#pop(); entry !== undefined; entry = this.#pop()) {
      if (entry.run === undefined) continue
      this.#nowMs = entry.atMs
      this.#steps++
      entry.run()
      await atRest()
      return true
    }
    return false
  }

  /** Lets everything happen up to `untilMs`, or until `isDone` says so after an event. */
  async run(untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    for (;;) {
      this.#dropCancelled()
      const next = this.#heap[0]
      if (next === undefined || next.atMs > untilMs) break
      await this.step()
      if (isDone()) return
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
  }

  #dropCancelled(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#pop()
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    heap.push(entry)
    let at = heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(entry, heap[parent] as Entry)) break
      heap[at] = heap[parent] as Entry
      at = parent
    }
    heap[at] = entry
  }

  #pop(): Entry | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      const right = child + 1
      if (right < heap.length && isBefore(heap[right] as Entry, heap[child] as Entry)) child = right
      if (!isBefore(heap[child] as Entry, last)) break
      heap[at] = heap[child] as Entry
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

/** Resolves when no promise is left that could go on by itself. */
function atRest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
