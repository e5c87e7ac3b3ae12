/** Channel blocks: what one side proposes and both sign. */
import type { ChannelKey, Hash } from '../ids.ts'
import type { ChannelTransaction } from './transaction.ts'

/** The place of an event on chain; `(0, 0)` is before any. */
export interface ChainPosition {
  readonly block: number
  readonly logIndex: number
}

/**
 * `rlp([channelKey, term, height, prevBlockHash, proposedByLeft, timestamp, [block, logIndex], txs, stateHash, proofBodyHash])`.
 * Its hash is that of its {@link BlockHeader}.
 */
export interface ChannelBlock {
  readonly channelKey: ChannelKey
  /** 0, or the unix second in which the term was opened. */
  readonly term: number
  /** From 1; the state that it leads to has this height. */
  readonly height: number
  readonly prevBlockHash: Hash
  readonly proposedByLeft: boolean
  /** Unix seconds. */
  readonly timestamp: number
  /** The last event of this channel that the proposer has applied. */
  readonly chainPosition: ChainPosition
  readonly transactions: readonly ChannelTransaction[]
  readonly stateHash: Hash
  readonly proofBodyHash: Hash
}

/**
 * What a block's hash is made of: the block with `keccak256(rlp(txs))` in place of the transactions. A
 * side that keeps it can prove the state that the block led to, however large the block was.
 */
export interface BlockHeader extends Omit<ChannelBlock, 'transactions'> {
  readonly transactionsHash: Hash
}
