/** Clocks that go wrong. */
import type { FaultClass } from './fault.ts'

const SECOND = 1_000

/** Clocks differ from the beginning, by less than peers tolerate. */
export const skewed: FaultClass = {
  name: 'clocks differ',
  begin(world, random) {
    for (const server of world.servers) {
      server.skew.ms = random.between(-14_000, 14_000)
      world.trace.note(server.name, 'fault clocks differ', `${server.skew.ms}`)
    }
  },
}

/** A clock is set anew, forward or back, and right again when it is calm. */
export const jumping: FaultClass = {
  name: 'clock jumps',
  begin(world, random) {
    world.disturb(random, random.between(10, 60) * SECOND, () => {
      const server = random.pick(world.servers)
      server.skew.ms = random.between(-60_000, 60_000)
      world.trace.note(server.name, 'fault clock jumps', `${server.skew.ms}`)
    })
  },
}
