/** Blocks that hang together, with their events. */
import type { BlockReference, LocatedEvent } from '@xln/shared/depository/events.ts'
import { type Contracts, decodeLog } from './decode.ts'
import type { Endpoint } from './endpoint.ts'
import { ChainError } from './faults.ts'
import { type Header, readHeaders } from './header.ts'
import type { LogReader } from './logs.ts'
import type { RawLog } from './receipt.ts'

export interface FollowedBlock extends BlockReference {
  readonly timestamp: number
  /** All events of our contracts, whoever they are about. */
  readonly events: readonly LocatedEvent[]
}

/**
 * Blocks after `after` up to `to`, or not so far when the chain is shorter or they have a great many
 * logs; undefined when the chain does not go on from `after`. Throws `ChainError` when they do not hang together: the chain moved meanwhile, or
 * the endpoint is wrong.
 */
export async function readSegment(
  endpoint: Endpoint,
  reader: LogReader,
  contracts: Contracts,
  after: BlockReference,
  to: number,
): Promise<FollowedBlock[] | undefined> {
  const headers = await readHeaders(endpoint, after.block + 1, to)
  const [first] = headers
  if (first === undefined) return []
  if (first.parentHash !== after.hash) return undefined
  headers.reduce((parent, header) => {
    if (header.parentHash === parent.hash) return header
    const what = `block ${header.block} does not follow the one before it`
    const { block } = header
    throw new ChainError({ code: 'rpc_inconsistent', endpoint: endpoint.name, block, what })
  })
  const logs = await reader.read(endpoint, headers)
  return logs.map((ofBlock, index) => followed(contracts, headers[index] as Header, ofBlock))
}

function followed(contracts: Contracts, header: Header, logs: readonly RawLog[]): FollowedBlock {
  const { block, hash, timestamp } = header
  const events = logs.flatMap((log): LocatedEvent[] => {
    const event = decodeLog(contracts, log)
    if (event === undefined) return []
    return [{ event, position: { block, hash, timestamp, logIndex: log.logIndex } }]
  })
  return { block, hash, timestamp, events }
}
