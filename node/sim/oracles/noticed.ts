/** A server whose log has lost its end knows that when it starts, and before it signs anything. */
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'

const LAW = 'a loss is noticed'

export function noticed(world: World): Oracle {
  /** The newest block of each server that had consequences. */
  const highest = new Map<string, number>()
  return {
    name: LAW,
    committed({ name }, { number }) {
      highest.set(name, number)
    },
    started({ name, engine }) {
      if (engine === undefined) return
      const { number } = engine.store.tail
      const before = highest.get(name) ?? 0
      highest.set(name, number)
      // A disk that was put back as a whole, or copied, does not know: its peers do.
      const isCopy = world.doubled.has(name) || !world.servers.some((each) => each.name === name)
      if (world.trace.counts.has('fault stale backup') || isCopy) return
      if (number >= before || engine.restoring !== undefined) return
      throw new LawBroken(LAW, `${name} begins at block ${number}, and had come to ${before}`)
    },
  }
}
