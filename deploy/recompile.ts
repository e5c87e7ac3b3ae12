/** Compiles the contracts again, from their sources and with the compiler from npm. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Hex } from '@xln/shared/ids.ts'
import { createHardhatRuntimeEnvironment, importUserConfig } from 'hardhat/hre'
import type { ContractName, CreatedName } from './codes.ts'

/** A part of the deployed code that the constructor fills in. */
export interface Immutable {
  readonly start: number
  readonly length: number
}

export interface Recompiled {
  readonly creationCode: Hex
  /** With zeros where immutables stand. */
  readonly runtimeCode: Hex
  readonly immutables: readonly Immutable[]
}
export type RecompiledAll = Readonly<Record<ContractName | CreatedName, Recompiled>>

interface SolcContract {
  readonly evm: {
    readonly bytecode: { readonly object: string }
    readonly deployedBytecode: {
      readonly object: string
      readonly immutableReferences?: Readonly<Record<string, readonly Immutable[]>>
    }
  }
}
interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts: Readonly<Record<string, Readonly<Record<string, SolcContract>>>>
}
interface Solc {
  compile(input: string): string
}

const root = fileURLToPath(new URL('..', import.meta.url))
const names = {
  entityProvider: 'EntityProvider',
  subcontractProvider: 'SubcontractProvider',
  depository: 'Depository',
  lens: 'Lens',
  shares: 'Shares',
  gate: 'Gate',
} as const satisfies Record<ContractName | CreatedName, string>
type SolidityName = (typeof names)[keyof typeof names]

/**
 * What the sources in this folder compile to: half a minute. Throws what the compiler refuses. Files are
 * compiled together as the build does it: how they are grouped is part of what they compile to.
 */
export async function recompile(): Promise<RecompiledAll> {
  const jobs = await compilationJobs()
  const done = new Map<SolidityName, Recompiled>()
  const wanted = Object.values(names)
  for (const [main, job] of jobs) {
    const own = wanted.filter((name) => jobs.get(name) === job)
    if (own[0] !== main) continue
    const output = compile(await job.getSolcInput(), own)
    for (const name of own) done.set(name, recompiledOf(output, name))
  }
  const entries = Object.entries(names).map(([name, solidity]) => [name, done.get(solidity)])
  return Object.fromEntries(entries) as unknown as RecompiledAll
}

interface Job {
  getSolcInput(): Promise<{ readonly settings: object }>
}

async function compilationJobs(): Promise<Map<SolidityName, Job>> {
  // The configuration reads it; only its production profile is asked for.
  process.env['HARDHAT_BUILD_PROFILE'] = 'production'
  const config = join(root, 'hardhat.config.ts')
  const hre = await createHardhatRuntimeEnvironment(
    await importUserConfig(config),
    { config },
    root,
  )
  const files = await hre.solidity.getRootFilePaths({ scope: 'contracts' })
  const options = { force: true, quiet: true, isolated: false, buildProfile: 'production' }
  const found = await hre.solidity.getCompilationJobs(files.filter(isDeployed), options)
  if (!found.success) throw new Error(found.formattedReason)
  const jobOf = (name: SolidityName): Job => {
    const job = found.compilationJobsPerFile.get(join(root, 'contracts', `${name}.sol`))
    if (job === undefined) throw new Error(`contracts/${name}.sol is missing.`)
    return job
  }
  return new Map(Object.values(names).map((name) => [name, jobOf(name)]))
}

/** As the build has it: of the mocks, only the token of local chains. */
function isDeployed(file: string): boolean {
  return !file.includes('/contracts/mocks/') || file.endsWith('/TestToken.sol')
}

function compile(
  input: { readonly settings: object },
  wanted: readonly SolidityName[],
): SolcOutput {
  const solc = createRequire(import.meta.url)('solc') as Solc
  const what = ['evm.bytecode.object', 'evm.deployedBytecode.object']
  const selected = [...what, 'evm.deployedBytecode.immutableReferences']
  const outputSelection = Object.fromEntries(
    wanted.map((name) => [sourceOf(name), { [name]: selected }]),
  )
  const settings = { ...input.settings, outputSelection }
  const output = JSON.parse(solc.compile(JSON.stringify({ ...input, settings }))) as SolcOutput
  const error = output.errors?.find(({ severity }) => severity === 'error')
  if (error !== undefined) throw new Error(error.formattedMessage)
  return output
}

function sourceOf(name: SolidityName): string {
  return `project/contracts/${name}.sol`
}

function recompiledOf(output: SolcOutput, name: SolidityName): Recompiled {
  const evm = output.contracts[sourceOf(name)]?.[name]?.evm
  if (evm === undefined) throw new Error(`contracts/${name}.sol holds no ${name}.`)
  const { object, immutableReferences = {} } = evm.deployedBytecode
  return {
    creationCode: `0x${evm.bytecode.object}`,
    runtimeCode: `0x${object}`,
    immutables: Object.values(immutableReferences).flat(),
  }
}
