/** Block headers, as far as the chain is followed by them. */
import type { Hash, Hex } from '@xln/shared/ids.ts'
import { TIME_MAX } from '@xln/shared/limits.ts'
import type { Endpoint } from './endpoint.ts'
import {
  asBigint,
  asHash,
  asHex,
  asList,
  asNumber,
  asObject,
  MalformedAnswer,
  toQuantity,
} from './rpc.ts'

export interface Header {
  readonly block: number
  readonly hash: Hash
  readonly parentHash: Hash
  /** Unix seconds. */
  readonly timestamp: number
  readonly logsBloom: Hex
  readonly receiptsRoot: Hash
  readonly baseFeePerGas: bigint
  readonly gasLimit: number
  readonly transactions: readonly Hash[]
}

export type BlockTag = number | 'latest'

/** The header of the canonical block at `tag`; undefined when the chain is not that long. */
export async function readHeader(endpoint: Endpoint, tag: BlockTag): Promise<Header | undefined> {
  const name = typeof tag === 'number' ? toQuantity(tag) : tag
  const answer = await endpoint.send('eth_getBlockByNumber', [name, false])
  if (answer === null) return undefined
  const header = parseHeader(answer)
  if (typeof tag === 'number' && header.block !== tag) {
    throw new MalformedAnswer(`block ${header.block} came for block ${tag}`)
  }
  return header
}

/** The headers of blocks `from ..= to`, asked for together; those beyond the head are missing. */
export async function readHeaders(endpoint: Endpoint, from: number, to: number): Promise<Header[]> {
  const count = Math.max(0, to - from + 1)
  const asked = Array.from({ length: count }, (_, i) => readHeader(endpoint, from + i))
  const headers: Header[] = []
  for (const header of await Promise.all(asked)) {
    if (header === undefined) break
    headers.push(header)
  }
  return headers
}

/** The newest block. Throws `MalformedAnswer` if there is none: every chain has one. */
export async function readHead(endpoint: Endpoint): Promise<Header> {
  const head = await readHeader(endpoint, 'latest')
  if (head === undefined) throw new MalformedAnswer('there is no latest block')
  return head
}

function parseHeader(answer: unknown): Header {
  const block = asObject(answer, 'block')
  const logsBloom = asHex(block['logsBloom'], 'logsBloom')
  if (logsBloom.length !== 2 + 512) throw new MalformedAnswer('logsBloom is not 256 bytes')
  return {
    block: asNumber(block['number'], 'block number'),
    hash: asHash(block['hash'], 'block hash'),
    parentHash: asHash(block['parentHash'], 'parentHash'),
    timestamp: asTime(block['timestamp']),
    logsBloom,
    receiptsRoot: asHash(block['receiptsRoot'], 'receiptsRoot'),
    baseFeePerGas: asBigint(block['baseFeePerGas'] ?? '0x0', 'baseFeePerGas'),
    gasLimit: asNumber(block['gasLimit'], 'gasLimit'),
    transactions: asList(block['transactions'], 'transactions').map((hash) =>
      asHash(hash, 'transaction hash'),
    ),
  }
}

/** A time that records and the server's log can hold. */
function asTime(value: unknown): number {
  const time = asNumber(value, 'timestamp')
  if (time > TIME_MAX) throw new MalformedAnswer(`timestamp is ${time}`)
  return time
}
