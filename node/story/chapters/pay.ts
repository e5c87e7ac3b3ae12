/** Chapter 2: many payments, sender to hub to receiver, each by hash lock. */
import { formatCount, formatDuration } from '../amounts.ts'
import { expectEqual } from '../failure.ts'
import { money } from '../money.ts'
import { compare, expectClaims, type Outcome } from '../outcome.ts'
import { payAll, writeInvoices } from '../payments.ts'
import type { Plan } from '../plan.ts'
import type { Stage } from '../stage.ts'
import type { Teller } from '../teller.ts'

export async function payMany(stage: Stage, plan: Plan, teller: Teller): Promise<Outcome> {
  const { payments, outstanding, collateral } = plan
  teller.chapter(`${formatCount(payments)} payments, sender to hub to receiver, by hash lock`)
  const orders = await writeInvoices(stage, 0, payments, outstanding)
  teller.say('receiver', 'writes invoices', formatCount(orders.length))

  const timing = await payAll(stage, orders, outstanding, ({ ended }) => {
    teller.progress('sender', `pays, ${outstanding} at a time`, ended, payments)
  })
  const outcome = await compare(stage, orders)
  expectEqual('payments that failed', outcome.failed.length, 0, ['sender', 'hub', 'receiver'])
  await expectClaims(stage, outcome, collateral)

  const rate = formatCount(payments / timing.seconds)
  teller.say(
    'sender',
    `pays, ${outstanding} at a time`,
    `${formatDuration(timing.seconds * 1_000)}, ${rate} a second`,
  )
  const { p50Ms, p99Ms } = timing
  teller.say(
    '',
    'time of one payment, three nodes on disk',
    `p50 ${formatDuration(p50Ms)}, p99 ${formatDuration(p99Ms)}`,
  )
  teller.say('receiver', 'is paid, on the credit it gave', money(outcome.paid))
  teller.say('hub', 'earns in fees', money(outcome.fees))
  return outcome
}
