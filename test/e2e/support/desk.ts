/** A folder, a chain, and the real program at work on both: what somebody without a node has. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalChain, startLocalChain } from '@xln/deploy/localChain.ts'
import { expect } from 'chai'
import { type Ended, runProgram } from '../../node/cli/support/cli.ts'

export class Desk {
  readonly chain: LocalChain
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>

  private constructor(chain: LocalChain) {
    this.chain = chain
    this.folder = mkdtempSync(join(tmpdir(), 'xln-desk-'))
    this.environment = {
      XLN_DATA_DIR: join(this.folder, 'node'),
      XLN_PASSWORD: 'a password',
      XLN_RPC: chain.url,
      XLN_POLL_MS: '50',
      XLN_CONFIRMATIONS: '0',
      // Most of a short command is reading the program.
      NODE_COMPILE_CACHE: join(this.folder, 'compiled'),
    }
  }

  /** With a rich key in `payer.key`, and nothing deployed. */
  static async open(): Promise<Desk> {
    const desk = new Desk(await startLocalChain())
    const [payer] = desk.chain.accounts
    writeFileSync(desk.path('payer.key'), `${payer?.key}\n`, { mode: 0o600 })
    return desk
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** The program, in the folder. */
  run(line: string, ...more: readonly string[]): Promise<Ended> {
    return runProgram([...line.split(' '), ...more], this.environment, this.folder)
  }

  /** What it says when it is done: one JSON object. */
  async done<Said = Record<string, unknown>>(line: string): Promise<Said> {
    const { code, out, error } = await this.run(line, '--json')
    expect(code, `xln ${line}\n${out}${error}`).to.equal(0)
    return JSON.parse(out) as Said
  }

  /** What it says when it cannot: the fault. */
  async fails(line: string): Promise<Record<string, unknown>> {
    const { code, out } = await this.run(line, '--json')
    expect(code, `xln ${line}\n${out}`).to.equal(1)
    return (JSON.parse(out) as { error: Record<string, unknown> }).error
  }

  async balanceOf(address: string): Promise<bigint> {
    return BigInt(await this.chain.request<string>('eth_getBalance', [address, 'latest']))
  }

  async close(): Promise<void> {
    await this.chain.stop()
    rmSync(this.folder, { recursive: true })
  }
}
