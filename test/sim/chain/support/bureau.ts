import type { SubmitResult } from '@xln/node/shell/chain/request.ts'
import type { SubmitterOptions } from '@xln/node/shell/chain/submitter.ts'
import type { SimChain } from '@xln/node/sim/chain/chain.ts'
import type { SimTransaction } from '@xln/node/sim/chain/transaction.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { batch, entityOf, mineOn, START } from './bottle.ts'
import { Office, Way } from './follow.ts'

interface BatchTerms {
  readonly entity: EntityId
  /** Unix seconds. */
  readonly validUntil: number
}

/** A submitter at work on a chain, and what tests do with both. */
export class Bureau {
  readonly way: Way
  readonly office: Office
  readonly #chain: SimChain

  constructor(chain: SimChain, options: Partial<SubmitterOptions> = {}, endpoints = 1) {
    this.#chain = chain
    this.way = new Way(chain, endpoints)
    this.office = new Office(this.way, options)
  }

  /** Asks for the batch with this nonce. */
  submit(id: string, nonce = 0n, terms: Partial<BatchTerms> = {}): void {
    const { entity = entityOf('01'), validUntil = START + 10_000 } = terms
    const { call } = batch(entity, nonce, validUntil)
    this.office.submitter.submit({ id, urgent: false, call })
  }

  /** Waits until so many transactions wait for a block. */
  waits(count: number): Promise<void> {
    return this.way.clock.until('it is sent', () => this.#chain.waiting.length === count)
  }

  newest(): SimTransaction {
    const transaction = this.#chain.waiting.at(-1)
    if (transaction === undefined) throw new Error('nothing waits')
    return transaction
  }

  /** Mines blocks, and lets the submitter do what each asks for. */
  async mine(count = 1): Promise<void> {
    for (let done = 0; done < count; done++) {
      mineOn(this.#chain)
      await this.office.looked(this.#chain)
    }
  }

  async result(id: string): Promise<SubmitResult | undefined> {
    await this.way.clock.until(`${id} is over`, () => this.office.results.has(id))
    return this.office.results.get(id)
  }
}
