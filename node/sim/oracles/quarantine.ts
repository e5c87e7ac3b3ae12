/**
 * What a machine threw at is kept apart, its channel says nothing any more, and all else goes on: the
 * last of these is held by every other law.
 */
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityOutput } from '../../machines/entity/messages.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

const LAW = 'what throws is kept apart'

/** Whether a channel of `server` waits for its operator. */
export function hasQuarantine(world: World, server: SimServer): boolean {
  const peers = world.servers.flatMap(({ entities }) => entities)
  return server.entities.some((entity) => {
    const records = server.engine?.shell.records(entity)
    return peers.some((peer) => records?.isQuarantined(channelKeyOf(entity, peer)) === true)
  })
}

function isSaid({ type }: EntityOutput): boolean {
  return type === 'sendUpdate' || type === 'sendShow' || type === 'send'
}

export function quarantine(world: World): Oracle {
  /** Channels that are marked, by the server's name and their two entities. */
  const marked = new Set<string>()
  return {
    name: LAW,
    ended(server) {
      for (const place of marked) if (place.startsWith(`${server.name} `)) marked.delete(place)
    },
    committed(server, { outputs }) {
      for (const { entity, output } of outputs) {
        if (!isSaid(output) || !('peer' in output)) continue
        const place = `${server.name} ${entity} ${output.peer}`
        if (marked.has(place)) throw new LawBroken(LAW, `${place} speaks`)
      }
      for (const entity of server.entities) {
        const records = server.engine?.shell.records(entity)
        for (const peer of world.servers.flatMap(({ entities }) => entities)) {
          if (records?.isQuarantined(channelKeyOf(entity, peer)) !== true) continue
          marked.add(`${server.name} ${entity} ${peer}`)
        }
      }
    },
    async settled() {
      for (const server of world.honest) {
        if (world.damaged.has(server.name) || !hasQuarantine(world, server)) continue
        let count = 0
        for await (const _ of server.engine?.store.quarantined() ?? []) count++
        if (count === 0) throw new LawBroken(LAW, `${server.name} has marked, and kept nothing`)
      }
    },
  }
}
