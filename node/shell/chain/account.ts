/**
 * The gas key's account: its transactions under way, one for each nonce, until each is final.
 *
 * A nonce that was used is never left open: what is dropped is given again, what is stuck is replaced
 * by the same at a higher price, and what has become pointless by one that does nothing.
 */
import type { Hash } from '@xln/shared/ids.ts'
import { broadcast, type GasKey, type SignedTransaction, signTransaction } from './broadcast.ts'
import type { EncodedCall } from './calls.ts'
import type { Endpoint } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import type { ChainFault } from './faults.ts'
import { type FeeMarket, type Fees, firstFees, raisedFees } from './fees.ts'
import { type Header, readHead, readHeader } from './header.ts'
import { asBigint, asHash, asNumber, asObject, toQuantity } from './rpc.ts'

export interface AccountOptions {
  readonly endpoints: Endpoints
  readonly key: GasKey
  readonly confirmations: number
  /** Wei; nothing is ever offered beyond it. */
  readonly maxFeePerGas: bigint
  /** Blocks after which a transaction that waits is replaced by one that offers more. */
  readonly stuckBlocks: number
}

/** The account and the chain at one moment. */
export interface AccountLook {
  readonly head: Header
  /** The newest final block; negative on a chain that has none yet. */
  readonly finalBlock: number
  /** Unix seconds; undefined when there is no final block. */
  readonly finalTimestamp: number | undefined
  /** How many transactions of the key are in blocks, and in final blocks. */
  readonly nonce: number
  readonly finalNonce: number
  /** Wei. */
  readonly balance: bigint
  readonly market: FeeMarket
}

export interface Inclusion {
  readonly block: number
  readonly txHash: Hash
  readonly succeeded: boolean
  readonly gasUsed: bigint
}

/** A transaction under way, in all the versions that were given to the chain. */
export interface Flight<Job> {
  readonly nonce: number
  /** Undefined for one that only fills its nonce. */
  readonly job: Job | undefined
  readonly call: EncodedCall
  readonly gasLimit: bigint
  readonly urgent: boolean
  readonly versions: readonly SignedTransaction[]
  /** The head when the newest version was given. */
  readonly givenAt: number
  readonly inclusion: Inclusion | undefined
}

/** How a flight ended: in a final block, or `lost`: its nonce was used by a stranger to us. */
export interface Landing<Job> {
  readonly flight: Flight<Job>
  readonly inclusion: Inclusion | undefined
}

const GAS_OF_NOTHING = 21_000n
const DEFAULT_TIP = 10n ** 9n
const RAISES_AT_ONCE_MAX = 12

export class GasAccount<Job> {
  readonly #options: AccountOptions
  #flights: Flight<Job>[] = []
  /** The head at which a place below the first flight was first seen empty. */
  #gapSince: number | undefined
  fault: ChainFault | undefined

  constructor(options: AccountOptions) {
    this.#options = options
  }

  get flights(): readonly Flight<Job>[] {
    return this.#flights
  }

  /** Throws `ChainError`. */
  look(): Promise<AccountLook> {
    const { endpoints, key, confirmations } = this.#options
    return endpoints.ask(async (endpoint) => {
      const head = await readHead(endpoint)
      const finalBlock = head.block - confirmations
      const [nonce, finalNonce, balance, tip, final] = await Promise.all([
        readNonce(endpoint, key, head.block),
        finalBlock < 0 ? 0 : readNonce(endpoint, key, finalBlock),
        endpoint.send('eth_getBalance', [key.address, toQuantity(head.block)]),
        readTip(endpoint),
        finalBlock < 0 ? undefined : readHeader(endpoint, finalBlock),
      ])
      const market = { baseFeePerGas: head.baseFeePerGas, tip }
      const finalTimestamp = final?.timestamp
      const amount = asBigint(balance, 'balance')
      return { head, finalBlock, finalTimestamp, nonce, finalNonce, balance: amount, market }
    })
  }

  /**
   * Gives a transaction the next nonce and the chain the transaction. Returns false, and nothing is
   * under way, when the key cannot pay for it or the chain does not take it; `fault` says why.
   */
  async launch(job: Job, call: EncodedCall, gas: bigint, urgent: boolean, look: AccountLook) {
    const { maxFeePerGas } = this.#options
    const nonce = Math.max(look.nonce, ...this.#flights.map((flight) => flight.nonce + 1))
    const fees = firstFees(look.market, urgent, maxFeePerGas)
    if (!this.#canPay(call, gas, fees, look)) return false
    const versions = [this.#sign(nonce, call, gas, fees)]
    const givenAt = look.head.block
    const draft = { nonce, job, call, gasLimit: gas, urgent, versions, givenAt }
    const flight = await this.#give({ ...draft, inclusion: undefined }, look)
    if (flight === undefined) return false
    this.#flights.push(flight)
    if (urgent) await this.#clearTheWay(flight, look)
    return true
  }

  /** Finds what is in blocks, and takes away what is in final ones. */
  async track(look: AccountLook): Promise<Landing<Job>[]> {
    const landings: Landing<Job>[] = []
    const staying: Flight<Job>[] = []
    for (const flight of this.#flights) {
      const inclusion =
        flight.nonce < look.nonce ? await this.#inclusionOf(flight, look) : undefined
      const isFinal = inclusion !== undefined && inclusion.block <= look.finalBlock
      const isLost = inclusion === undefined && flight.nonce < look.finalNonce
      if (isFinal || isLost) landings.push({ flight, inclusion })
      else staying.push({ ...flight, inclusion })
    }
    this.#flights = staying
    return landings
  }

  /** Gives again what was dropped, offers more for what is stuck, and fills what nobody else does. */
  async renew(look: AccountLook): Promise<void> {
    this.#fillGap(look)
    for (const flight of this.#flights.filter(({ nonce }) => nonce >= look.nonce)) {
      const isStuck = look.head.block - flight.givenAt >= this.#options.stuckBlocks
      if (isStuck && (await this.#raise(flight, look, NO_FEES))) continue
      // Also what offers all that it may: the pool may have dropped it.
      if (!(await this.#isWaiting(flight))) {
        const given = await this.#give(flight, look)
        if (given !== undefined) this.#put(given)
      }
    }
  }

  /**
   * What an earlier run gave, or what a deep reorganisation has taken back, may come into a block yet;
   * when it does not, everything behind it would wait for ever. Nothing is put in its place, which
   * {@link renew} gives to the chain next.
   */
  #fillGap(look: AccountLook): void {
    const behind = this.#flights.map(({ nonce }) => nonce).filter((nonce) => nonce >= look.nonce)
    const first = Math.min(...behind)
    if (behind.length === 0 || first === look.nonce) {
      this.#gapSince = undefined
      return
    }
    this.#gapSince ??= look.head.block
    if (look.head.block - this.#gapSince < this.#options.stuckBlocks) return
    this.#gapSince = undefined
    const fees = firstFees(look.market, false, this.#options.maxFeePerGas)
    for (let nonce = look.nonce; nonce < first; nonce++) {
      this.#flights.push(this.#fillerOf(nonce, fees, look))
    }
  }

  #fillerOf(nonce: number, fees: Fees, { head }: AccountLook): Flight<Job> {
    const call = this.#nothing
    const versions = [this.#sign(nonce, call, GAS_OF_NOTHING, fees)]
    const empty = { job: undefined, call, gasLimit: GAS_OF_NOTHING, urgent: false }
    return { ...empty, nonce, versions, givenAt: head.block, inclusion: undefined }
  }

  get #nothing(): EncodedCall {
    return { to: this.#options.key.address, data: '0x', value: 0n }
  }

  /** Puts nothing in the place of a transaction that is not in a block yet, and gives back its job. */
  async turnBack(flight: Flight<Job>, look: AccountLook): Promise<void> {
    const nothing = { job: undefined, call: this.#nothing, gasLimit: GAS_OF_NOTHING }
    const empty = { ...flight, ...nothing, urgent: false }
    this.#put(empty)
    await this.#raise(empty, look, NO_FEES)
  }

  /** What goes first must not make an urgent one wait: it offers as much. */
  async #clearTheWay(urgent: Flight<Job>, look: AccountLook): Promise<void> {
    const { fees } = newest(urgent)
    for (const flight of this.#flights) {
      const waits = flight.nonce >= look.nonce && flight.nonce < urgent.nonce
      const offersLess = newest(flight).fees.maxPriorityFeePerGas < fees.maxPriorityFeePerGas
      if (waits && offersLess) await this.#raise(flight, look, fees)
    }
  }

  /** Whether a version that offers more was given. */
  async #raise(flight: Flight<Job>, look: AccountLook, least: Fees): Promise<boolean> {
    const { maxFeePerGas } = this.#options
    const market = firstFees(look.market, flight.urgent, maxFeePerGas)
    const before = newest(flight).fees
    const fees = raisedFees(before, highest(market, least), maxFeePerGas)
    if (fees === undefined) {
      const needed = before.maxFeePerGas + before.maxFeePerGas / 8n + 1n
      this.fault = { code: 'fee_capped', nonce: flight.nonce, needed, maxFeePerGas }
      return false
    }
    const given = await this.#give(this.#withVersion(flight, fees), look)
    if (given !== undefined) this.#put(given)
    return given !== undefined
  }

  /** Gives the newest version, and dearer ones until one is taken. Undefined when none is. */
  async #give(flight: Flight<Job>, look: AccountLook): Promise<Flight<Job> | undefined> {
    const { endpoints, maxFeePerGas, key } = this.#options
    let giving = { ...flight, givenAt: look.head.block }
    for (let raises = 0; raises <= RAISES_AT_ONCE_MAX; raises += 1) {
      const verdict = await broadcast(endpoints, newest(giving).raw)
      switch (verdict.type) {
        case 'taken':
          this.fault = undefined
          return giving
        case 'unheard':
          // It counts as given: forgotten here, but in a block, it would be done a second time.
          this.fault = { code: 'rpc_failed', endpoint: 'all', reason: 'no answer' }
          return giving
        case 'nonceLow':
          // One of its versions is in a block, or a stranger's transaction: the next look tells.
          return undefined
        case 'poor': {
          const { maxFeePerGas: price } = newest(giving).fees
          const needed = giving.gasLimit * price + giving.call.value
          const { balance } = look
          this.fault = { code: 'gas_key_poor', address: key.address, balance, needed }
          return undefined
        }
        case 'refused':
          this.fault = { code: 'rpc_failed', endpoint: 'all', reason: verdict.reason }
          return undefined
        case 'underpriced': {
          const fees = raisedFees(newest(giving).fees, NO_FEES, maxFeePerGas)
          if (fees === undefined) {
            const needed = newest(giving).fees.maxFeePerGas + 1n
            this.fault = { code: 'fee_capped', nonce: giving.nonce, needed, maxFeePerGas }
            return undefined
          }
          giving = this.#withVersion(giving, fees)
        }
      }
    }
    return undefined
  }

  #canPay(call: EncodedCall, gas: bigint, fees: Fees, look: AccountLook): boolean {
    const { address } = this.#options.key
    const { balance } = look
    const underWay = this.#flights
      .filter(({ nonce }) => nonce >= look.nonce)
      .map((flight) => flight.gasLimit * newest(flight).fees.maxFeePerGas + flight.call.value)
    const needed = underWay.reduce((a, b) => a + b, gas * fees.maxFeePerGas + call.value)
    if (needed <= balance) return true
    this.fault = { code: 'gas_key_poor', address, balance, needed }
    return false
  }

  async #inclusionOf(
    { versions }: Flight<Job>,
    { head }: AccountLook,
  ): Promise<Inclusion | undefined> {
    const { endpoints, key } = this.#options
    return endpoints.ask(async (endpoint) => {
      for (const { hash: txHash } of versions.toReversed()) {
        const answer = await endpoint.send('eth_getTransactionReceipt', [txHash])
        if (answer === null) continue
        const receipt = asObject(answer, 'receipt')
        return {
          block: asNumber(receipt['blockNumber'], 'blockNumber'),
          txHash,
          succeeded: asNumber(receipt['status'], 'receipt status') === 1,
          gasUsed: asBigint(receipt['gasUsed'], 'gasUsed'),
        }
      }
      // An endpoint that is behind has no receipt either; but then it does not know this block.
      await readNonce(endpoint, key, head.block)
      return undefined
    })
  }

  async #isWaiting(flight: Flight<Job>): Promise<boolean> {
    const { hash } = newest(flight)
    return this.#options.endpoints.ask(async (endpoint) => {
      const answer = await endpoint.send('eth_getTransactionByHash', [hash])
      return answer !== null && asHash(asObject(answer, 'transaction')['hash'], 'hash') === hash
    })
  }

  #withVersion(flight: Flight<Job>, fees: Fees): Flight<Job> {
    const { nonce, call, gasLimit, versions } = flight
    return { ...flight, versions: [...versions, this.#sign(nonce, call, gasLimit, fees)] }
  }

  #sign(nonce: number, call: EncodedCall, gas: bigint, fees: Fees): SignedTransaction {
    const { key, endpoints } = this.#options
    return signTransaction(key, endpoints.chainId, nonce, call, gas, fees)
  }

  #put(flight: Flight<Job>): void {
    this.#flights = this.#flights.map((each) => (each.nonce === flight.nonce ? flight : each))
  }
}

const NO_FEES: Fees = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }

function newest({ versions }: Pick<Flight<unknown>, 'versions'>): SignedTransaction {
  const version = versions.at(-1)
  if (version === undefined) throw new RangeError('a flight without a transaction')
  return version
}

function highest(a: Fees, b: Fees): Fees {
  const max = (one: bigint, other: bigint) => (one > other ? one : other)
  return {
    maxFeePerGas: max(a.maxFeePerGas, b.maxFeePerGas),
    maxPriorityFeePerGas: max(a.maxPriorityFeePerGas, b.maxPriorityFeePerGas),
  }
}

async function readNonce(endpoint: Endpoint, key: GasKey, block: number): Promise<number> {
  const answer = await endpoint.send('eth_getTransactionCount', [key.address, toQuantity(block)])
  return asNumber(answer, 'transaction count')
}

async function readTip(endpoint: Endpoint): Promise<bigint> {
  const answer = await endpoint.sendIfKnown('eth_maxPriorityFeePerGas', [])
  return answer === undefined ? DEFAULT_TIP : asBigint(answer, 'tip')
}
