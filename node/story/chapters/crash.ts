/** Chapter 3: the hub dies in the middle of payments, comes back, and nobody has lost anything. */
import { formatCount, formatDuration } from '../amounts.ts'
import { expectEqual, expectThat } from '../failure.ts'
import { money } from '../money.ts'
import type { NodeProcess } from '../nodeProcess.ts'
import { compare, expectClaims, NOTHING, type Outcome, sum } from '../outcome.ts'
import { type Order, type Progress, payAll, writeInvoices } from '../payments.ts'
import type { Plan } from '../plan.ts'
import { type Stage, untilConnected } from '../stage.ts'
import type { Teller } from '../teller.ts'

export async function crashHub(
  stage: Stage,
  plan: Plan,
  before: Outcome,
  teller: Teller,
): Promise<Outcome> {
  const { crashPayments: count, outstanding } = plan
  const { hub } = stage
  teller.chapter(`${formatCount(count)} more, and the hub dies in the middle`)
  const orders = await writeInvoices(stage, plan.payments, count, outstanding)

  const width = Math.min(outstanding, Math.ceil(count / 4))
  const quarter = Promise.withResolvers<Progress>()
  let restart: ReturnType<typeof dieAndReturn> | undefined
  const dying = quarter.promise.then((progress) => {
    restart = dieAndReturn(hub, progress)
    return restart
  })
  const onEnded = (progress: Progress) => {
    if (progress.ended >= count / 4) quarter.resolve(progress)
    teller.progress('sender', 'goes on paying', progress.ended, count)
  }
  // What is under way stays so; nothing new is sent to a hub that is known to be dead.
  const paying = payAll(stage, orders, width, onEnded, async () => restart)
  const [{ atDeath, downMs }] = await Promise.all([dying, paying])

  const underWay = atDeath.begun - atDeath.ended
  expectThat('the hub died while payments were under way', underWay > 0, [hub.name])
  teller.say(
    'hub',
    `is killed (SIGKILL) after ${formatCount(atDeath.ended)}`,
    `${formatCount(underWay)} under way`,
  )
  teller.say('hub', 'starts again from its disk', `up after ${formatDuration(downMs)}`)
  const outcome = await compare(stage, orders)
  const { settled, oneSided, failed, reasons } = outcome
  teller.say('', 'settled on both sides', `${formatCount(settled)} of ${formatCount(count)}`)
  const why = failed.length === 0 ? '' : `, ${[...reasons].join(', ')}`
  teller.say('', 'on neither side', formatCount(failed.length) + why)
  teller.say('', 'on one side only', formatCount(oneSided))
  await expectClaims(stage, sum(before, outcome), plan.collateral)

  const again = await payAgain(stage, failed, outstanding, teller)
  const both = { ...sum(outcome, again), failed: [] }
  await expectClaims(stage, sum(before, both), plan.collateral)
  teller.say('receiver', 'is paid', money(both.paid))
  return both
}

/** Kills the hub, and says how far the payments were when it was dead. */
async function dieAndReturn(
  hub: NodeProcess,
  progress: Progress,
): Promise<{ atDeath: Progress; downMs: number }> {
  await hub.kill()
  const atDeath = { ...progress }
  const killed = performance.now()
  await hub.start()
  const downMs = performance.now() - killed
  await untilConnected(hub)
  return { atDeath, downMs }
}

/** What failed can be tried again, with the same invoice: nothing of it is under way any more. */
async function payAgain(
  stage: Stage,
  orders: readonly Order[],
  width: number,
  teller: Teller,
): Promise<Outcome> {
  if (orders.length === 0) return NOTHING
  await payAll(stage, orders, width, () => undefined)
  const outcome = await compare(stage, orders)
  expectEqual('payments that failed again', outcome.failed.length, 0, ['sender', 'hub', 'receiver'])
  teller.say('sender', 'tries those again', `${formatCount(outcome.settled)} settled`)
  return outcome
}
