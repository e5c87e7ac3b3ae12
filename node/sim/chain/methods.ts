/** The methods of JSON-RPC that the node uses, over a view of a chain. All others are unknown. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import {
  asHash,
  asHex,
  asList,
  asObject,
  type RpcObject,
  toQuantity,
} from '../../shell/chain/rpc.ts'
import type { RpcAnswer } from '../../shell/chain/transport.ts'
import type { SimBlock, SimReceipt } from './block.ts'
import { asAddress, callAt, estimateAt } from './calls.ts'
import { formatBlock, formatLogs, formatReceipt, formatTransaction } from './format.ts'
import { nonceOf } from './state.ts'
import {
  blockAt,
  blockByHash,
  type ChainView,
  headOf,
  Refused,
  readParameter,
  shownBlock,
  stateAt,
} from './view.ts'

type Method = (view: ChainView, parameters: readonly unknown[]) => unknown

const methods: Readonly<Record<string, Method>> = {
  eth_chainId: ({ chain }) => toQuantity(chain.chainId),
  eth_blockNumber: (view) => toQuantity(headOf(view).number),
  eth_getBlockByNumber: (view, [tag]) => blockOrNull(blockAt(view, tag)),
  eth_getBlockByHash: (view, [hash]) => blockOrNull(blockByHash(view, hash)),
  eth_getBlockReceipts: (view, [tag]) => blockReceipts(view, tag),
  eth_getTransactionReceipt: (view, [hash]) => {
    const found = findReceipt(view, hash)
    return found === undefined ? null : formatReceipt(found.block, found.index)
  },
  eth_getTransactionByHash: (view, [hash]) => transactionByHash(view, hash),
  eth_getLogs: (view, [filter]) =>
    findLogs(
      view,
      readParameter(() => asObject(filter, 'filter')),
    ),
  eth_getTransactionCount: (view, [address, tag]) => {
    return toQuantity(nonceOf(stateAt(view, tag).state, asAddress(address, 'address')))
  },
  eth_getBalance: (view, [address, tag]) => {
    return toQuantity(stateAt(view, tag).state.contracts.etherOf(asAddress(address, 'address')))
  },
  // Whether there is code, not which.
  eth_getCode: ({ chain }, [address]) => {
    return chain.withCode.has(asAddress(address, 'address')) ? '0xfe' : '0x'
  },
  eth_maxPriorityFeePerGas: ({ chain }) => toQuantity(chain.tip),
  eth_call: callAt,
  eth_estimateGas: estimateAt,
  eth_sendRawTransaction: ({ chain }, [raw]) => {
    const answer = chain.accept(hexToBytes(readParameter(() => asHex(raw, 'transaction'))))
    if ('hash' in answer) return answer.hash
    throw new Refused(answer.code, answer.message)
  },
}

/** The names of all methods that are known. */
export const methodNames: readonly string[] = Object.keys(methods)

/** The answer to one question, as a faultless endpoint gives it. */
export function answerOf(
  view: ChainView,
  method: string,
  parameters: readonly unknown[],
): RpcAnswer {
  try {
    return { result: methodOf(method)(view, parameters) }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { error: error.refusal }
  }
}

function methodOf(name: string): Method {
  const method = methods[name]
  if (method !== undefined) return method
  throw new Refused(-32_601, `the method ${name} does not exist/is not available`)
}

function blockOrNull(block: SimBlock | undefined): RpcObject | null {
  return block === undefined ? null : formatBlock(block)
}

function blockReceipts(view: ChainView, tag: unknown): RpcObject[] | null {
  const isHash = typeof tag === 'string' && tag.length === 66
  const block = isHash ? blockByHash(view, tag) : blockAt(view, tag)
  return block === undefined ? null : block.receipts.map((_, index) => formatReceipt(block, index))
}

function findReceipt(
  { chain, tip }: ChainView,
  value: unknown,
): { block: SimBlock; index: number; receipt: SimReceipt } | undefined {
  const found = chain.receiptOf(readParameter(() => asHash(value, 'transaction hash')))
  return found !== undefined && found.block.number <= tip ? found : undefined
}

function transactionByHash(view: ChainView, hash: unknown): RpcObject | null {
  const found = findReceipt(view, hash)
  if (found !== undefined) return formatTransaction(found.receipt.transaction, found)
  const { chain } = view
  const wanted = readParameter(() => asHash(hash, 'transaction hash'))
  // Whoever does not see a block yet still has its transactions in his pool.
  const waiting = chain.waitingOf(wanted) ?? chain.receiptOf(wanted)?.receipt.transaction
  return waiting === undefined ? null : formatTransaction(waiting, undefined)
}

function findLogs(view: ChainView, filter: RpcObject): RpcObject[] {
  const wanted = wantedBy(filter)
  return blocksOf(view, filter).flatMap((block) => {
    return block.receipts.flatMap((_, index) => formatLogs(block, index)).filter(wanted)
  })
}

/** Those beyond the head are left out without a word. */
function blocksOf(view: ChainView, { blockHash, fromBlock, toBlock }: RpcObject): SimBlock[] {
  if (blockHash !== undefined) {
    const block = blockByHash(view, blockHash)
    if (block === undefined) throw new Refused(-32_000, 'unknown block')
    return [block]
  }
  const from = blockAt(view, fromBlock)?.number
  const to = blockAt(view, toBlock)?.number ?? view.tip
  if (from === undefined) return []
  const blocks = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
  return blocks.flatMap((number) => shownBlock(view, number) ?? [])
}

/** By address or list of addresses; each place of the topics takes one, any of a list, or (null) all. */
function wantedBy(filter: RpcObject): (log: RpcObject) => boolean {
  const addresses = alternatives(filter['address'])
  const topics = readParameter(() => asList(filter['topics'] ?? [], 'topics')).map(alternatives)
  return (log) => {
    const own = log['topics'] as readonly string[]
    const isHere = addresses === undefined || addresses.has(String(log['address']))
    return isHere && topics.every((any, at) => any === undefined || any.has(own[at] ?? ''))
  }
}

/** Undefined takes all. A list of nothing does too, as clients have it. */
function alternatives(value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined || value === null) return undefined
  const list = (Array.isArray(value) ? value : [value]).map((each) => String(each).toLowerCase())
  return list.length === 0 ? undefined : new Set(list)
}
