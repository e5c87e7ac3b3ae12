/** Every channel keeps its invariants, and what is written of it is read as the same. */
import { equalBytes } from '@xln/shared/bytes.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { Channel } from '../../machines/channel/channel.ts'
import { checkInvariants } from '../../machines/channel/invariants.ts'
import { decodeChannel, encodeChannel } from '../../machines/channel/record.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'

const LAW = 'a record is read as it was written'

export function roundTrip(world: World): Oracle {
  /** What was looked at already. */
  const seen = new WeakSet<Channel>()
  return {
    name: LAW,
    committed(server) {
      for (const entity of server.entities) {
        for (const peer of world.servers.flatMap(({ entities }) => entities)) {
          const records = server.engine?.shell.records(entity)
          const channel = records?.channel(channelKeyOf(entity, peer))
          if (channel === undefined || seen.has(channel)) continue
          seen.add(channel)
          checkInvariants(channel)
          const bytes = encodeChannel(channel)
          if (!equalBytes(bytes, encodeChannel(decodeChannel(bytes)))) {
            throw new LawBroken(LAW, `the channel ${channel.key} of ${server.name}`)
          }
        }
      }
    },
  }
}
