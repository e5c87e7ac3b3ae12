/** `xln deploy`: the contracts, on the chain of the configuration. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Deployment, PartialDeployment } from '@xln/deploy/contracts.ts'
import { CONFIG_FILE } from '../../shell/config/config.ts'
import { ConfigError } from '../../shell/config/faults.ts'
import { overrides } from '../../shell/config/load.ts'
import { withDeployment } from '../../shell/config/template.ts'
import type { Command } from '../command.ts'
import { CliError } from '../faults.ts'
import { settingOptions } from '../settingOptions.ts'
import { readPrivateKey } from './init.ts'

const rpcFlag = overrides.find(({ path }) => path.join('.') === 'chain.rpc')?.flag

export const deploy: Command = {
  name: 'deploy',
  summary: 'put the contracts on a chain, and their addresses into the configuration',
  options: [
    {
      name: 'key-file',
      value: '<path>',
      summary: 'File with the private key that pays; it has no power over the contracts',
    },
    ...settingOptions.filter(({ name }) => name === rpcFlag),
  ],
  examples: [
    'deploy --key-file deployer.key',
    'deploy --data-dir ./alice --rpc http://127.0.0.1:8545 --key-file deployer.key',
  ],
  notes: 'What stands already is not deployed again: after an interruption, run it once more.',
  seeAlso: ['init', 'node'],
  async run(args, context) {
    const { dataDir, rpcUrls, deployment: known } = await context.settings()
    const deployerKey = await readPrivateKey(args.required('key-file'))
    const [rpcUrl] = rpcUrls
    if (rpcUrl === undefined)
      throw new ConfigError({ code: 'setting_missing', setting: 'chain.rpc' })

    // Loaded only now: the contracts' code is large.
    const { contractNames, deployContracts } = await import('@xln/deploy/contracts.ts')
    const { readAddresses, writeAddresses } = await import('@xln/deploy/addresses.ts')
    const { chainIdOf } = await import('@xln/deploy/transactions.ts')
    const folder = join(dataDir, 'deployments')
    const onProgress = async (sofar: PartialDeployment) => {
      await writeAddresses(sofar, folder)
      const count = contractNames.filter((name) => sofar[name] !== undefined).length
      context.output.note(`contract ${count} of ${contractNames.length} …`)
    }
    let deployment: Deployment
    try {
      const before = known ?? (await readAddresses(await chainIdOf(rpcUrl), folder))
      const options = { rpcUrl, deployerKey, onProgress }
      deployment = await deployContracts(before ? { ...options, known: before } : options)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new CliError({ code: 'deployment_failed', reason }, { cause })
    }
    const path = join(dataDir, CONFIG_FILE)
    const text = withDeployment(await readFile(path, 'utf8'), deployment, rpcUrls)
    await writeFile(`${path}.new`, text)
    await rename(`${path}.new`, path)

    const { chainId, depository, entityProvider, subcontractProvider, block } = deployment
    const lines = [
      `chain                ${chainId}, from block ${block}`,
      `depository           ${depository}`,
      `entityProvider       ${entityProvider}`,
      `subcontractProvider  ${subcontractProvider}`,
      `written to           ${path}`,
    ]
    context.output.say(deployment, lines.join('\n'))
    return 0
  },
}
