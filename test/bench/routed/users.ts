/** The users' process: many entities on one server, each paying its neighbour through the hub. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Committed } from '@xln/node/shell/loop.ts'
import { numberToBytes } from '@xln/shared/bytes.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { keccak256, keccakHex } from '@xln/shared/crypto/keccak.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import type { Action } from '@xln/shared/entity/action.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import type { EntityId, Hashlock, Hex, Secret } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_DEFAULT } from '@xln/shared/limits.ts'
import { CREDIT, type Load, type Outcome, token } from './messages.ts'
import { startBenchNode } from './node.ts'

const [hubPort, hub, userCount, gap] = process.argv.slice(2)
const count = Number(userCount)
const keys = Array.from({ length: count }, (_, i) => keccak256(numberToBytes(1_000 + i, 8)))
const users = keys.map((key) => lazyEntityId(addressOf(key)))
const directory = mkdtempSync(join(tmpdir(), 'xln-bench-users-'))

/** Told of every block; each waits for what it is interested in. */
const listeners = new Set<(committed: Committed) => void>()
const node = await startBenchNode({
  directory,
  serverKey: keccak256(Uint8Array.of(3)),
  keys,
  listens: false,
  gapMs: Number(gap),
  onPeer: () => undefined,
  onCommitted: (committed) => {
    for (const listener of listeners) listener(committed)
  },
})

async function decide(entity: EntityId, action: Action): Promise<void> {
  const refusal = await node.shell.propose(entity, action, 'bench')
  if (refusal !== null) throw new Error(`${action.type} was refused: ${refusal.code}`)
}

/** Resolves when `isThere` has said yes to `times` outputs. */
function outputs(
  times: number,
  isThere: (output: Committed['outputs'][number]['output']) => boolean,
): Promise<void> {
  let left = times
  return new Promise((resolve) => {
    const listener = (committed: Committed) => {
      for (const { output } of committed.outputs) if (isThere(output)) left--
      if (left > 0) return
      listeners.delete(listener)
      resolve()
    }
    listeners.add(listener)
  })
}

async function openChannels(): Promise<void> {
  node.network.connect({ url: `ws://127.0.0.1:${hubPort}` })
  const peer = hub as EntityId
  const lent = outputs(
    2 * count,
    (output) => output.type === 'channelFact' && output.fact.type === 'creditExtended',
  )
  await Promise.all(
    users.map((entity) =>
      decide(entity, { type: 'openChannel', peer, disputeWindow: DISPUTE_WINDOW_DEFAULT }),
    ),
  )
  await Promise.all(
    users.map(async (entity) => {
      while (node.shell.records(entity)?.openingPeers().length !== 0) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await decide(entity, { type: 'extendCredit', peer, token, limit: CREDIT })
    }),
  )
  await lent
}

let secrets = 0

/** Invoices of every user for one run, made before the clock starts. */
async function invoices(perUser: number): Promise<Hashlock[][]> {
  const expiresAt = Math.floor(Date.now() / 1_000) + 86_400
  const all: Hashlock[][] = []
  const memo = new Uint8Array(0)
  for (const entity of users) {
    const own: Hashlock[] = []
    const waits: Promise<void>[] = []
    for (let i = 0; i < perUser; i++) {
      const secret: Hex = keccakHex(numberToBytes(++secrets, 8))
      const action = { type: 'createInvoice' as const, token, amount: 1n, expiresAt, memo }
      waits.push(decide(entity, { ...action, secret: secret as Secret }))
      own.push(hashlockOf(secret as Secret))
    }
    await Promise.all(waits)
    all.push(own)
  }
  return all
}

async function run({ outstanding, payments, offered }: Load): Promise<Outcome> {
  const perUser = Math.ceil(payments / count)
  const open = await invoices(perUser)
  const startedAt = new Map<Hashlock, number>()
  const payerOf = new Map<Hashlock, number>()
  const latencies: number[] = []
  let failed = 0

  const pay = (user: number) => {
    const hashlock = open[(user + 1) % count]?.pop()
    if (hashlock === undefined) return
    startedAt.set(hashlock, performance.now())
    payerOf.set(hashlock, user)
    const route = [
      { entity: hub as EntityId, fee: 0n },
      { entity: users[(user + 1) % count] as EntityId, fee: 0n },
    ]
    void decide(users[user] as EntityId, { type: 'pay', route, token, amount: 1n, hashlock })
  }
  const total = perUser * count
  const cpu = process.cpuUsage()
  const start = performance.now()
  await new Promise<void>((resolve) => {
    const listener = ({ outputs }: Committed) => {
      const now = performance.now()
      for (const { output } of outputs) {
        if (output.type !== 'paymentSettled' && output.type !== 'paymentFailed') continue
        if (output.type === 'paymentFailed') failed++
        latencies.push(now - (startedAt.get(output.hashlock) ?? now))
        if (offered === 0) pay(payerOf.get(output.hashlock) ?? 0)
      }
      if (latencies.length < total) return
      listeners.delete(listener)
      resolve()
    }
    listeners.add(listener)
    if (offered === 0) {
      for (let round = 0; round < outstanding; round++) for (let u = 0; u < count; u++) pay(u)
    } else {
      let begun = 0
      const timer = setInterval(() => {
        const due = Math.min(total, ((performance.now() - start) / 1_000) * offered)
        for (; begun < due; begun++) pay(begun % count)
        if (begun >= total) clearInterval(timer)
      }, 1)
    }
  })
  const seconds = (performance.now() - start) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))] ?? 0
  return {
    payments: latencies.length,
    failed,
    seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMs: (user + system) / 1_000,
  }
}

process.on('message', (message: { type: 'run'; load: Load } | 'stop') => {
  if (message === 'stop') {
    void node.stop().then(() => {
      rmSync(directory, { recursive: true })
      process.disconnect()
    })
  } else {
    void run(message.load).then((outcome) => process.send?.({ type: 'outcome', outcome }))
  }
})
await openChannels()
process.send?.({ type: 'ready' })
