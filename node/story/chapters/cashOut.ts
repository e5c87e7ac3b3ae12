/** Chapter 4: what the receiver has earned becomes its reserve, together with the hub, and leaves. */
import { atRest, endOf, reserveOf, untilReserve } from '../channels.ts'
import { expectEqual, until } from '../failure.ts'
import { money } from '../money.ts'
import type { Stage } from '../stage.ts'
import type { Teller } from '../teller.ts'

export async function cashOut(stage: Stage, earned: bigint, teller: Teller): Promise<void> {
  const { receiver, hub, token, ledger } = stage
  teller.chapter("The receiver cashes out, with the hub's signature")
  const hubsReserve = await reserveOf(hub, token)
  const between = { entity: receiver.entity, peer: hub.entity }
  await receiver.call('channel.settle', { ...between, token: token.id, amount: earned })
  const settled = await ledger.waitFor('settled', ['receiver', 'hub'])
  await untilReserve(receiver, token, earned)
  await untilReserve(hub, token, hubsReserve - earned)
  const { claim } = await endOf(receiver, hub, token)
  expectEqual('what the receiver still claims of the hub', claim, 0n, ['receiver', 'hub'])
  await atRest(receiver, hub, token)
  const nonce = settled.cooperativeNonce
  teller.say('receiver', `settles its channel, cooperative nonce ${nonce}`, money(earned))
  teller.say(
    '',
    'to its reserve, from that of the hub',
    money(await ledger.reserveOf(receiver.entity, token.id)),
  )

  const to = receiver.wallet
  await receiver.call('depository.withdraw', {
    entity: receiver.entity,
    token: token.id,
    to,
    amount: earned,
  })
  await until('the receiver has its money outside', async () => {
    return (await ledger.balanceOf(token.id, to)) === earned ? true : undefined
  }, ['receiver'])
  await untilReserve(receiver, token, 0n)
  teller.say('receiver', 'withdraws to its address', money(earned))
}
