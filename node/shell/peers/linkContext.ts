/** What all connections of one server share. */
import type { Address, EntityId } from '@xln/shared/ids.ts'
import type { Network } from '@xln/shared/wire/network.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { PeerLimits } from './limits.ts'
import type { EntityVerifier } from './roster.ts'
import type { PeerCounters } from './stats.ts'

export interface LinkContext {
  readonly network: Network
  readonly server: Address
  readonly incarnation: number
  readonly limits: PeerLimits
  readonly counters: PeerCounters
  /** By the server's key. */
  readonly sign: (digest: Uint8Array) => Uint8Array
  readonly verify: EntityVerifier
  readonly newestBlock: () => number
  readonly nextNonce: () => number
  /** Own endorsements, encoded. */
  readonly endorsements: () => Iterable<Uint8Array>
  readonly hosts: (entity: EntityId) => boolean
  readonly clock: Clock
  readonly log: Logger
}
