/** A local chain for tests, the story and development: starts, stops, and moves its clock. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { computeAddress, HDNodeWallet, Mnemonic } from 'ethers'
import type { LocalChainServerOptions } from './localChainServer.ts'

/** A block per transaction, or one every so many milliseconds; `manual`: only by `mine`. */
export type Mining =
  | { readonly type: 'auto' }
  | { readonly type: 'interval'; readonly ms: number }
  | { readonly type: 'manual' }

export interface LocalChainOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number
  readonly chainId?: number
  readonly mining?: Mining
  /** How many accounts are born rich; their keys are public knowledge. */
  readonly accounts?: number
}

/** A rich account. Its key comes from a phrase that everybody knows: never use it elsewhere. */
export interface LocalAccount {
  readonly address: string
  readonly key: `0x${string}`
}

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 5_000
const CHAIN_ID = 31_337
const BALANCE_WEI = 10_000n * 10n ** 18n
const PHRASE = 'test test test test test test test test test test test junk'
const server = fileURLToPath(new URL('./localChainServer.ts', import.meta.url))

/** The accounts that every local chain starts with. */
export function localAccounts(count: number): LocalAccount[] {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(PHRASE), `m/44'/60'/0'/0`)
  return Array.from({ length: count }, (_, index) => {
    const key = root.deriveChild(index).privateKey as `0x${string}`
    return { address: computeAddress(key), key }
  })
}

/**
 * Starts a chain as a child process and returns once it answers. It ends with {@link LocalChain.stop},
 * or by itself when this process does. Throws with the child's last words if it does not start.
 */
export async function startLocalChain(options: LocalChainOptions = {}): Promise<LocalChain> {
  const chainId = options.chainId ?? CHAIN_ID
  const mining = options.mining ?? { type: 'auto' }
  const accounts = localAccounts(options.accounts ?? 10)
  const serverOptions: LocalChainServerOptions = {
    port: options.port ?? 0,
    chainId,
    blockIntervalMs: mining.type === 'interval' ? mining.ms : 0,
    accounts: accounts.map(({ key }) => ({ privateKey: key, balance: BALANCE_WEI.toString() })),
  }
  const child = spawn(process.execPath, [server, JSON.stringify(serverOptions)], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const url = await waitForUrl(child)
  const chain = new LocalChain(child, url, chainId, accounts)
  if (mining.type === 'manual') await chain.setMining(mining)
  return chain
}

async function waitForUrl(child: ChildProcess): Promise<string> {
  let lastWords = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-4_000)
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS)
  try {
    return await new Promise<string>((resolve, reject) => {
      child.once('message', (message) => resolve((message as { url: string }).url))
      child.once('error', reject)
      child.once('close', (code, signal) => {
        reject(new Error(`The local chain did not start (${signal ?? code}).\n${lastWords}`))
      })
    })
  } finally {
    clearTimeout(timer)
  }
}

/** A running local chain. */
export class LocalChain {
  readonly url: string
  readonly chainId: number
  readonly accounts: readonly LocalAccount[]
  readonly #child: ChildProcess
  #requests = 0

  constructor(
    child: ChildProcess,
    url: string,
    chainId: number,
    accounts: readonly LocalAccount[],
  ) {
    this.#child = child
    this.url = url
    this.chainId = chainId
    this.accounts = accounts
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Any JSON-RPC call; throws with the chain's message if it is refused. */
  async request<T = unknown>(method: string, params: readonly unknown[] = []): Promise<T> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: ++this.#requests, method, params }),
    })
    const answer = (await response.json()) as { result?: T; error?: { message: string } }
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result as T
  }

  /** Mines `blocks` blocks. */
  async mine(blocks = 1): Promise<void> {
    // One by one: what `hardhat_mine` makes of many has parents that are not there.
    for (let count = 0; count < blocks; count++) await this.request('evm_mine')
  }

  /** Moves the chain's clock forward by `seconds`, and mines a block that has the new time. */
  async advanceTime(seconds: number): Promise<void> {
    await this.request('evm_increaseTime', [toHex(seconds)])
    await this.mine()
  }

  async setMining(mining: Mining): Promise<void> {
    await this.request('evm_setAutomine', [mining.type === 'auto'])
    await this.request('evm_setIntervalMining', [mining.type === 'interval' ? mining.ms : 0])
  }

  /** Gives `address` a balance of `wei`. */
  async fund(address: string, wei: bigint): Promise<void> {
    await this.request('hardhat_setBalance', [address, toHex(wei)])
  }

  /** Remembers the chain as it is; see {@link revert}. */
  async snapshot(): Promise<string> {
    return this.request<string>('evm_snapshot')
  }

  /** Goes back to a snapshot, once. What is mined next is another history: a reorganisation. */
  async revert(snapshot: string): Promise<void> {
    await this.request('evm_revert', [snapshot])
  }

  /** Ends the chain's process and returns when it is gone. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    child.kill('SIGTERM')
    await closed
    clearTimeout(timer)
  }
}

function toHex(value: number | bigint): string {
  return `0x${value.toString(16)}`
}
