/**
 * The well-known deterministic deployer: a contract without an owner that stands at the same address
 * on most chains, and creates by CREATE2 (EIP-1014) whatever it is sent behind a salt. So the same code
 * comes to the same address on every chain, whoever pays for it.
 *
 * Nobody has the key of the account that made it: its one transaction has a signature that was chosen,
 * not computed, and is good on every chain that takes transactions without a chain id (before EIP-155).
 * See https://github.com/Arachnid/deterministic-deployment-proxy.
 */
import { type Address, type Hex, parseAddress } from '@xln/shared/ids.ts'
import { getCreate2Address, keccak256 } from 'ethers'

export const factoryAddress: Address = parseAddress('0x4e59b44847b379578588920cA78FbF26c0B4956C')

/** 69 bytes: calls CREATE2 with the first word of the calldata as its salt and the rest as the code. */
export const factoryCode: Hex =
  '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3'

/** Sends the transaction that makes it; needs {@link placementWei}, and nothing else. */
export const placerAddress: Address = parseAddress('0x3fAB184622Dc19b6109349B94811493BF2a45362')
/** 100,000 gas at 100 gwei: both are in the signed transaction and cannot be changed. */
export const placementWei = 100_000n * 100_000_000_000n
export const placementTransaction: Hex = `0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe${factoryCode.slice(2)}1ba0${'22'.repeat(32)}a0${'22'.repeat(32)}`

/** One for all: a contract's address commits to its code and constructor data, and to nothing else. */
export const salt: Hex = `0x${'00'.repeat(32)}`

/** Where the factory puts what `creationCode` makes. */
export function deterministicAddressOf(creationCode: Hex): Address {
  return parseAddress(getCreate2Address(factoryAddress, salt, keccak256(creationCode)))
}

/** What the factory is sent. */
export function factoryCall(creationCode: Hex): { readonly to: Address; readonly data: Hex } {
  return { to: factoryAddress, data: `${salt}${creationCode.slice(2)}` }
}
