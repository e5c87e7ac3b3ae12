/** Where the contracts are, chain by chain: `deploy/addresses/<chainId>.json`. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAddress } from '@xln/shared/ids.ts'
import { contractNames } from './codes.ts'
import { type Deployment, finished, type PartialDeployment } from './contracts.ts'

const folder = fileURLToPath(new URL('addresses', import.meta.url))

/** The file of a chain. */
export function addressesFile(chainId: number, directory = folder): string {
  return fileOf(chainId, directory)
}

function fileOf(chainId: number, directory: string): string {
  return join(directory, `${chainId}.json`)
}

/** What is written of a chain, finished or not; undefined when nothing is. Throws when it is damaged. */
export async function readAddresses(
  chainId: number,
  directory = folder,
): Promise<PartialDeployment | undefined> {
  const path = fileOf(chainId, directory)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const record = JSON.parse(text) as Record<string, unknown>
  if (record['chainId'] !== chainId) throw new Error(`${path} is not of chain ${chainId}.`)
  const named = contractNames.flatMap((name) => {
    return record[name] === undefined ? [] : [[name, parseAddress(String(record[name]))] as const]
  })
  const block = Number.isSafeInteger(record['block']) ? { block: Number(record['block']) } : {}
  const pending = contractNames.find((name) => name === record['pending'])
  return { chainId, ...block, ...Object.fromEntries(named), pending }
}

/** The finished deployment on a chain; undefined when there is none. */
export async function readDeployment(
  chainId: number,
  directory = folder,
): Promise<Deployment | undefined> {
  return finished((await readAddresses(chainId, directory)) ?? {})
}

/** Writes what is known, whole or not at all. */
export async function writeAddresses(
  addresses: PartialDeployment,
  directory = folder,
): Promise<void> {
  await writeRecord(addresses, {}, directory)
}

/** The same, with what else there is to say of it. */
export async function writeRecord(
  addresses: PartialDeployment,
  details: object,
  directory = folder,
): Promise<void> {
  const { chainId, block, pending } = addresses
  if (chainId === undefined) throw new TypeError('addresses without a chain')
  await mkdir(directory, { recursive: true })
  const path = fileOf(chainId, directory)
  const named = contractNames.map((name) => [name, addresses[name]] as const)
  const record = { chainId, block, ...Object.fromEntries(named), pending, ...details }
  await writeFile(`${path}.tmp`, `${JSON.stringify(record, null, 2)}\n`)
  await rename(`${path}.tmp`, path)
}
