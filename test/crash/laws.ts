/** What holds after whatever crash, asked of the nodes and of the chain when everybody is up again. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { RequestError } from '@xln/node/api/faults.ts'
import { atRest } from '@xln/node/story/channels.ts'
import { type Books, openBooks } from '@xln/node/story/chapters/books.ts'
import { expectEqual, StoryFailure, until } from '@xln/node/story/failure.ts'
import type { NodeProcess } from '@xln/node/story/nodeProcess.ts'
import type { Order } from '@xln/node/story/payments.ts'
import { pool } from '@xln/node/story/pool.ts'
import type { Stage } from '@xln/node/story/stage.ts'
import type { Hashlock } from '@xln/shared/ids.ts'
import type { Said } from './traffic.ts'

const commandLine = fileURLToPath(new URL('../../node/cli/main.ts', import.meta.url))

const WIDTH = 20

type Ending = 'settled' | 'failed'

export interface Outcome extends Moved {
  readonly settled: number
}

/** Every payment on both sides or on neither, and whatever was said of one is so. */
export async function checkPayments(stage: Stage, { orders, ended }: Said): Promise<Outcome> {
  const sent: Ending[] = []
  await pool(orders.length, WIDTH, async (index) => {
    const { hashlock } = orders[index] as Order
    sent[index] = await statusOf(stage.sender, hashlock)
    const said = ended.get(hashlock) ?? sent[index]
    expectEqual(`how ${hashlock} ended, as the sender said`, sent[index] ?? '', said ?? '')
  })
  // The receiver counts it as paid with the hub's acknowledgement, which may come after all that.
  await atRest(stage.sender, stage.hub, stage.token)
  await atRest(stage.receiver, stage.hub, stage.token)
  await pool(orders.length, WIDTH, (index) => {
    return expectSame(stage, orders[index] as Order, sent[index] as Ending)
  })
  const settled = orders.filter((_, index) => sent[index] === 'settled')
  return {
    settled: settled.length,
    paid: settled.reduce((total, { amount }) => total + amount, 0n),
    fees: settled.reduce((total, { fee }) => total + fee, 0n),
  }
}

/** An invoice that was acknowledged is there, or this throws. */
async function expectSame({ receiver }: Stage, { hashlock }: Order, sent: Ending): Promise<void> {
  const { status } = await receiver.call('invoice.get', { entity: receiver.entity, hashlock })
  const what = `${hashlock}, which is ${sent} for the sender and ${status} for the receiver, is paid`
  expectEqual(what, status === 'paid', sent === 'settled', ['sender', 'hub', 'receiver'])
}

/** How a payment has ended; waits until it has. Who died before he had written it down never sent it. */
function statusOf(sender: NodeProcess, hashlock: Hashlock): Promise<Ending> {
  let seen: unknown
  return until(
    `the payment ${hashlock} has ended`,
    async () => {
      const { status } = await sender
        .call('payment.status', { entity: sender.entity, hashlock })
        .catch(neverSent)
      seen = status
      return status === 'settled' || status === 'failed' ? status : undefined
    },
    [sender.name, 'hub', 'receiver'],
    () => seen,
  )
}

function neverSent(error: unknown): { status: 'failed' } {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof RequestError && cause.fault.code === 'payment_unknown') {
    return { status: 'failed' }
  }
  throw error
}

/** Every unit is where the payments that settled have moved it, on the channels and on chain. */
export async function checkBooks(stage: Stage, before: Books, paid: Moved): Promise<void> {
  const { sender, hub, receiver, token, ledger } = stage
  await atRest(sender, hub, token)
  await atRest(receiver, hub, token)
  const now = await openBooks(stage)
  const changes = [-paid.paid - paid.fees, paid.fees, paid.paid]
  const names = ['sender', 'hub', 'receiver']
  for (const [index, name] of names.entries()) {
    const expected = (before[index]?.total ?? 0n) + (changes[index] ?? 0n)
    expectEqual(`what ${name} has`, now[index]?.total ?? 0n, expected, [name])
  }
  for (const { token: id, reserves, collateral, held } of await ledger.holdings()) {
    expectEqual(`what the Depository holds of ${id}`, held, reserves + collateral)
  }
}

export interface Moved {
  readonly paid: bigint
  readonly fees: bigint
}

/** Stops a node, executes its log from the beginning, and starts it again. */
export async function checkLog(node: NodeProcess): Promise<number> {
  await node.stop()
  const args = [commandLine, 'verify', '--data-dir', node.spec.dataDir, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args).catch(
    (error: { stdout?: string; stderr?: string }) => {
      const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.slice(-500)
      throw new StoryFailure(`the log of ${node.name} does not verify: ${said}`, [node.name])
    },
  )
  const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
    ok: boolean
    blocks: number
  }
  expectEqual(`the log of ${node.name} gives its state`, answer.ok, true, [node.name])
  await node.start()
  return answer.blocks
}
