/** Time and chance, as the shell meets them: what a simulator replaces by its own. */

/** Something that will be done later, unless it is cleared. */
export interface Timer {
  clear(): void
}

export interface Clock {
  /** Unix milliseconds: what people and other servers go by. May jump. */
  nowMs(): number
  /** Milliseconds since some moment; never goes back. For measuring how long something took. */
  monotonicMs(): number
  /** Does `run` once, `waitMs` (at most 2^31 − 1) milliseconds from now. */
  setTimer(run: () => void, waitMs: number): Timer
  /** From 0 up to 1: spreads what many would do at once. Never for secrets. */
  random(): number
}

/** The machine's own. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(run, waitMs) {
    const timer = setTimeout(run, waitMs)
    return { clear: () => clearTimeout(timer) }
  },
  random: () => Math.random(),
}

/** Does `run` every `everyMs` milliseconds until it is cleared. */
export function setRepeating(clock: Clock, run: () => void, everyMs: number): Timer {
  let timer: Timer | undefined
  const again = () => {
    // The next one first: what `run` clears is that.
    timer = clock.setTimer(again, everyMs)
    run()
  }
  timer = clock.setTimer(again, everyMs)
  return { clear: () => timer?.clear() }
}

/** Resolves after `waitMs` milliseconds. */
export function waitFor(clock: Clock, waitMs: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(resolve, waitMs))
}

/** Unix seconds, rounded down. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1_000)
}
