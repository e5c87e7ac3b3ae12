/** Payments from the sender through the hub to the receiver: ordered, made, timed. */
import type { Hashlock } from '@xln/shared/ids.ts'
import { amountOf, feeOf } from './plan.ts'
import { percentile, pool } from './pool.ts'
import type { Stage } from './stage.ts'

const INVOICE_LIFE_SECONDS = 3_600
const TIMEOUT_MS = 120_000

/** An invoice of the receiver that the sender is going to pay. */
export interface Order {
  readonly amount: bigint
  readonly fee: bigint
  readonly hashlock: Hashlock
  readonly invoice: string
}

/** The receiver writes `count` invoices, with the amounts of the payments from number `first` on. */
export async function writeInvoices(
  { receiver, token }: Stage,
  first: number,
  count: number,
  width: number,
): Promise<Order[]> {
  const orders: Order[] = new Array(count)
  const expiresAt = Math.floor(Date.now() / 1_000) + INVOICE_LIFE_SECONDS
  await pool(count, width, async (index) => {
    const amount = amountOf(first + index)
    const created = await receiver.call('invoice.create', {
      entity: receiver.entity,
      token: token.id,
      amount,
      expiresAt,
    })
    orders[index] = { amount, fee: feeOf(amount), ...created }
  })
  return orders
}

/** The sender pays through the hub, and waits until the payment has ended, however it has. */
export async function pay({ sender, hub }: Stage, { invoice, fee }: Order): Promise<void> {
  await sender.call('payment.payInvoice', {
    entity: sender.entity,
    invoice,
    via: [{ entity: hub.entity, fee }],
    timeoutMs: TIMEOUT_MS,
  })
}

export interface Timing {
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** How far the payments are. */
export interface Progress {
  readonly begun: number
  readonly ended: number
}

/**
 * Pays `orders`, `width` at once, each not before `mayBegin` says so. `onEnded` is told each time one
 * has ended.
 */
export async function payAll(
  stage: Stage,
  orders: readonly Order[],
  width: number,
  onEnded: (progress: Progress) => void,
  mayBegin: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Timing> {
  const latencies: number[] = []
  const progress = { begun: 0, ended: 0 }
  const began = performance.now()
  await pool(orders.length, width, async (index) => {
    await mayBegin()
    const start = performance.now()
    progress.begun++
    await pay(stage, orders[index] as Order)
    latencies.push(performance.now() - start)
    progress.ended++
    onEnded(progress)
  })
  return {
    seconds: (performance.now() - began) / 1_000,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  }
}
