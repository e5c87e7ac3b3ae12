/** What one connection wants to be told. */
import type { Topic } from '@xln/shared/api.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import type { NodeEvent } from './backend.ts'
import { plain } from './json.ts'
import { type Refusal, tooManySubscriptions } from './refusal.ts'
import type { Token } from './tokens.ts'

interface Subscription {
  readonly topics: ReadonlySet<Topic>
  readonly entity: EntityId | null
}

/** One event for all connections: put into JSON once, when the first one wants it. */
export class Announcement {
  readonly event: NodeEvent
  #json: string | undefined

  constructor(event: NodeEvent) {
    this.event = event
  }

  /** As it is sent to one subscription. */
  textFor(subscription: string): string {
    const { topic, type, entity, data } = this.event
    this.#json ??= JSON.stringify({ topic, type, entity, data: plain(data) }).slice(1, -1)
    return `{"method":"event","params":{"subscription":"${subscription}",${this.#json}}}`
  }
}

export class Subscriptions {
  readonly #scope: ReadonlySet<EntityId> | null
  readonly #max: number
  readonly #all = new Map<string, Subscription>()
  #next = 1

  constructor(token: Token | null, max: number) {
    const entities = token?.entities ?? null
    this.#scope = entities === null ? null : new Set(entities)
    this.#max = max
  }

  get size(): number {
    return this.#all.size
  }

  add(topics: readonly Topic[], entity: EntityId | null): { subscription: string } | Refusal {
    if (this.#all.size >= this.#max) return tooManySubscriptions(this.#max)
    const subscription = String(this.#next++)
    this.#all.set(subscription, { topics: new Set(topics), entity })
    return { subscription }
  }

  remove(subscription: string): boolean {
    return this.#all.delete(subscription)
  }

  /** What is to be sent: an event of an entity only to who may see that entity. */
  textsFor(announcement: Announcement): string[] {
    const { topic, entity } = announcement.event
    if (entity !== null && this.#scope !== null && !this.#scope.has(entity)) return []
    const texts: string[] = []
    for (const [name, wanted] of this.#all) {
      const isWanted = wanted.entity === null || wanted.entity === entity
      if (isWanted && wanted.topics.has(topic)) texts.push(announcement.textFor(name))
    }
    return texts
  }
}
