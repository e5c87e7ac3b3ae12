/** Payments over a hub: real processes, real sockets, synced LevelDB, all on this machine. */
import { type ChildProcess, fork } from 'node:child_process'
import type { HubReport, Load, Outcome, Ready } from './messages.ts'

export interface RoutedResult extends Outcome {
  readonly load: Load
  readonly perSecond: number
  readonly hubMsPerPayment: number
  readonly hubBlocks: number
  readonly hubBytesPerPaymentAndHop: number
}

function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T))
    child.once('exit', (code) => reject(new Error(`a process of the benchmark ended with ${code}`)))
  })
}

function start(file: string, ...args: readonly string[]): ChildProcess {
  const url = new URL(file, import.meta.url)
  return fork(url, args, { execArgv: process.execArgv })
}

async function askReport(hub: ChildProcess): Promise<HubReport> {
  hub.send('report')
  return (await next<{ report: HubReport }>(hub)).report
}

/** Runs `loads`, all with the same number of users, one after another on one network. */
export async function benchRouted(
  users: number,
  loads: readonly Load[],
  gapMs = 5,
): Promise<RoutedResult[]> {
  const hub = start('hub.ts', String(gapMs))
  const { port, entity } = await next<Ready>(hub)
  const people = start('users.ts', String(port), entity, String(users), String(gapMs))
  await next(people)
  const results: RoutedResult[] = []
  for (const load of loads) {
    const before = await askReport(hub)
    people.send({ type: 'run', load })
    const { outcome } = await next<{ outcome: Outcome }>(people)
    const after = await askReport(hub)
    const { payments, seconds } = outcome
    results.push({
      ...outcome,
      load,
      perSecond: payments / seconds,
      hubMsPerPayment: (after.cpuMs - before.cpuMs) / payments,
      hubBlocks: after.blocks - before.blocks,
      hubBytesPerPaymentAndHop: (after.logBytes - before.logBytes) / payments / 2,
    })
  }
  people.send('stop')
  hub.send('stop')
  await Promise.all([people, hub].map((child) => new Promise((done) => child.once('exit', done))))
  return results
}

if (import.meta.main) {
  const [users = '50', outstanding = '10', payments = '5000', offered = '0', gap = '5'] =
    process.argv.slice(2)
  const load = {
    users: Number(users),
    outstanding: Number(outstanding),
    payments: Number(payments),
    offered: Number(offered),
  }
  const warm = { ...load, payments: Math.min(load.payments, 2_000), offered: 0 }
  console.log(await benchRouted(Number(users), [warm, load], Number(gap)))
}
