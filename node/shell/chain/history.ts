/** Logs of the past by their topics: of one channel, one entity, one hashlock. */
import type { ChainEvent } from '@xln/shared/depository/events.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import { isError } from 'ethers'
import { type Contracts, decodeLog } from './decode.ts'
import { type Endpoint, rpcMessage } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { parseLog, type RawLog } from './receipt.ts'
import { asList, asNumber, asObject, MalformedAnswer, toQuantity } from './rpc.ts'

export interface PastEvent {
  readonly event: ChainEvent
  readonly block: number
  readonly logIndex: number
}

/** Logs of `address`; each place of `topics` takes any of its hashes, null all. */
export interface LogFilter {
  readonly address: Address
  readonly topics: readonly (readonly Hex[] | Hex | null)[]
  readonly fromBlock: number
  readonly toBlock: number
}

type PlacedLog = RawLog & { readonly block: number }

/**
 * The events that `filter` finds, in chain order, by `endpoint` and every other that answers: a log
 * that one of them leaves out is taken from another. Throws `ChainError`.
 */
export async function readHistory(
  endpoints: Endpoints,
  endpoint: Endpoint,
  contracts: Contracts,
  filter: LogFilter,
): Promise<PastEvent[]> {
  const [own, ...others] = await Promise.all([
    readLogs(endpoint, filter),
    endpoints.askOthers(endpoint, (other) => readLogs(other, filter)),
  ])
  const byPlace = new Map<string, PlacedLog>()
  for (const log of [...others.flat(2), ...own]) byPlace.set(`${log.block}/${log.logIndex}`, log)
  const logs = [...byPlace.values()].sort((a, b) => a.block - b.block || a.logIndex - b.logIndex)
  return logs.flatMap((log) => {
    const event = decodeLog(contracts, log)
    const { block, logIndex } = log
    return event === undefined ? [] : [{ event, block, logIndex }]
  })
}

/** Asks for the whole range, and for its halves when that is too much for the endpoint. */
async function readLogs(endpoint: Endpoint, filter: LogFilter): Promise<PlacedLog[]> {
  const { address, topics, fromBlock, toBlock } = filter
  const range = { fromBlock: toQuantity(fromBlock), toBlock: toQuantity(toBlock) }
  try {
    const answer = await endpoint.send('eth_getLogs', [{ address, topics, ...range }])
    return asList(answer, 'logs').map((log) => readPlacedLog(log, filter))
  } catch (error) {
    if (!isTooMuch(error) || fromBlock >= toBlock) throw error
    const middle = Math.floor((fromBlock + toBlock) / 2)
    return [
      ...(await readLogs(endpoint, { ...filter, toBlock: middle })),
      ...(await readLogs(endpoint, { ...filter, fromBlock: middle + 1 })),
    ]
  }
}

function readPlacedLog(answer: unknown, { fromBlock, toBlock }: LogFilter): PlacedLog {
  const log = asObject(answer, 'log')
  const block = asNumber(log['blockNumber'], 'log blockNumber')
  if (block < fromBlock || block > toBlock) throw new MalformedAnswer(`a log is of block ${block}`)
  return { ...parseLog(log), logIndex: asNumber(log['logIndex'], 'logIndex'), block }
}

/** Whether an endpoint says that it was asked for too many blocks: every provider words its limit in its own way. */
export function isTooMuch(error: unknown): boolean {
  if (!isError(error, 'UNKNOWN_ERROR')) return false
  return /range|limit|too many|too large|more than|exceed/i.test(rpcMessage(error))
}
