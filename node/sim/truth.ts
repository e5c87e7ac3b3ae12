/** What is true of a world's chain, whoever has seen it. */
import type { Lock } from '@xln/shared/channel/state.ts'
import { decodeLog } from '../shell/chain/decode.ts'
import type { Ethereum } from './ethereum.ts'
import { quietTime } from './quietChain.ts'
import type { Trace } from './trace.ts'
import type { World } from './world.ts'

/** Milliseconds as whole seconds. */
export function secondsOf(ms: number): number {
  return Math.floor(ms / 1_000)
}

/** Faults by which one endpoint shows blocks that nobody else has. */
const INVENTORS = ['endpoint invents blocks', 'endpoint lies about the tip']

/** The time of the newest block that anybody can take for final: no bound once the chain went deep. */
export function finalTimestampOf({ ethereum, isDeep, scheduler, trace }: World): number {
  if (ethereum === undefined) return quietTime(scheduler.nowMs)
  if (isDeep) return Number.POSITIVE_INFINITY
  return ethereum.chain.blockAt(finalBlockOf(ethereum, trace))?.timestamp ?? 0
}

/** Whether somebody may have taken for the chain what one endpoint alone has shown. */
export function isInvented({ trace: { counts } }: Pick<World, 'trace'>): boolean {
  return INVENTORS.some((name) => counts.has(`fault ${name}`))
}

function finalBlockOf({ chain, confirmations }: Ethereum, trace: Trace): number {
  // Blocks that only one endpoint has seen confirm those below them for who believes it.
  if (isInvented({ trace })) return chain.head.number
  return Math.max(0, chain.head.number - confirmations)
}

/** Whether a block that can be final shows the secret of `lock`, from before the lock was over. */
export function isRevealedInTime({ ethereum, domain, isDeep, trace }: World, lock: Lock): boolean {
  if (ethereum === undefined) return false
  const { chain } = ethereum
  const last = isDeep ? chain.head.number : finalBlockOf(ethereum, trace)
  for (let number = 1; number <= last; number++) {
    for (const { logs } of chain.blockAt(number)?.receipts ?? []) {
      for (const log of logs) {
        const event = decodeLog(domain, log)
        if (event?.type !== 'secretRevealed' || event.hashlock !== lock.hashlock) continue
        if (event.revealedAt <= lock.revealBy) return true
      }
    }
  }
  return false
}
