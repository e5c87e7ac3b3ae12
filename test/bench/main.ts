/** `pnpm bench`: every figure beside its goal, printed and written to RESULTS.md with the machine. */
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { benchChannel } from './channel.ts'
import { benchCrypto } from './crypto.ts'
import { benchMerkle } from './merkle.ts'
import { benchRouted, type RoutedResult } from './routed/bench.ts'
import { benchScale } from './scale.ts'

type Row = readonly (string | number)[]

const lines: string[] = []

function print(line = ''): void {
  console.log(line)
  lines.push(line)
}

function table(head: readonly string[], rows: readonly Row[]): void {
  print(`| ${head.join(' | ')} |`)
  print(`|${head.map(() => '---').join('|')}|`)
  for (const row of rows) print(`| ${row.join(' | ')} |`)
  print()
}

const round = (value: number, digits = 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })

function machine(): string {
  const [cpu] = cpus()
  const memory = round(totalmem() / 2 ** 30)
  return `${cpus().length} cores (${cpu?.model.trim()}), ${memory} GiB, Node ${process.version}`
}

function routedRow({ load, ...result }: RoutedResult, goal: string): Row {
  const offered = load.offered === 0 ? 'all' : `${round(load.offered)}/s`
  return [
    load.users,
    load.outstanding,
    offered,
    round(result.perSecond),
    round(result.p50Ms, 1),
    round(result.p99Ms, 1),
    round(result.hubMsPerPayment, 3),
    round(result.hubBytesPerPaymentAndHop),
    result.failed,
    goal,
  ]
}

async function routed(): Promise<void> {
  print('## Routed payments: sender → hub → receiver, real processes, sockets and synced disks')
  print()
  const rows: Row[] = []
  const goals: Record<string, string> = {
    '500/1': '5,000/s, hub 0.15 ms, 500 B',
    '500/10': '20,000/s, hub 0.05 ms',
  }
  for (const users of [2, 50, 500]) {
    const loads = [1, 10, 100].map((outstanding) => ({
      users,
      outstanding,
      payments: Math.min(40_000, Math.max(1_000, users * outstanding * 8)),
      offered: 0,
    }))
    const warm = { users, outstanding: 4, payments: Math.max(500, users * 8), offered: 0 }
    const [, ...results] = await benchRouted(users, [warm, ...loads])
    for (const result of results) {
      rows.push(routedRow(result, goals[`${users}/${result.load.outstanding}`] ?? ''))
    }
    if (users === 500) {
      const full = results[0]?.perSecond ?? 0
      const half = { users, outstanding: 0, payments: Math.ceil(full * 4), offered: full / 2 }
      const [, calm] = await benchRouted(users, [warm, half])
      if (calm !== undefined) rows.push(routedRow(calm, 'half load: p50 50, p99 150 ms'))
    }
  }
  table(
    [
      'users',
      'outstanding',
      'offered',
      'payments/s',
      'p50 ms',
      'p99 ms',
      'hub CPU ms',
      'hub log B a hop',
      'failed',
      'goal',
    ],
    rows,
  )
}

function crypto(): void {
  print('## What a signature costs here')
  print()
  const { sign, recover, keccak } = benchCrypto()
  table(
    ['what', 'µs'],
    [
      ['sign', round(sign, 1)],
      ['recover the signer', round(recover, 1)],
      ['keccak256 of 136 bytes', round(keccak, 1)],
    ],
  )
  const floor = 3 * recover
  const both = 3 * (sign + recover)
  print(
    'A routed payment that travels alone takes three signatures of the users, which the hub checks:',
  )
  print(
    `${round(floor)} µs of the hub at least, and ${round(both)} µs of the 400 that two cores have for each`,
  )
  print('payment at 5,000 a second.')
  print()
}

function channel(): void {
  print('## One channel, two machines in one process, both sides signed and verified')
  print()
  const { blocksPerSecond, paymentsPerBlock, paymentsPerSecond } = benchChannel()
  table(
    ['what', 'per second', 'goal'],
    [
      ['channel blocks, one payment each', round(blocksPerSecond), ''],
      [`direct payments, ${round(paymentsPerBlock)} a block`, round(paymentsPerSecond), '200,000'],
    ],
  )
}

async function scale(): Promise<void> {
  print('## Many channels in one entity')
  print()
  const head: string[] = ['figure']
  const columns: Record<string, number>[] = []
  for (const channels of [100_000, 1_000_000]) {
    head.push(round(channels))
    columns.push({ ...(await benchScale(channels)) })
  }
  const names = Object.keys(columns[0] ?? {})
  table(
    head,
    names.map((name) => [name, ...columns.map((figures) => round(figures[name] ?? 0, 1))]),
  )
  print(
    'Milliseconds unless the name says otherwise; `atWork` in microseconds. Goals: 600 B a channel,',
  )
  print('100,000 channels opened in 2,000 ms, a root of 10,000 changed in 100 ms.')
  print()
  print('State tree alone, 1,000,000 keys, 10,000 changed:')
  print()
  const merkle = benchMerkle(1_000_000)
  table(
    ['figure', 'value'],
    Object.entries(merkle).map(([name, value]) => [name, round(value, 1)]),
  )
}

const parts: Record<string, () => void | Promise<void>> = { crypto, channel, routed, scale }
const wanted = process.argv.slice(2)
await installNativeCrypto()
print('# Figures')
print()
print(`Measured on ${machine()}; all parties on the same machine. Made by \`pnpm bench\`.`)
print()
for (const [name, run] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) await run()
}
if (wanted.length === 0) {
  writeFileSync(new URL('RESULTS.md', import.meta.url), `${lines.join('\n').trimEnd()}\n`)
}
