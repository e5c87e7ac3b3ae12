/**
 * `node deploy/main.ts --rpc <url> --key-file <path> [--write] [--directory <path>]`: deploys the
 * contracts and prints where they are, as JSON. With `--write` it keeps that in
 * `deploy/addresses/<chainId>.json`, and takes up again what an interrupted run has begun there.
 *
 * It needs no node and decides nothing: the addresses follow from the key's nonce. For a chain that others
 * use there is `xln deploy`, see README.md.
 */
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { parseArgs } from 'node:util'
import type { Hex } from '@xln/shared/ids.ts'
import { readAddresses, writeAddresses } from './addresses.ts'
import { deployContracts } from './contracts.ts'
import { chainIdOf, reasonOf } from './transactions.ts'

const usage =
  'Usage: node deploy/main.ts --rpc <url> --key-file <path> [--write] [--directory <path>]'

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rpc: { type: 'string' },
      'key-file': { type: 'string' },
      write: { type: 'boolean', default: false },
      directory: { type: 'string' },
    },
  })
  const { rpc: rpcUrl, 'key-file': keyFile, write, directory } = values
  if (rpcUrl === undefined || keyFile === undefined) {
    process.stderr.write(`${usage}\n`)
    return 1
  }
  const deployerKey = (await readFile(keyFile, 'utf8')).trim() as Hex
  const known = write ? await readAddresses(await chainIdOf(rpcUrl), directory) : undefined
  const deployment = await deployContracts({
    rpcUrl,
    deployerKey,
    ...(known && { known }),
    ...(write && { onProgress: (sofar) => writeAddresses(sofar, directory) }),
  })
  process.stdout.write(`${JSON.stringify(deployment, null, 2)}\n`)
  return 0
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${reasonOf(error)}\n`)
  return 1
})
