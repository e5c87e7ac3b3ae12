/**
 * The way into everything, from a fresh clone on: `node deploy/bootstrap/run.mjs <command> …`.
 * Sets up what the command needs, if it is not there yet, and runs it on the Node of the lock
 * file. package.json names each command, so `npm start` and `npm test` are all there is to know.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkNames, checks } from './checks.mjs'
import { node24, root, run, say } from './processes.mjs'
import { compile, install } from './setup.mjs'
import { test } from './test.mjs'

async function program(path, args) {
  if (!existsSync(join(root, path))) {
    say(`${path} is not there yet.`)
    return 1
  }
  return (await compile()) || run(node24, [path, ...args])
}

async function inTurn(names) {
  for (const name of names) {
    const code = await run(...checks[name])
    if (code !== 0) return code
  }
  return 0
}

/** On Hardhat's chain, with the build that is deployed. */
const hardhatRun = (path) => ['run', path, '--build-profile', 'production', '--no-compile']

const commands = {
  start: (args) => program('node/story/main.ts', args),
  xln: (args) => program('node/cli/main.ts', args),
  bench: (args) => program('test/bench/main.ts', args),
  sim: (args) => program('node/sim/main.ts', args),
  plants: (args) => program('test/sim/planted/main.ts', args),
  rivals: async () => (await compile()) || run('hardhat', hardhatRun('test/bench/rivals/main.ts')),
  mutate: (args) => program('test/mutation/main.ts', args),
  fuzz: (args) => program('test/fuzz/main.ts', args),
  crash: (args) => program('test/crash/main.ts', args),
  compile: () => compile({ force: true }),
  typecheck: async () => (await compile()) || inTurn(checkNames.types),
  lint: () => inTurn(checkNames.lint),
  format: () => inTurn(checkNames.format),
  test,
}

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command === undefined) {
  say(`Unknown command '${name}'. Commands: ${Object.keys(commands).join(', ')}.`)
  process.exitCode = 2
} else {
  const installed = await install()
  if (installed !== 0) {
    say('The packages could not be installed; the lines above say why.')
    if (name === 'test') process.stdout.write('0 passed, 1 failed\n')
  }
  process.exitCode = installed || (await command(args))
}
