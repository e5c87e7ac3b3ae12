/** The time that a channel waits for stands in its entity's index, and whoever runs looks when it comes. */
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import { LawBroken, type Oracle } from '../law.ts'
import { EPOCH_MS } from '../process.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

const LAW = 'a deadline is kept'
/** Longer than processes stand still: so late, nobody looks any more. Milliseconds. */
const LATE_MS = 60_000
/** How far clocks jump, there and back. */
const JUMP_MS = 240_000

export function deadlines(world: World): Oracle {
  const startedMs = new Map<SimServer, number>()
  const check = (server: SimServer) => {
    for (const entity of server.entities) {
      const records = server.engine?.shell.records(entity)
      for (const peer of world.servers.flatMap(({ entities }) => entities)) {
        const key = channelKeyOf(entity, peer)
        const wanted = records?.channel(key)?.scheduledAt ?? null
        const standing = records?.deadline(key) ?? Number.POSITIVE_INFINITY
        if (wanted === null || standing <= wanted || records?.isQuarantined(key)) continue
        throw new LawBroken(LAW, `${server.name} ${key} wants ${wanted}, noted is ${standing}`)
      }
      const next = (records?.nextDeadline() ?? Number.POSITIVE_INFINITY) * 1_000 - EPOCH_MS
      const late = world.scheduler.nowMs - Math.max(next, startedMs.get(server) ?? 0)
      const jump = world.trace.counts.has('fault clock jumps') ? JUMP_MS : 0
      if (late > LATE_MS + jump) throw new LawBroken(LAW, `${server.name} is ${late} ms late`)
    }
  }
  return {
    name: LAW,
    started: (server) => void startedMs.set(server, world.scheduler.nowMs),
    committed: check,
    settled: () => world.honest.forEach(check),
  }
}
