/** A server's log, executed again: after every start for its newest blocks, and whole to verify it. */
import { equalBytes } from '@xln/shared/bytes.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { decodeServerBlock } from './machines/server/block.ts'
import { executeBlock } from './machines/server/execute.ts'
import { decodeMempool } from './machines/server/mempool.ts'
import type { BlockHeader, StoredBlock } from './shell/store/blockLog.ts'
import { StoreError } from './shell/store/faults.ts'
import type { Store } from './shell/store/store.ts'

/** What the store needs to know of a block to check its log. */
export function readBlockHeader(bytes: Uint8Array): BlockHeader | undefined {
  const block = decodeServerBlock(bytes)
  if (block === undefined) return undefined
  const { number, previous, stateHash } = block
  return { number, previous, stateHash }
}

/** The time of a block, milliseconds. */
export function timestampOf(bytes: Uint8Array): number {
  return decodeServerBlock(bytes)?.timestampMs ?? 0
}

/** Executes the blocks that the records do not reach; their outputs have been released before. */
export async function replay(store: Store, domain: ChainDomain): Promise<number> {
  let newestTimestampMs = 0
  for await (const block of store.blocksToReplay()) {
    newestTimestampMs = execute(store, block, domain)
    await store.replayed(block)
  }
  return newestTimestampMs
}

function execute(store: Store, { bytes, header }: StoredBlock, domain: ChainDomain): number {
  const block = decodeServerBlock(bytes)
  const mempool = block === undefined ? undefined : decodeMempool(block.mempool)
  if (block === undefined || mempool === undefined) {
    throw new StoreError({ code: 'log_broken', number: header.number })
  }
  executeBlock(store.draft, mempool, block.timestampMs, domain)
  return block.timestampMs
}

export interface Verification {
  readonly blocks: number
  readonly ok: boolean
  /** The first block whose state does not come out as it was written. */
  readonly firstBad?: number
}

/** Executes the whole log from genesis and compares every state hash. `store` was opened to rebuild. */
export async function verify(
  store: Store,
  domain: ChainDomain,
  onProgress: (number: number) => void,
): Promise<Verification> {
  let blocks = 0
  for await (const block of store.blocksToReplay()) {
    execute(store, block, domain)
    if (!equalBytes(store.nextStateHash(), block.header.stateHash))
      return { blocks, ok: false, firstBad: block.header.number }
    await store.replayed(block)
    blocks++
    onProgress(block.header.number)
  }
  return { blocks, ok: true }
}
