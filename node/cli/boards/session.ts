/** A command that speaks to the chain itself, without a node. */
import type { Deployment } from '@xln/deploy/contracts.ts'
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { IEntityProvider__factory } from '@xln/shared/abi/typechain/factories/interfaces/IEntityProvider__factory.ts'
import { Shares__factory } from '@xln/shared/abi/typechain/factories/Shares__factory.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { sharesOf } from '@xln/shared/entity/shares.ts'
import type { EntityId, Hex, TokenId } from '@xln/shared/ids.ts'
import type { GasKey } from '../../shell/chain/broadcast.ts'
import type { ChainCall } from '../../shell/chain/calls.ts'
import type { Endpoint } from '../../shell/chain/endpoint.ts'
import { Endpoints } from '../../shell/chain/endpoints.ts'
import { ChainError } from '../../shell/chain/faults.ts'
import { type LogFilter, type PastEvent, readHistory } from '../../shell/chain/history.ts'
import { ChainReader } from '../../shell/chain/reader.ts'
import type { Sighting } from '../../shell/chain/request.ts'
import { Submitter } from '../../shell/chain/submitter.ts'
import type { EntityChainView } from '../../shell/chain/views.ts'
import { Wallet } from '../../shell/chain/wallet.ts'
import { GAS_KEY, nodeConfigOf } from '../../shell/config/config.ts'
import { openKeystore } from '../../shell/keys/keystore.ts'
import { createLogger } from '../../shell/log.ts'
import type { Arguments } from '../arguments.ts'
import { readPrivateKey } from '../commands/init.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import { readPassword } from '../passwords.ts'
import type { Option } from '../syntax.ts'
import { inHalves } from './inHalves.ts'
import { advised } from './refusals.ts'

/** For commands that send transactions. */
export const payerOption: Option = {
  name: 'key-file',
  value: '<path>',
  summary: 'File with the private key that pays for the gas; it has no power over the entity',
  default: 'the key "gas" of the keystore',
}

const HEALTH_POLL_MS = 250
/** With these nothing will come of waiting that the user would not rather know now. */
const ENDS_WAITING: readonly string[] = ['gas_key_poor', 'rpc_unreachable', 'chain_wrong']

export class ChainSession {
  readonly domain: ChainDomain
  readonly deployment: Deployment
  readonly #endpoints: Endpoints
  readonly #pollMs: number
  #payer: Promise<GasKey> | undefined

  private constructor(deployment: Deployment, urls: readonly string[], pollMs: number) {
    const { depository, entityProvider, subcontractProvider } = deployment
    const chainId = BigInt(deployment.chainId)
    this.domain = { chainId, depository, entityProvider, subcontractProvider }
    this.deployment = deployment
    this.#endpoints = new Endpoints({ urls, chainId })
    this.#pollMs = pollMs
  }

  /** Runs `task` with the chain of the configuration. Throws `setting_missing`, and what the task does. */
  static async use<T>(context: Context, task: (session: ChainSession) => Promise<T>): Promise<T> {
    const neverAsked = () => Promise.reject(new Error('reading needs no password'))
    const { deployment, rpcUrls, pollMs } = nodeConfigOf(await context.settings(), neverAsked)
    const session = new ChainSession(deployment, rpcUrls, pollMs)
    try {
      return await task(session)
    } finally {
      session.#endpoints.close()
    }
  }

  ask<T>(task: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    return this.#endpoints.ask(task)
  }

  provider(endpoint: Endpoint) {
    return IEntityProvider__factory.connect(this.domain.entityProvider, endpoint.provider)
  }

  shares(endpoint: Endpoint) {
    return Shares__factory.connect(sharesOf(this.domain.entityProvider), endpoint.provider)
  }

  depository(endpoint: Endpoint) {
    return IDepository__factory.connect(this.domain.depository, endpoint.provider)
  }

  /** Unix seconds of the newest block. */
  now(): Promise<number> {
    return this.ask(async ({ provider }) => {
      const block = await provider.getBlock('latest')
      return block?.timestamp ?? 0
    })
  }

  /** Throws `deed_expired` for what was to be done by `validUntil`. */
  async requireTime(validUntil: number): Promise<void> {
    const now = await this.now()
    if (now > validUntil) throw new CliError({ code: 'deed_expired', validUntil, now })
  }

  /** Events of the Depository: of one block, or of all. */
  past(topics: LogFilter['topics'], block?: number): Promise<PastEvent[]> {
    return this.ask(async (endpoint) => {
      const { deployment, domain } = this
      const toBlock = block ?? (await endpoint.provider.getBlockNumber())
      const fromBlock = block ?? deployment.block
      const filter = { address: domain.depository, topics, fromBlock, toBlock }
      return await readHistory(this.#endpoints, endpoint, deployment, filter)
    })
  }

  /** Events since the deployment, of other contracts than the Depository. */
  async events<Found>(
    { provider }: Endpoint,
    read: (from: number, to: number) => Promise<readonly Found[]>,
  ): Promise<readonly Found[]> {
    return await inHalves(this.deployment.block, await provider.getBlockNumber(), read)
  }

  /** A channel's nonce and its dispute. */
  channel(left: EntityId, right: EntityId) {
    return this.ask((endpoint) => this.depository(endpoint).channelOf(left, right))
  }

  /** Whether the chain takes a signature: as a proof in court, or for everything else. */
  async isSigned(
    entity: EntityId,
    digest: Hex,
    signature: Hex,
    isProof: boolean,
  ): Promise<boolean> {
    return await this.ask(async (endpoint) => {
      const provider = this.provider(endpoint)
      if (!isProof) return await provider.isValidEntitySignature(entity, digest, signature)
      return (await provider.isValidProofSignature(entity, digest, signature)).valid
    })
  }

  /** Throws `deed_of_other_chain`. */
  requireOwn({ chainId, depository, entityProvider }: ChainDomain): void {
    const { domain } = this
    const isOwn =
      chainId === domain.chainId &&
      depository === domain.depository &&
      entityProvider === domain.entityProvider
    if (!isOwn) throw new CliError({ code: 'deed_of_other_chain', chainId, depository })
  }

  /** An entity's reserves, debts and nonces, as of the newest block. */
  async entity(entity: EntityId): Promise<EntityChainView> {
    const { deployment } = this
    const reader = new ChainReader({
      endpoints: this.#endpoints,
      contracts: deployment,
      fromBlock: deployment.block,
    })
    const head = await this.ask(({ provider }) => provider.getBlockNumber())
    return await reader.readEntity(entity, head)
  }

  /**
   * Sends all calls at once with the key that pays, and returns when each is in a block. Throws
   * `call_refused` for one that the contract refuses, `gas_key_poor`, `rpc_unreachable`; the others may then
   * have been sent.
   */
  perform(
    args: Arguments,
    context: Context,
    calls: readonly ChainCall[],
  ): Promise<readonly Sighting[]> {
    return this.#submit(args, context, (submitter) => {
      return Promise.all(calls.map((call) => submitter.perform(call)))
    })
  }

  /** Moves what the key that pays owns into a reserve. Throws as {@link perform} does. */
  deposit(
    args: Arguments,
    context: Context,
    { entity, token, amount }: Deposit,
  ): Promise<Sighting> {
    return this.#submit(args, context, (submitter, { address }) => {
      const endpoints = this.#endpoints
      const wallet = new Wallet({ endpoints, contracts: this.deployment, submitter, address })
      return wallet.deposit(entity, token, amount)
    })
  }

  /** The key that pays, and acts where a contract asks who calls. Read once: it may be under a password. */
  key(args: Arguments, context: Context): Promise<GasKey> {
    this.#payer ??= payerOf(args, context)
    return this.#payer
  }

  async #submit<T>(
    args: Arguments,
    context: Context,
    task: (submitter: Submitter, key: GasKey) => Promise<T>,
  ): Promise<T> {
    const gasKey = await this.key(args, context)
    const submitter = new Submitter({
      endpoints: this.#endpoints,
      contracts: this.deployment,
      fromBlock: this.deployment.block,
      gasKey,
      report: () => undefined,
      log: createLogger({ level: 'silent' }),
      pollMs: this.#pollMs,
      // Nobody stays to wait for final blocks: what somebody else did first is told at once.
      confirmations: 0,
    })
    const watch = new Watch(submitter)
    try {
      const done = task(submitter, gasKey)
      return await Promise.race([done, watch.failed, submitter.run().then(() => done)])
    } catch (error) {
      throw advised(error)
    } finally {
      watch.end()
      await submitter.stop()
    }
  }
}

interface Deposit {
  readonly entity: EntityId
  readonly token: TokenId
  /** Base units. */
  readonly amount: bigint
}

/** Tells when a submitter waits for what will not come by itself. */
class Watch {
  readonly failed: Promise<never>
  readonly #timer: NodeJS.Timeout

  constructor(submitter: Submitter) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.failed = promise
    this.#timer = setInterval(() => {
      const { fault } = submitter.health()
      if (fault !== undefined && ENDS_WAITING.includes(fault.code)) reject(new ChainError(fault))
    }, HEALTH_POLL_MS)
  }

  end(): void {
    clearInterval(this.#timer)
  }
}

async function payerOf(args: Arguments, context: Context): Promise<GasKey> {
  const path = args.text('key-file')
  if (path !== undefined) {
    const key = hexToBytes(await readPrivateKey(path))
    return { address: addressOf(key), sign: (digest) => signDigest(digest, key) }
  }
  const { keystorePath, passwordFile } = await context.settings()
  const password = await readPassword({ environment: context.environment, passwordFile })
  return (await openKeystore(keystorePath, password)).signers.keyOf(GAS_KEY)
}
