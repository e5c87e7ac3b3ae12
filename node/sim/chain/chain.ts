/**
 * Ethereum in the bottle: blocks, a pool, fees and reorganisations around the model of the contracts.
 *
 * It has neither time nor chance of its own. The simulator's core calls {@link SimChain.mine} when a
 * block is due, with a time of its choosing (servers' clocks may differ from it), and decides by its seed
 * which block is full, what is dropped from the pool, and what a reorganisation leaves. The same calls
 * in the same order give the same blocks, hash for hash. Nodes reach it only through a `SimEndpoint`.
 *
 * A {@link SimChain.fork} is another chain with the same past: give it to an endpoint and there are two
 * sides of a split; {@link SimChain.adopt} ends it.
 */
import { type Address, type Hash, ZERO_HASH } from '@xln/shared/ids.ts'
import type { ContractsModel } from '../contracts/model.ts'
import { mixHashOf, NO_PARENT, type SimBlock, type SimReceipt, sealBlock } from './block.ts'
import { History } from './history.ts'
import { type BlockTerms, buildBlock, byTip, type Crowd, type Mined, nextBaseFee } from './miner.ts'
import { Pool, type RpcRefusal } from './pool.ts'
import type { MinedContext, SimState } from './state.ts'
import {
  decodeTransaction,
  type RecoverSender,
  recoverSender,
  type SimTransaction,
} from './transaction.ts'

export interface SimChainOptions {
  readonly chainId: bigint
  /** As they are deployed, and with all the ether that there is from the start. The chain keeps it. */
  readonly contracts: ContractsModel
  /** Where there is code. */
  readonly withCode: readonly Address[]
  /** Of block 0, unix seconds. */
  readonly timestamp: number
  /** Of block 0, wei. Default: 1 gwei. */
  readonly baseFeePerGas?: bigint
  /** Of each block, until it is set. Default: 36,000,000. */
  readonly gasLimit?: bigint
  /** What endpoints suggest to offer beyond the base fee, wei. Default: 1 gwei. */
  readonly tip?: bigint
  /** Default: by true signatures. */
  readonly recoverSender?: RecoverSender
  /** How many of the newest blocks can be asked for their states, and lost. Default: 256. */
  readonly statesKept?: number
}

export interface Reorganisation {
  /** How many of the newest blocks are lost. */
  readonly depth: number
  /** What comes in their place, oldest first: fewer, as many or more. */
  readonly blocks: readonly {
    /** Unix seconds. */
    readonly timestamp: number
    /** What is tried in this order, of all that is lost or waits. Default: what pays most first. */
    readonly transactions?: readonly Hash[]
  }[]
  /** What is lost for which this is true does not wait again. Default: everything does. */
  readonly forget?: (transaction: SimTransaction) => boolean
}

const GWEI = 10n ** 9n
const NOBODY: Crowd = { gas: 0n, tip: 0n }

export class SimChain {
  readonly chainId: bigint
  readonly withCode: ReadonlySet<Address>
  /** What endpoints suggest to offer beyond the base fee, wei. */
  tip: bigint
  /** Asked of each transaction as a block is mined: whether its gas is not enough after all. */
  runsOut: (transaction: SimTransaction) => boolean = () => false
  readonly #options: SimChainOptions
  readonly #history: History
  readonly #pool: Pool
  readonly #name: number
  /** How many blocks were mined here, and in the chains that this one was forked from. */
  #serial = 0
  #gasLimit: bigint
  #baseFee: bigint | undefined

  /** `name` and `from` are for {@link fork}. */
  constructor(options: SimChainOptions, name = 0, from?: SimChain) {
    this.#name = name
    this.#options = options
    this.chainId = options.chainId
    this.withCode = new Set(options.withCode)
    if (from !== undefined) {
      this.tip = from.tip
      this.#history = from.#history.fork()
      this.#pool = from.#pool.fork()
      this.#serial = from.#serial
      this.#gasLimit = from.#gasLimit
      this.#baseFee = from.#baseFee
      return
    }
    this.tip = options.tip ?? GWEI
    this.#history = new History(options.statesKept ?? 256)
    this.#pool = new Pool()
    this.#gasLimit = options.gasLimit ?? 36_000_000n
    this.#history.append(this.#first())
  }

  get head(): SimBlock {
    return this.#history.head
  }

  get state(): SimState {
    return this.#history.top.state
  }

  /** What waits for a block, as it came. */
  get waiting(): readonly SimTransaction[] {
    return this.#pool.waiting
  }

  waitingOf(hash: Hash): SimTransaction | undefined {
    return this.#pool.find(hash)
  }

  blockAt(block: number): SimBlock | undefined {
    return this.#history.at(block)
  }

  /** The block with this hash, if it is one of this chain. */
  blockOf(hash: Hash): SimBlock | undefined {
    return this.#history.of(hash)
  }

  /** The state after a block; undefined when it is forgotten or there is no such block. */
  stateAt(block: number): SimState | undefined {
    return this.#history.stateAt(block)
  }

  receiptOf(hash: Hash): { block: SimBlock; index: number; receipt: SimReceipt } | undefined {
    const place = this.#history.placeOf(hash)
    const block = place && this.#history.at(place.block)
    const receipt = block?.receipts[place?.index ?? 0]
    return place && block && receipt && { block, index: place.index, receipt }
  }

  /** Takes a signed transaction in. It waits until a block has it, or it is dropped or replaced. */
  accept(raw: Uint8Array): { readonly hash: Hash } | RpcRefusal {
    const recover = this.#options.recoverSender ?? recoverSender
    const transaction = decodeTransaction(raw, recover)
    if (transaction === undefined) return { code: -32_000, message: 'invalid transaction' }
    const { chainId, state } = this
    const terms = { chainId, state, gasLimit: this.#gasLimit }
    return this.#pool.add(transaction, terms) ?? { hash: transaction.hash }
  }

  /**
   * Adds a block with this time, unix seconds and later than the one before, out of what waits and pays
   * most; `crowd` makes it full for all who offer no more. Throws for a time that is not later.
   */
  mine(timestamp: number, crowd: Crowd = NOBODY): SimBlock {
    const { baseFeePerGas } = this.nextContext(timestamp)
    return this.#extend(timestamp, byTip(this.#pool.lines(this.state), baseFeePerGas), crowd)
  }

  /** Loses blocks and puts others in their place. Throws when a state is needed that is forgotten. */
  reorganise({ depth, blocks, forget }: Reorganisation): void {
    this.#lose(this.head.number - depth, forget)
    for (const { timestamp, transactions } of blocks) {
      if (transactions === undefined) {
        this.mine(timestamp)
      } else {
        const known = new Map(this.waiting.map((each) => [each.hash, each]))
        const chosen = transactions.flatMap((hash) => known.get(hash) ?? [])
        this.#extend(timestamp, chosen, NOBODY)
      }
    }
  }

  /** A chain of its own with this past and pool. Its blocks are others for each `name`, which is not 0. */
  fork(name: number): SimChain {
    return new SimChain(this.#options, name, this)
  }

  /** Goes over to the blocks of a chain with which it has a past; what both had in their pools waits. */
  adopt(other: SimChain): void {
    const { number } = this.#history.parting(other.#history)
    this.#lose(number)
    for (const mined of other.#history.after(number)) this.#history.append(mined)
    for (const transaction of other.waiting) this.#pool.restore(transaction)
    this.#pool.settle(this.state)
  }

  /** Of the next block only, wei; those after it go on from there. */
  setBaseFee(wei: bigint): void {
    this.#baseFee = wei
  }

  /** Of all blocks from the next on. */
  setBlockGasLimit(gas: bigint): void {
    this.#gasLimit = gas
  }

  /** Forgets what waits and for which `condemn` is true; all of it by default. */
  dropPending(condemn: (transaction: SimTransaction) => boolean = () => true): void {
    this.#pool.drop(condemn)
  }

  /** In which a block with this time would be executed. */
  nextContext(timestamp: number): MinedContext {
    const baseFeePerGas = this.#baseFee ?? nextBaseFee(this.head)
    return { number: this.head.number + 1, timestamp, baseFeePerGas }
  }

  /** The state after a block that would be mined now with this time. */
  pendingState(timestamp: number): SimState {
    const order = byTip(this.#pool.lines(this.state), this.nextContext(timestamp).baseFeePerGas)
    return buildBlock(this.#history.top, order, this.#terms(timestamp, NOBODY, ZERO_HASH)).state
  }

  #first(): Mined {
    const { contracts, timestamp, baseFeePerGas = GWEI } = this.#options
    const gas = { gasLimit: this.#gasLimit, gasUsed: this.#gasLimit / 2n, baseFeePerGas }
    const body = { number: 0, timestamp, mixHash: this.#nextMixHash(), receipts: [], ...gas }
    return { block: sealBlock(NO_PARENT, body), state: { contracts, nonces: new Map() } }
  }

  #extend(timestamp: number, order: Iterable<SimTransaction>, crowd: Crowd): SimBlock {
    if (timestamp <= this.head.timestamp) {
      throw new RangeError(`time ${timestamp} is not after ${this.head.timestamp}`)
    }
    const { runsOut } = this
    const terms = { ...this.#terms(timestamp, crowd, this.#nextMixHash()), runsOut }
    const mined = buildBlock(this.#history.top, order, terms)
    this.#baseFee = undefined
    this.#history.append(mined)
    this.#pool.settle(mined.state)
    return mined.block
  }

  #terms(timestamp: number, crowd: Crowd, mixHash: Hash): BlockTerms {
    return { ...this.nextContext(timestamp), gasLimit: this.#gasLimit, crowd, mixHash }
  }

  #nextMixHash(): Hash {
    return mixHashOf(this.#name, this.#serial++)
  }

  #lose(back: number, forget: (transaction: SimTransaction) => boolean = () => false): void {
    const lost = this.#history.cut(back).flatMap(({ receipts }) => receipts)
    this.#baseFee = undefined
    for (const { transaction } of lost) {
      if (!forget(transaction)) this.#pool.restore(transaction)
    }
  }
}
