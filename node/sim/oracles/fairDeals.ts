/**
 * Nobody honest collects less than he asked for, forwards more than he is promised, or takes an invoice
 * for unpaid whose secret the chain had in time.
 */
import { type Channel, isSameClause } from '../../machines/channel/channel.ts'
import type { ChannelFact } from '../../machines/channel/messages.ts'
import type { EntityRecords } from '../../machines/entity/records.ts'
import { LawBroken, type Oracle } from '../law.ts'
import { isRevealedInTime } from '../truth.ts'
import type { World } from '../world.ts'

const LAW = 'nobody deals at a loss'

export function fairDeals(world: World): Oracle {
  return {
    name: LAW,
    committed(server, { outputs }) {
      if (world.dishonest.has(server.name) || world.damaged.has(server.name)) return
      for (const { entity, output } of outputs) {
        const records = server.engine?.shell.records(entity)
        if (records === undefined) continue
        if (output.type === 'invoicePaid') {
          const asked = records.invoice(output.hashlock)?.amount ?? 0n
          if (output.amount >= asked) continue
          throw new LawBroken(LAW, `${server.name} takes ${output.amount} for ${asked}`)
        }
        if (output.type !== 'channelFact') continue
        if (output.fact.type === 'lockEnded' && output.fact.reason === 0 && !world.isDeep) {
          const { lock, incoming } = output.fact
          const isAsked = incoming && records.invoice(lock.hashlock)?.status === 'open'
          if (!isAsked || !isRevealedInTime(world, lock)) continue
          throw new LawBroken(LAW, `${server.name} gives up ${lock.hashlock}, which is paid`)
        }
        if (output.fact.type !== 'lockAdded') continue
        const loss = lossBy(records, output.fact)
        if (loss > 0n) throw new LawBroken(LAW, `${server.name} forwards for ${loss} less`)
      }
    },
  }
}

/** What a lock that is made for another costs more than that brings, as long as that is open. */
function lossBy(
  records: EntityRecords,
  { lock, origin }: Extract<ChannelFact, { type: 'lockAdded' }>,
): bigint {
  if (origin?.type !== 'forward') return 0n
  const upstream: Channel | undefined = records.channel(origin.channelKey)
  const paid = upstream?.mutual.locks.find(({ id }) => isSameClause(id, origin.lock))
  return paid === undefined ? 0n : lock.amount - paid.amount
}
