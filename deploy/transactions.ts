/** Sends the few transactions of a deployment, one after another. */
import { type Address, type Hex, parseAddress } from '@xln/shared/ids.ts'
import { getCreateAddress, JsonRpcProvider, Network, type TransactionReceipt, Wallet } from 'ethers'

const POLL_MS = 100
const INCLUSION_TIMEOUT_MS = 10 * 60_000

export interface DeployerOptions {
  readonly rpcUrl: string
  /** Pays, and has no power over what it deploys. */
  readonly deployerKey: Hex
}

/** The chain that an endpoint serves. Throws when it does not answer. */
export async function chainIdOf(rpcUrl: string): Promise<number> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
  })
  const { result } = (await response.json()) as { result: unknown }
  const chainId = Number(result)
  if (!Number.isSafeInteger(chainId) || chainId <= 0) {
    throw new Error(`${new URL(rpcUrl).host} is no Ethereum endpoint: its chain id is ${result}.`)
  }
  return chainId
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
    const chainId = await chainIdOf(rpcUrl)
    const network = Network.from(chainId)
    const options = { staticNetwork: network, cacheTimeout: -1, polling: true }
    const provider = new JsonRpcProvider(rpcUrl, network, options)
    provider.pollingInterval = POLL_MS
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
  async send(request: { to?: string; data: string }): Promise<TransactionReceipt> {
    const sent = await this.#wallet.sendTransaction(request)
    const receipt = await sent.wait(1, INCLUSION_TIMEOUT_MS)
    if (receipt === null) throw new Error(`${sent.hash} was not included`)
    return receipt
  }

  close(): void {
    this.provider.destroy()
  }
}
