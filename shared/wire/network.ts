/** The network of one deployment: what the signatures between its servers are bound to. */

import { writeNumber } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'
import { separatorOf, typedDigest, typeHash } from '../depository/domain.ts'
import type { Address } from '../ids.ts'

/** Servers of different networks have nothing to say to each other. A `ChainDomain` is one. */
export interface Network {
  readonly chainId: bigint
  readonly depository: Address
}

let last: { readonly network: Network; readonly separator: Uint8Array } | undefined

/**
 * The EIP-712 digest of a struct under the domain `XLN Network`, which no contract has: `words` is
 * its type's hash and its fields, 32 bytes each.
 */
export function networkDigest(network: Network, words: Uint8Array): Uint8Array {
  if (last === undefined || !isSameNetwork(last.network, network)) {
    const { chainId, depository } = network
    const separator = separatorOf('XLN Network', chainId, depository)
    last = { network: { chainId, depository }, separator }
  }
  return typedDigest(last.separator, keccak256(words))
}

/** Room for a struct of `fields` fields that starts with its type. */
export function structWords(type: string, fields: number): Uint8Array {
  const words = new Uint8Array(32 * (1 + fields))
  words.set(typeHash(type))
  return words
}

/** Writes field `index`, from 1, as the unsigned integer `value`. */
export function setNumberWord(words: Uint8Array, index: number, value: number): void {
  words.fill(0, 32 * index, 32 * index + 24)
  writeNumber(words, 32 * index + 24, 8, value)
}

export function isSameNetwork(a: Network, b: Network): boolean {
  return a.chainId === b.chainId && a.depository === b.depository
}
