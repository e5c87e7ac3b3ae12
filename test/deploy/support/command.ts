/** `xln deploy` as a stranger runs it: the program itself, against a chain in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type LocalChain, type Mining, startLocalChain } from '@xln/deploy/localChain.ts'

const program = fileURLToPath(new URL('../../../node/cli/main.ts', import.meta.url))
const GAS_PRICE_WEI = 20_000_000_000

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

/** A chain with a gas price, and a folder with a key and a configuration that names the chain `testnet`. */
export class Stranger {
  readonly chain: LocalChain
  readonly folder: string
  readonly payer: string

  private constructor(chain: LocalChain, folder: string) {
    this.chain = chain
    this.folder = folder
    this.payer = chain.accounts[0]?.address ?? ''
  }

  static async come(mining: Mining = { type: 'interval', ms: 200 }, chainId?: number) {
    const chain = await startLocalChain({ mining, ...(chainId && { chainId }) })
    await chain.request('hardhat_setNextBlockBaseFeePerGas', [`0x${GAS_PRICE_WEI.toString(16)}`])
    const folder = await mkdtemp(join(tmpdir(), 'xln-deploy-'))
    const stranger = new Stranger(chain, folder)
    await stranger.useKey(0)
    await stranger.name(chain.url, chain.chainId)
    return stranger
  }

  /** Pays with an account of the chain. */
  async useKey(index: number): Promise<string> {
    const account = this.chain.accounts[index]
    await writeFile(join(this.folder, 'deployer.key'), `${account?.key}\n`, { mode: 0o600 })
    return account?.address ?? ''
  }

  /** Writes the configuration. */
  async name(url: string, chainId: number): Promise<void> {
    const text = `networks:\n  testnet: { rpc: ["${url}"], chainId: ${chainId} }\n`
    await writeFile(join(this.folder, 'xln.yaml'), text)
  }

  /** Starts it, in the folder. */
  start(...words: readonly string[]): ChildProcess {
    const env = { PATH: process.env['PATH'] ?? '', HOME: this.folder, XLN_DATA_DIR: this.folder }
    const options = { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] as const }
    return spawn(process.execPath, [program, ...words], { ...options, stdio: [...options.stdio] })
  }

  async run(...words: readonly string[]): Promise<Ended> {
    const child = this.start(...words)
    let [out, error] = ['', '']
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      error += chunk
    })
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, out, error }
  }

  /** `xln deploy` to the chain, its addresses in the folder. */
  deploy(...more: readonly string[]): Promise<Ended> {
    return this.run(...this.deployWords, ...more)
  }

  readonly deployWords = [
    ...['deploy', '--network', 'testnet', '--addresses', 'addresses'],
    ...['--key-file', 'deployer.key'],
  ]

  /** What is kept of the deployment. */
  async kept(): Promise<Record<string, unknown>> {
    const path = join(this.folder, 'addresses', `${this.chain.chainId}.json`)
    return JSON.parse(await readFile(path, 'utf8'))
  }

  /** How many transactions `account` has sent; also those on their way. */
  async sent(account: string, block: 'latest' | 'pending' = 'latest'): Promise<number> {
    return Number(await this.chain.request('eth_getTransactionCount', [account, block]))
  }

  async leave(): Promise<void> {
    await this.chain.stop()
    await rm(this.folder, { recursive: true })
  }
}
