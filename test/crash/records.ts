/**
 * What the records of payments say after a disk has lost some of them. Channels come back from the
 * peers, records of payments do not: the differences are counted, and are no failure here.
 */
import { RequestError } from '@xln/node/api/faults.ts'
import type { Order } from '@xln/node/story/payments.ts'
import { pool } from '@xln/node/story/pool.ts'
import type { Stage } from '@xln/node/story/stage.ts'
import type { Hashlock } from '@xln/shared/ids.ts'

export interface Differences {
  /** Of the sender's: not there any more, though paid. */
  forgotten: number
  /** Still under way for the sender, though nothing is. */
  unended: number
  /** Failed for the sender, paid for the receiver. */
  contradicted: number
  /** Invoices that are not there any more, or unpaid though the sender has the receipt. */
  invoices: number
}

const WIDTH = 20
const UNKNOWN = 'unknown'

export async function differencesIn(stage: Stage, orders: readonly Order[]): Promise<Differences> {
  const found: Differences = { forgotten: 0, unended: 0, contradicted: 0, invoices: 0 }
  await pool(orders.length, WIDTH, async (index) => {
    const { hashlock } = orders[index] as Order
    const [sent, got] = await Promise.all([sentOf(stage, hashlock), gotOf(stage, hashlock)])
    if (sent === UNKNOWN && got === 'paid') found.forgotten++
    if (sent === 'sending' || sent === 'locked') found.unended++
    if (sent === 'failed' && got === 'paid') found.contradicted++
    if (got === UNKNOWN || (sent === 'settled' && got !== 'paid')) found.invoices++
  })
  return found
}

async function sentOf({ sender }: Stage, hashlock: Hashlock): Promise<string> {
  const asked = sender.call('payment.status', { entity: sender.entity, hashlock })
  return (await asked.catch(unknown)).status
}

async function gotOf({ receiver }: Stage, hashlock: Hashlock): Promise<string> {
  const asked = receiver.call('invoice.get', { entity: receiver.entity, hashlock })
  return (await asked.catch(unknown)).status
}

function unknown(error: unknown): { readonly status: string } {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof RequestError ? cause.fault.code : ''
  if (code === 'payment_unknown' || code === 'invoice_unknown') return { status: UNKNOWN }
  throw error
}
