import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, run, say, toolEnvironment } from './processes.mjs'

// Exact, because another version may read the lock file differently.
const pnpm = 'pnpm@10.34.9'

/** Installs what the lock file names, unless that is what is there. */
export async function install() {
  const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']
  for (const name of ['shared', 'node', 'deploy']) inputs.push(`${name}/package.json`)
  const stamp = stampOf('node_modules/.xln-stamp', inputs, [pnpm, process.platform, process.arch])
  if (stamp.isCurrent()) return 0
  say('Installing packages from the npm registry (a minute or so the first time) …')
  const args = ['exec', '--yes', `--package=${pnpm}`, '--', 'pnpm', 'install', '--frozen-lockfile']
  // CI: without it pnpm may stop to ask whether it may replace node_modules.
  const env = { ...process.env, CI: 'true' }
  const code = await run('npm', [...args, '--reporter=append-only'], { env, stdio: toStderr })
  if (code === 0) stamp.set()
  return code
}

/** The one mock that leaves the tests: deploy/testToken.ts deploys it on local chains. */
const testToken = '/TestToken.sol'

/** Compiles the contracts and writes `shared/abi/`, unless nothing they depend on changed. */
export async function compile({ force = false } = {}) {
  const contracts = filesUnder('contracts', '.sol')
  const inputs = [...contracts, ...filesUnder('deploy/compile', '.ts'), 'hardhat.config.ts']
  const stamp = stampOf('cache/xln-stamp', [...inputs, 'pnpm-lock.yaml'], [])
  if (contracts.length === 0) return 0
  if (!force && stamp.isCurrent() && existsSync(join(root, 'shared/abi/bytecode'))) return 0
  // Without a stamp in the meantime, a build that is interrupted is done again.
  stamp.clear()

  say(`Compiling ${contracts.length} Solidity files and writing shared/abi/ …`)
  const fast = await hardhatCompile('default', [])
  if (fast !== 0) return fast

  say('Compiling again as deployed, optimised through viaIR (slower) …')
  const isDeployed = (file) => !file.startsWith('contracts/mocks/') || file.endsWith(testToken)
  const deployed = contracts.filter(isDeployed)
  const production = deployed.length === 0 ? 0 : await hardhatCompile('production', deployed)
  if (production === 0) stamp.set()
  return production
}

function hardhatCompile(profile, files) {
  const env = { ...toolEnvironment(), HARDHAT_BUILD_PROFILE: profile }
  return run('hardhat', ['compile', '--no-tests', ...files], { env, stdio: toStderr })
}

/** A child's standard output onto our standard error: it is progress. */
const toStderr = ['inherit', 2, 2]

function stampOf(path, inputs, extra) {
  const file = join(root, path)
  const hash = createHash('sha256').update(JSON.stringify(extra))
  for (const input of inputs) {
    hash.update(`\0${input}\0`).update(readFileSync(join(root, input)))
  }
  const value = hash.digest('hex')
  return {
    isCurrent: () => existsSync(file) && readFileSync(file, 'utf8') === value,
    clear: () => rmSync(file, { force: true }),
    set: () => {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, value)
    },
  }
}

/** Paths relative to the repository, in an order that does not depend on the disk. */
export function filesUnder(folder, extension) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => `${folder}/${name}`)
    .filter((name) => name.endsWith(extension) && !name.includes('node_modules/'))
    .sort()
}
