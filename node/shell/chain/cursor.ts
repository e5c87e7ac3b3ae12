/** How far the chain was followed, and how to find back when that is no longer part of it. */
import type { BlockReference, ChainCursor } from '@xln/shared/depository/events.ts'
import type { Hash } from '@xln/shared/ids.ts'
import type { Endpoint } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { ChainError } from './faults.ts'
import { readHeader } from './header.ts'

/** The cursor of a reader that has applied everything up to `reference`, and begins there. */
export function cursorAt({ block, hash }: BlockReference): ChainCursor {
  return { block, hash, trail: [] }
}

/**
 * Where to begin so that block `block`, in which the contracts were deployed, is the first delivered.
 * Throws `ChainError` when the chain cannot be asked or is not that long.
 */
export async function cursorBefore(endpoints: Endpoints, block: number): Promise<ChainCursor> {
  const needed = Math.max(0, block - 1)
  return endpoints.ask(async (endpoint) => {
    const header = await readHeader(endpoint, needed)
    if (header === undefined) {
      throw new ChainError({ code: 'rpc_behind', endpoint: endpoint.name, head: -1, needed })
    }
    return cursorAt(header)
  })
}

/**
 * The cursor after `to`. Its trail keeps one block of each power-of-two distance, and the very first:
 * a handful of references reach back for ever, closely where reorganisations are likely.
 */
export function advance(cursor: ChainCursor, to: BlockReference): ChainCursor {
  const before = [{ block: cursor.block, hash: cursor.hash }, ...cursor.trail]
  const trail = before.filter(({ block }, index) => {
    const older = before[index + 1]
    // The oldest of its distance stays, as it will move on to the next; the younger one would not.
    return older === undefined || scale(to.block - older.block) !== scale(to.block - block)
  })
  return { block: to.block, hash: to.hash, trail }
}

function scale(distance: number): number {
  return Math.floor(Math.log2(Math.max(1, distance)))
}

/** Where the followed history and the chain part. */
export interface Parting {
  /** The newest block known to be in both, as a cursor to go on from. */
  readonly ancestor: ChainCursor
  /** Of the chain, in the place of the old cursor. */
  readonly newHash: Hash
}

/** Undefined when the cursor is on the chain. Throws `chain_replaced` when no block of its trail is. */
export async function findParting(
  endpoint: Endpoint,
  cursor: ChainCursor,
): Promise<Parting | undefined> {
  const there = await readHeader(endpoint, cursor.block)
  if (there === undefined) {
    const { block: needed } = cursor
    throw new ChainError({ code: 'rpc_behind', endpoint: endpoint.name, head: needed - 1, needed })
  }
  if (there.hash === cursor.hash) return undefined
  for (const [index, reference] of cursor.trail.entries()) {
    const header = await readHeader(endpoint, reference.block)
    if (header?.hash !== reference.hash) continue
    const ancestor = { ...reference, trail: cursor.trail.slice(index + 1) }
    return { ancestor, newHash: there.hash }
  }
  const { block, hash } = cursor.trail.at(-1) ?? cursor
  throw new ChainError({ code: 'chain_replaced', block, hash })
}
