#!/usr/bin/env node
/** The command line `xln`. The node itself is loaded only by the commands that run it. */
import process from 'node:process'
import { commands } from './commands.ts'
import type { Host } from './host.ts'
import { runCommandLine } from './run.ts'

const host: Host = {
  startNode: async (config) => (await import('../node.ts')).startNode(config),
  verifyLog: async (config, onProgress) =>
    (await import('../node.ts')).verifyLog(config, onProgress),
  onSignal(stop) {
    let isAsked = false
    const onSignal = () => {
      // Who asks twice does not want to wait.
      if (isAsked) process.exit(1)
      isAsked = true
      stop()
    }
    // A parent that is gone cannot ask any more.
    const names = ['SIGINT', 'SIGTERM', 'disconnect'] as const
    for (const name of names) process.on(name, onSignal)
    return () => {
      for (const name of names) process.off(name, onSignal)
    }
  },
}

// Whoever reads this may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

process.exitCode = await runCommandLine({
  words: process.argv.slice(2),
  commands,
  environment: process.env,
  streams: {
    out: (text) => void process.stdout.write(`${text}\n`),
    error: (text) => void process.stderr.write(`${text}\n`),
  },
  host,
  version: async () => (await import('../node.ts')).VERSION,
})
