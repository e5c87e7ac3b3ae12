/** Which peer servers are connected, for whom they speak, and which of them have to wait. */
import type { Address, EntityId } from '@xln/shared/ids.ts'
import type { Admission } from './admission.ts'

/** A peer server with more inputs waiting than the first is read no further until fewer than the second. */
const DEPTH_PAUSE = 16_384
const DEPTH_RESUME = 4_096
/** The same of all together: half of what may wait, so that what is on its way finds room. */
const TOTAL_PAUSE = 65_536
const TOTAL_RESUME = 32_768

/** What changes when a peer server says for whom it speaks. */
export interface Change {
  readonly up: readonly EntityId[]
  readonly down: readonly EntityId[]
}

/** Stops and goes on reading from a peer server. */
export interface Valve {
  pause(server: Address): void
  resume(server: Address): void
  /** Ends the connection: a message of it found no room, and nothing behind it may be taken. */
  overflow(server: Address): void
}

export class PeersHere {
  readonly #admission: Admission
  readonly #entities = new Map<Address, ReadonlySet<EntityId>>()
  readonly #paused = new Set<Address>()

  constructor(admission: Admission) {
    this.#admission = admission
  }

  /** `server` speaks for these entities, all of them, from now on. */
  speaksFor(server: Address, entities: readonly EntityId[]): Change {
    const before = this.#entities.get(server) ?? new Set<EntityId>()
    const now = new Set(entities)
    this.#entities.set(server, now)
    return {
      up: entities.filter((entity) => !before.has(entity)),
      down: [...before].filter((entity) => !now.has(entity)),
    }
  }

  /** `server` is gone: the entities that it spoke for. */
  gone(server: Address): EntityId[] {
    const entities = [...(this.#entities.get(server) ?? [])]
    this.#entities.delete(server)
    this.#paused.delete(server)
    return entities
  }

  /** Every entity that a connected server speaks for. */
  entities(): EntityId[] {
    return [...this.#entities.values()].flatMap((entities) => [...entities])
  }

  list(): { server: Address; entities: EntityId[] }[] {
    return [...this.#entities].map(([server, entities]) => ({ server, entities: [...entities] }))
  }

  /** Stops reading from `server` when too much of it waits. */
  throttle(server: Address, valve: Valve | undefined): void {
    if (this.#paused.has(server)) return
    const isFull =
      this.#admission.depthOf('peer', server) > DEPTH_PAUSE ||
      this.#admission.depth('peer') > TOTAL_PAUSE
    if (!isFull) return
    this.#paused.add(server)
    valve?.pause(server)
  }

  /** Reads on from those of which little waits now. */
  release(valve: Valve | undefined): void {
    if (this.#admission.depth('peer') > TOTAL_RESUME) return
    for (const server of this.#paused) {
      if (this.#admission.depthOf('peer', server) > DEPTH_RESUME) continue
      this.#paused.delete(server)
      valve?.resume(server)
    }
  }
}
