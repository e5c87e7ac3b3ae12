/** What became of payments: the sender's word held against the receiver's, and both against the channels. */
import type { Result } from '@xln/shared/api.ts'
import { CancelReason } from '@xln/shared/channel/transaction.ts'
import type { Hashlock } from '@xln/shared/ids.ts'
import { atRest } from './channels.ts'
import { expectEqual, until } from './failure.ts'
import type { NodeProcess } from './nodeProcess.ts'
import type { Order } from './payments.ts'
import { pool } from './pool.ts'
import type { Stage } from './stage.ts'

const PAGE = 200
const WIDTH = 50

type Payment = Result<'payment.status'>

export interface Outcome {
  /** On both sides. */
  readonly settled: number
  /** On one side only: never more than none. */
  readonly oneSided: number
  /** Those of which neither side has seen anything move. */
  readonly failed: readonly Order[]
  /** Why they failed, in the words of the nodes. */
  readonly reasons: ReadonlySet<string>
  /** What the receiver got, and what the hub kept. */
  readonly paid: bigint
  readonly fees: bigint
}

export const NOTHING: Outcome = {
  settled: 0,
  oneSided: 0,
  failed: [],
  reasons: new Set(),
  paid: 0n,
  fees: 0n,
}

/** Waits until nothing is under way, and compares. Throws for a payment that moved on one side only. */
export async function compare(stage: Stage, orders: readonly Order[]): Promise<Outcome> {
  const { sender, hub, receiver, token } = stage
  const payments = await untilEnded(sender)
  await atRest(sender, hub, token)
  await atRest(receiver, hub, token)

  const settled: Order[] = []
  const failed: Order[] = []
  const oneSided: string[] = []
  const reasons = new Set<string>()
  await pool(orders.length, WIDTH, async (index) => {
    const order = orders[index] as Order
    const { hashlock } = order
    const payment = payments.get(hashlock)
    // A sender that died before it had written a payment down does not know it.
    const sent = payment?.status ?? 'unknown'
    const { status: got } = await receiver.call('invoice.get', {
      entity: receiver.entity,
      hashlock,
    })
    if (sent === 'settled' && got === 'paid') {
      settled.push(order)
    } else if (sent !== 'settled' && got === 'open') {
      failed.push(order)
      reasons.add(payment === undefined ? 'never sent' : reasonName(payment.reason))
    } else {
      oneSided.push(`${hashlock} is ${sent} for the sender, ${got} for the receiver`)
    }
  })
  const [example = ''] = oneSided
  const names = [sender.name, hub.name, receiver.name]
  expectEqual(`payments on one side only (${example})`, oneSided.length, 0, names)
  return {
    settled: settled.length,
    oneSided: oneSided.length,
    failed,
    reasons,
    paid: settled.reduce((total, { amount }) => total + amount, 0n),
    fees: settled.reduce((total, { fee }) => total + fee, 0n),
  }
}

/** Every payment of the sender, once none of them is under way. */
async function untilEnded(sender: NodeProcess): Promise<Map<Hashlock, Payment>> {
  let open = 0
  return until(
    'every payment has ended',
    async () => {
      const payments = await paymentsOf(sender)
      open = [...payments.values()].filter(isOpen).length
      return open === 0 ? payments : undefined
    },
    [sender.name, 'hub', 'receiver'],
    () => `${open} have not`,
  )
}

function isOpen({ status }: Payment): boolean {
  return status === 'sending' || status === 'locked'
}

async function paymentsOf(sender: NodeProcess): Promise<Map<Hashlock, Payment>> {
  const payments = new Map<Hashlock, Payment>()
  let from: string | null = null
  do {
    const page: Result<'payment.list'> = await sender.call('payment.list', {
      entity: sender.entity,
      limit: PAGE,
      ...(from === null ? {} : { from }),
    })
    for (const payment of page.items) payments.set(payment.hashlock, payment)
    from = page.next
  } while (from !== null)
  return payments
}

/** Every channel says exactly what the payments that settled add up to. */
export async function expectClaims(
  { sender, hub, receiver, token }: Stage,
  { paid, fees }: Outcome,
  collateral: bigint,
): Promise<void> {
  const [, hubsEnd] = await atRest(sender, hub, token)
  expectEqual('what the hub claims of the sender', hubsEnd.claim, paid + fees, ['sender', 'hub'])
  expectEqual('the collateral of the sender', hubsEnd.collateral, collateral, ['sender'])
  const [receiversEnd] = await atRest(receiver, hub, token)
  expectEqual('what the receiver claims of the hub', receiversEnd.claim, paid, ['receiver', 'hub'])
}

export function sum(one: Outcome, other: Outcome): Outcome {
  return {
    settled: one.settled + other.settled,
    oneSided: one.oneSided + other.oneSided,
    failed: [...one.failed, ...other.failed],
    reasons: new Set([...one.reasons, ...other.reasons]),
    paid: one.paid + other.paid,
    fees: one.fees + other.fees,
  }
}

/** `peerOffline`: why a hop gave a payment back. */
function reasonName(reason: number): string {
  const known = Object.entries(CancelReason).find(([, code]) => code === reason)
  return known?.[0] ?? `reason ${reason}`
}
