/**
 * Nobody goes to court but because somebody has decided so: silence alone starts no dispute, and these
 * worlds are never so bad for so long that a claim would be at risk. Only where all are honest and
 * nothing was lost.
 */
import { decodeLog } from '../../shell/chain/decode.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'

const LAW = 'no dispute without a decision'

export function noNeedlessDispute(world: World): Oracle {
  return {
    name: LAW,
    settled() {
      const { ethereum, isDeep, damaged, dishonest } = world
      if (ethereum === undefined || isDeep || damaged.size + dishonest.size > 0) return
      // Whoever has asked may have been killed before he heard of it.
      if (world.trace.counts.has('asks startDispute')) return
      const { chain } = ethereum
      for (let number = 1; number <= chain.head.number; number++) {
        for (const { logs } of chain.blockAt(number)?.receipts ?? []) {
          const events = logs.map((log) => decodeLog(world.domain, log)?.type)
          if (events.includes('disputeStarted')) {
            throw new LawBroken(LAW, `a dispute was started in block ${number}`)
          }
        }
      }
    },
  }
}
