/** Makes the next block out of what waits. */
import type { Hash } from '@xln/shared/ids.ts'
import { bloomOf, type SimBlock, type SimReceipt, sealBlock } from './block.ts'
import type { Waiting } from './pool.ts'
import { executeTransaction, isExecutable, type MinedContext, type SimState } from './state.ts'
import { type SimTransaction, tipAt } from './transaction.ts'

/** Transactions of strangers: they are in no list, and take the room of those who offer no more. */
export interface Crowd {
  readonly gas: bigint
  /** What a gas of theirs offers to whoever makes the block, wei. */
  readonly tip: bigint
}

export interface BlockTerms extends MinedContext {
  readonly gasLimit: bigint
  readonly mixHash: Hash
  readonly crowd: Crowd
  /** Of which transactions the gas is not enough, though it seemed so; none when absent. */
  readonly runsOut?: (transaction: SimTransaction) => boolean
}

/** A block, and the state after it. */
export interface Mined {
  readonly block: SimBlock
  readonly state: SimState
}

/** Includes of `order`, one after another, what is executable right then and has room. */
export function buildBlock(
  parent: Mined,
  order: Iterable<SimTransaction>,
  terms: BlockTerms,
): Mined {
  const { gasLimit, baseFeePerGas, crowd, runsOut = () => false } = terms
  const receipts: SimReceipt[] = []
  let { state } = parent
  let used = 0n
  for (const transaction of order) {
    const taken = tipAt(transaction, baseFeePerGas) > crowd.tip ? 0n : crowd.gas
    if (used + taken + transaction.gasLimit > gasLimit) continue
    if (!isExecutable(state, transaction, baseFeePerGas)) continue
    const outOfGas = runsOut(transaction)
    const { state: after, ...result } = executeTransaction(state, transaction, terms, outOfGas)
    state = after
    used += result.gasUsed
    const logsBloom = bloomOf(result.logs)
    receipts.push({ transaction, cumulativeGasUsed: used, logsBloom, ...result })
  }
  const gasUsed = smaller(gasLimit, used + crowd.gas)
  const { number, timestamp, mixHash } = terms
  const body = { number, timestamp, gasLimit, gasUsed, baseFeePerGas, mixHash, receipts }
  return { block: sealBlock(parent.block, body), state }
}

/** The dearest first, those of one sender by their nonces: what a block maker does who wants fees. */
export function* byTip(
  lines: readonly Waiting[][],
  baseFeePerGas: bigint,
): Generator<SimTransaction> {
  const left = lines.filter((line) => line.length > 0).map((line) => [...line])
  while (left.length > 0) {
    const dearest = left.reduce((best, line) => {
      return goesBefore(line, best, baseFeePerGas) ? line : best
    })
    const next = dearest.shift()
    if (next !== undefined) yield next.transaction
    if (dearest.length === 0) left.splice(left.indexOf(dearest), 1)
  }
}

function goesBefore([a]: Waiting[], [b]: Waiting[], baseFeePerGas: bigint): boolean {
  if (a === undefined || b === undefined) return b === undefined
  const more = tipAt(a.transaction, baseFeePerGas) - tipAt(b.transaction, baseFeePerGas)
  return more === 0n ? a.order < b.order : more > 0n
}

/** The base fee after `block` (EIP-1559): an eighth more after a full one, an eighth less after an empty. */
export function nextBaseFee({ baseFeePerGas, gasLimit, gasUsed }: SimBlock): bigint {
  const target = gasLimit / 2n
  if (gasUsed === target) return baseFeePerGas
  if (gasUsed < target) {
    return baseFeePerGas - (baseFeePerGas * (target - gasUsed)) / target / 8n
  }
  const more = (baseFeePerGas * (gasUsed - target)) / target / 8n
  return baseFeePerGas + (more > 0n ? more : 1n)
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
