/** What goes wrong at the moment, as the faults of this seed have it; nothing once it is calm. */
import type { DiskMood, Fate, NetworkMood, Tampering } from './moods.ts'
import type { Random } from './random.ts'

/** Asked at each write of the server `name`: what becomes of it, `done` if the fault leaves it alone. */
export type FateOf = (name: string) => Fate

export class Weather {
  readonly #random: Random
  readonly fates: FateOf[] = []
  /** Milliseconds that a write of a server takes beyond the usual. */
  readonly diskDelays: ((name: string) => number)[] = []
  /** Milliseconds that a frame takes beyond the usual. */
  readonly wireDelays: (() => number)[] = []
  readonly tamperings: (() => Tampering | undefined)[] = []
  isCalm = false

  constructor(random: Random) {
    this.#random = random
  }

  diskMood(name: string): DiskMood {
    return {
      fate: () => {
        if (this.isCalm) return 'done'
        const fates = this.fates.map((fate) => fate(name))
        return fates.find((fate) => fate !== 'done') ?? 'done'
      },
      latencyMs: () => {
        const usual = 0.2 + 3 * this.#random.fraction()
        return this.isCalm
          ? usual
          : this.diskDelays.reduce((sum, delay) => sum + delay(name), usual)
      },
    }
  }

  networkMood(): NetworkMood {
    return {
      latencyMs: () => {
        const usual = 0.5 + 20 * this.#random.fraction()
        return this.isCalm ? usual : this.wireDelays.reduce((sum, delay) => sum + delay(), usual)
      },
      tampering: () => {
        if (this.isCalm) return undefined
        const all = this.tamperings.map((tampering) => tampering())
        return all.find((tampering) => tampering !== undefined)
      },
    }
  }
}
