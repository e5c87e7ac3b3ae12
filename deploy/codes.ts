/** The code of the contracts that are deployed, and what their constructors are given. */
import * as depositoryCode from '@xln/shared/abi/bytecode/Depository.ts'
import * as entityProviderCode from '@xln/shared/abi/bytecode/EntityProvider.ts'
import * as gateCode from '@xln/shared/abi/bytecode/Gate.ts'
import * as lensCode from '@xln/shared/abi/bytecode/Lens.ts'
import * as sharesCode from '@xln/shared/abi/bytecode/Shares.ts'
import * as subcontractProviderCode from '@xln/shared/abi/bytecode/SubcontractProvider.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import { sharesOf } from '@xln/shared/entity/shares.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import { AbiCoder } from 'ethers'

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

/** What two of them create in their constructors. */
export const createdNames = ['shares', 'gate'] as const
export type CreatedName = (typeof createdNames)[number]

/** Who creates each. */
export const creators: Readonly<Record<CreatedName, ContractName>> = {
  shares: 'entityProvider',
  gate: 'depository',
}

interface Code {
  readonly bytecode: string
  readonly deployedBytecode: string
}

/** Of the production build; where an immutable stands, the deployed code has zeros. */
export const codes: Readonly<Record<ContractName | CreatedName, Code>> = {
  entityProvider: entityProviderCode,
  subcontractProvider: subcontractProviderCode,
  depository: depositoryCode,
  lens: lensCode,
  shares: sharesCode,
  gate: gateCode,
}

/** What the Depository's constructor is told. */
export type Named = Partial<Readonly<Record<'entityProvider' | 'subcontractProvider', Address>>>

/** The encoded arguments of the constructor: `0x` for most. */
export function constructorDataOf(name: ContractName, { entityProvider, ...named }: Named): Hex {
  if (name !== 'depository') return '0x'
  const addresses = [entityProvider, named.subcontractProvider]
  return AbiCoder.defaultAbiCoder().encode(['address', 'address'], addresses) as Hex
}

/** What is sent to make the contract: its code, then its constructor's arguments. */
export function creationCodeOf(name: ContractName, named: Named): Hex {
  const { bytecode } = codes[name]
  if (!/^0x[0-9a-f]*$/i.test(bytecode)) throw new Error(`${name} is not linked to its libraries.`)
  return `${bytecode as Hex}${constructorDataOf(name, named).slice(2)}`
}

/** Where a contract's first own creation is: the Shares of the EntityProvider, the Gate of the Depository. */
export function createdBy(made: {
  readonly entityProvider: Address
  readonly depository: Address
}): Readonly<Record<CreatedName, Address>> {
  return { shares: sharesOf(made.entityProvider), gate: gateOf(made.depository) }
}
