import type { Hex } from '@xln/shared/ids.ts'
import { NodeError } from '../errors.ts'

/** Why the store cannot go on. After a fault of a store that was open, the process stops. */
export type StoreFault =
  | { readonly code: 'store_locked'; readonly path: string }
  | { readonly code: 'database_unreadable'; readonly path: string }
  | { readonly code: 'format_differs'; readonly expected: Hex; readonly actual: Hex }
  | { readonly code: 'records_incomplete'; readonly number: number }
  | {
      readonly code: 'root_differs'
      readonly number: number
      readonly expected: Hex
      readonly actual: Hex
    }
  | { readonly code: 'read_failed' }
  | { readonly code: 'log_broken'; readonly number: number }
  | { readonly code: 'write_failed'; readonly number: number }
  | {
      readonly code: 'record_corrupt'
      readonly path: Hex
      readonly table: string
      readonly key: Hex
    }

export class StoreError extends NodeError<StoreFault> {
  constructor(fault: StoreFault, options?: ErrorOptions) {
    super(fault, explain(fault), options)
  }
}

/** One sentence on what happened, one on what to do about it. */
function explain(fault: StoreFault): string {
  switch (fault.code) {
    case 'store_locked':
      return `${fault.path} is open in another process. Stop that node first.`
    case 'database_unreadable':
      return `${fault.path} cannot be opened. Move it away, and let the peers show what they hold.`
    case 'format_differs':
      return `The store has the format ${fault.actual}, and this node reads ${fault.expected}.
Open it with the version that wrote it.`
    case 'records_incomplete':
      return `A part of the records up to block ${fault.number} never reached the disk.
Rebuild them from the log.`
    case 'root_differs':
      return `The records of block ${fault.number} hash to ${fault.actual}, not to ${fault.expected}.
Rebuild them from the log.`
    case 'read_failed':
      return 'The database cannot be read. Check the disk, then start again.'
    case 'log_broken':
      return `Block ${fault.number} is not in the log, or is another. Open the store again to find out more.`
    case 'write_failed':
      return `What belongs to block ${fault.number} could not be written. Check the disk, then start again.`
    case 'record_corrupt':
      return `${fault.table} ${fault.key} of machine ${fault.path} is not what was written.
Rebuild the records from the log.`
  }
}

/**
 * What is missing of the log: what this node signed may be newer than what it knows. It may start, and
 * must not sign for a channel before the peer has shown what it holds.
 */
export type RestoringReason =
  /** The log has later blocks, or its records, and not this one. */
  | { readonly code: 'block_missing'; readonly number: number }
  /** The block is not the one that was written. */
  | { readonly code: 'block_altered'; readonly number: number }
  /** The block does not follow the one before it. */
  | { readonly code: 'chain_broken'; readonly number: number }
  /** The log ends before a block that was on disk. */
  | { readonly code: 'below_high_water'; readonly number: number; readonly highWater: number }
  /** The block that was on disk is another one. */
  | { readonly code: 'other_history'; readonly number: number }
  /** There are blocks, and nothing says how many there were. */
  | { readonly code: 'high_water_missing'; readonly number: number }
