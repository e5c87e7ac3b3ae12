/** The chain of a world: the contracts, blocks as time passes, two endpoints, and money to begin with. */

import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { TestToken__factory } from '@xln/shared/abi/typechain/factories/mocks/TestToken__factory.ts'
import { hexToBytes, numberToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import { type Address, type EntityId, parseAddress, type TokenId } from '@xln/shared/ids.ts'
import { createChainSide } from '../chainSide.ts'
import type { Genesis } from '../machines/server/genesis.ts'
import type { GasKey } from '../shell/chain/broadcast.ts'
import { Endpoints } from '../shell/chain/endpoints.ts'
import type { RpcAnswer, RpcPort } from '../shell/chain/transport.ts'
import { Wallet } from '../shell/chain/wallet.ts'
import { SimChain } from './chain/chain.ts'
import { portOf, SimEndpoint } from './chain/endpoint.ts'
import { FAULTLESS } from './chain/faults.ts'
import { nonceOf } from './chain/state.ts'
import { createContracts } from './contracts/model.ts'
import { EPOCH_MS, type Process } from './process.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { ChainOfServer, Surroundings } from './server.ts'

/** The contracts of the two tokens. */
const TOKEN_CONTRACTS: readonly Address[] = [1, 2].map((number) =>
  parseAddress(`0x${number.toString(16).padStart(40, '0')}`),
)
export const TOKENS: readonly TokenId[] = TOKEN_CONTRACTS.map(erc20TokenId)

const URLS = ['http://one.sim', 'http://two.sim']
const BLOCK_MS = 12_000
const ETHER = 10n ** 18n
const TOKENS_EACH = 10n ** 6n
/** How long a question takes, and an answer. */
const TRAVEL = { questionMs: 8, answerMs: 8 }

/** What every endpoint does when nothing is wrong with it. */
export const SOUND = { ...FAULTLESS, ...TRAVEL }

const outsiderKey = keccak256(numberToBytes(4_000, 8))
/** Pays for what nobody here would bring to the chain in good faith. */
export const OUTSIDER: GasKey = {
  get address() {
    return addressOf(outsiderKey)
  },
  sign: (digest) => signDigest(digest, outsiderKey),
}

/** How fast a chain is, and how soon something on it is final; absent: as Ethereum, and as the seed has it. */
export interface Pace {
  /** Between two blocks, milliseconds; nodes look twice as often. */
  readonly blockMs?: number
  readonly confirmations?: number
}

const depository = IDepository__factory.createInterface()
const erc20 = TestToken__factory.createInterface()

export class Ethereum {
  readonly chain: SimChain
  readonly endpoints: readonly SimEndpoint[]
  /** How many blocks stand on a final one, for everybody. */
  readonly confirmations: number
  readonly #domain: ChainDomain
  readonly #blockMs: number
  readonly #scheduler: Scheduler
  readonly #port: RpcPort
  /** Before each block: what the faults make of it. */
  readonly beforeBlock: (() => void)[] = []
  /** Takes the room of a block; nobody when undefined. */
  crowd: { readonly gas: bigint; readonly tip: bigint } | undefined

  constructor(
    domain: ChainDomain,
    scheduler: Scheduler,
    random: Random,
    payers: readonly Address[],
    { blockMs = BLOCK_MS, confirmations = random.between(1, 5) }: Pace = {},
  ) {
    this.#domain = domain
    this.#scheduler = scheduler
    this.confirmations = confirmations
    this.#blockMs = blockMs
    const contracts = createContracts({ domain, tokens: TOKEN_CONTRACTS })
    const block = { number: 0, timestamp: EPOCH_MS / 1_000 }
    for (const payer of [...payers, OUTSIDER.address]) {
      contracts.addEther(payer, 1_000n * ETHER)
      for (const to of TOKEN_CONTRACTS) {
        const data = hexToBytes(erc20.encodeFunctionData('mint', [payer, TOKENS_EACH]))
        contracts.execute({ from: payer, to, value: 0n, data }, block)
      }
    }
    this.chain = new SimChain({
      chainId: domain.chainId,
      contracts,
      withCode: [
        domain.depository,
        domain.entityProvider,
        domain.subcontractProvider,
        ...TOKEN_CONTRACTS,
      ],
      timestamp: block.timestamp,
    })
    const wait = (ms: number) => new Promise<void>((resolve) => void scheduler.in(ms, resolve))
    this.endpoints = URLS.map((_, index) => {
      const endpoint = new SimEndpoint({ chain: this.chain, wait, forkName: index + 1 })
      endpoint.faults = SOUND
      return endpoint
    })
    this.#port = portOf(
      new Map(URLS.map((url, index) => [url, this.endpoints[index] as SimEndpoint])),
    )
  }

  /** Blocks come from now on. */
  begin(): void {
    this.#scheduler.in(this.#blockMs, () => {
      this.begin()
      for (const change of this.beforeBlock) change()
      this.mine()
    })
  }

  /** Nothing is wrong with it any more. */
  calm(): void {
    for (const endpoint of this.endpoints) endpoint.faults = SOUND
    this.crowd = undefined
    this.beforeBlock.length = 0
  }

  /** The time of a block that is made now: later than that of the newest. */
  now(): number {
    const seconds = Math.floor((EPOCH_MS + this.#scheduler.nowMs) / 1_000)
    return Math.max(seconds, this.chain.head.timestamp + 1)
  }

  mine(): void {
    this.chain.mine(this.now(), this.crowd)
  }

  genesis(): Genesis {
    const first = this.chain.blockAt(0)
    if (first === undefined) throw new Error('a chain without its first block')
    const { number: block, hash, timestamp } = first
    return { head: { block, hash, timestamp }, cursor: { block, hash, trail: [] } }
  }

  /** The chain as one process follows it, paid for by `gasKey`. */
  of(surroundings: Surroundings, gasKey: GasKey): ChainOfServer {
    const { process, engine, domain, sign, clock, log, fail } = surroundings
    const { chainId } = domain
    const port = this.#portOf(process)
    const endpoints = new Endpoints({ urls: URLS, chainId, clock, port })
    const { confirmations } = this
    const side = createChainSide({
      ...engine,
      domain,
      endpoints,
      fromBlock: 1,
      confirmations,
      pollMs: this.#blockMs / 2,
      gasKey,
      sign,
      clock,
      log,
    })
    const { submitter, watcher } = side
    const wallet = new Wallet({ endpoints, contracts: domain, submitter, address: gasKey.address })
    return {
      port: side.port,
      start() {
        watcher.run().catch(fail)
        submitter.run().catch(fail)
      },
      async stop() {
        await watcher.stop()
        await submitter.stop()
      },
      async deposit(entity, token, amount) {
        await wallet.deposit(entity, token, amount)
      },
      isIdle: () => submitter.health().waiting + submitter.health().underWay === 0,
      submitting: () =>
        JSON.stringify(submitter.health(), (_, value) =>
          typeof value === 'bigint' ? String(value) : value,
        ),
      isFollowing: () => watcher.health().lag === 0 && watcher.health().fault === undefined,
    }
  }

  // ─── For those who look from above ──────────────────────────────────────────────────────────

  /** Whether transactions of `payer` wait behind one that nobody has. */
  hasGap(payer: Address): boolean {
    const waiting = this.chain.waiting.filter(({ from }) => from === payer)
    const next = nonceOf(this.chain.state, payer)
    return waiting.length > 0 && !waiting.some(({ nonce }) => nonce === next)
  }

  /** The nonce that the next batch of `entity` must bear, after block `at`: absent, the newest. */
  batchNonceOf(entity: EntityId, at?: number): bigint {
    const [nonce] = this.#view('batchNonce', [entity], at)
    return nonce as bigint
  }

  /** The nonce of the next transaction of `payer`, behind those that wait. */
  nextNonceOf(payer: Address): number {
    const waiting = this.chain.waiting.filter(({ from }) => from === payer).length
    return nonceOf(this.chain.state, payer) + waiting
  }

  reserveOf(entity: EntityId, token: TokenId, at?: number): bigint {
    const [reserve] = this.#view('reserveOf', [entity, token], at)
    return reserve as bigint
  }

  /** Of one channel and token: what it holds, and left's share of it by the chain. */
  collateralOf(
    left: EntityId,
    right: EntityId,
    token: TokenId,
    at?: number,
  ): { collateral: bigint; ondelta: bigint } {
    const [held] = this.#view('collateralOf', [left, right, token], at)
    const { collateral, ondelta } = held as { collateral: bigint; ondelta: bigint }
    return { collateral, ondelta }
  }

  /** The number that a settlement or the end of a dispute has raised last. */
  cooperativeNonceOf(left: EntityId, right: EntityId): bigint {
    const [channel] = this.#view('channelOf', [left, right])
    return (channel as { cooperativeNonce: bigint }).cooperativeNonce
  }

  /** What `debtor` owes, by creditor. */
  debtsOf(debtor: EntityId, token: TokenId, at?: number): ReadonlyMap<EntityId, bigint> {
    const [head, count] = this.#view('debtsOf', [debtor, token], at) as [bigint, bigint]
    const debts = new Map<EntityId, bigint>()
    for (let index = head; index < count; index++) {
      const [debt] = this.#view('debtAt', [debtor, token, index], at) as [
        { creditor: EntityId; amount: bigint },
      ]
      debts.set(debt.creditor, (debts.get(debt.creditor) ?? 0n) + debt.amount)
    }
    return debts
  }

  /** What the Depository holds of a token. */
  held(token: TokenId): bigint {
    const to = TOKEN_CONTRACTS[TOKENS.indexOf(token)] as Address
    const data = erc20.encodeFunctionData('balanceOf', [this.#domain.depository])
    const { returnData } = this.#call(to, data)
    return erc20.decodeFunctionResult('balanceOf', returnData)[0] as bigint
  }

  #view(name: string, values: readonly unknown[], at?: number): unknown[] {
    const data = depository.encodeFunctionData(name as 'reserveOf', values as never)
    const { returnData } = this.#call(this.#domain.depository, data, at)
    return depository.decodeFunctionResult(name as 'reserveOf', returnData).toArray()
  }

  #call(to: Address, data: string, at = this.chain.head.number) {
    const block = this.chain.blockAt(at)
    const state = this.chain.stateAt(at)
    if (block === undefined || state === undefined) throw new RangeError(`no state of block ${at}`)
    const { number, timestamp } = block
    const call = { from: to, to, value: 0n, data: hexToBytes(data as `0x${string}`) }
    return state.contracts.view(call, { number, timestamp })
  }

  /** A process that has ended asks nothing, and one that stands still hears nothing. */
  #portOf(process: Process): RpcPort {
    return (url, method, parameters) =>
      new Promise<RpcAnswer>((resolve, reject) => {
        if (!process.isAlive) return
        this.#port(url, method, parameters).then(
          (answer) => process.reach(() => resolve(answer)),
          (error: unknown) => process.reach(() => reject(error)),
        )
      })
  }
}
