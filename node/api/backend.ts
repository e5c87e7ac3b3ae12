/**
 * What the API asks of the node it stands before. Ids and amounts are typed here; the API parses and
 * prints them. Nothing here authorises: the API has done that.
 */

import type { ProofBody } from '@xln/shared/channel/proofBody.ts'
import type { Mutual } from '@xln/shared/channel/state.ts'
import type { Proof } from '@xln/shared/depository/batchItem.ts'
import type { Action, Policy } from '@xln/shared/entity/action.ts'
import type {
  Address,
  ChannelKey,
  EntityId,
  Hash,
  Hashlock,
  Secret,
  TokenId,
} from '@xln/shared/ids.ts'

export interface NodeStatus {
  readonly version: string
  readonly server: Address
  readonly network: {
    readonly chainId: bigint
    readonly depository: Address
    readonly entityProvider: Address
    readonly subcontractProvider: Address
  }
  /** The newest durable server block, and the root of the state after it. */
  readonly block: {
    readonly number: number
    readonly timestampMs: number
    readonly stateHash: Hash
  }
  /** The newest final chain block that was applied. */
  readonly chain: {
    readonly block: number
    readonly timestamp: number
    readonly healthy: boolean
    readonly detail: string
  }
  /** Where peers can dial this node; null when it only dials. */
  readonly listening: string | null
  readonly peers: readonly { readonly server: Address; readonly entities: readonly EntityId[] }[]
  /** Counters by name: messages refused, bytes, blocks, inputs waiting … */
  readonly counters: Readonly<Record<string, number>>
  /** Whether state was lost and is being shown again by peers. */
  readonly restoring: boolean
}

export interface EntityState {
  readonly id: EntityId
  readonly signer: Address
  readonly nonce: number
  readonly policy: Policy
  readonly restoring: boolean
  readonly reserves: readonly { readonly token: TokenId; readonly amount: bigint }[]
  readonly debts: readonly {
    readonly debtor: EntityId
    readonly creditor: EntityId
    readonly token: TokenId
    readonly index: bigint
    readonly remaining: bigint
  }[]
  /** Items on their way to the chain: waiting, and in batches that are out. */
  readonly waitingItems: number
  readonly batchesInFlight: readonly {
    readonly nonce: number
    readonly validUntil: number
    readonly items: readonly string[]
  }[]
}

export interface ChannelTokenState {
  readonly token: TokenId
  readonly collateral: bigint
  readonly ondelta: bigint
  readonly offdelta: bigint
  readonly leftCreditLimit: bigint
  readonly rightCreditLimit: bigint
  /** What this entity can send and receive now. */
  readonly canSend: bigint
  readonly canReceive: bigint
}

export interface ChannelState {
  readonly key: ChannelKey
  readonly peer: EntityId
  readonly side: 'left' | 'right'
  /** `ready`, `pending`, `settling`, `disputed` … */
  readonly status: string
  readonly connected: boolean
  readonly term: number
  readonly height: number
  readonly cooperativeNonce: bigint
  readonly disputeWindow: number
  readonly locks: number
  readonly tokens: readonly ChannelTokenState[]
  /** The open dispute, if there is one: unix seconds. */
  readonly disputeDeadline: number | null
}

/** The newest state that both have signed, with both signatures: what a court, or a watchtower, needs. */
export interface ChannelProof {
  readonly left: EntityId
  readonly right: EntityId
  readonly cooperativeNonce: bigint
  readonly proof: Proof
  readonly leftSignature: Uint8Array
  readonly rightSignature: Uint8Array
  readonly body: ProofBody
  readonly mutual: Mutual
}

export interface PaymentState {
  readonly hashlock: Hashlock
  readonly token: TokenId
  readonly amount: bigint
  readonly route: readonly { readonly entity: EntityId; readonly fee: bigint }[]
  readonly status: 'sending' | 'locked' | 'settled' | 'failed' | 'forgotten'
  /** A CancelReason; 0 while there is none; 255 when the first channel did not take it. */
  readonly reason: number
  readonly secret: Secret | null
  readonly createdAt: number
}

export interface InvoiceState {
  readonly hashlock: Hashlock
  readonly token: TokenId
  readonly amount: bigint
  readonly expiresAt: number
  readonly memo: Uint8Array
  readonly status: 'open' | 'paid'
}

/** What a machine threw at: a bug of the node. */
export interface QuarantinedInput {
  /** The channel that waits for its operator; null for an own input of an entity. */
  readonly entity: EntityId | null
  readonly peer: EntityId | null
  /** The server block that it was left out of. */
  readonly block: number
  /** Empty when it was one that cannot be left out. */
  readonly input: Uint8Array
  /** The error, with its stack. */
  readonly cause: string
}

/** Why something was declined: a closed code and the numbers that decided it. */
export interface Declined {
  readonly code: string
  readonly [number: string]: unknown
}

/** What happened, as subscribers are told: always after it is durable. */
export interface NodeEvent {
  /** Which subscription it belongs to. */
  readonly topic: 'blocks' | 'channel' | 'payments' | 'disputes' | 'chain' | 'peers'
  readonly type: string
  readonly entity: EntityId | null
  readonly data: Readonly<Record<string, unknown>>
}

/** A page of a listing: give `next` back to go on; null at the end. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

export interface Backend {
  /** Resolves when everything that can be read is durable; what is read at once after it may be told. */
  durable(): Promise<void>
  status(): NodeStatus
  entities(): readonly EntityState[]
  entity(entity: EntityId): EntityState | undefined
  channels(entity: EntityId, from: string | null, limit: number): Promise<Page<ChannelState>>
  channel(entity: EntityId, peer: EntityId): ChannelState | undefined
  proof(entity: EntityId, peer: EntityId): ChannelProof | undefined
  /** At most `limit`, oldest first. */
  quarantined(limit: number): Promise<readonly QuarantinedInput[]>
  payment(entity: EntityId, hashlock: Hashlock): PaymentState | undefined
  payments(entity: EntityId, from: string | null, limit: number): Promise<Page<PaymentState>>
  invoice(entity: EntityId, hashlock: Hashlock): InvoiceState | undefined

  /** Resolves when the decision is durable: null when it was carried out or is on its way, else why not. */
  decide(entity: EntityId, action: Action): Promise<Declined | null>
  /** Takes again what the channel's machine threw at; resolves like {@link Backend.decide}. */
  release(entity: EntityId, peer: EntityId): Promise<Declined | null>
  /** Draws a secret and makes it an invoice. */
  createInvoice(
    entity: EntityId,
    invoice: { token: TokenId; amount: bigint; expiresAt: number; memo: Uint8Array },
  ): Promise<{ hashlock: Hashlock } | Declined>
  /** Pays, and resolves when the payment has ended or `timeoutMs` has passed (then as it stands). */
  pay(
    entity: EntityId,
    payment: {
      route: readonly { entity: EntityId; fee: bigint }[]
      token: TokenId
      amount: bigint
      hashlock: Hashlock
    },
    timeoutMs: number,
  ): Promise<PaymentState | Declined>
  /** A signer whose key is in the keystore under `name`, made if it is not there, and its entity. */
  createEntity(name: string, policy: Policy): Promise<EntityId>

  /** Dials a peer from now on, also after restarts. */
  connect(url: string, server: Address | undefined): Promise<void>
  /** From the gas key's own tokens into the reserve of `entity`; resolves when the chain has it. */
  deposit(
    entity: EntityId,
    token: TokenId,
    amount: bigint,
  ): Promise<{ block: number; txHash: string }>
  /** What the gas key holds outside. */
  walletBalance(token: TokenId): Promise<{ address: Address; amount: bigint }>

  /** Every event from now on; the returned function ends it. */
  subscribe(listener: (event: NodeEvent) => void): () => void
}
