/** Connections that end, go dark, stand still, are slow, or carry what nobody has sent. */
import type { Tampering } from '../moods.ts'
import type { Random } from '../random.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000

/** A connection breaks, and both ends hear of it. */
export const cut: FaultClass = {
  name: 'connection cut',
  begin(world, random) {
    world.disturb(random, random.between(1, 30) * SECOND, () => {
      const wires = world.network.wires()
      if (wires.length === 0) return
      const wire = random.pick(wires)
      world.trace.note(`${wire.from}-${wire.to}`, 'fault connection cut')
      wire.cut()
    })
  },
}

/** Nothing passes on a connection any more, and nobody hears of it. */
export const halfOpen: FaultClass = {
  name: 'connection half open',
  begin(world, random) {
    world.disturb(random, random.between(5, 60) * SECOND, () => {
      const wires = world.network.wires()
      if (wires.length === 0) return
      const wire = random.pick(wires)
      world.trace.note(`${wire.from}-${wire.to}`, 'fault connection half open')
      wire.goDark()
    })
  },
}

/** What is sent on a connection is not taken for a while. */
export const stalled: FaultClass = {
  name: 'connection not drained',
  begin(world, random) {
    world.disturb(random, random.between(5, 60) * SECOND, () => {
      const wires = world.network.wires()
      if (wires.length === 0) return
      const wire = random.pick(wires)
      const until = world.scheduler.nowMs + random.between(100, 60_000)
      world.trace.note(`${wire.from}-${wire.to}`, 'fault connection not drained')
      for (const socket of wire.sockets) socket.stalledUntilMs = until
    })
  },
}

/** Two servers do not reach each other for a while. */
export const partition: FaultClass = {
  name: 'partition',
  begin(world, random) {
    world.disturb(random, random.between(10, 60) * SECOND, () => {
      const [a, b] = random.shuffle(world.servers)
      if (a === undefined || b === undefined) return
      world.trace.note(`${a.name}-${b.name}`, 'fault partition')
      world.network.part(a.name, b.name)
      world.scheduler.in(random.between(1_000, 60_000), () => world.network.heal())
    })
  },
}

/** Frames take long. */
export const delayed: FaultClass = {
  name: 'frames delayed',
  begin(world, random) {
    const rate = random.pick([0.01, 0.2])
    const most = random.pick([100, 2_000, 20_000])
    world.weather.wireDelays.push(() => {
      if (!random.chance(rate)) return 0
      world.trace.note('wire', 'fault frames delayed')
      return random.between(1, most)
    })
  },
}

function tampers(name: string, make: (random: Random, seen: Buffer[]) => Tampering): FaultClass {
  return {
    name,
    begin(world: World, random) {
      const rate = random.pick([0.002, 0.02])
      const seen: Buffer[] = []
      world.weather.tamperings.push(() => {
        if (!random.chance(rate)) return undefined
        world.trace.note('wire', `fault ${name}`)
        return make(random, seen)
      })
    },
  }
}

export const corrupted = tampers('frame corrupted', (random) => (frame) => {
  const changed = Buffer.from(frame)
  const at = random.between(0, Math.max(0, frame.length - 1))
  changed[at] = (changed[at] ?? 0) ^ (1 << random.between(0, 7))
  return [changed]
})

export const truncated = tampers('frame truncated', (random) => (frame) => [
  frame.subarray(0, random.between(0, Math.max(0, frame.length - 1))),
])

export const dropped = tampers('frame lost', () => () => [])

export const duplicated = tampers('frame duplicated', () => (frame) => [frame, frame])

/** A frame of before comes again, perhaps of another connection. */
export const replayed = tampers('frame replayed', (random, seen) => (frame) => {
  seen.push(frame)
  if (seen.length > 50) seen.shift()
  return [random.pick(seen), frame]
})

/** A frame comes after the next one of its kind. */
export const reordered = tampers('frame reordered', (_, seen) => (frame) => {
  const held = seen.pop()
  if (held !== undefined) return [frame, held]
  seen.push(frame)
  return []
})
