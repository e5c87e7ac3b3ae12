import { atRest, type End, endOf, reserveOf, untilReserve } from '@xln/node/story/channels.ts'
import { openChannels } from '@xln/node/story/chapters/open.ts'
import { startDispute } from '@xln/node/story/cheat.ts'
import { until } from '@xln/node/story/failure.ts'
import type { NodeProcess } from '@xln/node/story/nodeProcess.ts'
import { compare } from '@xln/node/story/outcome.ts'
import { payAll, writeInvoices } from '@xln/node/story/payments.ts'
import { planOf } from '@xln/node/story/plan.ts'
import { type Stage, Theatre } from '@xln/node/story/stage.ts'
import { Teller } from '@xln/node/story/teller.ts'
import { expect } from 'chai'
import { showLogs } from './support/logs.ts'

const PAYMENTS = 10

describe('three nodes as processes, and the ends of channels', function () {
  this.timeout(60_000)
  const theatre = new Theatre({ keep: false })
  const plan = planOf(100)
  let stage: Stage
  let paid = 0

  before(async () => {
    stage = await theatre.open(plan)
    await openChannels(stage, plan, new Teller({ write: () => true }))
  })
  after(() => theatre.close())
  afterEach(async function () {
    await showLogs(this.currentTest, theatre)
    for (const { reserves, collateral, held } of await stage.ledger.holdings()) {
      expect(held).to.equal(reserves + collateral)
    }
  })

  /** The sender pays the receiver some more; all of it arrives. */
  async function payMore(): Promise<bigint> {
    const orders = await writeInvoices(stage, paid, PAYMENTS, PAYMENTS)
    paid += PAYMENTS
    await payAll(stage, orders, PAYMENTS, () => undefined)
    const outcome = await compare(stage, orders)
    expect(outcome.settled).to.equal(PAYMENTS)
    return outcome.paid
  }

  function untilEnd(of: NodeProcess, peer: NodeProcess, isSo: (end: End) => boolean): Promise<End> {
    return until(`${of.name} sees its channel so`, async () => {
      const end = await endOf(of, peer, stage.token)
      return isSo(end) ? end : undefined
    })
  }

  it('a settlement goes through when the peer is killed while it signs', async () => {
    const { receiver, hub, token } = stage
    const earned = await payMore()
    const part = earned / 2n
    const between = { entity: receiver.entity, peer: hub.entity }
    await receiver.call('channel.settle', { ...between, token: token.id, amount: part })
    await hub.kill()
    await hub.start()
    await untilReserve(receiver, token, part)
    const [end] = await atRest(receiver, hub, token)
    expect(end.claim).to.equal(earned - part)
    await payMore()
  })

  it('a close pays both sides out, and the channel can be used again', async () => {
    const { sender, hub, token } = stage
    const [sendersReserve, hubsReserve] = [
      await reserveOf(sender, token),
      await reserveOf(hub, token),
    ]
    const [sendersEnd, hubsEnd] = await atRest(sender, hub, token)
    const between = { entity: sender.entity, peer: hub.entity }
    await sender.call('channel.close', between)
    await untilReserve(sender, token, sendersReserve + sendersEnd.claim)
    await untilReserve(hub, token, hubsReserve + hubsEnd.claim)
    const [closed] = await atRest(sender, hub, token)
    expect(closed.collateral).to.equal(0n)
    expect(closed.height).to.be.greaterThan(sendersEnd.height)

    const again = { ...between, token: token.id, amount: plan.collateral }
    await sender.call('channel.collateralise', again)
    await untilEnd(sender, hub, ({ canSend }) => canSend === plan.collateral)
    await payMore()
  })

  it('a cheat is answered by a node that was down when it happened', async () => {
    const { sender, hub, token, ledger, chain } = stage
    const old = await hub.call('channel.proof', { entity: hub.entity, peer: sender.entity })
    const amount = (await endOf(hub, sender, token)).claim / 4n
    for (const part of [1n, 2n]) {
      const { claim } = await endOf(sender, hub, token)
      const trade = {
        entity: hub.entity,
        peer: sender.entity,
        token: token.id,
        amount: amount / part,
      }
      await hub.call('payment.payPeer', trade)
      await untilEnd(sender, hub, (end) => end.claim === claim + amount / part)
    }
    const [sendersEnd, hubsEnd] = await atRest(sender, hub, token)
    const reserve = await reserveOf(sender, token)
    await sender.kill()
    await hub.stop()
    await startDispute(stage, hub, sender.entity, old)
    await ledger.waitFor('disputeStarted', [])
    await sender.start()
    const { deadline } = await ledger.waitFor('disputeCountered', [sender.name])

    // And killed once more before it can end the dispute.
    await sender.kill()
    await chain.advanceTime(deadline - (await ledger.now()) + 1)
    await sender.start()
    const { fraud } = await ledger.waitFor('disputeFinalised', [sender.name])
    expect(fraud).to.equal(true)
    await untilReserve(sender, token, reserve + sendersEnd.claim + hubsEnd.claim / 2n)
    await hub.start()
    await untilEnd(hub, sender, ({ collateral, height }) => collateral === 0n && height === 0)
  })

  it('an owner ends a channel alone, at once if the peer agrees, and begins anew', async () => {
    const { receiver, hub, sender, token, ledger } = stage
    const [end] = await atRest(receiver, hub, token)
    const reserve = await reserveOf(receiver, token)
    const between = { entity: receiver.entity, peer: hub.entity }
    await receiver.call('channel.dispute', between)
    await untilReserve(receiver, token, reserve + end.claim)
    const { fraud } = await ledger.waitFor('disputeFinalised', [])
    expect(fraud).to.equal(false)
    await untilEnd(receiver, hub, ({ height, claim }) => height === 0 && claim === 0n)

    await receiver.call('channel.extendCredit', { ...between, token: token.id, limit: plan.credit })
    await untilEnd(hub, receiver, ({ canSend }) => canSend === plan.credit)
    const collateral = { entity: sender.entity, peer: hub.entity, token: token.id }
    await sender.call('channel.collateralise', { ...collateral, amount: plan.collateral })
    await untilEnd(sender, hub, ({ canSend }) => canSend === plan.collateral)
    await payMore()
  })
})
