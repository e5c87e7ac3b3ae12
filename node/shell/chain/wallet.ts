/** What the owner does on chain with a key of his own: tokens from outside into a reserve. */
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { etherTokenId, tokenAddress } from '@xln/shared/depository/tokenIds.ts'
import type { Address, EntityId, Hex, TokenId } from '@xln/shared/ids.ts'
import { Interface } from 'ethers'
import type { Contracts } from './decode.ts'
import type { Endpoints } from './endpoints.ts'
import { ChainError } from './faults.ts'
import type { Sighting } from './request.ts'
import { asBigint, asHex } from './rpc.ts'
import type { Submitter } from './submitter.ts'

export interface WalletOptions {
  readonly endpoints: Endpoints
  readonly contracts: Contracts
  /** Of the key that owns the tokens; it pays for the gas too. */
  readonly submitter: Submitter
  readonly address: Address
}

const depository = IDepository__factory.createInterface()
// Tokens are contracts of others: this is all that is asked of them.
const erc20 = new Interface([
  'function balanceOf(address owner) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function approve(address spender, uint256 amount)',
])

export class Wallet {
  readonly #options: WalletOptions

  constructor(options: WalletOptions) {
    this.#options = options
  }

  get address(): Address {
    return this.#options.address
  }

  /** What an address (its own by default) holds of `token`, base units, as of the newest block. */
  balanceOf(token: TokenId, owner = this.address): Promise<bigint> {
    if (token === etherTokenId) {
      return this.#options.endpoints.ask(async (endpoint) => {
        return asBigint(await endpoint.send('eth_getBalance', [owner, 'latest']), 'balance')
      })
    }
    return this.#read(addressOf(token), 'balanceOf', [owner])
  }

  /**
   * Moves `amount` base units of `token` into the reserve of any entity, allowing that first where the
   * token asks for it. Resolves when it is in a block. Throws `ChainError`: what the contract or the
   * token refuses, `token_unsupported` for other kinds than ether and ERC-20.
   */
  async deposit(entity: EntityId, token: TokenId, amount: bigint): Promise<Sighting> {
    const { submitter, contracts } = this.#options
    const { depository: to } = contracts
    if (token !== etherTokenId) await this.#allow(addressOf(token), amount)
    const data = depository.encodeFunctionData('deposit', [entity, token, amount]) as Hex
    const value = token === etherTokenId ? amount : 0n
    return submitter.perform({ type: 'transaction', to, data, value })
  }

  async #allow(token: Address, amount: bigint): Promise<void> {
    const { depository: spender } = this.#options.contracts
    const allowed = await this.#read(token, 'allowance', [this.address, spender])
    if (allowed >= amount) return
    // Some tokens change an allowance only from or to nothing.
    if (allowed > 0n) await this.#approve(token, 0n)
    await this.#approve(token, amount)
  }

  async #approve(token: Address, amount: bigint): Promise<void> {
    const { submitter, contracts } = this.#options
    const data = erc20.encodeFunctionData('approve', [contracts.depository, amount]) as Hex
    await submitter.perform({ type: 'transaction', to: token, data, value: 0n })
  }

  async #read(to: Address, name: string, parameters: readonly Address[]): Promise<bigint> {
    const data = erc20.encodeFunctionData(name, parameters)
    const answer = await this.#options.endpoints.ask(async (endpoint) => {
      return asHex(await endpoint.send('eth_call', [{ to, data }, 'latest']), name)
    })
    if (answer === '0x') throw new ChainError({ code: 'address_empty', address: to })
    return BigInt(erc20.decodeFunctionResult(name, answer)[0])
  }
}

function addressOf(token: TokenId): Address {
  const address = tokenAddress(token)
  if (address === undefined) throw new ChainError({ code: 'token_unsupported', token })
  return address
}
