/**
 * The logs of our contracts, block by block, with none left out.
 *
 * An endpoint finds logs by an index beside its chain, and indexes lag, get pruned and lose entries.
 * So it is never believed alone: the bloom in each header says where logs of ours may be, the index
 * says where some are, and every block that either of them names is read from its receipts, which are
 * all there or do not give the root in the header.
 */
import type { Hex } from '@xln/shared/ids.ts'
import { type BloomEntry, bloomEntry, bloomHas } from './bloom.ts'
import { type Contracts, eventTopics } from './decode.ts'
import type { Endpoint } from './endpoint.ts'
import { ChainError } from './faults.ts'
import type { Header } from './header.ts'
import { parseLog, type RawLog } from './receipt.ts'
import { readProvenLogs } from './receipts.ts'
import { asHash, asList, asNumber, asObject, toQuantity } from './rpc.ts'

/** Blocks whose receipts are in memory at once. */
const BLOCKS_AT_ONCE = 16
/** With so many logs a read ends, though more blocks were asked for. */
const LOGS_PER_READ = 10_000

export class LogReader {
  readonly #contracts: Contracts
  readonly #blooms: readonly { address: BloomEntry; topics: readonly BloomEntry[] }[]

  constructor(contracts: Contracts) {
    this.#contracts = contracts
    const { depository, subcontractProvider } = contracts
    this.#blooms = [
      bloomsOf(depository, eventTopics.depository),
      bloomsOf(subcontractProvider, eventTopics.subcontractProvider),
    ]
  }

  /**
   * The logs of ours in each of `headers`, which follow one another; of the first of them only, when
   * there are so many that they had better be worked off first. Throws `ChainError` when the endpoint
   * cannot show all of them.
   */
  async read(endpoint: Endpoint, headers: readonly Header[]): Promise<RawLog[][]> {
    const indexed = await this.#readIndex(endpoint, headers)
    const logs: RawLog[][] = []
    let count = 0
    for (let start = 0; start < headers.length && count < LOGS_PER_READ; start += BLOCKS_AT_ONCE) {
      const some = headers.slice(start, start + BLOCKS_AT_ONCE)
      const read = await Promise.all(
        some.map((header) => this.#readBlock(endpoint, header, indexed.get(header.block))),
      )
      for (const each of read) count += each.length
      logs.push(...read)
    }
    return logs
  }

  async #readBlock(
    endpoint: Endpoint,
    header: Header,
    indexed: readonly RawLog[] = [],
  ): Promise<RawLog[]> {
    if (indexed.length === 0 && !this.#mayHaveLogs(header)) return []
    const proven = (await readProvenLogs(endpoint, header)).filter((log) => this.#isOurs(log))
    compare(endpoint, header, proven, indexed)
    return proven
  }

  async #readIndex(endpoint: Endpoint, headers: readonly Header[]): Promise<Map<number, RawLog[]>> {
    const found = new Map<number, RawLog[]>()
    const [first] = headers
    const last = headers.at(-1)
    if (first === undefined || last === undefined) return found
    const { depository, subcontractProvider } = this.#contracts
    const answer = await endpoint.send('eth_getLogs', [
      {
        fromBlock: toQuantity(first.block),
        toBlock: toQuantity(last.block),
        address: [depository, subcontractProvider],
      },
    ])
    for (const each of asList(answer, 'logs')) {
      const log = asObject(each, 'log')
      const block = asNumber(log['blockNumber'], 'log blockNumber')
      const header = headers[block - first.block]
      if (header?.hash !== asHash(log['blockHash'], 'log blockHash')) {
        throw inconsistent(endpoint, block, 'its index has a log of a block that it does not show')
      }
      const ofBlock = found.get(block) ?? []
      ofBlock.push({ ...parseLog(log), logIndex: asNumber(log['logIndex'], 'logIndex') })
      found.set(block, ofBlock)
    }
    return found
  }

  #mayHaveLogs({ logsBloom }: Header): boolean {
    return this.#blooms.some(({ address, topics }) => {
      return bloomHas(logsBloom, address) && topics.some((topic) => bloomHas(logsBloom, topic))
    })
  }

  #isOurs({ address }: RawLog): boolean {
    const { depository, subcontractProvider } = this.#contracts
    return address === depository || address === subcontractProvider
  }
}

function bloomsOf(address: Hex, topics: readonly Hex[]) {
  return { address: bloomEntry(address), topics: topics.map(bloomEntry) }
}

/** The index may lack what the receipts prove, and is then known for it; never the other way round. */
function compare(
  endpoint: Endpoint,
  { block }: Header,
  proven: readonly RawLog[],
  indexed: readonly RawLog[],
): void {
  const places = new Set(proven.map(({ logIndex }) => logIndex))
  if (!indexed.every(({ logIndex }) => places.has(logIndex))) {
    throw inconsistent(endpoint, block, 'its index has a log that the receipts do not have')
  }
  if (indexed.length < proven.length) endpoint.blocksWithLogsOmitted += 1
}

function inconsistent(endpoint: Endpoint, block: number, what: string): ChainError {
  return new ChainError({ code: 'rpc_inconsistent', endpoint: endpoint.name, block, what })
}
