/** What the chain knows after a block, and what a transaction does to it. */
import type { Address } from '@xln/shared/ids.ts'
import type { LogBody } from '../../shell/chain/receipt.ts'
import type { BlockContext, CallResult, ContractsModel } from '../contracts/model.ts'
import { leastGas, type SimTransaction, tipAt } from './transaction.ts'

/** Never changed once it is of a block; see {@link forkState}. */
export interface SimState {
  readonly contracts: ContractsModel
  readonly nonces: ReadonlyMap<Address, number>
}

/** Where a transaction is executed. */
export interface MinedContext extends BlockContext {
  /** Wei. */
  readonly baseFeePerGas: bigint
}

export interface Execution {
  readonly state: SimState
  readonly status: boolean
  readonly gasUsed: bigint
  readonly logs: readonly LogBody[]
}

/** How many transactions of `account` are in blocks. */
export function nonceOf({ nonces }: SimState, account: Address): number {
  return nonces.get(account) ?? 0
}

/** The most wei that a transaction can take from its sender. */
export function costMax({ gasLimit, maxFeePerGas, value }: SimTransaction): bigint {
  return gasLimit * maxFeePerGas + value
}

/** Whether `transaction` may stand in a block right here; the room for its gas is asked elsewhere. */
export function isExecutable(
  state: SimState,
  transaction: SimTransaction,
  baseFeePerGas: bigint,
): boolean {
  const { from, nonce, maxFeePerGas } = transaction
  if (nonce !== nonceOf(state, from) || maxFeePerGas < baseFeePerGas) return false
  return costMax(transaction) <= state.contracts.etherOf(from)
}

/** The model has a rough formula; ether alone, as it fills a nonce, costs what everybody counts on. */
export function gasOf(data: Uint8Array, { gasUsed }: CallResult): bigint {
  return data.length === 0 ? leastGas(data) : gasUsed
}

/**
 * Executes one that {@link isExecutable}, and takes its fee. `state` stays as it is. `runsOut`: its gas is
 * not enough, whatever it needs.
 */
export function executeTransaction(
  state: SimState,
  transaction: SimTransaction,
  block: MinedContext,
  runsOut = false,
): Execution {
  const { from, to, value, data, gasLimit } = transaction
  const price = block.baseFeePerGas + tipAt(transaction, block.baseFeePerGas)
  let contracts = state.contracts.fork()
  const result = contracts.execute({ from, to, value, data }, block)
  const gasNeeded = gasOf(data, result)
  const outOfGas = runsOut || gasNeeded > gasLimit
  // Everything that it did is undone, and all that it brought is spent.
  if (outOfGas) contracts = state.contracts.fork()
  const gasUsed = outOfGas ? gasLimit : gasNeeded
  contracts.addEther(from, -gasUsed * price)
  const nonces = new Map(state.nonces).set(from, transaction.nonce + 1)
  const status = result.ok && !outOfGas
  return {
    state: { contracts, nonces },
    status,
    gasUsed,
    logs: status ? (result.logs as readonly LogBody[]) : [],
  }
}
