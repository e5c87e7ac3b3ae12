/** The real contracts on a chain in this process, called and read by raw bytes. */
import type { CallResult } from '@xln/node/sim/contracts/model.ts'
import { bytecode as depositoryCode } from '@xln/shared/abi/bytecode/Depository.ts'
import { bytecode as entityProviderCode } from '@xln/shared/abi/bytecode/EntityProvider.ts'
import { bytecode as subcontractProviderCode } from '@xln/shared/abi/bytecode/SubcontractProvider.ts'
import { SignedToken__factory } from '@xln/shared/abi/typechain/factories/mocks/SignedToken__factory.ts'
import { TestErc721__factory } from '@xln/shared/abi/typechain/factories/mocks/TestErc721__factory.ts'
import { TestErc1155__factory } from '@xln/shared/abi/typechain/factories/mocks/TestErc1155__factory.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { type Address, type Hex, parseAddress } from '@xln/shared/ids.ts'
import { AbiCoder, concat, toQuantity } from 'ethers'
import { createHardhatRuntimeEnvironment } from 'hardhat/hre'

/** Below what one transaction may take. */
const GAS = toQuantity(12_000_000)
const CHAIN_ID = 31_337

export interface Sent {
  readonly from: Address
  readonly to: Address
  readonly value: bigint
  readonly data: Uint8Array
}

export interface RealChain {
  readonly domain: ChainDomain
  readonly tokens: readonly Address[]
  readonly erc721s: readonly Address[]
  readonly erc1155s: readonly Address[]
  /** Unix seconds of the newest block. */
  readonly startedAt: number
  /** Mines one transaction in a block of its own. Of a success there is no return data. */
  execute(call: Sent, timestamp: number): Promise<Omit<CallResult, 'gasUsed'>>
  /** `eth_call` on the newest block. */
  view(call: Sent): Promise<{ readonly ok: boolean; readonly returnData: Hex }>
  etherOf(account: Address): Promise<bigint>
}

interface Receipt {
  readonly contractAddress: string | null
  readonly logs: readonly { address: string; topics: Hex[]; data: Hex }[]
}

/** Makes new chains, each with the production build deployed; gas costs nothing. */
export async function openRealChains(
  keys: readonly Hex[],
  ether: bigint,
): Promise<() => Promise<RealChain>> {
  const hre = await createHardhatRuntimeEnvironment({
    networks: {
      default: {
        type: 'edr-simulated',
        chainType: 'l1',
        hardfork: 'osaka',
        chainId: CHAIN_ID,
        accounts: keys.map((privateKey) => ({ privateKey, balance: String(ether) })),
        allowBlocksWithSameTimestamp: true,
        initialBaseFeePerGas: 0,
      },
    },
  })
  return async () => deployAll((await hre.network.create()).provider)
}

interface Provider {
  request(what: { method: string; params: unknown[] }): Promise<unknown>
}

async function deployAll(provider: Provider): Promise<RealChain> {
  const request = async <T>(method: string, ...params: unknown[]): Promise<T> => {
    return (await provider.request({ method, params })) as T
  }
  const [payer] = await request<string[]>('eth_accounts')
  const gas = { gas: GAS, gasPrice: '0x0' }
  const deploy = async (code: Hex, types: string[] = [], values: unknown[] = []) => {
    const data = concat([code, AbiCoder.defaultAbiCoder().encode(types, values)])
    const hash = await request<Hex>('eth_sendTransaction', { from: payer, data, ...gas })
    const receipt = await request<Receipt>('eth_getTransactionReceipt', hash)
    return parseAddress(receipt.contractAddress ?? '')
  }

  const entityProvider = await deploy(entityProviderCode)
  const subcontractProvider = await deploy(subcontractProviderCode)
  const providers = [entityProvider, subcontractProvider]
  const depository = await deploy(depositoryCode, ['address', 'address'], providers)
  const token = await deploy(SignedToken__factory.bytecode)
  const erc721 = await deploy(TestErc721__factory.bytecode)
  const erc1155 = await deploy(TestErc1155__factory.bytecode)
  const newest = await request<{ timestamp: string }>('eth_getBlockByNumber', 'latest', false)
  const transactionOf = ({ from, to, value, data }: Sent) => {
    return { from, to, value: toQuantity(value), data: bytesToHex(data), ...gas }
  }
  return {
    domain: { chainId: BigInt(CHAIN_ID), depository, entityProvider, subcontractProvider },
    tokens: [token],
    erc721s: [erc721],
    erc1155s: [erc1155],
    startedAt: Number(newest.timestamp),
    async execute(call, timestamp) {
      await request('evm_setNextBlockTimestamp', toQuantity(timestamp))
      try {
        const hash = await request<Hex>('eth_sendTransaction', transactionOf(call))
        const { logs } = await request<Receipt>('eth_getTransactionReceipt', hash)
        return {
          ok: true,
          returnData: new Uint8Array(0),
          logs: logs.map(({ address, topics, data }) => {
            return { address: parseAddress(address), topics, data }
          }),
        }
      } catch (error) {
        return { ok: false, returnData: hexToBytes(revertDataOf(error)), logs: [] }
      }
    },
    async view(call) {
      try {
        return { ok: true, returnData: await request<Hex>('eth_call', transactionOf(call)) }
      } catch (error) {
        return { ok: false, returnData: revertDataOf(error) }
      }
    },
    etherOf: async (account) => BigInt(await request<Hex>('eth_getBalance', account)),
  }
}

/** Rethrows whatever is not a revert. */
function revertDataOf(error: unknown): Hex {
  const { data } = error as { data?: unknown }
  if (typeof data === 'string') return data as Hex
  const inner = (data as { data?: unknown } | undefined)?.data
  if (typeof inner === 'string') return inner as Hex
  throw error
}
