/** A copy of the repository to put mutants into, so that nobody's working tree is touched. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sources } from './ranking.ts'

/** What the tests say of a mutant; `by` names the first test that failed. */
export type Verdict =
  | { readonly type: 'killed'; readonly by: string }
  | { readonly type: 'survived' }
  | { readonly type: 'uncompiled'; readonly why: string }

/** Copied over the clone: what is not committed yet, and what was built already. */
const overlaid = ['contracts', 'test/contracts', 'shared/abi', 'artifacts', 'cache']

/** A loop that no longer ends is a failure too. */
const TIME_MAX_MS = 400_000

export class Workplace {
  readonly #folder = mkdtempSync(join(tmpdir(), 'xln-mutants-'))
  #stop: () => void = () => {}

  /** Clones `root` and installs its packages from what is on this machine. */
  constructor(root: string) {
    const options = { cwd: this.#folder, stdio: 'pipe' } as const
    execFileSync('git', ['clone', '-q', root, '.'], options)
    const install = ['--yes', 'pnpm@10.34.9', 'install', '--offline', '--frozen-lockfile']
    execFileSync('npx', install, { ...options, env: { ...process.env, CI: 'true' } })
    for (const path of overlaid) {
      rmSync(join(this.#folder, path), { recursive: true, force: true })
      cpSync(join(root, path), join(this.#folder, path), { recursive: true })
    }
  }

  /** Every Solidity file of contracts/ and test/contracts/. */
  sources(): Sources {
    const found = ['contracts', 'test/contracts'].flatMap((folder) =>
      readdirSync(join(this.#folder, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.sol'))
        .map((path) => join(folder, path)),
    )
    return new Map(found.map((path) => [path, readFileSync(join(this.#folder, path), 'utf8')]))
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.#folder, path), text)
  }

  /** Runs the tests of `files` and ends them at the first that fails. */
  run(files: readonly string[]): Promise<Verdict> {
    const args = [join('node_modules', '.bin', 'hardhat'), 'test', 'solidity', ...files]
    const child = spawn(process.execPath, args, {
      cwd: this.#folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let ended = false
    this.#stop = () => {
      // The group: Hardhat compiles in processes of its own.
      if (!ended && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      ended = true
    }
    const timer = setTimeout(this.#stop, TIME_MAX_MS)
    let said = ''
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      if (failureOf(said) !== undefined) this.#stop()
    }
    child.on('exit', () => {
      ended = true
    })
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => {
        clearTimeout(timer)
        resolve(verdictOf(code, said))
      })
    })
  }

  /** Ends what runs, and leaves nothing behind. */
  remove(): void {
    this.#stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** What a run that ended with `code` and said `said` means; null: it was stopped. */
export function verdictOf(code: number | null, said: string): Verdict {
  const by = failureOf(said)
  if (by !== undefined) return { type: 'killed', by }
  if (code === null) return { type: 'killed', by: 'time' }
  if (code === 0 && / passing/.test(said)) return { type: 'survived' }
  if (/failing/.test(said)) return { type: 'killed', by: 'a failure without a name' }
  return { type: 'uncompiled', why: /(?:\w*Error|WarningIsError):.*/.exec(said)?.[0] ?? said }
}

/** The first line of the report such as `    1) test_owe_paysOlderDebtsFirst()`, once it is whole. */
const failureOf = (said: string): string | undefined => /^ +1\) (\S.*)\n/m.exec(said)?.[1]
