/** A reorganisation deeper than the confirmations: what was final is not, and what holds instead. */
import type { ChainCursor } from '@xln/shared/depository/events.ts'
import type { EntityId, Hash } from '@xln/shared/ids.ts'
import type { Parting } from './cursor.ts'
import type { ChainReader } from './reader.ts'
import type { ChannelChainView, EntityChainView } from './views.ts'

/**
 * Blocks from `fromBlock` on were replaced. The views hold as of `fromBlock − 1`, which is in both
 * histories; final batches begin again with `fromBlock`. So what the chain owns is set to the views,
 * positions included, and what was known of later blocks is forgotten; then it goes on as ever.
 */
export interface Correction {
  readonly fromBlock: number
  /** Of the last block that was delivered, before and now. */
  readonly oldHash: Hash
  readonly newHash: Hash
  readonly channels: readonly ChannelChainView[]
  readonly entities: readonly EntityChainView[]
}

/** What the caller has applied of final blocks from some number on. */
export interface Touched {
  readonly channels: readonly { readonly left: EntityId; readonly right: EntityId }[]
  readonly entities: readonly EntityId[]
}

export interface Corrector {
  readonly reader: ChainReader
  /** What an event in `block` or later was applied to. Only asked after a deep reorganisation. */
  touchedSince(block: number): Promise<Touched>
}

/** Reads what holds at the parting for everything that went beyond it. Throws `ChainError`. */
export async function correct(
  corrector: Corrector,
  cursor: ChainCursor,
  { ancestor, newHash }: Parting,
): Promise<Correction> {
  const fromBlock = ancestor.block + 1
  const { reader } = corrector
  const touched = await corrector.touchedSince(fromBlock)
  const channels: ChannelChainView[] = []
  for (const { left, right } of touched.channels) {
    channels.push(await reader.readChannel(left, right, ancestor.block))
  }
  const entities: EntityChainView[] = []
  for (const entity of touched.entities) {
    entities.push(await reader.readEntity(entity, ancestor.block))
  }
  return { fromBlock, oldHash: cursor.hash, newHash, channels, entities }
}
