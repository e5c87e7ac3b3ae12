/** From a call's bytes to the function that it names, and back. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { Address } from '@xln/shared/ids.ts'
import { AbiCoder, type FunctionFragment, type Interface, type Result } from 'ethers'
import { erc721Functions, erc1155Functions } from './collections.ts'
import type { Frame } from './frame.ts'
import { depositoryFunctions, type Functions, subcontractProviderFunctions } from './functions.ts'
import { gateFunctions } from './gateFunctions.ts'
import {
  depositoryAbi,
  entityProviderAbi,
  erc721Abi,
  erc1155Abi,
  gateAbi,
  sharesAbi,
  subcontractProviderAbi,
  tokenAbi,
} from './interfaces.ts'
import { entityProviderFunctions } from './registryFunctions.ts'
import { revertWithoutReason } from './reverts.ts'
import { sharesFunctions } from './sharesFunctions.ts'
import { tokenFunctions } from './tokenFunctions.ts'

/** By selector and by signature, known once and for all: ethers hashes every signature anew whenever it looks for one. */
type Fragments = ReadonlyMap<string, FunctionFragment>

interface Contract {
  readonly fragments: Fragments
  readonly functions: Functions
}

function fragmentsOf(abi: Interface): Fragments {
  const fragments = new Map<string, FunctionFragment>()
  abi.forEachFunction((fragment) => {
    fragments.set(fragment.selector, fragment).set(fragment.format(), fragment)
  })
  return fragments
}

const depository = { fragments: fragmentsOf(depositoryAbi), functions: depositoryFunctions }
const entityProvider = {
  fragments: fragmentsOf(entityProviderAbi),
  functions: entityProviderFunctions,
}
const subcontractProvider = {
  fragments: fragmentsOf(subcontractProviderAbi),
  functions: subcontractProviderFunctions,
}
const shares = { fragments: fragmentsOf(sharesAbi), functions: sharesFunctions }
const gate = { fragments: fragmentsOf(gateAbi), functions: gateFunctions }
const tokenFragments = fragmentsOf(tokenAbi)
const erc721Fragments = fragmentsOf(erc721Abi)
const erc1155Fragments = fragmentsOf(erc1155Abi)

const coder = AbiCoder.defaultAbiCoder()

/** Calls `to` with the ether and bytes of a frame's call; what an account without code does is nothing. */
export function callContract(frame: Frame, to: Address, data: Uint8Array): Uint8Array {
  const contract = contractAt(frame, to)
  if (contract === undefined) return new Uint8Array(0)
  const selector = bytesToHex(data.subarray(0, 4))
  const fragment = contract.fragments.get(selector) ?? revertWithoutReason()
  const run = contract.functions[fragment.name] ?? revertWithoutReason()
  if (frame.value !== 0n && !fragment.payable) revertWithoutReason()

  const input = data.subarray(4)
  const args = decodeArguments(fragment, input) ?? revertWithoutReason()
  return hexToBytes(coder.encode(fragment.outputs, run(frame, args, input)))
}

/** What one contract has another one do, in words; reverts where nobody has such a function. */
export function runFunction(
  frame: Frame,
  to: Address,
  signature: string,
  args: readonly unknown[],
): readonly unknown[] {
  const contract = contractAt(frame, to)
  const name = contract?.fragments.get(signature)?.name ?? revertWithoutReason()
  const run = contract?.functions[name] ?? revertWithoutReason()
  return run(frame, args, new Uint8Array(0))
}

function contractAt({ contracts }: Frame, to: Address): Contract | undefined {
  switch (contracts.get(to)) {
    case 'depository':
      return depository
    case 'entityProvider':
      return entityProvider
    case 'subcontractProvider':
      return subcontractProvider
    case 'erc20':
      return { fragments: tokenFragments, functions: tokenFunctions(to) }
    case 'gate':
      return gate
    case 'shares':
      return shares
    case 'erc721':
      return { fragments: erc721Fragments, functions: erc721Functions(to) }
    case 'erc1155':
      return { fragments: erc1155Fragments, functions: erc1155Functions(to) }
    case undefined:
      return undefined
  }
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
