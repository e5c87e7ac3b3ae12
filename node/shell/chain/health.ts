/** How it stands with the chain: for the health check, the metrics and people. */
import type { BlockReference, ChainCursor } from '@xln/shared/depository/events.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { EndpointHealth } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { ChainError, type ChainFault } from './faults.ts'

export interface ChainHealth {
  /** `following`: near the head; `behind`: reading what was missed; `failing`: see `fault`. */
  readonly state: 'starting' | 'following' | 'behind' | 'failing' | 'stopped'
  /** The newest block seen, and when it was seen, unix milliseconds. */
  readonly head: (BlockReference & { timestamp: number; seenAtMs: number }) | undefined
  /** The newest block whose events were read, final or not. */
  readonly tip: BlockReference
  /** The last block that was delivered. */
  readonly final: BlockReference
  /** Final blocks that are still to be delivered. */
  readonly lag: number
  readonly fault: ChainFault | undefined
  /** Unix milliseconds since when nothing goes right; undefined when all does. */
  readonly failingSinceMs: number | undefined
  readonly reorganisations: { readonly shallow: number; readonly deep: number }
  readonly endpoints: readonly EndpointHealth[]
}

/** A final block more or less in waiting is no lag. */
const LAG_TOLERATED = 2

/** What the watcher notes of itself. */
export class ChainStatus {
  readonly #clock: Clock
  #head: ChainHealth['head']
  #fault: ChainFault | undefined
  #failingSinceMs: number | undefined
  #stopped = false
  #shallow = 0
  #deep = 0

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  sawHead({ block, hash, timestamp }: BlockReference & { timestamp: number }): void {
    if (hash === this.#head?.hash) return
    this.#head = { block, hash, timestamp, seenAtMs: this.#clock.nowMs() }
  }

  /** Returns whether this is news: not what it failed at before. */
  failed(error: ChainError): boolean {
    // That nobody answers says less than why the last one did not.
    const { fault } = error.cause instanceof ChainError ? error.cause : error
    const isNews = this.#fault?.code !== fault.code
    this.#fault = fault
    this.#failingSinceMs ??= this.#clock.nowMs()
    return isNews
  }

  recovered(): void {
    this.#fault = undefined
    this.#failingSinceMs = undefined
  }

  reorganised(depth: 'shallow' | 'deep'): void {
    if (depth === 'shallow') this.#shallow += 1
    else this.#deep += 1
  }

  stopped(): void {
    this.#stopped = true
  }

  read(
    cursor: ChainCursor,
    tip: BlockReference,
    confirmations: number,
    endpoints: Endpoints,
  ): ChainHealth {
    const finalBlock = (this.#head?.block ?? cursor.block) - confirmations
    const lag = Math.max(0, finalBlock - cursor.block)
    return {
      state: this.#state(lag),
      head: this.#head,
      tip: { block: tip.block, hash: tip.hash },
      final: { block: cursor.block, hash: cursor.hash },
      lag,
      fault: this.#fault,
      failingSinceMs: this.#failingSinceMs,
      reorganisations: { shallow: this.#shallow, deep: this.#deep },
      endpoints: endpoints.health(),
    }
  }

  #state(lag: number): ChainHealth['state'] {
    if (this.#stopped) return 'stopped'
    if (this.#fault !== undefined) return 'failing'
    if (this.#head === undefined) return 'starting'
    return lag > LAG_TOLERATED ? 'behind' : 'following'
  }
}
