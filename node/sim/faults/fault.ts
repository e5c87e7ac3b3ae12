/** A class of things that go wrong. */
import type { Random } from '../random.ts'
import type { World } from '../world.ts'

export interface FaultClass {
  /** As it stands in the trace, in reports and on the command line. */
  readonly name: string
  /** How much rarer it is than others; 1 when absent. */
  readonly rarity?: number
  /** Sets itself up in a world whose seed has picked it: how often is its own draw. */
  begin(world: World, random: Random): void
}
