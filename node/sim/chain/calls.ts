/** What calls would do: eth_call and eth_estimateGas. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import { TRANSACTION_GAS_MAX } from '../../shell/chain/estimate.ts'
import { asBigint, asHex, asObject, toQuantity } from '../../shell/chain/rpc.ts'
import type { Call, CallResult } from '../contracts/model.ts'
import { ZERO_ADDRESS } from './block.ts'
import { gasOf } from './state.ts'
import { type ChainView, Refused, readParameter, stateAt } from './view.ts'

/** Of clients for a call that names none. */
const CALL_GAS_MAX = 50_000_000n
const REVERTED = 3

/** What the call returns as of a block. Throws {@link Refused}, with the data of a revert. */
export function callAt(view: ChainView, [transaction, tag]: readonly unknown[]): Hex {
  const { call, gas = CALL_GAS_MAX } = readCall(transaction)
  const result = perform(view, call, tag)
  if (gasOf(call.data, result) > gas) throw new Refused(-32_000, 'out of gas')
  return bytesToHex(result.returnData)
}

/** The gas that the call uses as of a block. Throws {@link Refused}, with the data of a revert. */
export function estimateAt(view: ChainView, [transaction, tag]: readonly unknown[]): Hex {
  const { call, gas = TRANSACTION_GAS_MAX } = readCall(transaction)
  const gasUsed = gasOf(call.data, perform(view, call, tag))
  if (gasUsed > gas) throw new Refused(-32_000, `gas required exceeds allowance (${gas})`)
  return toQuantity(gasUsed)
}

function perform(view: ChainView, call: Call, tag: unknown): CallResult {
  const { block, state } = stateAt(view, tag)
  const balance = state.contracts.etherOf(call.from)
  if (call.value > balance) {
    const message = `insufficient funds for gas * price + value: have ${balance} want ${call.value}`
    throw new Refused(-32_000, message)
  }
  const result = state.contracts.view(call, block)
  if (!result.ok) {
    throw new Refused(REVERTED, 'execution reverted', bytesToHex(result.returnData))
  }
  return result
}

function readCall(value: unknown): { call: Call; gas: bigint | undefined } {
  return readParameter(() => {
    const { from, to, data, input, value: wei, gas } = asObject(value, 'transaction')
    const call = {
      from: asAddress(from ?? ZERO_ADDRESS, 'from'),
      to: asAddress(to, 'to'),
      value: wei === undefined ? 0n : asBigint(wei, 'value'),
      data: hexToBytes(asHex(data ?? input ?? '0x', 'data')),
    }
    return { call, gas: gas === undefined ? undefined : asBigint(gas, 'gas') }
  })
}

/** Twenty bytes, in lower case. */
export function asAddress(value: unknown, what: string): Address {
  const address = readParameter(() => asHex(value, what))
  if (address.length !== 42) throw new Refused(-32_602, `invalid argument: ${what} is ${address}`)
  return address as Address
}
