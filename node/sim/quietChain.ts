/** A chain on which nothing ever happens but blocks: for worlds whose channels live on credit alone. */
import { bytesToHex, numberToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import type { Hash } from '@xln/shared/ids.ts'
import type { Genesis } from '../machines/server/genesis.ts'
import { ChainDesk } from '../shell/desk.ts'
import { EPOCH_MS } from './process.ts'
import type { ChainOfServer, Surroundings } from './server.ts'

/** Seconds between two blocks. */
const BLOCK_SECONDS = 12
const FIRST_BLOCK = 1

/** Every block's number, hash and time follow from the time. */
function headAt(nowMs: number) {
  const block = FIRST_BLOCK + Math.floor(nowMs / 1_000 / BLOCK_SECONDS)
  const hash = bytesToHex(keccak256(numberToBytes(block, 8))) as Hash
  const timestamp = Math.floor(EPOCH_MS / 1_000) + (block - FIRST_BLOCK) * BLOCK_SECONDS
  return { block, hash, timestamp }
}

/** When its newest block was made, unix seconds; every block is final at once. */
export function quietTime(nowMs: number): number {
  return headAt(nowMs).timestamp
}

export function quietGenesis(): Genesis {
  const head = headAt(0)
  return { head, cursor: { block: head.block, hash: head.hash, trail: [] } }
}

/** The chain as one process follows it. */
export function quietChain({
  process,
  scheduler,
  engine,
  domain,
  sign,
}: Surroundings): ChainOfServer {
  const { shell } = engine
  const follow = () => {
    process.later(BLOCK_SECONDS * 1_000, follow)
    const from = shell.state().head.block + 1
    const { block: to, hash: toHash, timestamp: toTimestamp } = headAt(scheduler.nowMs)
    if (to < from) return
    const cursor = { block: to, hash: toHash, trail: [] }
    void shell.onFinal({ from, to, toHash, toTimestamp, events: [] }, cursor)
  }
  return {
    port: {
      desk: new ChainDesk({ domain, sign, signerOf: (id) => shell.signerOf(id), submit() {} }),
      readChannel: async (left, right) => ({
        left,
        right,
        cooperativeNonce: 0n,
        tokens: [],
        position: { block: 0, logIndex: 0 },
        dispute: null,
        arguments: [],
        named: [],
      }),
    },
    start: follow,
    stop: async () => undefined,
    deposit: async () => undefined,
    isIdle: () => true,
    isFollowing: () => true,
  }
}
