/**
 * The three contracts and a few tokens as one object in memory, with the calls and logs of the real
 * ones, byte for byte: what the seeded simulator's chain executes.
 *
 * It is also their specification at its shortest: state and rules without storage slots, gas or
 * assembly. `test/sim/contracts/` plays the same random calls against this and against the contracts.
 */
import { recover } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import { type ContractKind, contractsAt } from './accounts.ts'
import { callContract, runFunction } from './contracts.ts'
import { encodeEvent } from './events.ts'
import { attempt, type Frame } from './frame.ts'
import { revertWithoutReason } from './reverts.ts'
import { moveEther } from './tokens.ts'
import { World } from './world.ts'

/** What one transaction asks. */
export interface Call {
  readonly from: Address
  readonly to: Address
  /** Wei. */
  readonly value: bigint
  readonly data: Uint8Array
}

/** The block in which a call is executed, or as of which it is viewed. */
export interface BlockContext {
  readonly number: number
  /** Unix seconds. */
  readonly timestamp: number
}

export interface RawLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
}

export interface CallResult {
  readonly ok: boolean
  /** What the function returned, or what it reverted with. */
  readonly returnData: Uint8Array
  /** By a rough formula, intrinsic gas included. */
  readonly gasUsed: bigint
  /** None of a call that reverted. */
  readonly logs: readonly RawLog[]
}

export interface ContractsModel {
  /** Executes one transaction's call with its effects; a revert leaves no trace but its data. Never throws. */
  execute(call: Call, block: BlockContext): CallResult
  /** The same with nothing kept: eth_call. */
  view(call: Call, block: BlockContext): CallResult
  /** A copy that goes on apart: for reorganisations. Cheap: both share what neither changes. */
  fork(): ContractsModel
  /** The ether of an account or a contract, wei. */
  etherOf(account: Address): bigint
  /** Adds to an account's ether, or takes from it (a fee): at most what it has. */
  addEther(account: Address, amount: bigint): void
}

export interface ContractsOptions {
  readonly domain: ChainDomain
  /** Where ERC-20s stand that anyone can mint, as `SignedToken` is. Default: none. */
  readonly tokens?: readonly Address[]
  /** Where a `TestErc721` stands, and a `TestErc1155`. Default: nowhere. */
  readonly erc721s?: readonly Address[]
  readonly erc1155s?: readonly Address[]
  /** Whose key made a signature of 65 bytes over a digest, if anyone's. Default: what `ecrecover` says. */
  readonly checkSignature?: (digest: Uint8Array, signature: Uint8Array) => Address | undefined
}

/** Contracts as they were just deployed, and accounts without ether. */
export function createContracts(options: ContractsOptions): ContractsModel {
  return new Contracts(options, new World())
}

class Contracts implements ContractsModel {
  readonly #options: ContractsOptions
  readonly #contracts: ReadonlyMap<Address, ContractKind>
  #world: World

  constructor(options: ContractsOptions, world: World) {
    const { domain, tokens = [], erc721s = [], erc1155s = [] } = options
    this.#options = options
    this.#contracts = contractsAt(
      domain,
      new Map([
        ...tokens.map((each) => [each, 'erc20'] as const),
        ...erc721s.map((each) => [each, 'erc721'] as const),
        ...erc1155s.map((each) => [each, 'erc1155'] as const),
      ]),
    )
    this.#world = world
  }

  execute(call: Call, block: BlockContext): CallResult {
    const { world, result } = this.#run(call, block)
    if (result.ok) this.#world = world
    return result
  }

  view(call: Call, block: BlockContext): CallResult {
    return this.#run(call, block).result
  }

  fork(): ContractsModel {
    return new Contracts(this.#options, this.#world.fork())
  }

  etherOf(account: Address): bigint {
    return this.#world.balanceOf('ether', account)
  }

  addEther(account: Address, amount: bigint): void {
    const balance = this.etherOf(account) + amount
    if (balance < 0n) throw new RangeError(`${account} has ${balance - amount} wei, not ${-amount}`)
    this.#world.balances.set(`ether/${account}`, balance)
  }

  /** The state after the call, beside the one before it. */
  #run({ from, to, value, data }: Call, block: BlockContext): { world: World; result: CallResult } {
    const frame = this.#frameOf(from, value, block)
    let returnData: Uint8Array = new Uint8Array(0)
    const reverted = attempt(frame, () => {
      if (value > this.etherOf(from)) revertWithoutReason()
      moveEther(frame, from, to, value)
      returnData = callContract(frame, to, data)
    })
    const result = {
      ok: reverted === undefined,
      returnData: reverted?.data ?? returnData,
      gasUsed: gasOf(data, frame.emitted.length),
      logs: frame.emitted.map(({ address, event }) => ({ address, ...encodeEvent(event) })),
    }
    return { world: frame.world, result }
  }

  #frameOf(sender: Address, value: bigint, { timestamp: now }: BlockContext): Frame {
    const { domain, checkSignature } = this.#options
    return {
      world: this.#world.fork(),
      domain,
      contracts: this.#contracts,
      recover: checkSignature ?? recover,
      sender,
      value,
      now,
      emitted: [],
      run: runFunction,
    }
  }
}

/**
 * Roughly: what every transaction costs, its bytes, and for each event the writing that goes with it;
 * not less than the floor of EIP-7623.
 */
function gasOf(data: Uint8Array, events: number): bigint {
  let tokens = 0
  for (const byte of data) tokens += byte === 0 ? 1 : 4
  return BigInt(Math.max(30_000 + 4 * tokens + 30_000 * events, 21_000 + 10 * tokens))
}
