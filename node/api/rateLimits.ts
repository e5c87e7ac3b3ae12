/** How fast somebody may ask: a bucket that fills with time and empties with requests. */

/** Buckets that are remembered; the ones not used for longest are forgotten, full. */
const BUCKETS_MAX = 10_000

interface Bucket {
  filled: number
  at: number
}

export class RateLimits {
  readonly #perMs: number
  readonly #burst: number
  readonly #buckets = new Map<string, Bucket>()

  /** `burst` at once, and from then on `perSecond`. */
  constructor(perSecond: number, burst: number) {
    this.#perMs = perSecond / 1_000
    this.#burst = burst
  }

  /** 0 when `who` may ask now, and then it has; else the milliseconds to wait. */
  take(who: string, now = performance.now()): number {
    const bucket = this.#bucketOf(who, now)
    if (bucket.filled < 1) return Math.ceil((1 - bucket.filled) / this.#perMs)
    bucket.filled--
    return 0
  }

  /** Milliseconds until `who` may ask, without asking. */
  waitOf(who: string, now = performance.now()): number {
    const { filled } = this.#bucketOf(who, now)
    return filled < 1 ? Math.ceil((1 - filled) / this.#perMs) : 0
  }

  #bucketOf(who: string, now: number): Bucket {
    const known = this.#buckets.get(who)
    // Moved to the end: the first one is the one not used for longest.
    this.#buckets.delete(who)
    const bucket = known ?? { filled: this.#burst, at: now }
    bucket.filled = Math.min(this.#burst, bucket.filled + (now - bucket.at) * this.#perMs)
    bucket.at = now
    this.#buckets.set(who, bucket)
    if (this.#buckets.size > BUCKETS_MAX) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest)
        break
      }
    }
    return bucket
  }
}
