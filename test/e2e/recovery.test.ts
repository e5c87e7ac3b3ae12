import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { atRest } from '@xln/node/story/channels.ts'
import { openChannels } from '@xln/node/story/chapters/open.ts'
import type { NodeProcess } from '@xln/node/story/nodeProcess.ts'
import { compare, expectClaims, NOTHING, sum } from '@xln/node/story/outcome.ts'
import { type Order, pay, writeInvoices } from '@xln/node/story/payments.ts'
import { planOf } from '@xln/node/story/plan.ts'
import { pool } from '@xln/node/story/pool.ts'
import { type Stage, Theatre } from '@xln/node/story/stage.ts'
import { Teller } from '@xln/node/story/teller.ts'
import { expect } from 'chai'
import { showLogs } from './support/logs.ts'

const ROUNDS = 6
const PAYMENTS_PER_ROUND = 40
const WIDTH = 10
const KILL_WITHIN_MS = 250

const commandLine = fileURLToPath(new URL('../../node/cli/main.ts', import.meta.url))

/** The same numbers for the same seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('three nodes as processes, each killed at random moments while payments are under way', function () {
  this.timeout(120_000)
  const seed = Number(process.env['XLN_SEED'] ?? Date.now() % 2 ** 31)
  const random = randomFrom(seed)
  const theatre = new Theatre({ keep: false })
  const plan = planOf(ROUNDS * PAYMENTS_PER_ROUND)
  let stage: Stage

  before(async () => {
    stage = await theatre.open(plan)
    await openChannels(stage, plan, new Teller({ write: () => true }))
  })
  afterEach(function () {
    return showLogs(this.currentTest, theatre)
  })
  after(() => theatre.close())

  it(`settles every payment on both sides or on neither (XLN_SEED=${seed})`, async () => {
    const { sender, hub, receiver, token, ledger } = stage
    let all = NOTHING
    for (let round = 0; round < ROUNDS; round++) {
      const orders = await writeInvoices(
        stage,
        round * PAYMENTS_PER_ROUND,
        PAYMENTS_PER_ROUND,
        WIDTH,
      )
      const victim = [sender, hub, receiver][round % 3] as NodeProcess
      await Promise.race([theatre.death, payAndKill(stage, orders, victim)])
      all = sum(all, await compare(stage, orders))
      await expectClaims(stage, all, plan.collateral)
    }
    expect(all.settled + all.failed.length).to.equal(ROUNDS * PAYMENTS_PER_ROUND)
    expect(all.oneSided).to.equal(0)

    // Nothing that happened has cost a channel its use.
    const last = await writeInvoices(stage, 0, 1, 1)
    await pay(stage, last[0] as Order)
    expect((await compare(stage, last)).settled).to.equal(1)
    await atRest(sender, hub, token)
    for (const { reserves, collateral, held } of await ledger.holdings()) {
      expect(held).to.equal(reserves + collateral)
    }
  })

  it('and the log of every node, executed from its beginning, gives the state that it has', async () => {
    for (const node of [stage.sender, stage.hub, stage.receiver]) {
      await node.stop()
      const args = [commandLine, 'verify', '--data-dir', node.spec.dataDir, '--json']
      const { stdout } = await promisify(execFile)(process.execPath, args)
      const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
      expect(answer).to.include({ ok: true })
      expect(answer.blocks).to.be.greaterThan(ROUNDS)
    }
  })

  async function payAndKill(
    where: Stage,
    orders: readonly Order[],
    victim: NodeProcess,
  ): Promise<void> {
    const paying = pool(orders.length, WIDTH, async (index) => {
      // Whoever asks a sender that dies is told nothing; what became of the payment is seen later.
      await pay(where, orders[index] as Order).catch(() => undefined)
    })
    await pause(random() * KILL_WITHIN_MS)
    await victim.kill()
    await victim.start()
    await paying
  }
})
