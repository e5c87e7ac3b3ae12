/** What a deployment would do and cost; nothing is sent. */
import type { Address, Hex } from '@xln/shared/ids.ts'
import { getCreateAddress, type JsonRpcProvider, type Provider } from 'ethers'
import { type ContractName, contractNames, creationCodeOf } from './codes.ts'
import { type PartialDeployment, standsAt } from './contracts.ts'
import { deterministicAddressOf, factoryAddress, factoryCall, placementWei } from './factory.ts'
import { factoryStands } from './placement.ts'
import { openProvider } from './transactions.ts'

/** A transfer, which pays for the placement of the deterministic deployer. */
const TRANSFER_GAS = 21_000n

export interface PlanOptions {
  readonly rpcUrl: string
  readonly payer: Address
  readonly known?: PartialDeployment | undefined
  readonly isDeterministic: boolean
}

/** One contract, or the `factory`: the deterministic deployer where it does not stand yet. */
export interface PlannedContract {
  readonly name: ContractName | 'factory'
  readonly address: Address
  /** It is there already and costs nothing. */
  readonly stands: boolean
  readonly gas: bigint
  /** At {@link Plan.gasPriceWei}. */
  readonly costWei: bigint
}

export interface Plan {
  readonly chainId: number
  readonly contracts: readonly PlannedContract[]
  /** What a transaction that is sent now pays for a unit of gas. */
  readonly gasPriceWei: bigint
  readonly costWei: bigint
  readonly payer: Address
  readonly balanceWei: bigint
}

/** Throws when the endpoint does not answer, or refuses to estimate. */
export async function planDeployment(options: PlanOptions): Promise<Plan> {
  const { provider, chainId } = await openProvider(options.rpcUrl)
  try {
    const gasPriceWei = (await provider.getFeeData()).gasPrice ?? 0n
    const planned = await planAll(provider, options)
    const contracts = planned.map((each) => ({ ...each, costWei: costOf(each, gasPriceWei) }))
    const costWei = contracts.reduce((sum, each) => sum + each.costWei, 0n)
    const balanceWei = await provider.getBalance(options.payer)
    return { chainId, contracts, gasPriceWei, costWei, payer: options.payer, balanceWei }
  } finally {
    provider.destroy()
  }
}

type Uncosted = Omit<PlannedContract, 'costWei'>

function costOf({ name, stands, gas }: Uncosted, gasPriceWei: bigint): bigint {
  if (stands) return 0n
  return gas * gasPriceWei + (name === 'factory' ? placementWei : 0n)
}

async function planAll(provider: JsonRpcProvider, options: PlanOptions): Promise<Uncosted[]> {
  const { known, payer, isDeterministic } = options
  const hasFactory = isDeterministic && (await factoryStands({ provider }))
  const contracts: Uncosted[] = isDeterministic ? [factoryPlan(hasFactory)] : []
  const nonces = { next: await provider.getTransactionCount(payer, 'pending') }
  let named: PartialDeployment = {}
  for (const name of contractNames) {
    const code = creationCodeOf(name, named)
    const place = isDeterministic
      ? { address: deterministicAddressOf(code), stands: false }
      : await placeByNonce(provider, name, known?.[name], payer, nonces)
    const { address } = place
    const stands = place.stands || (isDeterministic && (await standsAt(provider, name, address)))
    const gas = stands ? 0n : await estimate(provider, payer, code, hasFactory)
    contracts.push({ name, address, stands, gas })
    named = { ...named, [name]: address }
  }
  return contracts
}

function factoryPlan(stands: boolean): Uncosted {
  return { name: 'factory', address: factoryAddress, stands, gas: stands ? 0n : TRANSFER_GAS }
}

async function placeByNonce(
  provider: Provider,
  name: ContractName,
  known: Address | undefined,
  payer: Address,
  nonces: { next: number },
): Promise<{ readonly address: Address; readonly stands: boolean }> {
  if (known !== undefined && (await standsAt(provider, name, known))) {
    return { address: known, stands: true }
  }
  const address = getCreateAddress({ from: payer, nonce: nonces.next++ }).toLowerCase() as Address
  return { address, stands: false }
}

/**
 * Without the factory, as a creation of its own: the two differ by less than a hundredth. On the latest
 * block: what is on its way may be this very contract.
 */
async function estimate(
  provider: JsonRpcProvider,
  payer: Address,
  code: Hex,
  hasFactory: boolean,
): Promise<bigint> {
  const call = { from: payer, ...(hasFactory ? factoryCall(code) : { data: code }) }
  return BigInt(await provider.send('eth_estimateGas', [call, 'latest']))
}
