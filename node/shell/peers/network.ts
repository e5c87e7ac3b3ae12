/**
 * The network of servers: one authenticated connection with each peer, for all that their entities
 * have to say to each other.
 *
 * Messages come in the order in which they were sent, and at most once. They are lost when the
 * connection is: whoever has something pending sends it again after the next `up`. Frames are not
 * compressed: most of a channel message is hashes and signatures.
 */
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Ticket } from './admission.ts'
import type { PeerConfig } from './config.ts'
import { Dialer } from './dialer.ts'
import { PeerError } from './faults.ts'
import type { Outgoing } from './framePacker.ts'
import { DEFAULT_PEER_LIMITS, type PeerLimits } from './limits.ts'
import { Link, type LinkEvents } from './link.ts'
import type { LinkContext } from './linkContext.ts'
import { OwnEndorsements } from './ownEndorsements.ts'
import { PeerTable } from './peerTable.ts'
import { type PeerListener, type PeerSocket, type PeerTransport, webSockets } from './socket.ts'
import { newCounters, type PeerStats, refusalOf } from './stats.ts'

export class PeerNetwork {
  readonly #config: PeerConfig
  readonly #limits: PeerLimits
  readonly #clock: Clock
  readonly #transport: PeerTransport
  readonly #counters = newCounters()
  readonly #table: PeerTable
  readonly #endorsements: OwnEndorsements
  readonly #context: LinkContext
  readonly #listener: PeerListener | undefined
  readonly #dialers = new Map<string, Dialer>()
  readonly #links = new Set<Link>()
  #state: 'new' | 'running' | 'stopped' = 'new'
  #lastNonce = 0

  constructor(config: PeerConfig) {
    this.#config = config
    this.#limits = { ...DEFAULT_PEER_LIMITS, ...config.limits }
    this.#clock = config.clock ?? systemClock
    this.#transport = config.transport ?? webSockets
    this.#table = new PeerTable(config)
    this.#endorsements = new OwnEndorsements({
      network: config.domain,
      server: config.server,
      lifetimeSeconds: this.#limits.endorsementSeconds,
      endorse: config.endorse,
      onSigned: (encoded) => {
        for (const link of this.#links) link.endorse(encoded)
      },
      clock: this.#clock,
      log: config.log,
    })
    this.#context = this.#linkContext()
    if (config.listen !== undefined) {
      const onSocket = (socket: PeerSocket, ticket: Ticket) => {
        this.#addLink(socket, undefined, ticket)
      }
      const { listener } = this.#transport
      this.#listener = listener(this.#limits, this.#counters, this.#clock, onSocket)
    }
  }

  /** Listens, and dials. The port is the one listened on. Throws a {@link PeerError}. */
  async start(): Promise<{ port: number | undefined }> {
    const { listen } = this.#config
    const port = listen && (await this.#listener?.start(listen))
    this.#state = 'running'
    this.#endorsements.start()
    for (const dialer of this.#dialers.values()) dialer.start()
    return { port }
  }

  /** Says goodbye to all; no event comes any more. Resolves when no socket is open. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#table.mute()
    this.#endorsements.stop()
    for (const dialer of this.#dialers.values()) dialer.stop()
    await Promise.all([...this.#links].map((link) => link.goodbye('stopping')))
    await this.#listener?.stop()
  }

  /**
   * Speaks for one more entity, to all peers, as long as the process runs. Resolves when the entity
   * has signed; throws what its signer throws.
   */
  host(entity: EntityId): Promise<void> {
    return this.#endorsements.host(entity)
  }

  /**
   * Keeps a connection to `url` up from now on. Anyone but `server` is refused there, if it is given.
   * Throws a {@link PeerError} for what is no address of a WebSocket.
   */
  connect({ url, server }: { url: string; server?: Address | undefined }): void {
    if (!/^wss?:$/.test(URL.parse(url)?.protocol ?? '') || url.includes('#')) {
      throw new PeerError({ code: 'peer_url_invalid', url })
    }
    if (this.#dialers.has(url)) return
    const dial = () => this.#dial(dialer)
    const dialer: Dialer = new Dialer(url, server, this.#limits, this.#clock, dial)
    this.#dialers.set(url, dialer)
    if (this.#state === 'running') dialer.start()
  }

  /** Dials `url` no more. A connection that is up stays until it ends. */
  disconnect(url: string): void {
    this.#dialers.get(url)?.stop()
    this.#dialers.delete(url)
  }

  /**
   * Hands messages to the connection with `server`. False when not all of them went: it is not
   * connected, it is too slow and was cut off, or one is too large. What did not go is lost.
   */
  send(server: Address, messages: readonly Outgoing[]): boolean {
    const link = this.#table.get(server)
    if (link === undefined || link.ended) {
      this.#counters.dropped += messages.length
      return false
    }
    return link.send(messages)
  }

  /** A connected server that speaks for `entity`. */
  serverOf(entity: EntityId): Address | undefined {
    return this.#table.serverOf(entity)
  }

  /** Stops reading from a peer, until `resume` or the end of the connection: the peer has to wait. */
  pause(server: Address): void {
    this.#table.get(server)?.pause()
  }

  resume(server: Address): void {
    this.#table.get(server)?.resume()
  }

  /** Ends the connection with a peer of whose messages one could not be taken. */
  overflow(server: Address): void {
    this.#table.get(server)?.refuse('full')
  }

  stats(): PeerStats {
    const { sent, received, dropped, refused } = this.#counters
    const admission = this.#listener?.admission
    return {
      peers: this.#table.size,
      accepted: admission?.open ?? 0,
      unauthenticated: admission?.unauthenticated ?? 0,
      sent: { ...sent },
      received: { ...received },
      dropped,
      refused: { ...refused },
    }
  }

  #linkContext(): LinkContext {
    const { domain, server, incarnation, sign, verify, newestBlock, log } = this.#config
    return {
      network: { chainId: domain.chainId, depository: domain.depository },
      server,
      incarnation,
      limits: this.#limits,
      counters: this.#counters,
      sign,
      verify: verify ?? ((...claim) => verifyEntitySignature(domain, ...claim)),
      newestBlock,
      // One count for all peers: it grows for each of them too, and none has to be remembered.
      nextNonce: () => ++this.#lastNonce,
      endorsements: () => this.#endorsements.encoded(),
      hosts: (entity) => this.#endorsements.hosts(entity),
      clock: this.#clock,
      log,
    }
  }

  /** False when there is nothing to dial for. */
  #dial(dialer: Dialer): boolean {
    if (dialer.server !== undefined && this.#table.has(dialer.server)) return false
    this.#addLink(this.#transport.dial(dialer.url, this.#limits), dialer, undefined)
    return true
  }

  #addLink(socket: PeerSocket, dialer: Dialer | undefined, ticket: Ticket | undefined): void {
    if (this.#state === 'stopped') {
      socket.terminate()
      return
    }
    const events = this.#linkEvents(dialer, ticket)
    this.#links.add(new Link(socket, dialer !== undefined, this.#context, events))
  }

  #linkEvents(dialer: Dialer | undefined, ticket: Ticket | undefined): LinkEvents {
    const table = this.#table
    let upSince = Number.POSITIVE_INFINITY
    return {
      greeted: (link, hello) => {
        const { server } = hello.hello
        if (dialer?.accepts(server) === false) return 'wrongKey'
        ticket?.authenticated(this.#config.position(server) !== undefined)
        return table.greeted(link, hello)
      },
      up: (link) => {
        upSince = this.#clock.monotonicMs()
        table.up(link)
      },
      messages: (link, batch) => table.messages(link, batch),
      entities: (link) => table.entities(link),
      shown: (link, hello) => table.shown(link, hello),
      renewed: (link, hello) => table.renewed(link, hello),
      closed: (link, code) => {
        this.#links.delete(link)
        table.closed(link)
        this.#wake(link)
        const heldMs = Math.max(0, this.#clock.monotonicMs() - upSince)
        this.#report(dialer, link, code)
        if (this.#state === 'running' && dialer && this.#dialers.has(dialer.url)) {
          dialer.ended(heldMs)
        }
      },
    }
  }

  /** Who dials in vain should know why; what strangers do is no news. */
  #report(dialer: Dialer | undefined, link: Link, code: number): void {
    const reason = refusalOf(code)
    const server = link.hello?.hello.server
    const isNews = dialer !== undefined && reason !== undefined && reason !== 'duplicate'
    const level = isNews && this.#state === 'running' ? 'warn' : 'debug'
    this.#config.log[level]('connection_closed', { url: dialer?.url, server, code, reason })
  }

  /** Lets those dial who had no need to while this connection was up. */
  #wake(link: Link): void {
    const server = link.hello?.hello.server
    if (server === undefined || this.#state !== 'running') return
    for (const dialer of this.#dialers.values()) if (dialer.server === server) dialer.wake()
  }
}
