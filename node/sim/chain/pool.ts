/** Transactions that wait for a block, by the rules of the clients that most of the network runs. */
import type { Address, Hash } from '@xln/shared/ids.ts'
import { TRANSACTION_GAS_MAX } from '../../shell/chain/estimate.ts'
import { costMax, nonceOf, type SimState } from './state.ts'
import { leastGas, type SimTransaction } from './transaction.ts'

/** One that waits; `order` counts up as they come. */
export interface Waiting {
  readonly transaction: SimTransaction
  readonly order: number
}

/** An error as JSON-RPC words it. */
export interface RpcRefusal {
  readonly code: number
  readonly message: string
  /** What a call reverted with. */
  readonly data?: string
}

export interface PoolTerms {
  readonly chainId: bigint
  /** Of a block. */
  readonly gasLimit: bigint
  /** After the newest block. */
  readonly state: SimState
}

/** What a replacement must offer more, of both fees, in percent. */
const REPLACEMENT_PERCENT = 10n

export class Pool {
  readonly #lines = new Map<Address, Map<number, Waiting>>()
  #orders = 0

  /** All that wait, as they came. */
  get waiting(): readonly SimTransaction[] {
    const all = [...this.#lines.values()].flatMap((line) => [...line.values()])
    return all.sort((a, b) => a.order - b.order).map(({ transaction }) => transaction)
  }

  /** The transactions of each sender by their nonces, from its next one to the first that is missing. */
  lines(state: SimState): Waiting[][] {
    return [...this.#lines].map(([sender, line]) => {
      const ready: Waiting[] = []
      for (let nonce = nonceOf(state, sender); ; nonce++) {
        const next = line.get(nonce)
        if (next === undefined) return ready
        ready.push(next)
      }
    })
  }

  find(hash: Hash): SimTransaction | undefined {
    return this.waiting.find((each) => each.hash === hash)
  }

  /** Takes a transaction in, perhaps in the place of a cheaper one; or says why not. */
  add(transaction: SimTransaction, terms: PoolTerms): RpcRefusal | undefined {
    const { from, nonce } = transaction
    const message = refusalOf(transaction, terms) ?? this.#conflictOf(transaction)
    if (message !== undefined) return { code: -32_000, message }
    this.#line(from).set(nonce, { transaction, order: this.#orders++ })
    return undefined
  }

  /** Takes back one that was in a block, unless another has its nonce by now. */
  restore(transaction: SimTransaction): void {
    const line = this.#line(transaction.from)
    if (line.has(transaction.nonce)) return
    line.set(transaction.nonce, { transaction, order: this.#orders++ })
  }

  /** Forgets those for which `condemn` says so. */
  drop(condemn: (transaction: SimTransaction) => boolean): void {
    for (const [sender, line] of this.#lines) {
      for (const [nonce, { transaction }] of line) if (condemn(transaction)) line.delete(nonce)
      if (line.size === 0) this.#lines.delete(sender)
    }
  }

  /** Forgets those whose nonce was used. */
  settle(state: SimState): void {
    this.drop(({ from, nonce }) => nonce < nonceOf(state, from))
  }

  fork(): Pool {
    const copy = new Pool()
    for (const [sender, line] of this.#lines) copy.#lines.set(sender, new Map(line))
    copy.#orders = this.#orders
    return copy
  }

  #line(sender: Address): Map<number, Waiting> {
    const line = this.#lines.get(sender) ?? new Map<number, Waiting>()
    this.#lines.set(sender, line)
    return line
  }

  #conflictOf(transaction: SimTransaction): string | undefined {
    const rival = this.#lines.get(transaction.from)?.get(transaction.nonce)?.transaction
    if (rival === undefined) return undefined
    if (rival.hash === transaction.hash) return 'already known'
    const outbids =
      isRaised(rival.maxFeePerGas, transaction.maxFeePerGas) &&
      isRaised(rival.maxPriorityFeePerGas, transaction.maxPriorityFeePerGas)
    return outbids ? undefined : 'replacement transaction underpriced'
  }
}

function isRaised(before: bigint, after: bigint): boolean {
  return after > before && after * 100n >= before * (100n + REPLACEMENT_PERCENT)
}

function refusalOf(transaction: SimTransaction, terms: PoolTerms): string | undefined {
  const { from, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas, data } = transaction
  const { state } = terms
  const next = nonceOf(state, from)
  if (transaction.chainId !== terms.chainId) return 'invalid chain id for signer'
  if (gasLimit > terms.gasLimit) return 'exceeds block gas limit'
  if (gasLimit > TRANSACTION_GAS_MAX) return 'transaction gas limit too high'
  if (maxPriorityFeePerGas > maxFeePerGas) {
    return 'max priority fee per gas higher than max fee per gas'
  }
  if (gasLimit < leastGas(data)) return 'intrinsic gas too low'
  if (nonce < next) return `nonce too low: next nonce ${next}, tx nonce ${nonce}`
  const balance = state.contracts.etherOf(from)
  const needed = costMax(transaction)
  if (balance >= needed) return undefined
  return `insufficient funds for gas * price + value: balance ${balance}, tx cost ${needed}`
}
