/** While a channel is before the court, or restores, its side signs no block of it. */
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'

const LAW = 'nothing is signed while the channel rests'

export function silence(world: World): Oracle {
  /** Channels that rested when they were looked at last, and why. */
  const resting = new Map<string, string>()
  return {
    name: LAW,
    ended(server) {
      for (const place of resting.keys()) {
        if (place.startsWith(`${server.name} `)) resting.delete(place)
      }
    },
    committed(server, { outputs }) {
      if (world.dishonest.has(server.name)) return
      for (const entity of server.entities) {
        for (const peer of world.servers.flatMap(({ entities }) => entities)) {
          const key = channelKeyOf(entity, peer)
          const channel = server.engine?.shell.records(entity)?.channel(key)
          if (channel === undefined) continue
          const { dispute, restoring, mutual } = channel
          const era = mutual.cooperativeNonce
          const why =
            dispute !== null ? `dispute ${era}` : restoring !== null ? `restoring ${era}` : ''
          const place = `${server.name} ${key}`
          const before = resting.get(place) ?? ''
          resting.set(place, why)
          if (why === '' || why !== before) continue
          const isSaid = outputs.some(
            ({ entity: own, output }) =>
              own === entity && output.type === 'sendUpdate' && output.peer === peer,
          )
          if (isSaid) throw new LawBroken(LAW, `${place} signs in ${why}`)
        }
      }
    },
  }
}
