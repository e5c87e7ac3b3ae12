/** The state of a server before its first block: the same on every machine that begins at this point. */
import type { ChainCursor } from '@xln/shared/depository/events.ts'
import type { ChainHead } from '../depository/depository.ts'
import type { Draft } from '../ports.ts'
import { ONLY, ServerTable } from './tables.ts'

/** Where on chain a server begins to look: the block before the contracts were deployed. */
export interface Genesis {
  readonly head: ChainHead
  readonly cursor: ChainCursor
}

/** Puts the genesis state into an empty draft; it becomes durable with block 1. */
export function putGenesis(draft: Draft, { head, cursor }: Genesis): void {
  draft.at(new Uint8Array(0)).put(ServerTable, ONLY, {
    nextSigner: 1,
    lostAt: 0,
    incarnation: 0,
    head,
    cursor,
  })
}
