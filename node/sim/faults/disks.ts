/** Disks that are slow, refuse, lose and go back in time. */
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
/** After a loss much else is excused. */
const LOSS_RARITY = 0.3

/** Writes take long. */
export const slow: FaultClass = {
  name: 'disk slow',
  begin(world, random) {
    const most = random.pick([20, 200, 3_000])
    world.weather.diskDelays.push((name) => {
      if (!random.chance(0.1)) return 0
      world.trace.note(name, 'fault disk slow')
      return random.between(1, most)
    })
  },
}

/** A write is refused; it may have been done all the same. */
export const failing: FaultClass = {
  name: 'disk fails a write',
  begin(world, random) {
    const rate = random.pick([0.001, 0.01])
    world.weather.fates.push((name) => {
      if (!random.chance(rate)) return 'done'
      world.trace.note(name, 'fault disk fails a write')
      return random.pick(['failed', 'failedAfter'] as const)
    })
  },
}

/** For a while a disk takes nothing. */
export const full: FaultClass = {
  name: 'disk full',
  begin(world, random) {
    const full = new Set<string>()
    world.weather.fates.push((name) => (full.has(name) ? 'failed' : 'done'))
    world.disturb(random, random.between(10, 60) * SECOND, () => {
      const { name } = random.pick(world.servers)
      world.trace.note(name, 'fault disk full')
      full.add(name)
      world.scheduler.in(random.between(100, 20_000), () => full.delete(name))
    })
  },
}

/** The power goes: what was not synced may be lost. */
export const powerCut: FaultClass = {
  name: 'power cut',
  begin(world, random) {
    world.disturb(random, random.between(5, 40) * SECOND, () => {
      const server = random.pick(world.servers)
      if (server.process?.isAlive !== true) return
      server.kill('power cut')
      const { lost } = server.disk.cutPower()
      world.trace.note(server.name, 'fault power cut', `${lost} writes lost`)
    })
  },
}

/** Ends a server, and changes its disk before it starts again. */
function harm(world: World, server: SimServer, what: string, change: () => void): void {
  server.kill(what)
  world.trace.note(server.name, `fault ${what}`)
  world.damaged.add(server.name)
  change()
}

/** The newest writes are gone, synced or not. */
export const tailLost: FaultClass = {
  name: 'disk loses its tail',
  rarity: LOSS_RARITY,
  begin(world, random) {
    world.disturb(random, random.between(20, 90) * SECOND, () => {
      const server = random.pick(world.servers)
      if (!server.isUp) return
      harm(world, server, 'disk loses its tail', () => server.disk.loseTail(random.between(1, 60)))
    })
  },
}

/** Some writes are gone, and later ones are there. */
export const hole: FaultClass = {
  name: 'disk has a hole',
  rarity: LOSS_RARITY,
  begin(world, random) {
    world.disturb(random, random.between(20, 90) * SECOND, () => {
      const server = random.pick(world.servers)
      if (!server.isUp) return
      const writes = random.between(1, 10)
      const after = random.between(1, 30)
      harm(world, server, 'disk has a hole', () => server.disk.loseMiddle(writes, after))
    })
  },
}

/** A copy of some time ago is put in place of the disk. */
export const staleBackup: FaultClass = {
  name: 'stale backup',
  rarity: LOSS_RARITY,
  begin(world, random) {
    world.disturb(random, random.between(20, 90) * SECOND, () => {
      const server = random.pick(world.servers)
      if (!server.isUp) return
      const image = server.disk.image()
      world.scheduler.in(random.between(1, 40) * SECOND, () => {
        if (world.weather.isCalm || !server.isUp) return
        harm(world, server, 'stale backup', () => server.disk.restore(image))
      })
    })
  },
}
