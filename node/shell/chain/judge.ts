/** What to do with a request as the chain is, and what became of one that was sent. */

import type { Address } from '@xln/shared/ids.ts'
import type { AccountLook, Flight, Landing } from './account.ts'
import { readBatchStatus } from './batchStatus.ts'
import type { EncodedCall, ProcessBatch } from './calls.ts'
import type { Contracts } from './decode.ts'
import type { Endpoints } from './endpoints.ts'
import { estimateGas, readRevertReason } from './estimate.ts'
import type { SubmitOutcome, SubmitRequest } from './request.ts'

/** A request on its way. */
export interface Job {
  readonly request: SubmitRequest
  readonly call: EncodedCall
  /** Counts up as requests come. */
  readonly order: number
}

/** It is over; it waits; the key cannot pay; or it is sent with so much gas. */
export type Decision = SubmitOutcome | 'hold' | 'poor' | { readonly gas: bigint }

export interface JudgeOptions {
  readonly endpoints: Endpoints
  readonly contracts: Contracts
  /** The block of the deployment. */
  readonly fromBlock: number
  /** Whose transactions they are. */
  readonly sender: Address
}

/** The contract's reasons that say nothing about a batch but that another look is needed. */
const REASONS_OF_TIMING = ['BatchNonceWrong', 'BatchExpired']

/** Every method throws `ChainError` when the chain cannot be asked. */
export class Judge {
  readonly #options: JudgeOptions

  constructor(options: JudgeOptions) {
    this.#options = options
  }

  /** `flights` is what is under way already. */
  async decide(job: Job, look: AccountLook, flights: readonly Flight<Job>[]): Promise<Decision> {
    const { call } = job.request
    if (call.type !== 'processBatch') return this.#estimate(job, look, 'latest')
    const status = await readBatchStatus(this.#options, call, look)
    if (typeof status === 'object') return status
    if (status === 'next') return this.#estimate(job, look, 'latest')
    if (status === 'undecided' || !follows(flights, call)) return 'hold'
    // Right behind its predecessor, which is sent: whatever the chain says now may change with it.
    const decision = await this.#estimate(job, look, 'pending')
    return typeof decision === 'object' && 'gas' in decision ? decision : 'hold'
  }

  /** Undefined when it must be decided again, and perhaps sent again. */
  async outcomeOf(
    { flight, inclusion }: Landing<Job>,
    { call }: SubmitRequest,
    look: AccountLook,
  ): Promise<SubmitOutcome | undefined> {
    // Everything else is harmless twice.
    if (inclusion === undefined) return call.type === 'transaction' ? { status: 'lost' } : undefined
    const { block, txHash, succeeded } = inclusion
    if (succeeded) return { status: 'included', block, txHash }
    if (call.type === 'processBatch') {
      // What somebody else relayed just before fails here, and is done all the same.
      const status = await readBatchStatus(this.#options, call, look)
      if (status === 'undecided') return undefined
      if (typeof status === 'object') return status
    }
    const { endpoints, sender } = this.#options
    const error = await readRevertReason(endpoints, sender, flight.call, flight.gasLimit, inclusion)
    if (REASONS_OF_TIMING.includes(error.name)) return undefined
    return { status: 'reverted', block, txHash, error }
  }

  async #estimate(job: Job, look: AccountLook, block: 'latest' | 'pending'): Promise<Decision> {
    const { endpoints, sender } = this.#options
    const gas = await estimateGas(endpoints, sender, job.call, look, block)
    if (typeof gas === 'bigint') return { gas }
    if (gas === 'poor') return 'poor'
    const isTiming = REASONS_OF_TIMING.includes(gas.name)
    return isTiming ? 'hold' : { status: 'refused', error: gas }
  }
}

/** Whether the batch before `call` is under way. */
function follows(flights: readonly Flight<Job>[], { entity, nonce }: ProcessBatch): boolean {
  return flights.some(({ job }) => {
    const call = job?.request.call
    return call?.type === 'processBatch' && call.entity === entity && call.nonce === nonce - 1n
  })
}

/** The urgent first, then as they came. */
export function inOrder(a: Job, b: Job): number {
  return Number(b.request.urgent) - Number(a.request.urgent) || a.order - b.order
}

/** Whether a transaction that still waits can only fail. */
export function isPointless({ nonce, job }: Flight<Job>, look: AccountLook): boolean {
  const call = job?.request.call
  if (call?.type !== 'processBatch' || nonce < look.nonce) return false
  return call.validUntil < look.head.timestamp
}
