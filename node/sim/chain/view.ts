/** What an endpoint shows of a chain, and how the parameters of a question name a part of it. */
import { asBigint, asHash, asObject, MalformedAnswer } from '../../shell/chain/rpc.ts'
import type { SimBlock } from './block.ts'
import type { SimChain } from './chain.ts'
import type { RpcRefusal } from './pool.ts'
import type { SimState } from './state.ts'

/** The blocks of `chain` up to number `tip`, as if there were no others yet. */
export interface ChainView {
  readonly chain: SimChain
  readonly tip: number
}

/** Thrown while a question is answered: the endpoint says no in these words. */
export class Refused extends Error {
  readonly refusal: RpcRefusal

  constructor(code: number, message: string, data?: string) {
    super(message)
    this.refusal = data === undefined ? { code, message } : { code, message, data }
  }
}

/** When the block that is being made has its time, after the newest, in seconds. */
const PENDING_SECONDS = 12

/** The newest block that is shown. */
export function headOf({ chain, tip }: ChainView): SimBlock {
  return chain.blockAt(tip) ?? chain.head
}

/** The block of that number, if it is shown. */
export function shownBlock({ chain, tip }: ChainView, number: number): SimBlock | undefined {
  return number <= tip ? chain.blockAt(number) : undefined
}

/** The block that a tag names: a number, `latest`, `earliest`, or an object with a hash (EIP-1898). */
export function blockAt(view: ChainView, tag: unknown): SimBlock | undefined {
  if (tag === undefined || tag === 'latest' || tag === 'pending') return headOf(view)
  if (tag === 'earliest') return shownBlock(view, 0)
  if (typeof tag === 'string') {
    return shownBlock(view, Number(readParameter(() => asBigint(tag, 'block'))))
  }
  const name = readParameter(() => asObject(tag, 'block'))
  const { blockHash, blockNumber } = name
  return blockHash === undefined ? blockAt(view, blockNumber) : blockByHash(view, blockHash)
}

/** The block with that hash, if it is shown. */
export function blockByHash(view: ChainView, value: unknown): SimBlock | undefined {
  const hash = readParameter(() => asHash(value, 'block hash'))
  const block = view.chain.blockOf(hash)
  return block !== undefined && block.number <= view.tip ? block : undefined
}

/** A block with the state after it. `pending` is the one that would be mined now. Throws {@link Refused}. */
export function stateAt(view: ChainView, tag: unknown): { block: SimBlock; state: SimState } {
  const block = blockAt(view, tag)
  if (block === undefined) throw new Refused(-32_000, 'header not found')
  const isNewest = block.number === view.chain.head.number
  if (tag === 'pending' && isNewest) {
    const { number, timestamp } = block
    const next = { ...block, number: number + 1, timestamp: timestamp + PENDING_SECONDS }
    return { block: next, state: view.chain.pendingState(next.timestamp) }
  }
  const state = view.chain.stateAt(block.number)
  // In the words of a client that keeps only the newest states.
  if (state === undefined) throw new Refused(-32_000, `missing trie node ${block.stateRoot}`)
  return { block, state }
}

/** Runs a parser of the node's; what it refuses is the asker's fault. */
export function readParameter<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof MalformedAnswer)) throw error
    throw new Refused(-32_602, `invalid argument: ${error.message}`)
  }
}
