/** The ABIs of what the model plays, as ethers reads and writes them. */
import { Depository__factory } from '@xln/shared/abi/typechain/factories/Depository__factory.ts'
import { EntityProvider__factory } from '@xln/shared/abi/typechain/factories/EntityProvider__factory.ts'
import { Gate__factory } from '@xln/shared/abi/typechain/factories/Gate__factory.ts'
import { SignedToken__factory } from '@xln/shared/abi/typechain/factories/mocks/SignedToken__factory.ts'
import { TestErc721__factory } from '@xln/shared/abi/typechain/factories/mocks/TestErc721__factory.ts'
import { TestErc1155__factory } from '@xln/shared/abi/typechain/factories/mocks/TestErc1155__factory.ts'
import { Shares__factory } from '@xln/shared/abi/typechain/factories/Shares__factory.ts'
import { SubcontractProvider__factory } from '@xln/shared/abi/typechain/factories/SubcontractProvider__factory.ts'
import type { Interface } from 'ethers'

export const depositoryAbi: Interface = Depository__factory.createInterface()
export const entityProviderAbi: Interface = EntityProvider__factory.createInterface()
export const subcontractProviderAbi: Interface = SubcontractProvider__factory.createInterface()
export const tokenAbi: Interface = SignedToken__factory.createInterface()
export const gateAbi: Interface = Gate__factory.createInterface()
export const erc721Abi: Interface = TestErc721__factory.createInterface()
export const erc1155Abi: Interface = TestErc1155__factory.createInterface()
export const sharesAbi: Interface = Shares__factory.createInterface()

/** All of them. */
export const ABIS: readonly Interface[] = [
  depositoryAbi,
  entityProviderAbi,
  subcontractProviderAbi,
  gateAbi,
  sharesAbi,
  tokenAbi,
  erc721Abi,
  erc1155Abi,
]
