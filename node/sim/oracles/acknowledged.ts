/** What a server has said yes to is there, and what was sent has arrived or come back. */

import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { Taken, World } from '../world.ts'

const LAW = 'what was acknowledged survives'

export function acknowledged(world: World): Oracle {
  return {
    name: LAW,
    settled() {
      for (const taken of world.taken) {
        const { name } = taken.server
        if (!world.damaged.has(name) && !world.dishonest.has(name)) check(world, taken)
      }
    },
  }
}

function check(world: World, { server, entity, action, atMs }: Taken): void {
  const records = server.engine?.shell.records(entity)
  const broken = (what: string) => new LawBroken(LAW, `${server.name} at ${atMs}: ${what}`)
  if (records === undefined) throw broken('the entity is gone')
  if (action.type === 'createInvoice') {
    const invoice = records.invoice(hashlockOf(action.secret))
    if (invoice === undefined) throw broken('an invoice is gone')
  } else if (action.type === 'openChannel') {
    if (records.channel(channelKeyOf(entity, action.peer)) === undefined) {
      throw broken('a channel is gone')
    }
  } else if (action.type === 'pay') {
    const payment = records.payment(action.hashlock)
    if (payment === undefined) throw broken('a payment is gone')
    // Who pays over a dishonest peer may wait for its answer.
    if (world.dishonest.size > 0) return
    if (payment.status === 'sending' || payment.status === 'locked') {
      const path = [entity, ...payment.route.map((hop) => hop.entity)]
      if (isBeforeCourt(world, path)) return
      throw broken(`a payment is ${payment.status}, and all is at rest`)
    }
    // The newest attempt counts: it may have gone to somebody else.
    const payee = payment.route.at(-1)?.entity
    const payeeServer = payee === undefined ? undefined : world.serverOf(payee)
    if (payment.status !== 'settled' || payee === undefined || payeeServer === undefined) return
    if (world.damaged.has(payeeServer.name)) return
    const invoice = payeeServer.engine?.shell.records(payee)?.invoice(action.hashlock)
    if (invoice?.status !== 'paid') throw broken(`a payment is settled, its invoice is not paid`)
  }
}

/** Whether a channel between two neighbours of `path` waits for the court, which may take a day. */
function isBeforeCourt(world: World, path: readonly EntityId[]): boolean {
  return path.some((entity, index) => {
    const next = path[index + 1]
    const records = world.serverOf(entity)?.engine?.shell.records(entity)
    if (next === undefined || records === undefined) return false
    return records.channel(channelKeyOf(entity, next))?.dispute?.standing != null
  })
}
