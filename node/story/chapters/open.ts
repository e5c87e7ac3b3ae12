/** Chapter 1: money into the Depository, collateral into one channel, credit into the other. */
import { atRest, endOf, open, untilReserve } from '../channels.ts'
import { expectEqual, until } from '../failure.ts'
import { money } from '../money.ts'
import type { NodeProcess } from '../nodeProcess.ts'
import { FEE_PPM, type Plan } from '../plan.ts'
import type { Stage } from '../stage.ts'
import type { Teller } from '../teller.ts'

/** The shortest that the contract takes: long enough for a node that looks at the chain all the time. */
export const WINDOW_SECONDS = 600

export async function openChannels(stage: Stage, plan: Plan, teller: Teller): Promise<void> {
  const { sender, hub, receiver } = stage
  teller.chapter('Deposits, collateral, credit')
  await Promise.all([deposit(stage, sender, plan.deposit), deposit(stage, hub, plan.deposit)])
  teller.say('sender', 'deposits into its reserve', money(plan.deposit))
  teller.say('hub', 'deposits into its reserve', money(plan.deposit))

  await hub.call('entity.setPolicy', { entity: hub.entity, policy: { feePpm: FEE_PPM } })
  teller.say('hub', 'forwards payments for a fee', `${Number(FEE_PPM) / 10_000} %`)

  await collateralise(stage, plan)
  teller.say('sender', 'puts collateral into its channel with the hub', money(plan.collateral))

  await extendCredit(stage, plan)
  const wallet = await stage.ledger.balanceOf(stage.token.id, receiver.wallet)
  expectEqual('what the receiver has before it is paid', wallet, 0n)
  teller.say('receiver', 'opens a channel with the hub, without money', money(wallet))
  teller.say('receiver', 'extends credit to the hub, so it can be paid', money(plan.credit))
}

async function deposit({ token }: Stage, node: NodeProcess, amount: bigint): Promise<void> {
  await node.call('depository.deposit', { entity: node.entity, token: token.id, amount })
  await untilReserve(node, token, amount)
}

async function collateralise({ sender, hub, token }: Stage, plan: Plan): Promise<void> {
  const between = { entity: sender.entity, peer: hub.entity }
  await open(sender, hub, WINDOW_SECONDS)
  await sender.call('channel.collateralise', {
    ...between,
    token: token.id,
    amount: plan.collateral,
  })
  await until('the sender can spend its collateral', async () => {
    const { canSend } = await endOf(sender, hub, token)
    return canSend === plan.collateral ? true : undefined
  }, ['sender'])
}

async function extendCredit({ receiver, hub, token }: Stage, plan: Plan): Promise<void> {
  const between = { entity: receiver.entity, peer: hub.entity }
  await open(receiver, hub, WINDOW_SECONDS)
  await receiver.call('channel.extendCredit', { ...between, token: token.id, limit: plan.credit })
  await until('the receiver can be paid', async () => {
    const { canReceive } = await endOf(receiver, hub, token)
    return canReceive === plan.credit ? true : undefined
  }, ['receiver', 'hub'])
  await atRest(receiver, hub, token)
}
