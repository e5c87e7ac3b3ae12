/** Nothing grows beyond what is stated: the queues of channels and accounts, batches, and what arrives. */
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import { QUEUE_MAX } from '../../machines/channel/queue.ts'
import {
  BATCH_ITEMS_MAX,
  BATCHES_IN_FLIGHT_MAX,
  checkInvariants,
  ITEMS_WAITING_MAX,
} from '../../machines/depository/depository.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'

const LAW = 'a stated limit holds'

export function bounds(world: World): Oracle {
  return {
    name: LAW,
    committed({ name, entities, engine }) {
      const within = (what: string, count: number, most: number) => {
        if (count > most) throw new LawBroken(LAW, `${name}: ${count} ${what}, at most ${most}`)
      }
      for (const entity of entities) {
        const records = engine?.shell.records(entity)
        if (records === undefined) continue
        const depository = records.depository()
        checkInvariants(depository)
        const patient = depository.waiting.filter(({ urgent }) => !urgent)
        within('items wait', patient.length, ITEMS_WAITING_MAX)
        within('batches under way', depository.inFlight.length, BATCHES_IN_FLIGHT_MAX)
        for (const { items } of depository.inFlight) within('items', items.length, BATCH_ITEMS_MAX)
        for (const peer of world.servers.flatMap((server) => server.entities)) {
          const channel = records.channel(channelKeyOf(entity, peer))
          within('wishes wait', channel?.queue.length ?? 0, QUEUE_MAX)
        }
      }
    },
  }
}
