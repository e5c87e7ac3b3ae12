import { broadcast, type Verdict } from '@xln/node/shell/chain/broadcast.ts'
import { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { ChainError } from '@xln/node/shell/chain/faults.ts'
import { revertOf } from '@xln/node/shell/chain/revert.ts'
import { SimChain } from '@xln/node/sim/chain/chain.ts'
import { portOf, SimEndpoint } from '@xln/node/sim/chain/endpoint.ts'
import { createContracts } from '@xln/node/sim/contracts/model.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { Address, Hash } from '@xln/shared/ids.ts'
import {
  chainTime,
  openEndpoints,
  startWorld,
  type World,
} from '../../../node/chain/support/world.ts'
import { GWEI, type Payer, payerOf, signedBy, type Terms } from './bottle.ts'

const SIM = 'http://beside.sim'
const PAYERS = 4
const BALANCE = 10_000n * 10n ** 18n

/** A Hardhat chain with the contracts on it, and beside it the one in the bottle with the model of them. */
export class Beside {
  readonly world: World
  readonly sim: SimChain
  readonly both: { readonly hardhat: Endpoints; readonly sim: Endpoints }
  /** Rich on both, and nobody has seen them before. */
  readonly payers: readonly Payer[]

  private constructor(world: World, timestamp: number) {
    const { accounts, chainId } = world.chain
    this.world = world
    this.payers = accounts.slice(-PAYERS).map(({ key }) => payerOf(hexToBytes(key)))
    const contracts = createContracts({ domain: world.domain, tokens: [world.token.address] })
    for (const { address } of this.payers) contracts.addEther(address, BALANCE)
    const { depository, entityProvider, subcontractProvider } = world.deployment
    const withCode: Address[] = [depository, entityProvider, subcontractProvider]
    const gasLimit = 60_000_000n
    this.sim = new SimChain({ chainId: BigInt(chainId), contracts, withCode, timestamp, gasLimit })
    const wait = async () => {}
    const port = portOf(new Map([[SIM, new SimEndpoint({ chain: this.sim, wait })]]))
    const backOff = { minMs: 0, maxMs: 0 }
    const simEndpoints = new Endpoints({ urls: [SIM], chainId: BigInt(chainId), port, backOff })
    this.both = { hardhat: openEndpoints(world, { backOff }), sim: simEndpoints }
  }

  static async start(): Promise<Beside> {
    const world = await startWorld({ accounts: 5 + PAYERS })
    await world.chain.setMining({ type: 'manual' })
    return new Beside(world, await chainTime(world))
  }

  async close(): Promise<void> {
    this.both.hardhat.close()
    this.both.sim.close()
    await this.world.close()
  }

  /** Gives both the same signed transaction, and gives what the node makes of their answers. */
  async give(payer: Payer, terms: Terms): Promise<{ hash: Hash; hardhat: Verdict; sim: Verdict }> {
    const { hash, raw } = signedBy(payer, terms)
    const [hardhat, sim] = await Promise.all([
      broadcast(this.both.hardhat, bytesToHex(raw)),
      broadcast(this.both.sim, bytesToHex(raw)),
    ])
    return { hash, hardhat, sim }
  }

  /** Mines a block on both at the same time and base fee. */
  async mine(baseFeePerGas = GWEI): Promise<void> {
    const { chain } = this.world
    const timestamp = Math.max(await chainTime(this.world), this.sim.head.timestamp) + 12
    await chain.request('evm_setNextBlockTimestamp', [timestamp])
    await chain.request('hardhat_setNextBlockBaseFeePerGas', [`0x${baseFeePerGas.toString(16)}`])
    await chain.mine()
    this.sim.setBaseFee(baseFeePerGas)
    this.sim.mine(timestamp)
  }

  /** The answers of both to the same question, or what the node makes of it when it is an error. */
  async ask(method: string, ...parameters: unknown[]): Promise<{ hardhat: unknown; sim: unknown }> {
    const of = async (endpoints: Endpoints): Promise<unknown> => {
      try {
        return await endpoints.ask((endpoint) => endpoint.send(method, parameters))
      } catch (error) {
        const revert = revertOf(error)
        if (revert !== undefined) return { revert }
        if (error instanceof ChainError) return { fault: error.fault.code }
        throw error
      }
    }
    return { hardhat: await of(this.both.hardhat), sim: await of(this.both.sim) }
  }
}

/** What kind of value stands where, without the values. */
export function shapeOf(value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value === null ? 'null' : 'boolean'
  if (typeof value === 'string') {
    if (/^0x[0-9a-f]{64}$/.test(value)) return 'word'
    if (/^0x[0-9a-f]{40}$/.test(value)) return 'address'
    return /^0x(0|[1-9a-f][0-9a-f]{0,14})$/.test(value) ? 'quantity' : 'bytes'
  }
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (typeof value !== 'object') throw new TypeError(`JSON has no ${typeof value}`)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shapeOf(each)]))
}
