/** What a peer network needs of its server, and what it tells it. */
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import type { Envelope } from '@xln/shared/wire/envelope.ts'
import type { SignedHello } from '@xln/shared/wire/hello.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { PeerLimits } from './limits.ts'
import type { ListenAddress } from './listener.ts'
import type { Position } from './positions.ts'
import type { EntityVerifier } from './roster.ts'
import type { PeerTransport } from './socket.ts'

/** One run of another server. */
export interface Peer {
  readonly server: Address
  readonly incarnation: number
}

export interface PeerConfig {
  readonly domain: ChainDomain
  /** The address of the server's key. */
  readonly server: Address
  /** From 1; see {@link nextIncarnation}. */
  readonly incarnation: number
  /** Absent: this server dials, and nobody can dial it. */
  readonly listen?: ListenAddress | undefined
  /** 65 bytes by the server's key over a digest. */
  readonly sign: (digest: Uint8Array) => Uint8Array
  /** The signature of a hosted entity over a digest. */
  readonly endorse: (entity: EntityId, digest: Uint8Array) => Uint8Array | Promise<Uint8Array>
  /** Default: `verifyEntitySignature`, which knows lazy entities alone. */
  readonly verify?: EntityVerifier | undefined
  /** The number of the newest block of this server that is durable. */
  readonly newestBlock: () => number
  /** How far a peer's messages are in durable blocks. */
  readonly position: (server: Address) => Position | undefined
  /** The hello of a peer that was kept, the one with the highest block number. */
  readonly keptHello: (server: Address) => Uint8Array | undefined
  readonly events: PeerEvents
  readonly log: Logger
  readonly limits?: Partial<PeerLimits> | undefined
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** Default: WebSockets. */
  readonly transport?: PeerTransport
}

/** None of these is called from within a call to the network, nor after `stop`. What they throw stops the node. */
export interface PeerEvents {
  /**
   * Messages in the order sent, their nonces ascending: the last one is the peer's new position. Their
   * bytes are views of one frame; what is kept for long should be copied.
   */
  messages(peer: Peer, batch: readonly Envelope[]): void
  /** Messages can be sent, and whatever was pending should be, again. The hello is worth keeping. */
  up(peer: Peer, entities: readonly EntityId[], hello: SignedHello): void
  /** Who the peer speaks for now, all of them: one was added, or its endorsement ran out. */
  entities(peer: Peer, entities: readonly EntityId[]): void
  /** The peer's log has come further: this hello is worth keeping instead of the one before. */
  renewed(peer: Peer, hello: SignedHello): void
  down(peer: Peer): void
  /**
   * A peer has shown this server's own signature on something newer. A higher incarnation: another
   * process has this key, and this one must stop. A higher block number: state was lost.
   */
  shown(peer: Peer, hello: SignedHello): void
}

/**
 * The incarnation for a start of the server: greater than the `previous` one, and than any that was
 * forgotten with a disk, as long as the clock (milliseconds) is right. Persist it before it is used.
 */
export function nextIncarnation(previous: number, nowMs: number): number {
  return Math.max(previous + 1, nowMs)
}
