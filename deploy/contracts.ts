/** Deploys the contracts. They have no owner: whoever does it gains nothing by it. */
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { IEntityProvider__factory } from '@xln/shared/abi/typechain/factories/interfaces/IEntityProvider__factory.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import type { Provider } from 'ethers'
import {
  type ContractName,
  type CreatedName,
  codes,
  contractNames,
  createdBy,
  createdNames,
  creationCodeOf,
  creators,
} from './codes.ts'
import { deterministicAddressOf, factoryCall } from './factory.ts'
import { firstBlockWith } from './firstBlock.ts'
import { placeFactory } from './placement.ts'
import { Deployer, type DeployerOptions } from './transactions.ts'

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
   * Whether the code alone decides the addresses, the same on every chain (see factory.ts); otherwise
   * they follow from who deploys and how often it has sent before. False when it is not said.
   */
  readonly isDeterministic?: boolean
  /** Where to look for what others have deployed to the same addresses; the chain is asked otherwise. */
  readonly fromBlock?: number | undefined
  /**
   * Told what is known so far: before a contract is sent, with the address where it will be, and after.
   * Save it, and a run that is interrupted can be taken up again.
   */
  readonly onProgress?: (sofar: PartialDeployment) => void | Promise<void>
}

type Report = (change: PartialDeployment) => Promise<void>

/** Deploys whatever of them is not there yet. Throws when the chain refuses a transaction. */
export async function deployContracts(options: DeployOptions): Promise<Deployment> {
  const deployer = await Deployer.open(options)
  try {
    const { known, isDeterministic = false } = options
    requireChain(deployer.chainId, known)
    let sofar: PartialDeployment = { ...known, chainId: deployer.chainId }
    const report = async (change: PartialDeployment) => {
      sofar = { ...sofar, ...change }
      await options.onProgress?.(sofar)
    }
    await deployer.settle()
    if (isDeterministic) await placeFactory(deployer)
    for (const name of contractNames) {
      if (isDeterministic) await deployAtItsPlace(deployer, name, sofar, report, options.fromBlock)
      else await deployAnywhere(deployer, name, sofar, report)
    }
    const deployment = requireWhole(sofar)
    await requireConnected(deployer.provider, deployment)
    return deployment
  } finally {
    deployer.close()
  }
}

function requireChain(chainId: number, known: PartialDeployment | undefined): void {
  if (known?.chainId === undefined || known.chainId === chainId) return
  throw new Error(`The endpoint serves chain ${chainId}, not ${known.chainId}.`)
}

/** Where the deployer's nonce puts it, unless it stands where an earlier run has put it. */
async function deployAnywhere(
  deployer: Deployer,
  name: ContractName,
  sofar: PartialDeployment,
  report: Report,
): Promise<void> {
  const known = sofar[name]
  if (known !== undefined && (await standsAt(deployer.provider, name, known))) {
    if (sofar.pending === name) await report({ pending: undefined })
    return
  }
  const address = await deployer.nextContract()
  const block = sofar.block ?? (await deployer.provider.getBlockNumber()) + 1
  await report({ [name]: address, block, pending: name })
  const receipt = await deployer.send({ data: creationCodeOf(name, sofar) })
  if (receipt.contractAddress?.toLowerCase() !== address) {
    throw new Error(`${name} came to ${receipt.contractAddress}: is the key used elsewhere now?`)
  }
  await requireCode(deployer.provider, name, address)
  await report({ pending: undefined })
}

/** Where its code puts it. Somebody may have deployed it before us, or do so now: it is the same. */
async function deployAtItsPlace(
  deployer: Deployer,
  name: ContractName,
  sofar: PartialDeployment,
  report: Report,
  fromBlock: number | undefined,
): Promise<void> {
  const { provider } = deployer
  const creationCode = creationCodeOf(name, sofar)
  const address = deterministicAddressOf(creationCode)
  requireSame(name, sofar[name], address)
  const isThere = (await provider.getCode(address)) !== '0x'
  const isNews = !isThere || sofar[name] === undefined || sofar.pending === name
  if (!isThere) {
    const block = sofar.block ?? (await provider.getBlockNumber()) + 1
    await report({ [name]: address, block, pending: name })
    await sendToFactory(deployer, creationCode, address)
  } else if (sofar[name] === undefined) {
    const block = fromBlock ?? (await firstBlockWith(provider, address))
    await report({ [name]: address, block: Math.min(block, sofar.block ?? block), pending: name })
  }
  await requireCode(provider, name, address)
  if (isNews) await report({ pending: undefined })
}

function requireSame(name: ContractName, known: Address | undefined, address: Address): void {
  if (known === undefined || known === address) return
  throw new Error(
    `${name} is known at ${known}, and this code leads to ${address}. Keep the known contracts with --no-deterministic, or begin in another folder.`,
  )
}

/** What fails because another has just done the same is done. */
async function sendToFactory(deployer: Deployer, creationCode: Hex, address: Address) {
  try {
    await deployer.send(factoryCall(creationCode))
  } catch (error) {
    if ((await deployer.provider.getCode(address)) === '0x') throw error
  }
}

async function requireCode(
  provider: Provider,
  name: ContractName,
  address: Address,
): Promise<void> {
  if (await standsAt(provider, name, address)) return
  throw new Error(`What stands at ${address} is not the code of ${name}.`)
}

/** Whether the code at `address` is that of `name`; where ours is zero, theirs may hold immutables. */
export async function standsAt(
  provider: Provider,
  name: ContractName | CreatedName,
  address: Address,
): Promise<boolean> {
  const there = Buffer.from((await provider.getCode(address)).slice(2), 'hex')
  const ours = Buffer.from(codes[name].deployedBytecode.slice(2), 'hex')
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

/** The Depository's immutables, which its code alone does not show. Throws when they are others. */
export async function requireConnected(provider: Provider, deployment: Deployment): Promise<void> {
  const depository = IDepository__factory.connect(deployment.depository, provider)
  const entityProvider = (await depository.entityProvider()).toLowerCase()
  const secretRegistry = (await depository.secretRegistry()).toLowerCase()
  if (
    entityProvider !== deployment.entityProvider ||
    secretRegistry !== deployment.subcontractProvider
  ) {
    throw new Error(`The Depository names ${entityProvider} and ${secretRegistry} instead.`)
  }
  await requireCreated(provider, deployment)
}

/** What two of them have made: it is where the chain puts it, and its code is ours. */
async function requireCreated(provider: Provider, deployment: Deployment): Promise<void> {
  const { depository, entityProvider } = deployment
  const named = {
    gate: await IDepository__factory.connect(depository, provider).gate(),
    shares: await IEntityProvider__factory.connect(entityProvider, provider).shares(),
  }
  const created = createdBy(deployment)
  for (const name of createdNames) {
    const address = named[name].toLowerCase()
    const isOurs = address === created[name] && (await standsAt(provider, name, address))
    if (!isOurs) {
      throw new Error(`What is at ${address} is not the ${name} that the ${creators[name]} makes.`)
    }
  }
}
