/** Whoever's disk has lost nothing finds on it what he wrote there. */
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'

const LAW = 'a sound disk is read as it was written'
/** What the store says of records and logs that are not what they were. */
const CORRUPT = ['root_differs', 'record_corrupt', 'records_incomplete', 'log_broken']

export function soundDisk(world: World): Oracle {
  return {
    name: LAW,
    ended({ name }, cause) {
      if (world.damaged.has(name) || !CORRUPT.some((code) => cause === `fault ${code}`)) return
      throw new LawBroken(LAW, `${name} ended: ${cause}`)
    },
  }
}
