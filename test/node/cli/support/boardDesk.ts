/** A folder of board files, keys and deeds, and commands that work in it without a chain. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Deed, writeDeed } from '@xln/node/cli/boards/deed.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Address, EntityId, Hash } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { run, withFolder } from './cli.ts'

export const domain: ChainDomain = {
  chainId: 1n,
  depository: `0x${'d0'.repeat(20)}` as Address,
  entityProvider: `0x${'e0'.repeat(20)}` as Address,
  subcontractProvider: `0x${'50'.repeat(20)}` as Address,
}
const secrets = ['0a', '0b', '0c'].map((byte) => `0x${byte.repeat(32)}`)
/** Whose keys the folder has. */
export const addresses = secrets.map((secret) => addressOf(hexToBytes(secret)))

/** Options for members of weight 1. */
export const members = (...ids: readonly string[]) => ids.map((id) => `--member ${id}`).join(' ')

/** A folder with three keys of addresses, `0.key` to `2.key`, and commands that take its files. */
export async function withDesk(test: (desk: Desk) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    for (const [at, secret] of secrets.entries()) {
      writeFileSync(join(folder, `${at}.key`), secret, { mode: 0o600 })
    }
    await test(new Desk(folder))
  })
}

export class Desk {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Words that start with `@` are files of the folder. */
  async run(line: string) {
    const words = line.split(' ').map((word) => word.replace(/^@/, `${this.folder}/`))
    return await run([...words, '--json'], { XLN_DATA_DIR: this.folder })
  }

  async done<Said = Record<string, unknown>>(line: string): Promise<Said> {
    const { code, out } = await this.run(line)
    expect(code, `${line}\n${out}`).to.equal(0)
    return JSON.parse(out) as Said
  }

  async fails(line: string): Promise<Record<string, unknown>> {
    const { code, out } = await this.run(line)
    expect(code, `${line}\n${out}`).to.equal(1)
    return (JSON.parse(out) as { error: Record<string, unknown> }).error
  }

  write(name: string, data: object | string): void {
    writeFileSync(this.path(name), typeof data === 'string' ? data : JSON.stringify(data))
  }

  /** A name claim of `entity`: the smallest deed. */
  async deed(name: string, entity: string, nonce = 0n): Promise<Deed> {
    const deed: Deed = {
      type: 'name',
      domain,
      entity: entity as EntityId,
      name: `0x${'61'.repeat(3).padEnd(64, '0')}` as Hash,
      to: null,
      nonce,
      signatures: new Map(),
    }
    await writeDeed(this.path(name), deed, 'replacing')
    return deed
  }
}
