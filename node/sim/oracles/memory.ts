/** Nobody forgets by himself: only a disk that lost what it held, or a deep chain, makes one restore. */
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'

const LAW = 'nobody forgets by himself'

export function memory(world: World): Oracle {
  return {
    name: LAW,
    committed(server, { outputs }) {
      if (world.isDeep || world.damaged.has(server.name)) return
      if (world.dishonest.has(server.name)) return
      for (const { output } of outputs) {
        if (output.type !== 'channelFact' || output.fact.type !== 'stateLost') continue
        throw new LawBroken(LAW, `${server.name} takes itself for one that has lost state`)
      }
    },
  }
}
