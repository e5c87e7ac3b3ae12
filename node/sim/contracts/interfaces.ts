/** The ABIs of what the model plays, as ethers reads and writes them. */
import { Depository__factory } from '@xln/shared/abi/typechain/factories/Depository__factory.ts'
import { EntityProvider__factory } from '@xln/shared/abi/typechain/factories/EntityProvider__factory.ts'
import { TestToken__factory } from '@xln/shared/abi/typechain/factories/mocks/TestToken__factory.ts'
import { Shares__factory } from '@xln/shared/abi/typechain/factories/Shares__factory.ts'
import { SubcontractProvider__factory } from '@xln/shared/abi/typechain/factories/SubcontractProvider__factory.ts'
import type { Interface } from 'ethers'

export const depositoryAbi: Interface = Depository__factory.createInterface()
export const entityProviderAbi: Interface = EntityProvider__factory.createInterface()
export const subcontractProviderAbi: Interface = SubcontractProvider__factory.createInterface()
export const tokenAbi: Interface = TestToken__factory.createInterface()
export const sharesAbi: Interface = Shares__factory.createInterface()

/** All of them. */
export const ABIS: readonly Interface[] = [
  depositoryAbi,
  entityProviderAbi,
  subcontractProviderAbi,
  sharesAbi,
  tokenAbi,
]
