/** Runs command lines: in this process, before an imagined node, or as the real program. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commands } from '@xln/node/cli/commands.ts'
import type { Host } from '@xln/node/cli/host.ts'
import { runCommandLine } from '@xln/node/cli/run.ts'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

export const program = fileURLToPath(new URL('../../../../node/cli/main.ts', import.meta.url))

/** A host that does nothing. */
export const noHost: Host = {
  startNode: () => Promise.reject(new Error('no node here')),
  verifyLog: () => Promise.reject(new Error('no log here')),
  onSignal: () => () => undefined,
}

/** In this process: quick, and with whatever host. */
export async function run(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  host: Host = noHost,
): Promise<Ended> {
  let out = ''
  let error = ''
  const code = await runCommandLine({
    words,
    commands,
    environment,
    streams: {
      out: (text) => {
        out += `${text}\n`
      },
      error: (text) => {
        error += `${text}\n`
      },
    },
    host,
    version: () => Promise.resolve('1'),
  })
  return { code, out, error }
}

/** The program itself. */
export function runProgram(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd?: string,
): Promise<Ended> {
  // Nothing of whoever runs the tests, and no home with a node in it.
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...environment }
  const child = spawn(process.execPath, [program, ...words], { env, cwd, stdio: 'pipe' })
  child.stdin.end()
  let out = ''
  let error = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    error += chunk.toString()
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, error })))
}

/** Runs `test` with a folder of its own. */
export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'xln-cli-'))
  try {
    await test(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
