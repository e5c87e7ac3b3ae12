/** What is true of a world's chain, whoever has seen it. */
import type { Lock } from '@xln/shared/channel/state.ts'
import { decodeLog } from '../shell/chain/decode.ts'
import { quietTime } from './quietChain.ts'
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
  const { chain, confirmations } = ethereum
  // Blocks that only one endpoint has seen confirm those below them for who believes it.
  const isInvented = INVENTORS.some((name) => trace.counts.has(`fault ${name}`))
  if (isInvented) return chain.head.timestamp
  return chain.blockAt(Math.max(0, chain.head.number - confirmations))?.timestamp ?? 0
}

/** Whether the secret of `lock` stands on chain since before the lock was over. */
export function isRevealedInTime({ ethereum, domain }: World, lock: Lock): boolean {
  if (ethereum === undefined) return false
  const { chain } = ethereum
  for (let number = 1; number <= chain.head.number; number++) {
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
