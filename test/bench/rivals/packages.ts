/** Contracts of others, as they published them: an npm package each, at an exact version, held to its hash. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InterfaceAbi } from 'ethers'

export interface Package {
  /** Name and exact version, as the registry has it. */
  readonly name: string
  /** The registry's `integrity` of it: `sha512-` and base 64. */
  readonly integrity: string
}

export interface Artifact {
  readonly abi: InterfaceAbi
  readonly bytecode: string
}

/** The files of a package, unpacked; its dependencies and scripts are left alone. */
export interface Unpacked {
  /** An ABI and its creation code. Throws when there is no such file. */
  artifact(path: string): Artifact
  remove(): void
}

/** Fetches a package by npm. Throws when it cannot be had, or is not what it was. */
export function unpack({ name, integrity }: Package): Unpacked {
  const folder = mkdtempSync(join(tmpdir(), 'xln-rivals-'))
  const file = call('npm', ['pack', '--silent', '--pack-destination', folder, name]).trim()
  const archive = join(folder, file)
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (found !== integrity) throw new Error(`${name} is not what it was: its hash is ${found}.`)
  call('tar', ['xzf', archive, '-C', folder])
  return {
    artifact: (path) => JSON.parse(readFileSync(join(folder, 'package', path), 'utf8')) as Artifact,
    remove: () => rmSync(folder, { recursive: true }),
  }
}

function call(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return stdout
  throw new Error(`'${command} ${args.join(' ')}' failed: ${error?.message ?? stderr}`)
}
