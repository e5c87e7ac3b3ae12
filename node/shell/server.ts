/**
 * The shell of one server: between the world (peers, chain, users, clock) and the machines.
 *
 * In: whatever arrives becomes an input and waits for a block. Out: what a durable block says is
 * carried out, and nothing else ever is. What it needs of the world is given to it as ports, so the
 * same code runs in a simulator.
 */
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { ChainCursor, FinalBatch, LocatedEvent } from '@xln/shared/depository/events.ts'
import type { Action, Policy } from '@xln/shared/entity/action.ts'
import { encodeAction } from '@xln/shared/entity/actionCodec.ts'
import { channelKeyOf, lazyEntityId, orderSides } from '@xln/shared/entity/board.ts'
import type { Address, EntityId, Hex } from '@xln/shared/ids.ts'
import { type Envelope, MessageType } from '@xln/shared/wire/envelope.ts'
import type { ChannelView } from '../machines/channel/messages.ts'
import type { AccountView, ChainHead } from '../machines/depository/depository.ts'
import type { EntityOutput, EntityRefusal } from '../machines/entity/messages.ts'
import type { EntityRecords } from '../machines/entity/records.ts'
import { encodeOwnInput, encodeServerInput } from '../machines/server/inputCodec.ts'
import type {
  LostChannels,
  OwnEntityInput,
  ServerInput,
  ServerOutput,
} from '../machines/server/messages.ts'
import { ONLY, type Server, ServerTable, watchers } from '../machines/server/tables.ts'
import { Admission, type Arrival, type InputClass } from './admission.ts'
import { type Clock, systemClock, waitFor } from './clock.ts'
import type { ChainDesk } from './desk.ts'
import type { Logger } from './log.ts'
import { type Committed, Loop, type LoopStore } from './loop.ts'
import { Outbox, type Parcel } from './outbox.ts'
import { PeersHere, type Valve } from './peersHere.ts'
import { type Letter, writeLetters } from './post.ts'
import { Requests } from './requests.ts'
import { type Resident, Residents } from './residents.ts'
import { Wakes } from './wakes.ts'

interface Outgoing {
  readonly type: number
  readonly sender: EntityId
  readonly recipient: EntityId
  readonly data: Uint8Array
}

/** The peers, as the server needs them; see peers/network.ts. */
export interface PeersPort extends Valve {
  send(server: Address, messages: readonly Outgoing[]): boolean
  serverOf(entity: EntityId): Address | undefined
  host(entity: EntityId): Promise<void>
}

/** The chain, as the server needs it; see chain/. */
export interface ChainPort {
  readonly desk: ChainDesk
  /** What the chain says of a channel as of a final block. Rejects while the chain cannot be asked. */
  readChannel(left: EntityId, right: EntityId, block: number): Promise<ChannelView>
}

export interface ServerOptions {
  readonly store: LoopStore
  readonly domain: ChainDomain
  /** The address of the server's own key. */
  readonly address: Address
  readonly sign: (signer: Address, digest: Uint8Array) => Uint8Array
  /** Default: the machine's own. */
  readonly clock?: Clock
  readonly newestTimestampMs: number
  /** From which number the ids of requests count: above those of earlier runs. */
  readonly firstRequest: bigint
  readonly log: Logger
  /** Told of every durable block, after its effects were released. */
  readonly onCommitted: (committed: Committed) => void
  readonly onFault: (error: unknown) => void
  readonly gapMs?: number
}

/** How soon a channel's view is asked for again when the chain could not be asked, milliseconds. */
const READ_AGAIN_MS = 1_000

const SERVER_PATH = new Uint8Array(0)

export class ServerShell {
  readonly requests: Requests
  readonly admission = new Admission()
  readonly #options: ServerOptions
  readonly #clock: Clock
  readonly #loop: Loop
  readonly #wakes: Wakes
  readonly #outbox: Outbox
  readonly #residents: Residents
  readonly #peers = new PeersHere(this.admission)
  /** Who waits for an input of the server to be durable, by its bytes. */
  readonly #waiters = new Map<Uint8Array, () => void>()
  /** The newest head that was handed in; it may still wait for its block. */
  #admittedHead: ChainHead | undefined
  readonly #hosted = new Set<EntityId>()
  #localNonce = 0
  #peersPort: PeersPort | undefined
  #chainPort: ChainPort | undefined
  #stopped = false

  constructor(options: ServerOptions) {
    this.#options = options
    this.requests = new Requests(options.firstRequest)
    this.#clock = options.clock ?? systemClock
    this.#wakes = new Wakes(this.#clock, (path) => this.#own(path, { type: 'due' }))
    this.#outbox = new Outbox({
      clock: this.#clock,
      isBusy: () => this.#loop.isBusy,
      deliver: (parcels) => this.#deliver(parcels),
    })
    this.#loop = new Loop({
      store: options.store,
      admission: this.admission,
      domain: options.domain,
      log: options.log,
      clock: this.#clock,
      newestTimestampMs: options.newestTimestampMs,
      perform: (committed) => this.#perform(committed),
      onFault: options.onFault,
      ...(options.gapMs === undefined ? {} : { gapMs: options.gapMs }),
    })
    this.#residents = new Residents(options.store.draft)
  }

  /** Connects the ports. Nothing was released before. */
  attach(peers: PeersPort, chain: ChainPort): void {
    this.#peersPort = peers
    this.#chainPort = chain
  }

  /** Makes the first block of this run, and takes up what was under way when the last one ended. */
  start(incarnation: number, lost: readonly LostChannels[] | null): void {
    this.lose(incarnation, lost)
    for (const [entity, { records, path }] of this.#residents.all()) {
      for (const batch of records.depository().inFlight) {
        this.#chainPort?.desk.submitBatch(entity, batch)
      }
      for (const peer of records.openingPeers()) void this.#readChannel(entity, peer)
      const next = records.nextDeadline()
      if (next !== undefined) this.#wakes.set(path, next)
    }
  }

  /** Resolves when no block is between its execution and the disk: what is read then can be told. */
  durable(): Promise<void> {
    return this.#loop.durable()
  }

  /** With state that was lost, these channels wait until their peers have shown them. */
  lose(incarnation: number, lost: readonly LostChannels[] | null): void {
    this.#server({ type: 'started', incarnation, lost })
    this.#setConnected(this.#peers.entities(), true)
    this.#connectResidents()
  }

  /** Makes no block until `task` is done. */
  suspendFor(task: Promise<void>): void {
    this.#loop.suspendFor(task)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#wakes.stop()
    await this.#loop.stop()
    this.#outbox.stop()
  }

  // ─── Users ──────────────────────────────────────────────────────────────────────────────────

  /** Proposes `action` for `entity`; resolves when the block that decided it is durable. */
  propose(entity: EntityId, action: Action, source: string): Promise<EntityRefusal | null> {
    const resident = this.#residents.get(entity)
    if (resident === undefined) return Promise.resolve({ code: 'entity_unknown', entity })
    const { id, receipt } = this.requests.open()
    const bytes = encodeOwnInput({
      type: 'propose',
      from: resident.signer,
      nonce: resident.nextNonce,
      requestId: id,
      action: encodeAction(action),
    })
    if (!this.#admit('user', source, { type: 'own', path: resident.path, bytes, requestId: id })) {
      this.requests.answer(id, { code: 'queue_full' })
    } else {
      resident.nextNonce++
    }
    return receipt
  }

  /** Makes a signer with its entity; the entity is there with the next block. */
  createEntity(signer: Address, policy: Policy): EntityId {
    this.#server({ type: 'createEntity', signer, policy })
    return lazyEntityId(signer)
  }

  /** Ends a channel's quarantine; resolves when the block that tried to is durable. */
  release(entity: EntityId, peer: EntityId, messages: readonly Uint8Array[]): Promise<void> {
    const bytes = this.#server({ type: 'release', entity, peer, messages })
    return new Promise((resolve) => this.#waiters.set(bytes, resolve))
  }

  // ─── Peers ──────────────────────────────────────────────────────────────────────────────────

  /** Messages of a peer server, in their order. */
  onMessages(server: Address, incarnation: number, batch: readonly Envelope[]): void {
    for (const { type, sender, recipient, nonce, data } of batch) {
      const resident = recipient === undefined ? undefined : this.#residents.get(recipient)
      if (type !== MessageType.channel || sender === undefined || resident === undefined) {
        this.#options.log.debug('message without a recipient', { server, type })
        continue
      }
      const known = resident.records.channel(channelKeyOf(sender, recipient as EntityId))
      const inputClass: InputClass = known === undefined ? 'stranger' : 'peer'
      const { path } = resident
      const message = { type: 'message' as const, path, peer: sender, bytes: data }
      if (!this.#admit(inputClass, server, { ...message, server, incarnation, nonce })) {
        this.#options.log.warn('input refused: its class is full', { inputClass, server })
        if (inputClass === 'stranger') continue
        // Taken without it, what follows would have it forgotten: with a new connection it is said again.
        this.#peersPort?.overflow(server)
        return
      }
    }
    this.#peers.throttle(server, this.#peersPort)
  }

  /** The entities that a connected peer server speaks for: all of them, whenever they change. */
  onPeerEntities(server: Address, entities: readonly EntityId[]): void {
    const { up, down } = this.#peers.speaksFor(server, entities)
    this.#setConnected(up, true)
    this.#setConnected(down, false)
  }

  onPeerDown(server: Address): void {
    this.#setConnected(this.#peers.gone(server), false)
  }

  /** Whether a peer server speaks for `entity` now, or it lives here. */
  isConnected(entity: EntityId): boolean {
    return this.#residents.has(entity) || this.#peersPort?.serverOf(entity) !== undefined
  }

  peers(): { server: Address; entities: EntityId[] }[] {
    return this.#peers.list()
  }

  // ─── Chain ──────────────────────────────────────────────────────────────────────────────────

  /** Final blocks; resolves when they are durable with the cursor. */
  onFinal(batch: FinalBatch, cursor: ChainCursor): Promise<void> {
    const head: ChainHead = {
      block: batch.to,
      hash: batch.toHash,
      timestamp: batch.toTimestamp,
    }
    this.#admittedHead = head
    const bytes = this.#server({ type: 'chain', head, cursor, events: batch.events })
    return new Promise((resolve) => this.#waiters.set(bytes, resolve))
  }

  /** Blocks that were final were replaced; resolves when what holds instead is durable. */
  onCorrected(
    head: ChainHead,
    cursor: ChainCursor,
    channels: readonly ChannelView[],
    accounts: readonly { entity: EntityId; account: AccountView }[],
  ): Promise<void> {
    this.#options.log.error('the chain was reorganised below its confirmations', { head })
    this.#admittedHead = head
    const bytes = this.#server({ type: 'chainCorrected', head, cursor, channels, accounts })
    return new Promise((resolve) => this.#waiters.set(bytes, resolve))
  }

  onFirstSight(event: LocatedEvent): void {
    this.#server({ type: 'firstSight', event })
  }

  /** A batch did not make it: reverted, or never sent because it would. */
  onBatchFailed(id: string, sent: boolean): void {
    const batch = this.#chainPort?.desk.ended(id)
    const resident = batch === undefined ? undefined : this.#residents.get(batch.entity)
    if (batch === undefined || resident === undefined) return
    this.#own(resident.path, { type: 'batchFailed', nonce: batch.nonce, sent })
  }

  /** Whether `entity` lives here: whose events the watcher must not leave out. */
  hosts(entity: EntityId): boolean {
    return this.#residents.has(entity)
  }

  /** Whether `entity` owes to one that lives here. */
  watches(entity: EntityId): boolean {
    return watchers(this.#options.store.draft.at(SERVER_PATH), entity).length > 0
  }

  // ─── State, for reading ─────────────────────────────────────────────────────────────────────

  state(): Server {
    const server = this.#options.store.draft.at(SERVER_PATH).get(ServerTable, ONLY)
    if (server === undefined) throw new Error('a server without its own record')
    return server
  }

  records(entity: EntityId): EntityRecords | undefined {
    return this.#residents.get(entity)?.records
  }

  pathOf(entity: EntityId): Uint8Array | undefined {
    return this.#residents.pathOf(entity)
  }

  entities(): EntityId[] {
    return this.#residents.ids()
  }

  signerOf(entity: EntityId): Address {
    return this.#residents.signerOf(entity)
  }

  // ─── In ─────────────────────────────────────────────────────────────────────────────────────

  #admit(inputClass: InputClass, source: string, arrival: Arrival): boolean {
    const admitted = this.admission.admit(inputClass, source, arrival)
    if (admitted) this.#loop.poke()
    return admitted
  }

  /** The server's own inputs are bounded by who makes them: the watcher waits for each. */
  #server(input: ServerInput): Uint8Array {
    const bytes = encodeServerInput(input)
    if (!this.#admit('own', 'server', { type: 'server', bytes })) {
      this.#options.onFault(new Error('the class of own inputs is full'))
    }
    return bytes
  }

  #own(path: Hex, input: OwnEntityInput): void {
    const bytes = encodeOwnInput(input)
    if (!this.#admit('own', path, { type: 'own', path, bytes, requestId: 0n })) {
      this.#options.onFault(new Error('the class of own inputs is full'))
    }
  }

  #setConnected(peers: readonly EntityId[], up: boolean): void {
    if (peers.length > 0) this.#server({ type: 'peersConnected', peers, up })
  }

  /** Entities of one server reach each other without a network. */
  #connectResidents(): void {
    if (this.#residents.size > 1) this.#setConnected(this.entities(), true)
  }

  // ─── Out ────────────────────────────────────────────────────────────────────────────────────

  /** Releases what a durable block says, in its order: messages first, since peers wait for them. */
  #perform(committed: Committed): void {
    const { outputs, arrivals, failed } = committed
    this.#outbox.post(outputs)
    for (const output of outputs) this.#carryOut(output)
    for (const id of failed) this.requests.answer(id, { code: 'fault', reference: String(id) })

    const made = this.#residents.size
    this.#afterServerInputs(arrivals)
    if (this.#residents.size > made) this.#connectResidents()
    this.#peers.release(this.#peersPort)
    this.#options.onCommitted(committed)
  }

  #afterServerInputs(arrivals: readonly Arrival[]): void {
    const inputs = arrivals.filter(({ type }) => type === 'server')
    if (inputs.length === 0) return
    this.#residents.find()
    for (const entity of this.#residents.ids()) this.#host(entity)
    for (const { bytes } of inputs) {
      this.#waiters.get(bytes)?.()
      this.#waiters.delete(bytes)
    }
  }

  #host(entity: EntityId): void {
    if (this.#peersPort === undefined || this.#hosted.has(entity)) return
    this.#hosted.add(entity)
    this.#peersPort.host(entity).catch((error: unknown) => this.#options.onFault(error))
  }

  #deliver(parcels: readonly Parcel[]): void {
    const signerOf = (entity: EntityId) => this.signerOf(entity)
    this.#send(writeLetters(parcels, { ...this.#options, signerOf }))
  }

  #send(letters: readonly Letter[]): void {
    const byServer = new Map<Address, Outgoing[]>()
    for (const letter of letters) {
      const resident = this.#residents.get(letter.recipient)
      if (resident !== undefined) {
        this.#deliverHere(resident, letter)
        continue
      }
      const server = this.#peersPort?.serverOf(letter.recipient)
      // Nobody speaks for the peer now: the channel says it again when somebody does.
      if (server === undefined) continue
      const outgoing = { type: MessageType.channel, ...letter }
      const batch = byServer.get(server)
      if (batch === undefined) byServer.set(server, [outgoing])
      else batch.push(outgoing)
    }
    for (const [server, batch] of byServer) this.#peersPort?.send(server, batch)
  }

  #deliverHere({ path }: Resident, { sender, data }: Letter): void {
    this.#admit('peer', this.#options.address, {
      type: 'message',
      path,
      peer: sender,
      bytes: data,
      server: this.#options.address,
      incarnation: 0,
      nonce: ++this.#localNonce,
    })
  }

  #carryOut({ entity, output }: ServerOutput): void {
    switch (output.type) {
      case 'depository':
        this.#toChain(entity, output)
        return
      case 'receipt':
        this.requests.answer(output.requestId, output.refusal)
        return
      case 'readChannel':
        void this.#readChannel(entity, output.peer)
        return
      case 'wake': {
        const resident = this.#residents.get(entity)
        if (resident !== undefined) this.#wakes.set(resident.path, output.at)
        return
      }
      case 'messageDropped':
        this.#options.log.debug('message dropped', { entity, peer: output.peer, code: output.code })
        return
      default:
        return
    }
  }

  #toChain(entity: EntityId, { output }: Extract<EntityOutput, { type: 'depository' }>): void {
    const desk = this.#chainPort?.desk
    if (output.type === 'submitBatch') desk?.submitBatch(entity, output.batch)
    if (output.type === 'enforceDebts') {
      desk?.enforceDebts(output.debtor, output.token, this.state().head.block)
    }
  }

  /**
   * Reads a channel as of the newest final block, and hands the view in if no newer block was handed
   * in meanwhile: then nothing of the channel can lie between the two.
   */
  async #readChannel(entity: EntityId, peer: EntityId): Promise<void> {
    const { left, right } = orderSides(entity, peer)
    while (!this.#stopped && this.#chainPort !== undefined) {
      const { block } = this.#newestHead()
      try {
        const view = await this.#chainPort.readChannel(left, right, block)
        if (block === this.#newestHead().block) {
          this.#server({ type: 'channelView', entity, peer, view })
          return
        }
      } catch (error) {
        this.#options.log.warn('channel could not be read', { entity, peer, error })
        await waitFor(this.#clock, READ_AGAIN_MS)
      }
    }
  }

  #newestHead(): ChainHead {
    return this.#admittedHead ?? this.state().head
  }
}
