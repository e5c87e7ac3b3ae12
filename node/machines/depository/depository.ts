/**
 * What an entity knows of itself on chain, and what it wants done there.
 *
 * Everything here follows from final chain events in their order, and from the batches that this entity
 * signed. Batch nonces are sequential, so a batch that cannot execute blocks those behind it: all of
 * them must be past their `validUntil` before any of their items may be signed again (else one item
 * could execute twice).
 */
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import type { EntityId, Hash, TokenId } from '@xln/shared/ids.ts'

/** An item on its way to the chain; `requestId` names the owner's request behind it, 0 for none. */
export interface QueuedItem {
  readonly item: BatchItem
  readonly requestId: bigint
  /** Urgent items (counters, reveals) do not wait for the batch before theirs to be final. */
  readonly urgent: boolean
}

/** A batch that was signed and may still execute. */
export interface BatchInFlight {
  readonly nonce: number
  /** Unix seconds. */
  readonly validUntil: number
  readonly items: readonly QueuedItem[]
  /** The chain would not take it, or has reverted it. */
  readonly failed: boolean
}

export interface Reserve {
  readonly token: TokenId
  readonly amount: bigint
}

/** One entry of a debt queue that this entity is part of, as debtor or as creditor. */
export interface OwnDebt {
  readonly debtor: EntityId
  readonly creditor: EntityId
  readonly token: TokenId
  readonly index: bigint
  readonly remaining: bigint
}

/** The newest final chain block whose events have been applied. */
export interface ChainHead {
  readonly block: number
  readonly hash: Hash
  /** Unix seconds. */
  readonly timestamp: number
}

export interface Depository {
  readonly head: ChainHead
  /** The nonce that the next batch will bear. */
  readonly nextNonce: number
  /** The nonce that the chain wants next, by final events: never above `nextNonce`. */
  readonly chainNonce: number
  /** Ascending by token. */
  readonly reserves: readonly Reserve[]
  readonly debts: readonly OwnDebt[]
  readonly waiting: readonly QueuedItem[]
  /** Ascending by nonce, without gaps. */
  readonly inFlight: readonly BatchInFlight[]
  /** How many items the next batch takes: halved when one fails, so that the guilty item stands alone in the end. */
  readonly itemsPerBatch: number
}

/** How long a batch may live, seconds: channel.md bounds everything that is signed to this. */
export const BATCH_LIFE_SECONDS = 15 * 60
/** How many batches may be out at once, the urgent ones included. */
export const BATCHES_IN_FLIGHT_MAX = 4
/** How many items one batch holds at most: keeps it far below the gas of a transaction. */
export const BATCH_ITEMS_MAX = 48
/** How many items may wait; beyond it the owner's requests are refused. */
export const ITEMS_WAITING_MAX = 4_096

/** What the chain says of an account as of one block, all values absolute. */
export interface AccountView {
  readonly batchNonce: number
  readonly reserves: readonly Reserve[]
  readonly debts: readonly OwnDebt[]
}

/** The state before the first chain event. */
export function genesis(head: ChainHead): Depository {
  return {
    head,
    nextNonce: 0,
    chainNonce: 0,
    reserves: [],
    debts: [],
    waiting: [],
    inFlight: [],
    itemsPerBatch: BATCH_ITEMS_MAX,
  }
}

/** What `entity` can spend of `token`, by final events. */
export function reserveOf(depository: Depository, token: TokenId): bigint {
  return depository.reserves.find((reserve) => reserve.token === token)?.amount ?? 0n
}

/** Throws when the state breaks a rule that every transition keeps: a bug of ours. */
export function checkInvariants(depository: Depository): void {
  const { inFlight, nextNonce } = depository
  inFlight.forEach((batch, index) => {
    const expected = nextNonce - inFlight.length + index
    if (batch.nonce !== expected) {
      throw new Error(`batch in flight has nonce ${batch.nonce}, expected ${expected}`)
    }
  })
  if (depository.chainNonce > nextNonce - inFlight.length)
    throw new Error('a spent batch in flight')
  if (inFlight.length > BATCHES_IN_FLIGHT_MAX) throw new Error('too many batches in flight')
  for (const { amount } of depository.reserves) {
    if (amount < 0n) throw new Error('negative reserve')
  }
}
