/** Where signatures count: the contracts of one chain, and their EIP-712 domains. */
import { writeBigint, writeHex } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'
import type { Address } from '../ids.ts'

/** One deployment of the contracts. Everything signed counts under exactly one of them. */
export interface ChainDomain {
  readonly chainId: bigint
  readonly depository: Address
  readonly entityProvider: Address
  readonly subcontractProvider: Address
}

/** EIP-712 domain separators, 32 bytes each. */
export interface DomainSeparators {
  readonly depository: Uint8Array
  readonly entityProvider: Uint8Array
}

const text = new TextEncoder()

/** The EIP-712 hash of a type, written as `encodeType` gives it. */
export function typeHash(type: string): Uint8Array {
  return keccak256(text.encode(type))
}

const known = new WeakMap<ChainDomain, DomainSeparators>()

/** The separators of a domain, computed once for each object. */
export function separatorsOf(domain: ChainDomain): DomainSeparators {
  let separators = known.get(domain)
  if (separators === undefined) {
    separators = {
      depository: separatorOf('XLN Depository', domain.chainId, domain.depository),
      entityProvider: separatorOf('XLN EntityProvider', domain.chainId, domain.entityProvider),
    }
    known.set(domain, separators)
  }
  return separators
}

/** `EIP712Domain(name, version "1", chainId, verifyingContract)`. */
export function separatorOf(name: string, chainId: bigint, contract: Address): Uint8Array {
  const words = new Uint8Array(32 * 5)
  words.set(
    typeHash('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
  )
  words.set(keccak256(text.encode(name)), 32)
  words.set(keccak256(text.encode('1')), 64)
  writeBigint(words, 96, 32, chainId)
  writeHex(words, 128 + 12, contract)
  return keccak256(words)
}

const typed = new Uint8Array(66)
typed[0] = 0x19
typed[1] = 0x01

/** What is signed for a struct: `keccak256(0x1901 ‖ separator ‖ structHash)`. */
export function typedDigest(separator: Uint8Array, structHash: Uint8Array): Uint8Array {
  typed.set(separator, 2)
  typed.set(structHash, 34)
  return keccak256(typed)
}
