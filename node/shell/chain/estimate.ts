/** How much gas a call is given. */
import type { Address } from '@xln/shared/ids.ts'
import { isError } from 'ethers'
import type { AccountLook } from './account.ts'
import type { EncodedCall } from './calls.ts'
import type { Endpoints } from './endpoints.ts'
import { type RevertReason, revertOf } from './revert.ts'
import { asBigint, toQuantity } from './rpc.ts'

/** The protocol's cap of one transaction (EIP-7825). */
export const TRANSACTION_GAS_MAX = 16_777_216n

/**
 * On top of the estimate: half of it, for what may change until the transaction is in a block, and a
 * fixed part, for the head-room that the contract demands before each check outside of itself.
 */
const MARGIN_FIXED = 300_000n

/**
 * The gas limit for `call`, or why it would revert, or `poor` when `from` does not have its value. `block` is `pending` when it follows another
 * transaction of ours that is not in a block yet. Throws `ChainError`.
 */
export async function estimateGas(
  endpoints: Endpoints,
  from: Address,
  call: EncodedCall,
  look: AccountLook,
  block: 'latest' | 'pending',
): Promise<bigint | RevertReason | 'poor'> {
  const { to, data } = call
  const value = toQuantity(call.value)
  try {
    const estimate = await endpoints.ask(async (endpoint) => {
      const answer = await endpoint.send('eth_estimateGas', [{ from, to, data, value }, block])
      return asBigint(answer, 'gas estimate')
    })
    const limit = estimate + estimate / 2n + MARGIN_FIXED
    const most = smaller(TRANSACTION_GAS_MAX, BigInt(look.head.gasLimit))
    return smaller(limit, most)
  } catch (error) {
    if (isError(error, 'INSUFFICIENT_FUNDS')) return 'poor'
    const reason = revertOf(error)
    if (reason === undefined) throw error
    return reason
  }
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** Why a call failed in a block: as it would have failed on the block before. Throws `ChainError`. */
export async function readRevertReason(
  endpoints: Endpoints,
  from: Address,
  call: EncodedCall,
  gasLimit: bigint,
  inclusion: { readonly block: number; readonly gasUsed: bigint },
): Promise<RevertReason> {
  const { to, data } = call
  const transaction = { from, to, data, value: toQuantity(call.value), gas: toQuantity(gasLimit) }
  try {
    await endpoints.ask((endpoint) => {
      return endpoint.send('eth_call', [transaction, toQuantity(inclusion.block - 1)])
    })
  } catch (error) {
    const reason = revertOf(error)
    if (reason === undefined) throw error
    return reason
  }
  const text =
    inclusion.gasUsed === gasLimit ? 'out of gas' : 'no reason found: the block changed what it met'
  return { name: '', selector: '0x', args: {}, text }
}
