/** `xln deploy`: the contracts, on the chain of the configuration or on another. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Deployment, PartialDeployment } from '@xln/deploy/contracts.ts'
import type { Plan } from '@xln/deploy/plan.ts'
import type { Hex } from '@xln/shared/ids.ts'
import { CONFIG_FILE } from '../../shell/config/config.ts'
import { withDeployment } from '../../shell/config/template.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { type DeployTarget, deployTarget, targetOptions } from '../deployTarget.ts'
import { CliError, inEther } from '../faults.ts'
import { table } from '../output.ts'
import { readPrivateKey } from './init.ts'

const BLOCKS_MAX = Number.MAX_SAFE_INTEGER

export const deploy: Command = {
  name: 'deploy',
  summary: 'put the contracts on a chain, and their addresses into the configuration',
  options: [
    {
      name: 'key-file',
      value: '<path>',
      summary: 'File with the private key that pays; it has no power over the contracts',
    },
    ...targetOptions,
    { name: 'dry-run', summary: 'Show addresses, gas and cost; send nothing' },
    {
      name: 'no-deterministic',
      summary: "Addresses by the payer's nonce, where the deterministic deployer cannot be had",
    },
    {
      name: 'from-block',
      value: '<block>',
      summary: 'When contracts stand that others deployed: not after their first block',
      default: 'the chain is asked',
    },
  ],
  examples: [
    'deploy --key-file deployer.key',
    'deploy --data-dir ./alice --rpc http://127.0.0.1:8545 --key-file deployer.key',
    'deploy --network sepolia --key-file deployer.key --dry-run',
  ],
  notes: [
    'The same code comes to the same addresses on every chain, whoever deploys it. What stands already is not',
    'deployed again: after an interruption, run it once more. Without --network it serves this node: the addresses',
    'go to deployments/<chainId>.json in its folder and into its xln.yaml. With --network it serves everybody: they',
    'go to deploy/addresses/<chainId>.json of the project, and no configuration is touched.',
  ].join('\n'),
  seeAlso: ['deploy verify', 'init', 'node'],
  async run(args, context) {
    const deployerKey = await readPrivateKey(args.required('key-file'))
    const target = await deployTarget(args, context)
    if (!args.flag('dry-run')) await settled(target, deployerKey)
    const plan = await planFor(target, deployerKey, args)
    if (args.flag('dry-run')) {
      context.output.say(plan, planText(plan))
      return 0
    }
    const { payer, balanceWei, costWei } = plan
    if (balanceWei < costWei) {
      throw new CliError({ code: 'balance_insufficient', payer, balanceWei, costWei })
    }
    const deployment = await deployTo(target, deployerKey, args, context)
    context.output.say(deployment, await written(target, deployment, context))
    return 0
  },
}

/** What an earlier run, or the configuration, says. */
async function knownOf({ configured, chainId, folder }: DeployTarget) {
  const { readAddresses } = await import('@xln/deploy/addresses.ts')
  const kept = await readAddresses(chainId, folder)
  // The file says more of the same: the configuration does not name the Lens.
  return configured === undefined || configured.depository === kept?.depository ? kept : configured
}

/** What an earlier run has sent is neither to be paid nor to be sent again. */
async function settled({ rpcUrl }: DeployTarget, deployerKey: Hex): Promise<void> {
  const { settle } = await import('@xln/deploy/transactions.ts')
  await settle({ rpcUrl, deployerKey }).catch(failed)
}

async function planFor(target: DeployTarget, key: Hex, args: Arguments): Promise<Plan> {
  // Loaded only now: the contracts' code is large.
  const { planDeployment } = await import('@xln/deploy/plan.ts')
  const { addressOfKey } = await import('@xln/deploy/transactions.ts')
  const known = await knownOf(target)
  const isDeterministic = !args.flag('no-deterministic')
  const options = { rpcUrl: target.rpcUrl, payer: addressOfKey(key), known, isDeterministic }
  return await planDeployment(options).catch(failed)
}

async function deployTo(
  target: DeployTarget,
  deployerKey: Hex,
  args: Arguments,
  context: Context,
): Promise<Deployment> {
  const { deployContracts } = await import('@xln/deploy/contracts.ts')
  const { writeAddresses } = await import('@xln/deploy/addresses.ts')
  const { keepRecord } = await import('@xln/deploy/record.ts')
  const onProgress = async (sofar: PartialDeployment) => {
    await writeAddresses(sofar, target.folder)
    const { pending } = sofar
    if (pending !== undefined) context.output.note(`${pending} at ${sofar[pending]} …`)
  }
  const { rpcUrl, folder } = target
  const isDeterministic = !args.flag('no-deterministic')
  const fromBlock =
    args.text('from-block') === undefined ? undefined : args.number('from-block', 0, BLOCKS_MAX)
  const known = await knownOf(target)
  const options = { rpcUrl, deployerKey, isDeterministic, fromBlock, onProgress }
  const deploying = deployContracts(known ? { ...options, known } : options)
  const deployment = await deploying.catch(failed)
  await keepRecord(rpcUrl, deployment, folder).catch(failed)
  return deployment
}

async function failed(cause: unknown): Promise<never> {
  const { reasonOf } = await import('@xln/deploy/transactions.ts')
  throw new CliError({ code: 'deployment_failed', reason: reasonOf(cause) }, { cause })
}

/** Writes the configuration, if it is this node's chain, and says where everything is. */
async function written(
  target: DeployTarget,
  deployment: Deployment,
  context: Context,
): Promise<string> {
  const { addressesFile } = await import('@xln/deploy/addresses.ts')
  const files = [addressesFile(target.chainId, target.folder)]
  if (target.isOwn) files.push(await writeConfiguration(target, deployment, context))
  const { chainId, depository, entityProvider, subcontractProvider, lens, block } = deployment
  const rows = [
    ['chain', `${chainId}, from block ${block}`],
    ...Object.entries({ depository, entityProvider, subcontractProvider, lens: lens ?? 'none' }),
    ...files.map((file) => ['written to', file]),
  ]
  return table(rows)
}

async function writeConfiguration(
  { rpcUrls }: DeployTarget,
  deployment: Deployment,
  context: Context,
): Promise<string> {
  const { dataDir } = await context.settings()
  const path = join(dataDir, CONFIG_FILE)
  const text = withDeployment(await readFile(path, 'utf8'), deployment, rpcUrls)
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
  return path
}

function planText(plan: Plan): string {
  const { chainId, payer, balanceWei, gasPriceWei, costWei, contracts } = plan
  const gas = contracts.reduce((sum, each) => sum + each.gas, 0n)
  const rows = contracts.map(({ name, address, stands, ...cost }) => {
    const rest = stands ? ['stands', ''] : [`${cost.gas} gas`, `${inEther(cost.costWei)} ether`]
    return [name, address, ...rest]
  })
  const total = ['together', '', `${gas} gas`, `${inEther(costWei)} ether`]
  return [
    `chain ${chainId}, at ${gasPriceWei} wei a unit of gas; nothing is sent`,
    table([...rows, total]),
    `payer ${payer} has ${inEther(balanceWei)} ether${balanceWei < costWei ? ': too little' : ''}`,
  ].join('\n')
}
