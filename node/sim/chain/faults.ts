/** What an endpoint can do wrong: plain settings, and what they make of an answer. */
import type { RpcAnswer } from '../../shell/chain/transport.ts'
import type { RpcRefusal } from './pool.ts'

/** All of it holds at once, as far as it can. */
export interface EndpointFaults {
  /** All of it for questions by these methods; undefined for all questions. */
  readonly only: readonly string[] | undefined
  /**
   * `refused`: nobody is there. `deaf`: questions do not arrive. `mute`: they do, and have their effect,
   * but no answer comes back.
   */
  readonly line: 'open' | 'refused' | 'deaf' | 'mute'
  /** How long a question is on its way, and then its answer, milliseconds. Too long is silence. */
  readonly questionMs: number
  readonly answerMs: number
  /** Answers every question with this. */
  readonly refusal: RpcRefusal | undefined
  /** Does not show the newest blocks, so many of them. */
  readonly lagBlocks: number
  /**
   * Shows so many blocks that nobody else will ever see: well formed, with what waits in the pool in
   * them. More than the confirmations are final to a watcher whose other endpoints know no block there.
   */
  readonly aheadBlocks: number
  /** Leaves the log with this number, modulo their number, out of every list of logs that it gives. */
  readonly logOmitted: number | undefined
  /** Leaves it out of the receipts as well. */
  readonly receiptsToo: boolean
  readonly garble: Garble | undefined
  /** Methods that it does not know. */
  readonly unknownMethods: readonly string[]
  /** The most blocks that it searches for logs at once. */
  readonly logBlocksMax: number
}

/**
 * Makes something malformed out of an answer. `notJson`: all of it; `null`: the result; or one part of
 * the result, the one with number `at` modulo their number, is `shortened` by a character or `removed`.
 */
export interface Garble {
  readonly kind: 'notJson' | 'null' | 'shortened' | 'removed'
  readonly at: number
}

export const FAULTLESS: EndpointFaults = {
  only: undefined,
  line: 'open',
  questionMs: 0,
  answerMs: 0,
  refusal: undefined,
  lagBlocks: 0,
  aheadBlocks: 0,
  logOmitted: undefined,
  receiptsToo: false,
  garble: undefined,
  unknownMethods: [],
  logBlocksMax: Number.MAX_SAFE_INTEGER,
}

/** What concerns questions by `method`. */
export function faultsFor(faults: EndpointFaults, method: string): EndpointFaults {
  return faults.only === undefined || faults.only.includes(method) ? faults : FAULTLESS
}

/** Whether the endpoint says no before it looks. */
export function refusalOf(
  faults: EndpointFaults,
  method: string,
  [filter]: readonly unknown[],
): RpcRefusal | undefined {
  const { refusal, unknownMethods, logBlocksMax } = faults
  if (refusal !== undefined) return refusal
  if (unknownMethods.includes(method)) {
    return { code: -32_601, message: `the method ${method} does not exist/is not available` }
  }
  if (method !== 'eth_getLogs') return undefined
  const { fromBlock, toBlock } = filter as { fromBlock?: string; toBlock?: string }
  // The node names blocks by numbers; what is not one is not compared.
  const isTooMuch = Number(toBlock) - Number(fromBlock) >= logBlocksMax
  if (!isTooMuch) return undefined
  return { code: -32_005, message: `query exceeds max block range ${logBlocksMax}` }
}

/** The answer as the faults leave it; undefined when it is no JSON any more. */
export function spoiled(
  faults: EndpointFaults,
  method: string,
  answer: RpcAnswer,
): RpcAnswer | undefined {
  if ('error' in answer) return answer
  const { logOmitted, receiptsToo, garble } = faults
  let { result } = answer
  if (logOmitted !== undefined) {
    if (method === 'eth_getLogs') result = without(result, logOmitted)
    if (receiptsToo) result = withoutInReceipts(result, method, logOmitted)
  }
  if (garble === undefined) return { result }
  if (garble.kind === 'notJson') return undefined
  return { result: garble.kind === 'null' ? null : garbled(result, garble) }
}

function without(list: unknown, at: number): unknown {
  if (!Array.isArray(list) || list.length === 0) return list
  return list.toSpliced(at % list.length, 1)
}

function withoutInReceipts(result: unknown, method: string, at: number): unknown {
  const lacking = (receipt: unknown) => {
    if (typeof receipt !== 'object' || receipt === null || !('logs' in receipt)) return receipt
    return { ...receipt, logs: without(receipt.logs, at) }
  }
  if (method === 'eth_getTransactionReceipt') return lacking(result)
  return method === 'eth_getBlockReceipts' && Array.isArray(result) ? result.map(lacking) : result
}

/** Counts down over the parts, so that the one at zero is spoiled. */
interface Countdown {
  left: number
}

function garbled(value: unknown, { kind, at }: Garble): unknown {
  const parts = countParts(value)
  return spoilPart(value, kind, { left: at % parts })
}

/** Everything that is inside of something is a part, and so is the whole. */
function countParts(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, each) => sum + countParts(each), 1)
}

function spoilPart(value: unknown, kind: Garble['kind'], countdown: Countdown): unknown {
  if (countdown.left-- === 0) return kind === 'removed' ? undefined : shortened(value)
  if (typeof value !== 'object' || value === null) return value
  const inside = Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
    const after = spoilPart(each, kind, countdown)
    return after === undefined ? [] : [[key, after]]
  })
  return Array.isArray(value) ? inside.map(([, each]) => each) : Object.fromEntries(inside)
}

function shortened(value: unknown): unknown {
  return typeof value === 'string' ? value.slice(0, -1) : {}
}
