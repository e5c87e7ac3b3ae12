/**
 * Who has lost state is resumed only when nothing that he signed before can live any more: no settlement and
 * no batch with a start of his, of which he may have forgotten. Said once more here, with the numbers of
 * channel.md, and apart from the machines.
 */
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { eraOf } from '../../machines/channel/channel.ts'
import type { Committed } from '../../shell/loop.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

const LAW = 'what may have been signed is waited out'
/**
 * What lives longest of all that a side signs, seconds by its own clock. The machine waits for 30 more, since that
 * clock may have jumped back when it noticed: then they are used up, and nothing is alive all the same.
 */
const LIFE_SECONDS = 15 * 60

export function patience(world: World): Oracle {
  /** Since when a channel restores, unix seconds, and in which era. */
  const since = new Map<string, { readonly at: number; readonly era: bigint }>()

  function look(server: SimServer, self: EntityId, { timestampMs, outputs }: Committed): void {
    const records = server.engine?.shell.records(self)
    if (records === undefined) return
    const { lostAt } = records.entity()
    const final = records.depository().head.timestamp
    const now = Math.floor(timestampMs / 1_000)
    const lost = lostAt === 0 ? now : Math.min(lostAt, now)
    for (const peer of world.servers.flatMap(({ entities }) => entities)) {
      const key = channelKeyOf(self, peer)
      const place = `${server.name} ${key}`
      const isRestored = outputs.some(
        ({ entity, output }) =>
          entity === self &&
          output.type === 'channelFact' &&
          output.channelKey === key &&
          output.fact.type === 'restored',
      )
      const channel = records.channel(key)
      if (channel === undefined) continue
      const era = eraOf(channel.mutual.cooperativeNonce)
      const start = since.get(place) ?? { at: lost, era }
      const until = start.at + LIFE_SECONDS
      // Of an era that the chain has ended since, nothing counts any more.
      if (isRestored && start.era === era && final <= until) {
        throw new LawBroken(LAW, `${place} is resumed at ${final}, and had to wait until ${until}`)
      }
      if (channel.restoring === null) since.delete(place)
      else since.set(place, start)
    }
  }

  return {
    name: LAW,
    committed(server, committed) {
      // Of two processes each has a clock, and one goes on with what the other knew.
      if (world.dishonest.has(server.name) || world.doubled.has(server.name)) return
      for (const entity of server.entities) look(server, entity, committed)
    },
  }
}
