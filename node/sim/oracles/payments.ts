/**
 * A direct payment that was taken is made, or its payer is told that it will not be; and none is made
 * twice. Every one of these worlds bears a memo of its own.
 */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId, Hex } from '@xln/shared/ids.ts'
import { waitingWishes } from '../../machines/channel/waiting.ts'
import type { ServerOutput } from '../../machines/server/messages.ts'
import { LawBroken } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

/** Throws {@link LawBroken} if `outputs`, all that `server` ever said, say twice of a payment, or nothing. */
export function checkPayments(
  world: World,
  server: SimServer,
  outputs: readonly ServerOutput[],
): void {
  const told = new Set<Hex>()
  const made = new Set<string>()
  for (const { entity, output } of outputs) {
    if (output.type !== 'channelFact') continue
    const { fact, peer } = output
    if (fact.type === 'wishRefused' && fact.transaction.type === 'pay') {
      told.add(bytesToHex(fact.transaction.memo))
    }
    if (fact.type !== 'paid' || fact.memo.length === 0) continue
    const memo = bytesToHex(fact.memo)
    if (!fact.incoming) told.add(memo)
    const payer = fact.incoming ? peer : entity
    if (world.dishonest.has(world.serverOf(payer)?.name ?? '')) continue
    const place = `${memo} ${fact.incoming}`
    if (made.has(place)) {
      throw new LawBroken('what was asked once is done once', `${server.name} sees ${memo} again`)
    }
    made.add(place)
  }
  checkTaken(world, server, told)
}

function checkTaken(world: World, server: SimServer, told: ReadonlySet<Hex>): void {
  for (const { server: payer, entity, action, atMs } of world.taken) {
    if (payer !== server || action.type !== 'payPeer') continue
    const memo = bytesToHex(action.memo)
    // Who is not there, or gone, may be waited for for ever.
    if (told.has(memo) || !world.areNeighbours(server, world.serverOf(action.peer))) continue
    if (waits(server, entity, action.peer).has(memo)) continue
    throw new LawBroken('what was taken is done or declined', `${server.name} at ${atMs}: ${memo}`)
  }
}

/** The payments that are still on their way to a block. */
function waits({ engine }: SimServer, entity: EntityId, peer: EntityId): ReadonlySet<Hex> {
  const channel = engine?.shell.records(entity)?.channel(channelKeyOf(entity, peer))
  const wishes = channel === undefined ? [] : waitingWishes(channel)
  return new Set(
    wishes.flatMap(({ transaction }) =>
      transaction.type === 'pay' ? [bytesToHex(transaction.memo)] : [],
    ),
  )
}
