/** Which chain a deployment is meant for, and where its addresses are kept. */
import { join } from 'node:path'
import type { Deployment } from '@xln/deploy/contracts.ts'
import { ConfigError } from '../shell/config/faults.ts'
import { overrides } from '../shell/config/load.ts'
import type { Arguments } from './arguments.ts'
import type { Context } from './context.ts'
import { CliError } from './faults.ts'
import { settingOptions } from './settingOptions.ts'
import type { Option } from './syntax.ts'

const rpcFlag = overrides.find(({ path }) => path.join('.') === 'chain.rpc')?.flag

/** Of every command about a deployment. */
export const targetOptions: readonly Option[] = [
  {
    name: 'network',
    value: '<name>',
    summary: 'A chain under "networks" in the configuration, or "local"',
    default: "the node's own",
  },
  {
    name: 'addresses',
    value: '<folder>',
    summary: 'Where <chainId>.json is',
    default: 'with --network deploy/addresses of the project, else deployments in the folder',
  },
  ...settingOptions.filter(({ name }) => name === rpcFlag),
]

export interface DeployTarget {
  readonly rpcUrls: readonly string[]
  readonly rpcUrl: string
  readonly chainId: number
  /** Of `<chainId>.json`; undefined: `deploy/addresses` of the project. */
  readonly folder: string | undefined
  /** The node's own chain: its configuration names the contracts. */
  readonly isOwn: boolean
  /** What the configuration names already. */
  readonly configured: Deployment | undefined
}

/** Throws `network_unknown`, `chain_other`, `setting_missing`, or that the endpoint does not answer. */
export async function deployTarget(args: Arguments, context: Context): Promise<DeployTarget> {
  const name = args.text('network')
  const target = await (name === undefined ? ownTarget(context) : namedTarget(name, args, context))
  const [rpcUrl] = target.rpcUrls
  if (rpcUrl === undefined) throw new ConfigError({ code: 'setting_missing', setting: 'chain.rpc' })
  const { chainIdOf, reasonOf } = await import('@xln/deploy/transactions.ts')
  const chainId = await chainIdOf(rpcUrl).catch((cause: unknown) => {
    throw new CliError({ code: 'deployment_failed', reason: reasonOf(cause) }, { cause })
  })
  const { expected } = target
  if (expected !== undefined && expected !== chainId) {
    const network = name ?? 'the configuration'
    throw new CliError({ code: 'chain_other', network, expected, chainId })
  }
  const folder = args.text('addresses') ?? target.folder
  return { ...target, rpcUrl, chainId, folder }
}

async function ownTarget(context: Context) {
  const { dataDir, rpcUrls, deployment } = await context.settings()
  const configured = deployment ?? undefined
  const folder = join(dataDir, 'deployments')
  return { rpcUrls, expected: configured?.chainId, folder, isOwn: true, configured }
}

/** A chain of its own: there need not be a node. */
async function namedTarget(name: string, args: Arguments, context: Context) {
  const { networks } = await context.settingsForNew()
  const network = networks.get(name)
  if (network === undefined) {
    throw new CliError({ code: 'network_unknown', name, known: [...networks.keys()] })
  }
  const rpcUrls = rpcFlag === undefined ? undefined : args.text(rpcFlag)?.split(',')
  const { rpc, chainId: expected } = network
  const folder = undefined
  return { rpcUrls: rpcUrls ?? rpc, expected, folder, isOwn: false, configured: undefined }
}
