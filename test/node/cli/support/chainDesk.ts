/** A folder of keys and files, a chain with the contracts on it, and command lines that work on both. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalChain, startLocalChain } from '@xln/deploy/localChain.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import { type Address, type EntityId, parseAddress } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { run } from './cli.ts'

export const DAY = 86_400
/** Whose keys the folder has, as `0.key` to `2.key`. */
const secrets = ['0a', '0b', '0c'].map((byte) => `0x${byte.repeat(32)}`)
export const keyAddresses = secrets.map((secret) => addressOf(hexToBytes(secret)))
export const soleEntities = keyAddresses.map(lazyEntityId)
/** Has the rich key that pays for everything. */
export const payer = '--key-file @payer.key'
export const ether = '--token ether --base-units'

/** Options for members of weight 1. */
export const members = (...ids: readonly string[]) => ids.map((id) => `--member ${id}`).join(' ')

export interface Registered {
  readonly board: string
  readonly number: string
  readonly entity: EntityId
}

export class ChainDesk {
  readonly chain: LocalChain
  readonly folder: string
  #files = 0

  private constructor(chain: LocalChain) {
    this.chain = chain
    this.folder = mkdtempSync(join(tmpdir(), 'xln-boards-'))
  }

  static async open(): Promise<ChainDesk> {
    const desk = new ChainDesk(await startLocalChain())
    desk.#key('payer', desk.chain.accounts[0]?.key ?? '')
    desk.#key('poor', `0x${'77'.repeat(32)}`)
    for (const [at, secret] of secrets.entries()) desk.#key(String(at), secret)
    desk.write('xln.yaml', '')
    await desk.done(`deploy ${payer}`)
    return desk
  }

  async close(): Promise<void> {
    await this.chain.stop()
    rmSync(this.folder, { recursive: true })
  }

  #key(name: string, secret: string): void {
    writeFileSync(join(this.folder, `${name}.key`), secret, { mode: 0o600 })
  }

  write(name: string, data: object | string): void {
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    writeFileSync(join(this.folder, name), text)
  }

  /** The text of a file that is named as commands name it. */
  shown(name: string): string {
    return readFileSync(name.replace('@', `${this.folder}/`), 'utf8')
  }

  /** A name of a file that is not there. */
  fresh(): string {
    return `@file-${this.#files++}.json`
  }

  /** Words that start with `@`, or have it behind `=`, are files of the folder. */
  async runLine(line: string) {
    const words = line.split(' ').map((word) => word.replace(/^@|(?<=[=:])@/, `${this.folder}/`))
    const environment = {
      XLN_DATA_DIR: this.folder,
      XLN_RPC: this.chain.url,
      XLN_POLL_MS: '20',
    }
    const { code, out } = await run([...words, '--json'], environment)
    return { code, said: JSON.parse(out) as Record<string, unknown> }
  }

  async done<Said = Record<string, unknown>>(line: string, expected = 0): Promise<Said> {
    const { code, said } = await this.runLine(line)
    expect(code, `${line}\n${JSON.stringify(said)}`).to.equal(expected)
    return said as Said
  }

  async fails(line: string): Promise<Record<string, unknown>> {
    const { error } = await this.done<{ error: Record<string, unknown> }>(line, 1)
    return error
  }

  /** A numbered entity for which both of two addresses decide. */
  async registered(...addresses: readonly string[]): Promise<Registered> {
    const board = await this.board(2, members(...addresses))
    await this.done(`board check ${board} ${payer}`)
    const made = await this.done<Omit<Registered, 'board'>>(
      `board register ${board} --another ${payer}`,
    )
    return { board, ...made }
  }

  /** A contract of tests, by its code and constructor's data. */
  async contract(code: string): Promise<Address> {
    const [account] = this.chain.accounts
    const sent = { from: account?.address, data: code, gas: '0x400000' }
    const hash = await this.chain.request<string>('eth_sendTransaction', [sent])
    const receipt = await this.chain.request<{ contractAddress: string }>(
      'eth_getTransactionReceipt',
      [hash],
    )
    return parseAddress(receipt.contractAddress)
  }

  /** Calls a contract of tests with a rich account. */
  async call(to: Address, data: string): Promise<void> {
    const [account] = this.chain.accounts
    await this.chain.request('eth_sendTransaction', [{ from: account?.address, to, data }])
  }

  ask(to: Address, data: string): Promise<string> {
    return this.chain.request('eth_call', [{ to, data }, 'latest'])
  }

  /** A new board file. */
  async board(threshold: number, options: string): Promise<string> {
    const board = this.fresh()
    await this.done(`board create ${board} --threshold ${threshold} ${options}`)
    return board
  }

  /** With the keys of all addresses that are listed on the board. */
  async signAndSend(deed: string, board: string, expected = 0) {
    const keys = [0, 1, 2].filter((at) => this.shown(board).includes(keyAddresses[at] as Address))
    const files = keys.map((at) => `--secret-file @${at}.key`).join(' ')
    await this.done(`deed sign ${deed} --board ${board} ${files}`)
    return await this.done(`deed send ${deed} ${payer}`, expected)
  }
}
