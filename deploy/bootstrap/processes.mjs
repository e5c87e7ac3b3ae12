// Runs on any Node from 20 on, before anything is installed: no dependencies, no TypeScript.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** The Node that everything after the bootstrap runs on; a package, so no machine need have it. */
export const node24 = join(root, 'node_modules/node/bin/node')

/** Where `node` is that Node, and tools are those of the lock file, for children of children too. */
export function toolEnvironment() {
  const folders = [join(root, 'node_modules/node/bin'), join(root, 'node_modules/.bin')]
  const path = [...folders, process.env.PATH ?? ''].join(delimiter)
  // HARDHAT_DISABLE_TELEMETRY_PROMPT: a question would stop a run that nobody watches.
  return { ...process.env, PATH: path, HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true' }
}

/**
 * Runs a command to its end and resolves to its exit code; a signal gives 128 + its number, as in
 * a shell. Signals meant for us reach the command, and we stay until it has ended, so that it can
 * put its own house in order.
 */
export function run(command, args, options = {}) {
  const { onOutput, timeoutMs, stdio = 'inherit', ...rest } = options
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: toolEnvironment(), stdio, ...rest })
    // A terminal's Ctrl-C goes to the child by itself; passing it on would make it two.
    const pass = (signal) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, pass)
    const timer =
      timeoutMs &&
      setTimeout(() => {
        onOutput?.(`\nStopped: it did not end within ${timeoutMs / 60_000} minutes.\n`)
        child.kill('SIGKILL')
      }, timeoutMs)
    if (onOutput) {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', onOutput)
      }
    }
    const end = (code) => {
      clearTimeout(timer)
      for (const signal of signals) process.off(signal, pass)
      resolve(code)
    }
    child.on('error', (error) => {
      onOutput ? onOutput(`${error.message}\n`) : process.stderr.write(`${error.message}\n`)
      end(127)
    })
    child.on('close', (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
}

/** The exit code of a command that a signal ended. */
export const wasStopped = (code) => code === 130 || code === 143 || code === 129

/** Progress goes to standard error: standard output belongs to what is run. */
export function say(text) {
  process.stderr.write(`${text}\n`)
}
