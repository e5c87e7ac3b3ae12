/** Requests of users that reach a server more often than they were made. */
import type { Arrival } from '../../shell/admission.ts'
import type { FaultClass } from './fault.ts'

const KEPT_MAX = 20

/** A proposal comes again: at once, or much later. Its nonce says so. */
export const requestAgain: FaultClass = {
  name: 'request comes again',
  begin(world, random) {
    const rate = random.pick([0.05, 0.5])
    for (const server of world.servers) {
      const kept: Arrival[] = []
      server.again = (arrival) => {
        // Whoever has forgotten a request may well carry it out.
        const isWhole = !world.weather.isCalm && !world.damaged.has(server.name)
        if (!isWhole || arrival.type !== 'own' || arrival.requestId === 0n) return []
        kept.push(arrival)
        if (kept.length > KEPT_MAX) kept.shift()
        if (!random.chance(rate)) return []
        world.trace.note(server.name, 'fault request comes again')
        return [random.chance(0.5) ? arrival : random.pick(kept)]
      }
    }
  },
}
