/** From a call's bytes to the function that it names, and back. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { Address } from '@xln/shared/ids.ts'
import { AbiCoder, type FunctionFragment, type Interface, type Result } from 'ethers'
import type { Frame } from './frame.ts'
import {
  depositoryFunctions,
  entityProviderFunctions,
  type Functions,
  subcontractProviderFunctions,
  tokenFunctions,
} from './functions.ts'
import { depositoryAbi, entityProviderAbi, subcontractProviderAbi, tokenAbi } from './interfaces.ts'
import { revertWithoutReason } from './reverts.ts'

type Selectors = ReadonlyMap<string, FunctionFragment>

const depositorySelectors = selectorsOf(depositoryAbi)
const entityProviderSelectors = selectorsOf(entityProviderAbi)
const subcontractProviderSelectors = selectorsOf(subcontractProviderAbi)
const tokenSelectors = selectorsOf(tokenAbi)

/** Known once and for all: ethers hashes every signature anew whenever it looks for one. */
function selectorsOf(abi: Interface): Selectors {
  const selectors = new Map<string, FunctionFragment>()
  abi.forEachFunction((fragment) => selectors.set(fragment.selector, fragment))
  return selectors
}

const coder = AbiCoder.defaultAbiCoder()

/** Calls `to` with the ether and bytes of a frame's call; what an account without code does is nothing. */
export function callContract(frame: Frame, to: Address, data: Uint8Array): Uint8Array {
  const contract = contractAt(frame, to)
  if (contract === undefined) return new Uint8Array(0)
  const [selectors, functions] = contract
  const fragment = selectors.get(bytesToHex(data.subarray(0, 4))) ?? revertWithoutReason()
  const run = functions[fragment.name] ?? revertWithoutReason()
  if (frame.value !== 0n && !fragment.payable) revertWithoutReason()

  const input = data.subarray(4)
  const args = decodeArguments(fragment, input) ?? revertWithoutReason()
  return hexToBytes(coder.encode(fragment.outputs, run(frame, args, input)))
}

function contractAt({ domain, tokens }: Frame, to: Address): [Selectors, Functions] | undefined {
  if (to === domain.depository) return [depositorySelectors, depositoryFunctions]
  if (to === domain.entityProvider) return [entityProviderSelectors, entityProviderFunctions]
  if (to === domain.subcontractProvider) {
    return [subcontractProviderSelectors, subcontractProviderFunctions]
  }
  return tokens.has(to) ? [tokenSelectors, tokenFunctions(to)] : undefined
}

/** `undefined` for bytes that are no arguments of the function. */
function decodeArguments({ inputs }: FunctionFragment, input: Uint8Array): Result | undefined {
  try {
    const args = coder.decode(inputs, input)
    // What is wrong inside comes up only when it is read.
    args.toArray(true)
    return args
  } catch {
    // Whatever ethers objects to, the contract's decoder reverts without a reason.
    return undefined
  }
}
