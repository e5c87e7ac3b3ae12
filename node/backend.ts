/** What the API sees of a running node: reads its state, and turns requests into inputs. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { otherSide } from '@xln/shared/channel/delta.ts'
import { proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Action, Policy } from '@xln/shared/entity/action.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { Address, EntityId, Hash, Hashlock, Hex, Secret, TokenId } from '@xln/shared/ids.ts'
import type {
  Backend,
  ChannelProof,
  ChannelState,
  Declined,
  EntityState,
  InvoiceState,
  NodeEvent,
  NodeStatus,
  Page,
  PaymentState,
  QuarantinedInput,
} from './api/backend.ts'
import { capacityOf, deltaOf } from './machines/channel/capacity.ts'
import { type Channel, peerOf, statusOf } from './machines/channel/channel.ts'
import { countedProof, digestOf } from './machines/channel/proofs.ts'
import type { Payment } from './machines/entity/entity.ts'
import type { EntityOutput } from './machines/entity/messages.ts'
import { ChannelTable, PaymentTable } from './machines/entity/tables.ts'
import type { Table } from './machines/ports.ts'
import { isQuarantined, quarantined, release } from './quarantine.ts'
import type { Committed } from './shell/loop.ts'
import type { ServerShell } from './shell/server.ts'
import type { Store } from './shell/store/store.ts'

/** The parts of the outside world that the API reaches through the node. */
export interface BackendParts {
  readonly shell: ServerShell
  readonly store: Store
  readonly domain: ChainDomain
  readonly version: string
  readonly server: Address
  readonly sign: (signer: Address, digest: Uint8Array) => Uint8Array
  /** Cryptographically random bytes. */
  readonly random: (length: number) => Uint8Array
  readonly listening: () => string | null
  readonly chainHealth: () => { healthy: boolean; detail: string }
  readonly counters: () => Record<string, number>
  /** The key in the keystore under this name, made when it is not there. */
  readonly keyNamed: (name: string) => Promise<Address>
  readonly connect: (url: string, server: Address | undefined) => Promise<void>
  readonly deposit: (
    entity: EntityId,
    token: TokenId,
    amount: bigint,
  ) => Promise<{ block: number; txHash: string }>
  readonly walletBalance: (token: TokenId) => Promise<{ address: Address; amount: bigint }>
}

type Listener = (event: NodeEvent) => void

export class NodeBackend implements Backend {
  readonly #parts: BackendParts
  readonly #listeners = new Set<Listener>()
  /** Who waits for the end of a payment, by entity and hashlock. */
  readonly #payers = new Map<string, Set<() => void>>()
  /** Who waits for an entity to be there. */
  readonly #births = new Map<EntityId, () => void>()
  #timestampMs = 0

  constructor(parts: BackendParts) {
    this.#parts = parts
  }

  // ─── Reading ────────────────────────────────────────────────────────────────────────────────

  durable(): Promise<void> {
    return this.#parts.shell.durable()
  }

  status(): NodeStatus {
    const { shell, store, domain, version, server, listening, chainHealth, counters } = this.#parts
    const { head } = shell.state()
    return {
      version,
      server,
      network: domain,
      block: {
        number: store.tail.number,
        timestampMs: this.#timestampMs,
        stateHash: bytesToHex(store.stateHash) as Hash,
      },
      chain: { block: head.block, timestamp: head.timestamp, ...chainHealth() },
      listening: listening(),
      peers: shell.peers(),
      counters: counters(),
      restoring: shell.entities().some((id) => shell.records(id)?.entity().restoring ?? false),
    }
  }

  entities(): readonly EntityState[] {
    return this.#parts.shell.entities().map((id) => this.entity(id) as EntityState)
  }

  entity(id: EntityId): EntityState | undefined {
    const records = this.#parts.shell.records(id)
    if (records === undefined) return undefined
    const { reserves, debts, waiting, inFlight } = records.depository()
    return {
      ...records.entity(),
      reserves,
      debts,
      waitingItems: waiting.length,
      batchesInFlight: inFlight.map(({ nonce, validUntil, items }) => ({
        nonce,
        validUntil,
        items: items.map(({ item }) => item.type),
      })),
    }
  }

  async channels(
    entity: EntityId,
    from: string | null,
    limit: number,
  ): Promise<Page<ChannelState>> {
    const page = await this.#page(entity, ChannelTable, from, limit)
    return { ...page, items: page.items.map((channel) => this.#describe(entity, channel)) }
  }

  channel(entity: EntityId, peer: EntityId): ChannelState | undefined {
    const channel = this.#channel(entity, peer)
    return channel === undefined ? undefined : this.#describe(entity, channel)
  }

  proof(entity: EntityId, peer: EntityId): ChannelProof | undefined {
    const { domain, shell, sign } = this.#parts
    const channel = this.#channel(entity, peer)
    if (channel === undefined || channel.counted === null) return undefined
    const { mutual, key, side } = channel
    const { left, right, cooperativeNonce } = mutual
    const proof = countedProof(channel, domain)
    // A signature on a state that both have signed says nothing new: it may be made again.
    const own = sign(shell.signerOf(entity), digestOf(domain, key, cooperativeNonce, proof))
    const { peerSignature } = channel.counted
    return {
      left,
      right,
      cooperativeNonce,
      proof,
      leftSignature: side === 'left' ? own : peerSignature,
      rightSignature: side === 'left' ? peerSignature : own,
      body: proofBodyOf(mutual, domain.subcontractProvider),
      mutual,
    }
  }

  quarantined(limit: number): Promise<QuarantinedInput[]> {
    return quarantined(this.#parts, limit)
  }

  payment(entity: EntityId, hashlock: Hashlock): PaymentState | undefined {
    return this.#parts.shell.records(entity)?.payment(hashlock)
  }

  payments(entity: EntityId, from: string | null, limit: number): Promise<Page<PaymentState>> {
    return this.#page<Payment>(entity, PaymentTable, from, limit)
  }

  invoice(entity: EntityId, hashlock: Hashlock): InvoiceState | undefined {
    return this.#parts.shell.records(entity)?.invoice(hashlock)
  }

  async #page<T>(
    entity: EntityId,
    table: Table<T>,
    from: string | null,
    limit: number,
  ): Promise<Page<T>> {
    const path = this.#parts.shell.pathOf(entity)
    if (path === undefined) return { items: [], next: null }
    const start = from === null ? new Uint8Array(32) : hexToBytes(from)
    const rows = await this.#parts.store.page(path, table, start, limit + 1)
    // Blocks went on while it was read.
    await this.durable()
    const more = rows[limit]
    return {
      items: rows.slice(0, limit).map(({ value }) => value),
      next: more === undefined ? null : bytesToHex(more.key),
    }
  }

  #channel(entity: EntityId, peer: EntityId): Channel | undefined {
    return this.#parts.shell.records(entity)?.channel(channelKeyOf(entity, peer))
  }

  #describe(entity: EntityId, channel: Channel): ChannelState {
    const { key, side, mutual, view, dispute } = channel
    const tokens = new Set([
      ...mutual.tokens.map(({ token }) => token),
      ...view.tokens.map(({ token }) => token),
    ])
    return {
      key,
      peer: peerOf(channel),
      side,
      status: isQuarantined(this.#parts.shell, entity, peerOf(channel))
        ? 'quarantined'
        : statusOf(channel),
      connected: channel.connected,
      term: mutual.term,
      height: mutual.height,
      cooperativeNonce: mutual.cooperativeNonce,
      disputeWindow: mutual.disputeWindow,
      locks: mutual.locks.length,
      tokens: [...tokens].sort().map((token) => ({
        token,
        ...deltaOf(channel, token),
        canSend: capacityOf(channel, token, side),
        canReceive: capacityOf(channel, token, otherSide(side)),
      })),
      disputeDeadline: dispute?.standing?.deadline ?? null,
    }
  }

  // ─── Deciding ───────────────────────────────────────────────────────────────────────────────

  decide(entity: EntityId, action: Action): Promise<Declined | null> {
    return this.#parts.shell.propose(entity, action, 'user')
  }

  release(entity: EntityId, peer: EntityId): Promise<Declined | null> {
    return release(this.#parts, entity, peer)
  }

  async createInvoice(
    entity: EntityId,
    invoice: { token: TokenId; amount: bigint; expiresAt: number; memo: Uint8Array },
  ): Promise<{ hashlock: Hashlock } | Declined> {
    const secret = bytesToHex(this.#parts.random(32)) as Hex as Secret
    const declined = await this.decide(entity, { type: 'createInvoice', secret, ...invoice })
    return declined ?? { hashlock: hashlockOf(secret) }
  }

  async pay(
    entity: EntityId,
    payment: Parameters<Backend['pay']>[1],
    timeoutMs: number,
  ): Promise<PaymentState | Declined> {
    const key = entity + payment.hashlock
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    // Another request for the same payment, though it is declined, must not take this one's place.
    const waiting = this.#payers.get(key) ?? new Set()
    this.#payers.set(key, waiting.add(resolve))
    const timer = setTimeout(resolve, timeoutMs)
    try {
      const declined = await this.decide(entity, { type: 'pay', ...payment })
      if (declined !== null) return declined
      // The draft may say more than is durable: only a block that is tells the end.
      await ended
    } finally {
      clearTimeout(timer)
      waiting.delete(resolve)
      if (waiting.size === 0) this.#payers.delete(key)
    }
    await this.durable()
    return this.payment(entity, payment.hashlock) as PaymentState
  }

  async createEntity(name: string, policy: Policy): Promise<EntityId> {
    const signer = await this.#parts.keyNamed(name)
    const entity = this.#parts.shell.createEntity(signer, policy)
    if (this.#parts.shell.records(entity) === undefined) {
      await new Promise<void>((resolve) => this.#births.set(entity, resolve))
    }
    return entity
  }

  connect(url: string, server: Address | undefined): Promise<void> {
    return this.#parts.connect(url, server)
  }

  deposit(
    entity: EntityId,
    token: TokenId,
    amount: bigint,
  ): Promise<{ block: number; txHash: string }> {
    return this.#parts.deposit(entity, token, amount)
  }

  walletBalance(token: TokenId): Promise<{ address: Address; amount: bigint }> {
    return this.#parts.walletBalance(token)
  }

  // ─── Telling ────────────────────────────────────────────────────────────────────────────────

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A block is durable. */
  onCommitted({ number, timestampMs, outputs, arrivals }: Committed): void {
    this.#timestampMs = timestampMs
    for (const { entity, output } of outputs) {
      if (output.type === 'paymentSettled' || output.type === 'paymentFailed') {
        for (const resolve of this.#payers.get(entity + output.hashlock) ?? []) resolve()
      }
      if (this.#listeners.size > 0) this.#tellOutput(entity, output)
    }
    for (const [entity, resolve] of this.#births) {
      if (this.#parts.shell.records(entity) === undefined) continue
      this.#births.delete(entity)
      resolve()
    }
    if (this.#listeners.size === 0) return
    const data = { number, timestampMs, inputs: arrivals.length }
    this.#tell({ topic: 'blocks', type: 'block', entity: null, data })
  }

  #tellOutput(entity: EntityId, output: EntityOutput): void {
    switch (output.type) {
      case 'channelFact': {
        const { type, ...fact } = output.fact
        const { channelKey, peer } = output
        const isDispute = type === 'disputeSeen' || type === 'disputeEnded'
        const topic = isDispute ? 'disputes' : 'channel'
        this.#tell({ topic, type, entity, data: { channelKey, peer, ...fact } })
        return
      }
      case 'channelOpened': {
        const { type, ...data } = output
        this.#tell({ topic: 'channel', type, entity, data })
        return
      }
      case 'paymentSettled':
      case 'paymentFailed':
      case 'invoicePaid': {
        const { type, ...data } = output
        this.#tell({ topic: 'payments', type, entity, data })
        return
      }
      case 'depository': {
        const { type, ...data } = output.output
        this.#tell({ topic: 'chain', type, entity, data })
        return
      }
      default:
        return
    }
  }

  #tell(event: NodeEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}
