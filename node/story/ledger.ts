/** What the chain says, asked directly and not through a node: the story believes nobody else. */
import type { Deployment } from '@xln/deploy/contracts.ts'
import type { LocalChain } from '@xln/deploy/localChain.ts'
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { IERC20__factory } from '@xln/shared/abi/typechain/factories/interfaces/IERC20__factory.ts'
import type { IDepository } from '@xln/shared/abi/typechain/interfaces/IDepository.ts'
import type { ChainEvent } from '@xln/shared/depository/events.ts'
import { tokenAddress } from '@xln/shared/depository/tokenIds.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { JsonRpcProvider, Network } from 'ethers'
import { decodeLog } from '../shell/chain/decode.ts'
import { parseLog } from '../shell/chain/receipt.ts'
import { until } from './failure.ts'

type EventOf<Type extends ChainEvent['type']> = Extract<ChainEvent, { type: Type }>

/** The sums of one token, and what the Depository really holds of it. */
export interface Holdings {
  readonly token: TokenId
  readonly reserves: bigint
  readonly collateral: bigint
  readonly held: bigint
}

export class Ledger {
  readonly depository: IDepository
  readonly provider: JsonRpcProvider
  readonly #chain: LocalChain
  readonly #deployment: Deployment

  constructor(chain: LocalChain, deployment: Deployment) {
    this.#chain = chain
    this.#deployment = deployment
    const network = Network.from(chain.chainId)
    const options = { staticNetwork: network, cacheTimeout: -1, polling: true }
    this.provider = new JsonRpcProvider(chain.url, network, options)
    this.depository = IDepository__factory.connect(deployment.depository, this.provider)
  }

  /** What an address holds of `token`, outside. */
  balanceOf(token: TokenId, owner: string): Promise<bigint> {
    const contract = tokenAddress(token)
    if (contract === undefined) return this.provider.getBalance(owner)
    return IERC20__factory.connect(contract, this.provider).balanceOf(owner)
  }

  reserveOf(entity: EntityId, token: TokenId): Promise<bigint> {
    return this.depository.reserveOf(entity, token)
  }

  /** Unix seconds of the newest block. */
  async now(): Promise<number> {
    const { timestamp } = await this.#chain.request<{ timestamp: string }>('eth_getBlockByNumber', [
      'latest',
      false,
    ])
    return Number(timestamp)
  }

  /** Everything that our contracts have ever said, in order. */
  async events(): Promise<ChainEvent[]> {
    const { depository, subcontractProvider, block } = this.#deployment
    const logs = await this.#chain.request<Readonly<Record<string, unknown>>[]>('eth_getLogs', [
      { address: [depository, subcontractProvider], fromBlock: `0x${block.toString(16)}` },
    ])
    return logs.flatMap((log) => {
      const event = decodeLog(this.#deployment, parseLog(log))
      return event === undefined ? [] : [event]
    })
  }

  /** The newest event of a kind; waits until there is one. `nodes`: who is to bring it about. */
  waitFor<Type extends ChainEvent['type']>(
    type: Type,
    nodes: readonly string[],
  ): Promise<EventOf<Type>> {
    return until(
      `${type} stands on chain`,
      async () => (await this.events()).filter((event) => event.type === type).at(-1),
      nodes,
    ) as Promise<EventOf<Type>>
  }

  /** Every token that the Depository ever had, as its events have it, and what it holds. */
  async holdings(): Promise<Holdings[]> {
    const reserves = new Map<string, { token: TokenId; amount: bigint }>()
    const collaterals = new Map<string, { token: TokenId; amount: bigint }>()
    for (const event of await this.events()) {
      if (event.type === 'reserveUpdated') {
        const { entity, token, reserve } = event
        reserves.set(entity + token, { token, amount: reserve })
      } else if (event.type === 'channelUpdated') {
        const { left, right, token, collateral } = event
        collaterals.set(left + right + token, { token, amount: collateral })
      }
    }
    const tokens = new Set(
      [...reserves.values(), ...collaterals.values()].map(({ token }) => token),
    )
    return Promise.all(
      [...tokens].map(async (token) => ({
        token,
        reserves: sumOf(reserves.values(), token),
        collateral: sumOf(collaterals.values(), token),
        held: await this.balanceOf(token, this.#deployment.depository),
      })),
    )
  }

  close(): void {
    this.provider.destroy()
  }
}

function sumOf(entries: Iterable<{ token: TokenId; amount: bigint }>, token: TokenId): bigint {
  let sum = 0n
  for (const entry of entries) if (entry.token === token) sum += entry.amount
  return sum
}
