/** Chapter 5: the hub goes to court with an old state. The sender answers, and the contract judges. */
import type { Result } from '@xln/shared/api.ts'
import type { DisputeStarted } from '@xln/shared/depository/events.ts'
import { formatCount } from '../amounts.ts'
import { atRest, type End, endOf, reserveOf, untilReserve } from '../channels.ts'
import { startDispute } from '../cheat.ts'
import { expectEqual, expectThat, until } from '../failure.ts'
import { money } from '../money.ts'
import type { Stage } from '../stage.ts'
import type { Teller } from '../teller.ts'

/** How many payments lead from the old state to the newest, and the share of the whole that each moves. */
const PURCHASES = 4
const SHARE = 5n

/** What the chapter did to the books. */
export interface Verdict {
  /** What the hub had paid to the sender before. */
  readonly spent: bigint
  /** What the hub forfeited to the sender. */
  readonly forfeit: bigint
}

/** A state of the channel that the hub would like to be the last one, and the one that is. */
interface Case {
  readonly old: Result<'channel.proof'>
  readonly oldHeight: number
  /** The newest state, as the hub has it. */
  readonly newest: End
}

export async function cheatAndPunish(stage: Stage, teller: Teller): Promise<Verdict> {
  const { sender, hub, token } = stage
  teller.chapter('The hub cheats')
  const { spent, ...dispute } = await prepare(stage, teller)
  const sendersReserve = await reserveOf(sender, token)
  const hubsReserve = await reserveOf(hub, token)

  await hub.stop()
  await startDispute(stage, hub, sender.entity, dispute.old)
  const started = await expectAnswer(stage, dispute, teller)
  const { toHub, toSender, forfeit } = await expectJudgement(stage, dispute, started, teller)

  await untilReserve(sender, token, sendersReserve + toSender)
  await hub.start()
  await untilReserve(hub, token, hubsReserve + toHub)
  await untilEmpty(stage)
  teller.say('hub', 'comes back, and reads the judgement on chain', money(toHub))
  return { spent, forfeit }
}

/** The hub has earned much, keeps that state with the sender's signature, and spends most of it. */
async function prepare(
  { sender, hub, token }: Stage,
  teller: Teller,
): Promise<Case & { spent: bigint }> {
  const parties = [hub.name, sender.name]
  const old = await hub.call('channel.proof', { entity: hub.entity, peer: sender.entity })
  const [before] = await atRest(hub, sender, token)
  expectEqual('the height of the proof', heightOf(old.proof.disputeNonce), before.height, parties)
  const at = (end: End) => `at height ${formatCount(end.height)} it has`
  teller.say('hub', `keeps an old state: ${at(before)}`, money(before.claim))

  const price = before.claim / SHARE
  for (let done = 1; done <= PURCHASES; done++) {
    const trade = { entity: hub.entity, peer: sender.entity, token: token.id, amount: price }
    await hub.call('payment.payPeer', trade)
    // Each in a block of its own.
    await until(
      'the sender has the price',
      async () => {
        const { claim, collateral } = await endOf(sender, hub, token)
        const paid = collateral - claim === before.claim - price * BigInt(done)
        return paid ? true : undefined
      },
      parties,
    )
  }
  const [newest] = await atRest(hub, sender, token)
  const spent = price * BigInt(PURCHASES)
  expectEqual('what the hub has left', newest.claim, before.claim - spent, parties)
  expectThat('the newest state is two above the old', newest.height >= before.height + 2, parties)
  teller.say('hub', `buys from the sender: ${at(newest)}`, money(newest.claim))
  return { old, oldHeight: before.height, newest, spent }
}

/** The dispute stands on the old state, and the sender's node has answered with the newest. */
async function expectAnswer(
  { sender, hub, ledger }: Stage,
  { old, oldHeight, newest }: Case,
  teller: Teller,
): Promise<DisputeStarted> {
  const started = await ledger.waitFor('disputeStarted', [sender.name])
  const hubIsLeft = started.left === hub.entity
  expectEqual('who started the dispute', started.startedByLeft, hubIsLeft)
  expectEqual('the state it started with', started.proof.disputeNonce, old.proof.disputeNonce)
  teller.say('hub', 'goes, and disputes with the old state', `height ${formatCount(oldHeight)}`)

  const countered = await ledger.waitFor('disputeCountered', [sender.name])
  const height = heightOf(countered.proof.disputeNonce)
  expectEqual('the height of the counter', height, newest.height, [sender.name])
  expectEqual('who countered', countered.poster, hubIsLeft ? 'right' : 'left', [sender.name])
  teller.say('sender', 'counters by itself with the newest', `height ${formatCount(height)}`)
  return started
}

interface Judgement {
  readonly toHub: bigint
  readonly toSender: bigint
  readonly forfeit: bigint
}

/** Once the window has passed, the sender's node ends the dispute, and the contract divides. */
async function expectJudgement(
  { sender, hub, ledger, chain }: Stage,
  { newest: { claim, collateral } }: Case,
  { left }: DisputeStarted,
  teller: Teller,
): Promise<Judgement> {
  const { deadline } = await ledger.waitFor('disputeCountered', [sender.name])
  const wait = deadline - (await ledger.now()) + 1
  await chain.advanceTime(wait)
  teller.say('chain', 'lets the dispute window pass', `clock moved by ${formatCount(wait)} s`)

  const ended = await ledger.waitFor('disputeFinalised', [sender.name])
  const split = await ledger.waitFor('tokenSplit', [sender.name])
  const { toLeft, toRight, leftDebt, rightDebt, forfeit } = split
  const [toHub, toSender] = left === hub.entity ? [toLeft, toRight] : [toRight, toLeft]
  expectEqual('provable fraud', ended.fraud, true, [sender.name])
  expectEqual('the forfeit, half of what the hub had', forfeit, claim / 2n)
  expectEqual('what the contract gives the hub', toHub, claim - forfeit)
  expectEqual('what it gives the sender', toSender, collateral - claim + forfeit)
  expectEqual('debts that are left', leftDebt + rightDebt, 0n)
  teller.say('sender', 'ends the dispute by itself', 'fraud proven')
  teller.say('hub', 'forfeits half of what it had', money(forfeit))
  teller.say('sender', 'gets its own share, and the forfeit', money(toSender))
  return { toHub, toSender, forfeit }
}

async function untilEmpty({ sender, hub, token }: Stage): Promise<void> {
  await until('both see that the channel has ended', async () => {
    const ends = [await endOf(sender, hub, token), await endOf(hub, sender, token)]
    const isEmpty = ends.every(({ collateral, claim }) => collateral === 0n && claim === 0n)
    return isEmpty ? true : undefined
  }, [sender.name, hub.name])
}

/** Of a proof's nonce, `term · 2^48 + 2 · height + (proposed by left ? 1 : 0)`. */
function heightOf(disputeNonce: bigint): number {
  return Number(BigInt.asUintN(48, disputeNonce) >> 1n)
}
