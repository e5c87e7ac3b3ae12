/** Where contracts come to that a contract makes. */
import { bytesToHex, concatBytes, hexToBytes } from '../bytes.ts'
import type { Address } from '../ids.ts'
import { keccak256 } from './keccak.ts'

/** The first contract that `creator`, a contract, makes: of the hash of the RLP of its address and 1. */
export function firstContractOf(creator: Address): Address {
  const list = concatBytes(Uint8Array.of(0xd6, 0x94), hexToBytes(creator), Uint8Array.of(1))
  return bytesToHex(keccak256(list), 12) as Address
}
