/** Sends the few transactions of a deployment, one after another. */
import { type Address, type Hex, parseAddress } from '@xln/shared/ids.ts'
import {
  computeAddress,
  getCreateAddress,
  JsonRpcProvider,
  keccak256,
  Network,
  type TransactionReceipt,
  type TransactionResponse,
  Wallet,
} from 'ethers'

const POLL_MS = 100
const INCLUSION_TIMEOUT_MS = 10 * 60_000

export interface DeployerOptions {
  readonly rpcUrl: string
  /** Pays, and has no power over what it deploys. */
  readonly deployerKey: Hex
}

/** What a transaction calls, or creates when `to` is missing. */
export interface Call {
  readonly to?: string
  readonly data: string
  readonly value?: bigint
}

/** The chain that an endpoint serves. Throws when it does not answer. */
export async function chainIdOf(rpcUrl: string): Promise<number> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
  }).catch((cause: unknown) => {
    throw new Error(`${new URL(rpcUrl).host} does not answer.`, { cause })
  })
  const { result } = (await response.json()) as { result: unknown }
  const chainId = Number(result)
  if (!Number.isSafeInteger(chainId) || chainId <= 0) {
    throw new Error(`${new URL(rpcUrl).host} is no Ethereum endpoint: its chain id is ${result}.`)
  }
  return chainId
}

/** Who pays with a key. */
export function addressOfKey(key: Hex): Address {
  return parseAddress(computeAddress(key))
}

/** One endpoint, to read from. Throws when it does not answer. Destroy it after use. */
export async function openProvider(
  rpcUrl: string,
): Promise<{ readonly provider: JsonRpcProvider; readonly chainId: number }> {
  const chainId = await chainIdOf(rpcUrl)
  const network = Network.from(chainId)
  const options = { staticNetwork: network, cacheTimeout: -1, polling: true }
  const provider = new JsonRpcProvider(rpcUrl, network, options)
  provider.pollingInterval = POLL_MS
  return { provider, chainId }
}

/** One key at one endpoint. */
export class Deployer {
  readonly provider: JsonRpcProvider
  readonly chainId: number
  readonly #wallet: Wallet

  private constructor(provider: JsonRpcProvider, chainId: number, key: Hex) {
    this.provider = provider
    this.chainId = chainId
    this.#wallet = new Wallet(key, provider)
  }

  /** Throws when the endpoint does not answer. Close it after use. */
  static async open({ rpcUrl, deployerKey }: DeployerOptions): Promise<Deployer> {
    const { provider, chainId } = await openProvider(rpcUrl)
    return new Deployer(provider, chainId, deployerKey)
  }

  get address(): Address {
    return parseAddress(this.#wallet.address)
  }

  /** Where the next contract will be, if nothing else is sent before. */
  async nextContract(): Promise<Address> {
    const nonce = await this.provider.getTransactionCount(this.address, 'pending')
    return parseAddress(getCreateAddress({ from: this.address, nonce }))
  }

  /** Sends and waits until it is in a block. Throws when it failed there. */
  async send(request: Call): Promise<TransactionReceipt> {
    return included(await this.#wallet.sendTransaction(request))
  }

  /** The same for what somebody else has signed, and may have sent already. */
  async sendSigned(transaction: Hex): Promise<void> {
    const hash = keccak256(transaction)
    try {
      await this.provider.broadcastTransaction(transaction)
    } catch (error) {
      if ((await this.provider.getTransaction(hash)) === null) throw error
    }
    const receipt = await this.provider.waitForTransaction(hash, 1, INCLUSION_TIMEOUT_MS)
    if (receipt?.status !== 1) throw new Error(`${hash} failed.`)
  }

  /**
   * Waits until nothing of this key is on its way: a run that was killed may have left a transaction, and
   * what it makes would be made twice. Throws when it takes ten minutes.
   */
  async settle(): Promise<void> {
    const end = Date.now() + INCLUSION_TIMEOUT_MS
    for (;;) {
      const [sent, done] = await Promise.all([
        this.provider.getTransactionCount(this.address, 'pending'),
        this.provider.getTransactionCount(this.address, 'latest'),
      ])
      if (sent <= done) return
      if (Date.now() > end) {
        throw new Error(
          `Transaction ${done} of ${this.address} is still waiting: replace it with the same nonce and a higher fee.`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  close(): void {
    this.provider.destroy()
  }
}

/** Waits until nothing of a key is on its way: see {@link Deployer.settle}. */
export async function settle(options: DeployerOptions): Promise<void> {
  const deployer = await Deployer.open(options)
  try {
    await deployer.settle()
  } finally {
    deployer.close()
  }
}

async function included(sent: TransactionResponse): Promise<TransactionReceipt> {
  const receipt = await sent.wait(1, INCLUSION_TIMEOUT_MS)
  if (receipt === null) throw new Error(`${sent.hash} was not included`)
  return receipt
}

/** Why it failed, in a sentence: without the transaction's whole data, which the library's message holds. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const reason = 'shortMessage' in error ? String(error.shortMessage) : error.message
  return /[.!?]$/.test(reason) ? reason : `${reason}.`
}
