/** The entities that this server speaks for, and their signatures that say so. */
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { encodeEndorsement, endorsementDigest } from '@xln/shared/wire/endorsement.ts'
import type { Network } from '@xln/shared/wire/network.ts'
import { type Clock, setRepeating, type Timer, unixSeconds } from '../clock.ts'
import type { Logger } from '../log.ts'

export interface EndorsementOptions {
  readonly network: Network
  readonly server: Address
  readonly lifetimeSeconds: number
  /** The entity's signature over a digest. */
  readonly endorse: (entity: EntityId, digest: Uint8Array) => Uint8Array | Promise<Uint8Array>
  /** Called with every new one, encoded. */
  readonly onSigned: (encoded: Uint8Array) => void
  readonly clock: Clock
  readonly log: Logger
}

interface Current {
  readonly encoded: Uint8Array
  readonly validUntil: number
}

/** The longest wait of a timer. */
const TIMER_MS_MAX = 2 ** 31 - 1

export class OwnEndorsements {
  readonly #options: EndorsementOptions
  readonly #current = new Map<EntityId, Current>()
  #isRenewing = false
  #timer: Timer | undefined

  constructor(options: EndorsementOptions) {
    this.#options = options
  }

  hosts(entity: EntityId): boolean {
    return this.#current.has(entity)
  }

  *encoded(): Iterable<Uint8Array> {
    for (const { encoded } of this.#current.values()) yield encoded
  }

  /** Resolves when the entity has signed. Throws what its signer throws. */
  async host(entity: EntityId): Promise<void> {
    const { network, server, lifetimeSeconds, endorse, onSigned, clock } = this.#options
    const validUntil = unixSeconds(clock) + lifetimeSeconds
    const endorsement = { entity, server, validUntil }
    const signature = await endorse(entity, endorsementDigest(network, endorsement))
    const encoded = encodeEndorsement(endorsement, signature)
    this.#current.set(entity, { encoded, validUntil })
    onSigned(encoded)
  }

  /** Starts to renew each endorsement when half of its time is over. */
  start(): void {
    const { clock, lifetimeSeconds } = this.#options
    const everyMs = Math.min(TIMER_MS_MAX, lifetimeSeconds * 125)
    this.#timer = setRepeating(clock, () => void this.#renew(), everyMs)
  }

  stop(): void {
    this.#timer?.clear()
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing) return
    this.#isRenewing = true
    const half = unixSeconds(this.#options.clock) + this.#options.lifetimeSeconds / 2
    for (const [entity, { validUntil }] of this.#current) {
      if (validUntil > half) continue
      try {
        await this.host(entity)
      } catch (error) {
        // The old one still counts for a while, and the next round tries again.
        this.#options.log.error('endorsement_not_renewed', { entity, error })
      }
    }
    this.#isRenewing = false
  }
}
