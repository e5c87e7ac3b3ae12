/** Processes that end, stop and stand still. */
import type { FaultClass } from './fault.ts'

const SECOND = 1_000

/** A process ends at any moment. */
export const killed: FaultClass = {
  name: 'killed',
  begin(world, random) {
    world.disturb(random, random.between(2, 30) * SECOND, () => {
      const server = random.pick(world.servers)
      if (server.process?.isAlive !== true) return
      world.trace.note(server.name, 'fault killed')
      server.kill('killed')
    })
  },
}

/** A process ends right before or right after one of its writes. */
export const killedAtWrite: FaultClass = {
  name: 'killed at a write',
  begin(world, random) {
    const rate = random.pick([0.001, 0.01, 0.05])
    world.weather.fates.push((name) => {
      if (!random.chance(rate)) return 'done'
      const fate = random.pick(['killedBefore', 'killedAfter'] as const)
      world.trace.note(name, 'fault killed at a write', fate)
      return fate
    })
  },
}

/** A server is stopped in good order and started again. */
export const stopped: FaultClass = {
  name: 'stopped',
  begin(world, random) {
    world.disturb(random, random.between(5, 60) * SECOND, () => {
      const server = random.pick(world.servers)
      if (!server.isUp) return
      world.trace.note(server.name, 'fault stopped')
      server.stop().catch((error: unknown) => world.fail('a server stops in order', String(error)))
    })
  },
}

/** A process stands still for a while, and goes on with old timers. */
export const paused: FaultClass = {
  name: 'paused',
  begin(world, random) {
    world.disturb(random, random.between(5, 40) * SECOND, () => {
      const { process, name } = random.pick(world.servers)
      if (process?.isAlive !== true) return
      const forMs = random.between(100, 45_000)
      world.trace.note(name, 'fault paused', `${forMs}`)
      process.pause()
      world.scheduler.in(forMs, () => process.resume())
    })
  },
}
