/** A token that anyone can mint, for local chains and tests. */
import { bytecode } from '@xln/shared/abi/bytecode/TestToken.ts'
import { TestToken__factory } from '@xln/shared/abi/typechain/factories/mocks/TestToken__factory.ts'
import { type Address, parseAddress } from '@xln/shared/ids.ts'
import { AbiCoder } from 'ethers'
import { Deployer, type DeployerOptions } from './transactions.ts'

export interface TestTokenOptions extends DeployerOptions {
  readonly name?: string
  readonly symbol?: string
}

/** Deploys a new one. */
export async function deployTestToken(options: TestTokenOptions): Promise<Address> {
  const { name = 'Test dollar', symbol = 'USDT' } = options
  const deployer = await Deployer.open(options)
  try {
    const parameters = AbiCoder.defaultAbiCoder().encode(['string', 'string'], [name, symbol])
    const receipt = await deployer.send({ data: bytecode + parameters.slice(2) })
    return parseAddress(receipt.contractAddress ?? '')
  } finally {
    deployer.close()
  }
}

/** Makes `amount` base units for `to`. */
export async function mintTestToken(
  options: DeployerOptions,
  token: Address,
  to: string,
  amount: bigint,
): Promise<void> {
  const deployer = await Deployer.open(options)
  try {
    const data = TestToken__factory.createInterface().encodeFunctionData('mint', [to, amount])
    await deployer.send({ to: token, data })
  } finally {
    deployer.close()
  }
}
