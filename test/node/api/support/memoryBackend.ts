/** A node of the imagination: what the API asks of one, without machines. */

import type {
  Backend,
  ChannelState,
  Declined,
  EntityState,
  InvoiceState,
  NodeEvent,
  NodeStatus,
  PaymentState,
  QuarantinedInput,
} from '@xln/node/api/backend.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Action, Policy } from '@xln/shared/entity/action.ts'
import type { Address, ChannelKey, EntityId, Hash, Hashlock, Secret } from '@xln/shared/ids.ts'

export const id = <Id extends string>(byte: string) => `0x${byte.repeat(32)}` as Id
export const address = (byte: string) => `0x${byte.repeat(20)}` as Address

export const alice = id<EntityId>('a1')
export const bob = id<EntityId>('b0')
export const hub = id<EntityId>('4b')
export const ether = etherTokenId
export const lock = id<Hashlock>('10')

export const policy: Policy = {
  feeBase: 0n,
  feePpm: 0n,
  forwards: false,
  acceptsChannels: true,
  hopMarginSeconds: 3_600,
  revealMarginSeconds: 1_800,
  enforceMin: 0n,
}

export const network = {
  chainId: 31_337n,
  depository: address('de'),
  entityProvider: address('e0'),
  subcontractProvider: address('50'),
}

export class MemoryBackend implements Backend {
  readonly decisions: { entity: EntityId; action: Action }[] = []
  readonly paid: Parameters<Backend['pay']>[1][] = []
  readonly dialled: string[] = []
  readonly listeners = new Set<(event: NodeEvent) => void>()
  healthy = true
  /** What the next decisions are answered with. */
  verdict: () => Promise<Declined | null> = () => Promise.resolve(null)
  deposits: () => Promise<{ block: number; txHash: string }> = () =>
    Promise.resolve({ block: 7, txHash: id('77') })
  statusCalls = 0

  status(): NodeStatus {
    this.statusCalls++
    return {
      version: '1',
      server: address('5e'),
      network,
      block: { number: 3, timestampMs: 1_000, stateHash: id<Hash>('57') },
      chain: { block: 9, timestamp: 8, healthy: this.healthy, detail: '' },
      listening: null,
      peers: [{ server: address('5f'), entities: [hub] }],
      counters: { blocks: 3 },
      restoring: false,
    }
  }

  entities(): EntityState[] {
    return [stateOf(alice), stateOf(bob)]
  }

  entity(entity: EntityId): EntityState | undefined {
    return this.entities().find((state) => state.id === entity)
  }

  channels(entity: EntityId, from: string | null, limit: number) {
    const all = [channelOf(hub), channelOf(id<EntityId>('4c')), channelOf(id<EntityId>('4d'))]
    const start = from === null ? 0 : Number(from)
    const items = entity === alice ? all.slice(start, start + limit) : []
    const next = start + limit < all.length ? String(start + limit) : null
    return Promise.resolve({ items, next })
  }

  channel(entity: EntityId, peer: EntityId): ChannelState | undefined {
    return entity === alice && peer === hub ? channelOf(hub) : undefined
  }

  proof(): undefined {
    return undefined
  }

  /** What is under quarantine; the channel with the peer that `released` names goes on. */
  readonly kept: QuarantinedInput[] = []
  readonly released: { entity: EntityId; peer: EntityId }[] = []

  quarantined(limit: number) {
    return Promise.resolve(this.kept.slice(0, limit))
  }

  async release(entity: EntityId, peer: EntityId): Promise<Declined | null> {
    this.released.push({ entity, peer })
    return await this.verdict()
  }

  payment(_: EntityId, hashlock: Hashlock): PaymentState | undefined {
    return hashlock === lock ? paymentOf(5n) : undefined
  }

  payments() {
    return Promise.resolve({ items: [paymentOf(5n)], next: null })
  }

  invoice(entity: EntityId, hashlock: Hashlock): InvoiceState | undefined {
    if (entity !== alice || hashlock !== lock) return undefined
    const record = { hashlock, token: ether, amount: 5n, expiresAt: 9, memo: new Uint8Array([1]) }
    // A node's record holds the secret too; the API must not tell it.
    return { ...record, status: 'open', secret: id<Secret>('5e') } as InvoiceState
  }

  async decide(entity: EntityId, action: Action): Promise<Declined | null> {
    this.decisions.push({ entity, action })
    return await this.verdict()
  }

  createInvoice() {
    return Promise.resolve({ hashlock: lock })
  }

  async pay(_: EntityId, payment: Parameters<Backend['pay']>[1]): Promise<PaymentState | Declined> {
    this.paid.push(payment)
    const declined = await this.verdict()
    return declined ?? { ...paymentOf(payment.amount), route: payment.route }
  }

  createEntity(): Promise<EntityId> {
    return Promise.resolve(alice)
  }

  connect(url: string): Promise<void> {
    this.dialled.push(url)
    return Promise.resolve()
  }

  deposit() {
    return this.deposits()
  }

  walletBalance() {
    return Promise.resolve({ address: address('6a'), amount: 12n })
  }

  durable(): Promise<void> {
    return Promise.resolve()
  }

  subscribe(listener: (event: NodeEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  emit(event: NodeEvent): void {
    for (const listener of this.listeners) listener(event)
  }
}

function stateOf(entity: EntityId): EntityState {
  return {
    id: entity,
    signer: address('01'),
    nonce: 0,
    policy,
    restoring: false,
    reserves: [{ token: ether, amount: 100n }],
    debts: [],
    waitingItems: 0,
    batchesInFlight: [],
  }
}

function channelOf(peer: EntityId): ChannelState {
  return {
    key: id<ChannelKey>('c4'),
    peer,
    side: 'left',
    status: 'ready',
    connected: true,
    term: 0,
    height: 1,
    cooperativeNonce: 0n,
    disputeWindow: 86_400,
    locks: 0,
    tokens: [
      {
        token: ether,
        collateral: 100n,
        ondelta: 60n,
        offdelta: -10n,
        leftCreditLimit: 0n,
        rightCreditLimit: 0n,
        canSend: 50n,
        canReceive: 50n,
      },
    ],
    disputeDeadline: null,
  }
}

function paymentOf(amount: bigint): PaymentState {
  return {
    hashlock: lock,
    token: ether,
    amount,
    route: [{ entity: hub, fee: 0n }],
    status: 'settled',
    reason: 0,
    secret: id<Secret>('5e'),
    createdAt: 4,
  }
}
