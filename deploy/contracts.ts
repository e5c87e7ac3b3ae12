/** Deploys the contracts. They have no owner: whoever does it gains nothing by it. */
import * as depositoryCode from '@xln/shared/abi/bytecode/Depository.ts'
import * as entityProviderCode from '@xln/shared/abi/bytecode/EntityProvider.ts'
import * as gateCode from '@xln/shared/abi/bytecode/Gate.ts'
import * as lensCode from '@xln/shared/abi/bytecode/Lens.ts'
import * as subcontractProviderCode from '@xln/shared/abi/bytecode/SubcontractProvider.ts'
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import type { Address } from '@xln/shared/ids.ts'
import { AbiCoder } from 'ethers'
import { Deployer, type DeployerOptions } from './transactions.ts'

/**
 * In the order in which they are deployed: the Depository names the first two, and makes its Gate itself.
 * The Lens only reads: a node does without it.
 */
export const contractNames = [
  'entityProvider',
  'subcontractProvider',
  'depository',
  'lens',
] as const
export type ContractName = (typeof contractNames)[number]

/** The contracts on one chain. */
export interface Deployment extends Readonly<Record<Exclude<ContractName, 'lens'>, Address>> {
  readonly chainId: number
  /** Missing where an older deployment, or a node's configuration, does not say. */
  readonly lens?: Address
  /** Of the first of them: nothing of theirs is in a block before. */
  readonly block: number
}

/** A deployment that may not be finished. */
export interface PartialDeployment extends Partial<Deployment> {
  /** On its way to the address that is given here for it; it may not have arrived. */
  readonly pending?: ContractName | undefined
}

export interface DeployOptions extends DeployerOptions {
  /** What an earlier run got done; contracts that stand at these addresses are not deployed again. */
  readonly known?: PartialDeployment
  /**
   * Told what is known so far: before a contract is sent, with the address where it will be, and after.
   * Save it, and a run that is interrupted can be taken up again.
   */
  readonly onProgress?: (sofar: PartialDeployment) => void | Promise<void>
}

interface Code {
  readonly bytecode: string
  readonly deployedBytecode: string
}

const codes: Readonly<Record<ContractName, Code>> = {
  entityProvider: entityProviderCode,
  subcontractProvider: subcontractProviderCode,
  depository: depositoryCode,
  lens: lensCode,
}

/** Deploys whatever of them is not there yet. Throws when the chain refuses a transaction. */
export async function deployContracts(options: DeployOptions): Promise<Deployment> {
  const deployer = await Deployer.open(options)
  try {
    let sofar: PartialDeployment = { ...options.known, chainId: deployer.chainId }
    if (options.known?.chainId !== undefined && options.known.chainId !== deployer.chainId) {
      throw new Error(
        `The endpoint serves chain ${deployer.chainId}, not ${options.known.chainId}.`,
      )
    }
    const report = async (change: PartialDeployment) => {
      sofar = { ...sofar, ...change }
      await options.onProgress?.(sofar)
    }
    for (const name of contractNames) {
      const known = sofar[name]
      const stands = known !== undefined && (await standsAt(deployer, name, known))
      if (!stands) await deployOne(deployer, name, sofar, report)
      else if (sofar.pending === name) await report({ pending: undefined })
    }
    const deployment = requireWhole(sofar)
    await requireConnected(deployer, deployment)
    return deployment
  } finally {
    deployer.close()
  }
}

async function deployOne(
  deployer: Deployer,
  name: ContractName,
  sofar: PartialDeployment,
  report: (change: PartialDeployment) => Promise<void>,
): Promise<void> {
  const address = await deployer.nextContract()
  const block = sofar.block ?? (await deployer.provider.getBlockNumber()) + 1
  await report({ [name]: address, block, pending: name })
  const { bytecode } = codes[name]
  if (!/^0x[0-9a-f]*$/i.test(bytecode)) throw new Error(`${name} is not linked to its libraries.`)
  const receipt = await deployer.send({ data: bytecode + constructorOf(name, sofar) })
  if (receipt.contractAddress?.toLowerCase() !== address) {
    throw new Error(`${name} came to ${receipt.contractAddress}: is the key used elsewhere now?`)
  }
  if (!(await standsAt(deployer, name, address))) throw new Error(`${name} has other code.`)
  await report({ pending: undefined })
}

/** The encoded arguments of the constructor, without `0x`. */
function constructorOf(name: ContractName, sofar: PartialDeployment): string {
  if (name !== 'depository') return ''
  const { entityProvider, subcontractProvider } = sofar
  const types = ['address', 'address']
  return AbiCoder.defaultAbiCoder().encode(types, [entityProvider, subcontractProvider]).slice(2)
}

/** Whether the code at `address` is that of `name`; where ours is zero, theirs may hold immutables. */
async function standsAt(
  deployer: Deployer,
  name: ContractName,
  address: Address,
): Promise<boolean> {
  return hasCode(deployer, address, codes[name].deployedBytecode)
}

async function hasCode(deployer: Deployer, address: Address, code: string): Promise<boolean> {
  const there = Buffer.from((await deployer.provider.getCode(address)).slice(2), 'hex')
  const ours = Buffer.from(code.slice(2), 'hex')
  return there.length === ours.length && ours.every((byte, at) => byte === 0 || byte === there[at])
}

function requireWhole(sofar: PartialDeployment): Deployment {
  const deployment = finished(sofar)
  if (deployment === undefined) throw new Error('The deployment is not finished.')
  return deployment
}

/** The same as a whole; undefined when something is missing or on its way. */
export function finished(sofar: PartialDeployment): Deployment | undefined {
  const { chainId, block, entityProvider, subcontractProvider, depository, lens, pending } = sofar
  const isWhole =
    chainId !== undefined &&
    block !== undefined &&
    entityProvider !== undefined &&
    subcontractProvider !== undefined &&
    depository !== undefined
  if (!isWhole || pending !== undefined) return undefined
  const contracts = { entityProvider, subcontractProvider, depository, ...(lens && { lens }) }
  return { chainId, block, ...contracts }
}

/** The Depository's immutables, which its code alone does not show. */
async function requireConnected(deployer: Deployer, deployment: Deployment): Promise<void> {
  const depository = IDepository__factory.connect(deployment.depository, deployer.provider)
  const entityProvider = (await depository.entityProvider()).toLowerCase()
  const secretRegistry = (await depository.secretRegistry()).toLowerCase()
  if (
    entityProvider !== deployment.entityProvider ||
    secretRegistry !== deployment.subcontractProvider
  ) {
    throw new Error(`The Depository names ${entityProvider} and ${secretRegistry} instead.`)
  }
  const gate = (await depository.gate()).toLowerCase()
  const expected = gateOf(deployment.depository)
  const isOurs = gate === expected && (await hasCode(deployer, expected, gateCode.deployedBytecode))
  if (!isOurs) throw new Error(`The Gate at ${gate} is not the one that the Depository makes.`)
}
