/** Payments without end, from the sender through the hub to the receiver, whoever is down. */
import { setTimeout as pause } from 'node:timers/promises'
import { expectEqual } from '@xln/node/story/failure.ts'
import type { Order } from '@xln/node/story/payments.ts'
import { amountOf, feeOf } from '@xln/node/story/plan.ts'
import type { Stage } from '@xln/node/story/stage.ts'
import type { Params } from '@xln/shared/api.ts'
import type { Hashlock } from '@xln/shared/ids.ts'

const WIDTH = 4
const REST_MS = 100
/** One invoice in so many is asked for twice. */
const ASKED_AGAIN = 4
const TIMEOUT_MS = 10_000
const INVOICE_LIFE_SECONDS = 86_400

/** What was acknowledged: it must be so ever after. */
export interface Said {
  /** Invoices that the receiver says it has written. */
  readonly orders: readonly Order[]
  /** How a payment has ended, as the sender says. */
  readonly ended: ReadonlyMap<Hashlock, 'settled' | 'failed'>
}

export class Traffic {
  readonly #stage: Stage
  readonly #orders: Order[] = []
  readonly #ended = new Map<Hashlock, 'settled' | 'failed'>()
  readonly #doubled: Hashlock[] = []
  readonly #workers: Promise<void>[]
  #next: number
  #stops = false

  /** Begins at once; `first` is the number of the first payment. */
  constructor(stage: Stage, first: number) {
    this.#stage = stage
    this.#next = first
    this.#workers = Array.from({ length: WIDTH }, () => this.#work())
  }

  /** Ends when nothing is asked any more: the nodes must be up. */
  async stop(): Promise<Said> {
    this.#stops = true
    await Promise.all(this.#workers)
    expectEqual('invoices made twice under one key', this.#doubled.length, 0, ['receiver'])
    return { orders: this.#orders, ended: this.#ended }
  }

  async #work(): Promise<void> {
    while (!this.#stops) {
      const order = await this.#order(this.#next++)
      if (order !== undefined) await this.#pay(order)
      else await pause(REST_MS)
    }
  }

  /** Undefined when the receiver did not say that it has it; it may have it all the same. */
  async #order(index: number): Promise<Order | undefined> {
    const { receiver, token } = this.#stage
    const amount = amountOf(index)
    const expiresAt = Math.floor(Date.now() / 1_000) + INVOICE_LIFE_SECONDS
    const asked = {
      entity: receiver.entity,
      token: token.id,
      amount,
      expiresAt,
      key: `order-${index}`,
    }
    try {
      const created = await receiver.call('invoice.create', asked)
      const order = { amount, fee: feeOf(amount), ...created }
      this.#orders.push(order)
      if (index % ASKED_AGAIN === 0) await this.#askAgain(asked, order)
      return order
    } catch {
      return undefined
    }
  }

  /** Under the same key it is the same invoice, also when the receiver has died in between. */
  async #askAgain(asked: Params<'invoice.create'>, order: Order): Promise<void> {
    const again = await this.#stage.receiver.call('invoice.create', asked)
    if (again.hashlock !== order.hashlock) this.#doubled.push(order.hashlock)
  }

  async #pay({ invoice, fee, hashlock }: Order): Promise<void> {
    const { sender, hub } = this.#stage
    try {
      const { status } = await sender.call('payment.payInvoice', {
        entity: sender.entity,
        invoice,
        via: [{ entity: hub.entity, fee }],
        timeoutMs: TIMEOUT_MS,
      })
      if (status === 'settled' || status === 'failed') this.#ended.set(hashlock, status)
    } catch {
      // What became of it is seen when everybody is up.
      await pause(REST_MS)
    }
  }
}
