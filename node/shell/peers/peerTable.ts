/**
 * Who is connected: one connection with each peer, and for which entities it speaks.
 *
 * When there are two with the same peer, both ends must keep the same one without talking about it:
 * the newer run of the peer wins; of two between the same runs, the one that the server with the
 * lower address has dialled; and of two dialled by the same one, the later, because it would not have
 * dialled had it not lost the earlier.
 */
import type { Address, EntityId } from '@xln/shared/ids.ts'
import type { Envelope } from '@xln/shared/wire/envelope.ts'
import { decodeSignedHello, type Hello, isNewer, type SignedHello } from '@xln/shared/wire/hello.ts'
import type { Peer, PeerConfig } from './config.ts'
import type { Link } from './link.ts'
import { Positions } from './positions.ts'
import type { PeerRefusal } from './stats.ts'

/** A peer that has its place; whether the other side gives us ours, its welcome says. */
interface Connected {
  readonly link: Link
  readonly peer: Peer
  hello: SignedHello
  isUp: boolean
  /** Those that are indexed. */
  entities: readonly EntityId[]
}

export class PeerTable {
  readonly #config: PeerConfig
  readonly #positions: Positions
  readonly #peers = new Map<Address, Connected>()
  /** The peers that speak for an entity, in the order in which they came. */
  readonly #speakers = new Map<EntityId, Set<Address>>()
  #isMuted = false

  constructor(config: PeerConfig) {
    this.#config = config
    this.#positions = new Positions(config.position)
  }

  /** How many are up. */
  get size(): number {
    let count = 0
    for (const { isUp } of this.#peers.values()) if (isUp) count++
    return count
  }

  /** Whether there is a connection, perhaps not up yet. */
  has(server: Address): boolean {
    return this.#peers.has(server)
  }

  /** The connection that is up. */
  get(server: Address): Link | undefined {
    const connected = this.#peers.get(server)
    return connected?.isUp === true ? connected.link : undefined
  }

  /** The first of the connected servers that speak for `entity`. */
  serverOf(entity: EntityId): Address | undefined {
    return this.#speakers.get(entity)?.values().next().value
  }

  /** No event comes any more. */
  mute(): void {
    this.#isMuted = true
  }

  /** Whether a peer that has proved its key gets a place: the nonce that it has come to, or why not. */
  greeted(link: Link, signed: SignedHello): number | PeerRefusal {
    const { server, incarnation } = signed.hello
    if (server === this.#config.server) return 'self'
    const position = this.#positions.get(server)
    const kept = this.#keptHello(server)
    if (kept !== undefined && isNewer(kept.hello, signed.hello)) link.show(kept.bytes)
    const newest = Math.max(position?.incarnation ?? 0, kept?.hello.incarnation ?? 0)
    const current = this.#peers.get(server)
    if (incarnation < Math.max(newest, current?.peer.incarnation ?? 0)) {
      if (current !== undefined) link.show(current.hello.bytes)
      return 'fenced'
    }
    if (current !== undefined) {
      const refusal = this.#makePlace(current, link, signed)
      if (refusal !== undefined) return refusal
    }
    const peer = { server, incarnation }
    this.#peers.set(server, { link, peer, hello: signed, isUp: false, entities: [] })
    const last = this.#positions.get(server)
    return last?.incarnation === incarnation ? last.nonce : 0
  }

  up(link: Link): void {
    const connected = this.#connectedBy(link)
    if (connected === undefined) return
    const { peer, hello } = connected
    connected.isUp = true
    this.#index(connected)
    this.#config.log.info('peer_up', { ...peer, entities: connected.entities.length })
    this.#config.events.up(peer, connected.entities, hello)
  }

  messages(link: Link, batch: readonly Envelope[]): void {
    const connected = this.#connectedBy(link)
    if (connected !== undefined) this.#config.events.messages(connected.peer, batch)
  }

  entities(link: Link): void {
    const connected = this.#connectedBy(link)
    if (connected?.isUp !== true) return
    this.#index(connected)
    this.#config.events.entities(connected.peer, connected.entities)
  }

  shown(link: Link, hello: SignedHello): void {
    const connected = this.#connectedBy(link)
    if (connected === undefined) return
    const { incarnation, blockNumber } = hello.hello
    const by = connected.peer.server
    this.#config.log.warn('own_newer_hello_shown', { by, incarnation, blockNumber })
    this.#config.events.shown(connected.peer, hello)
  }

  renewed(link: Link, hello: SignedHello): void {
    const connected = this.#connectedBy(link)
    if (connected === undefined) return
    connected.hello = hello
    this.#config.events.renewed(connected.peer, hello)
  }

  closed(link: Link): void {
    const connected = this.#connectedBy(link)
    if (connected !== undefined) this.#remove(connected)
  }

  /** Undefined when `link` may take the place of `current`, which is gone then. */
  #makePlace(current: Connected, link: Link, signed: SignedHello): PeerRefusal | undefined {
    const isNewRun = signed.hello.incarnation > current.peer.incarnation
    if (!isNewRun && !current.link.ended && !this.#replaces(link, current.link, signed.hello)) {
      // If it is dead without our knowing, this finds out, and the next attempt gets the place.
      current.link.probe()
      return 'duplicate'
    }
    if (isNewRun) current.link.show(signed.bytes)
    current.link.refuse(isNewRun ? 'fenced' : 'duplicate')
    this.#remove(current)
    return undefined
  }

  #replaces(link: Link, current: Link, { server }: Hello): boolean {
    if (link.dialled === current.dialled) return true
    return link.dialled === this.#config.server < server
  }

  #remove(connected: Connected): void {
    const { link, peer, isUp } = connected
    const { server, incarnation } = peer
    this.#peers.delete(server)
    // From one that never came up nothing was taken. Remembered, it would fence the run that is there for
    // ever, and nobody could show that one why: only the hello of a peer that came up is kept.
    if (isUp) this.#positions.set(server, { incarnation, nonce: link.lastNonce })
    for (const entity of connected.entities) this.#unindex(entity, server)
    if (!isUp || this.#isMuted) return
    this.#config.log.info('peer_down', { server, incarnation })
    this.#config.events.down(peer)
  }

  /** Replaced connections may still bring something; nobody listens to them. */
  #connectedBy(link: Link): Connected | undefined {
    const server = link.hello?.hello.server
    const connected = server === undefined ? undefined : this.#peers.get(server)
    return connected?.link === link && !this.#isMuted ? connected : undefined
  }

  #index(connected: Connected): void {
    const { server } = connected.peer
    const entities = connected.link.entities()
    const now = new Set(entities)
    for (const entity of connected.entities) if (!now.has(entity)) this.#unindex(entity, server)
    for (const entity of entities) {
      const speakers = this.#speakers.get(entity)
      if (speakers === undefined) this.#speakers.set(entity, new Set([server]))
      else speakers.add(server)
    }
    connected.entities = entities
  }

  #unindex(entity: EntityId, server: Address): void {
    const speakers = this.#speakers.get(entity)
    speakers?.delete(server)
    if (speakers?.size === 0) this.#speakers.delete(entity)
  }

  #keptHello(server: Address): SignedHello | undefined {
    const bytes = this.#config.keptHello(server)
    return bytes === undefined ? undefined : decodeSignedHello(bytes)
  }
}
