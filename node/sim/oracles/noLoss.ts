/** Nobody is the poorer for forwarding, and no money comes from nowhere. */

import { TOKENS } from '../ethereum.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'
import { claims } from './replayed.ts'

export function noLoss(world: World): Oracle {
  return {
    name: 'money is conserved',
    settled() {
      // With a chain, wealth.ts says it all.
      if (world.ethereum !== undefined || world.dishonest.size > 0) return
      for (const token of TOKENS) {
        let sum = 0n
        for (const server of world.servers) {
          for (const entity of server.entities) sum += claims(world, server, entity, token)
        }
        if (sum !== 0n) {
          throw new LawBroken('money is conserved', `all together hold ${sum} of ${token}`)
        }
      }
    },
  }
}
