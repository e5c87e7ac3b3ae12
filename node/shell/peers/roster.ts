/** For which entities one peer speaks, and until when. */
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { decodeEndorsement, endorsementDigest } from '@xln/shared/wire/endorsement.ts'
import type { Envelope } from '@xln/shared/wire/envelope.ts'
import type { Network } from '@xln/shared/wire/network.ts'

/** Whether `signature` is the entity's over `digest`. */
export type EntityVerifier = (
  entity: EntityId,
  digest: Uint8Array,
  signature: Uint8Array,
) => boolean

/** Clocks differ, and nothing may count for ever. */
const LIFETIME_SECONDS_MAX = 40 * 86_400

export class Roster {
  readonly #network: Network
  readonly #server: Address
  readonly #max: number
  readonly #verify: EntityVerifier
  readonly #validUntil = new Map<EntityId, number>()

  constructor(network: Network, server: Address, max: number, verify: EntityVerifier) {
    this.#network = network
    this.#server = server
    this.#max = max
    this.#verify = verify
  }

  has(entity: EntityId): boolean {
    return this.#validUntil.has(entity)
  }

  /** In the order in which they were endorsed first. */
  entities(): EntityId[] {
    return [...this.#validUntil.keys()]
  }

  /** Takes an endorsement up. `known` adds nothing, `added` a new entity, `refused` does not count. */
  add(envelope: Envelope, now: number): 'added' | 'known' | 'refused' {
    const endorsement = decodeEndorsement(envelope)
    if (endorsement === undefined || endorsement.server !== this.#server) return 'refused'
    const { entity, validUntil } = endorsement
    const before = this.#validUntil.get(entity)
    if (before !== undefined && validUntil <= before) return 'known'
    if (before === undefined && this.#validUntil.size >= this.#max) return 'refused'
    if (validUntil < now || validUntil > now + LIFETIME_SECONDS_MAX) return 'refused'
    const digest = endorsementDigest(this.#network, endorsement)
    if (!this.#verify(entity, digest, envelope.signature)) return 'refused'
    this.#validUntil.set(entity, validUntil)
    return before === undefined ? 'added' : 'known'
  }

  /** Drops what has expired by `now`, unix seconds, and tells whether there was any. */
  expire(now: number): boolean {
    const before = this.#validUntil.size
    for (const [entity, validUntil] of this.#validUntil) {
      if (validUntil < now) this.#validUntil.delete(entity)
    }
    return this.#validUntil.size < before
  }
}
