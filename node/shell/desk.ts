/** Where batches are signed and handed to the chain. Everything it is given may be given again. */
import { assembleBatch } from '@xln/shared/depository/assemble.ts'
import { batchDigest, encodeBatch } from '@xln/shared/depository/batch.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Address, EntityId, TokenId } from '@xln/shared/ids.ts'
import type { BatchInFlight } from '../machines/depository/depository.ts'

/** How many debts one call of `enforceDebts` pays. */
const DEBTS_PER_CALL = 16

/** A call that anyone may make, or a signed batch that anyone may relay. See chain/submitter.ts. */
export interface ChainRequest {
  /** The same id again is ignored. */
  readonly id: string
  readonly urgent: boolean
  readonly call:
    | {
        readonly type: 'processBatch'
        readonly entity: EntityId
        readonly batch: Uint8Array
        readonly nonce: bigint
        readonly validUntil: number
        readonly signature: Uint8Array
      }
    | {
        readonly type: 'enforceDebts'
        readonly entity: EntityId
        readonly token: TokenId
        readonly max: number
      }
}

/** The batch that a request was made of. */
export interface BatchReference {
  readonly entity: EntityId
  readonly nonce: number
}

export interface DeskOptions {
  readonly domain: ChainDomain
  readonly signerOf: (entity: EntityId) => Address
  readonly sign: (signer: Address, digest: Uint8Array) => Uint8Array
  readonly submit: (request: ChainRequest) => void
}

export class ChainDesk {
  readonly #options: DeskOptions
  /** Batches by request id: to tell the entity when the chain does not take one. */
  readonly #batches = new Map<string, BatchReference>()

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** Signs the open slots of the items, then the batch, and submits it. Call it once it is durable. */
  submitBatch(entity: EntityId, { nonce, validUntil, items }: BatchInFlight): void {
    const { domain, signerOf, submit } = this.#options
    const signer = signerOf(entity)
    const sign = (digest: Uint8Array) => this.#options.sign(signer, digest)
    const batch = encodeBatch(
      assembleBatch(
        items.map(({ item }) => item),
        sign,
      ),
    )
    const signature = sign(batchDigest(domain, entity, batch, BigInt(nonce), validUntil))
    const id = `batch:${entity}:${nonce}:${validUntil}`
    this.#batches.set(id, { entity, nonce })
    const call = { type: 'processBatch' as const, entity, batch, validUntil, signature }
    const urgent = items.some((item) => item.urgent)
    submit({ id, urgent, call: { ...call, nonce: BigInt(nonce) } })
  }

  /** Makes a debtor's reserve pay. `block` tells one occasion from the next. */
  enforceDebts(debtor: EntityId, token: TokenId, block: number): void {
    this.#options.submit({
      id: `debts:${debtor}:${token}:${block}`,
      urgent: false,
      call: { type: 'enforceDebts', entity: debtor, token, max: DEBTS_PER_CALL },
    })
  }

  /** The batch behind a request that has ended; it is forgotten. */
  ended(id: string): BatchReference | undefined {
    const batch = this.#batches.get(id)
    this.#batches.delete(id)
    return batch
  }
}
