/** What is kept of a finished deployment: enough for anybody to check it, or to make it again. */
import type { Address, Hex } from '@xln/shared/ids.ts'
import { keccak256 } from 'ethers'
import { writeRecord } from './addresses.ts'
import {
  type ContractName,
  type CreatedName,
  codes,
  constructorDataOf,
  contractNames,
  createdBy,
  createdNames,
  creationCodeOf,
  creators,
} from './codes.ts'
import { type CompilerSettings, settingsOf } from './compile/settings.ts'
import type { Deployment } from './contracts.ts'
import { deterministicAddressOf, factoryAddress, salt } from './factory.ts'
import { openProvider } from './transactions.ts'

export interface ContractRecord {
  readonly address: Address
  /** Who created it in its constructor, of those that we did not send. */
  readonly createdBy?: ContractName
  readonly constructorData?: Hex
  /** keccak256 of the code that made it, with its constructor's data: what its address commits to. */
  readonly creationCodeHash?: Hex
  /** keccak256 of what stands on the chain. */
  readonly runtimeCodeHash: Hex
  readonly compiler: { readonly solc: string; readonly settings: CompilerSettings }
}

/** Beside the addresses in `<chainId>.json`. */
export interface RecordDetails {
  /** Where the addresses come from; null: from the deployer's nonce. */
  readonly deterministic: { readonly factory: Address; readonly salt: Hex } | null
  readonly contracts: Readonly<Partial<Record<ContractName | CreatedName, ContractRecord>>>
}

/** Reads the code from the chain and writes the whole record. Throws when the endpoint does not answer. */
export async function keepRecord(
  rpcUrl: string,
  deployment: Deployment,
  directory?: string,
): Promise<void> {
  const { provider } = await openProvider(rpcUrl)
  try {
    const hashAt = async (address: Address) => keccak256(await provider.getCode(address)) as Hex
    await writeRecord(deployment, await detailsOf(deployment, hashAt), directory)
  } finally {
    provider.destroy()
  }
}

async function detailsOf(
  deployment: Deployment,
  hashAt: (address: Address) => Promise<Hex>,
): Promise<RecordDetails> {
  const contracts: Partial<Record<ContractName | CreatedName, ContractRecord>> = {}
  for (const name of contractNames) {
    const address = deployment[name]
    if (address === undefined) continue
    contracts[name] = {
      address,
      constructorData: constructorDataOf(name, deployment),
      creationCodeHash: keccak256(creationCodeOf(name, deployment)) as Hex,
      runtimeCodeHash: await hashAt(address),
      compiler: compilerOf(name),
    }
  }
  const created = createdBy(deployment)
  for (const name of createdNames) {
    contracts[name] = {
      address: created[name],
      createdBy: creators[name],
      runtimeCodeHash: await hashAt(created[name]),
      compiler: compilerOf(name),
    }
  }
  return { deterministic: originOf(deployment), contracts }
}

function originOf(deployment: Deployment): RecordDetails['deterministic'] {
  const address = deterministicAddressOf(creationCodeOf('depository', deployment))
  return address === deployment.depository ? { factory: factoryAddress, salt } : null
}

function compilerOf(name: ContractName | CreatedName): ContractRecord['compiler'] {
  const contract = `${name[0]?.toUpperCase()}${name.slice(1)}`
  return { solc: solcOf(codes[name].deployedBytecode), settings: settingsOf(contract) }
}

/** The compiler writes its version at the end of the code: three bytes, before the two of the length. */
function solcOf(code: string): string {
  return [...Buffer.from(code.slice(-10, -4), 'hex')].join('.')
}
