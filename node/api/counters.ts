/** What the API has done since it started. */
import { methodOf } from '@xln/shared/api.ts'

export type Outcome = 'answered' | 'refused' | 'failed'

export class ApiCounters {
  readonly #requests = new Map<string, Record<Outcome, number>>()
  connections = 0
  subscriptions = 0
  events = 0
  /** Connections that were not let in or were ended, by reason. */
  readonly ended = { unauthorised: 0, crowded: 0, malformed: 0, oversized: 0, slow: 0, silent: 0 }

  /** Counts a request; all that name no method count as one. */
  count(method: string, outcome: Outcome): void {
    const name = methodOf(method) === undefined ? 'unknown' : method
    let counts = this.#requests.get(name)
    if (counts === undefined) {
      counts = { answered: 0, refused: 0, failed: 0 }
      this.#requests.set(name, counts)
    }
    counts[outcome]++
  }

  requests(): IterableIterator<[method: string, counts: Readonly<Record<Outcome, number>>]> {
    return this.#requests.entries()
  }
}
