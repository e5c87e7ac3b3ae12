/** Sees to it that the deterministic deployer stands. */
import {
  factoryAddress,
  factoryCode,
  placementTransaction,
  placementWei,
  placerAddress,
} from './factory.ts'
import { type Deployer, reasonOf } from './transactions.ts'

/**
 * Places it, unless it stands: pays the account of its transaction what that costs, and sends it. Throws,
 * with what to do, when the chain does not take it.
 */
export async function placeFactory(deployer: Deployer): Promise<void> {
  const { provider } = deployer
  if (await factoryStands(deployer)) return
  const missing = placementWei - (await provider.getBalance(placerAddress))
  try {
    if (missing > 0n) {
      await requireAccepted(deployer)
      await deployer.send({ to: placerAddress, data: '0x', value: missing })
    }
    await deployer.sendSigned(placementTransaction)
  } catch (cause) {
    throw unplaceable(reasonOf(cause).slice(0, -1), cause)
  }
  if (!(await factoryStands(deployer))) throw unplaceable('its transaction made nothing', undefined)
}

/** Offers the transaction before it is paid for: an endpoint that takes none of its kind says so, and no money is lost. */
async function requireAccepted({ provider }: Deployer): Promise<void> {
  try {
    await provider.broadcastTransaction(placementTransaction)
  } catch (error) {
    // Whatever else it says is about the money that is not there yet.
    if (/EIP-?155|replay/i.test(String(error))) throw error
  }
}

/** Whether it stands. Throws when something else stands at its address. */
export async function factoryStands({ provider }: Pick<Deployer, 'provider'>): Promise<boolean> {
  const code = await provider.getCode(factoryAddress)
  if (code === '0x') return false
  if (code === factoryCode) return true
  throw unplaceable('other code stands at its address', undefined)
}

function unplaceable(reason: string, cause: unknown): Error {
  return new Error(
    `The deterministic deployer cannot be placed at ${factoryAddress} (${reason}). Many chains take no transaction without a chain id: ask its operators for it, or deploy with --no-deterministic, to addresses of this chain alone.`,
    { cause },
  )
}
