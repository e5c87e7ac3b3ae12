/** Keccak-256, as Ethereum uses it. */
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '../bytes.ts'
import type { Hash } from '../ids.ts'

/** Gives the 32-byte hash of `bytes` in a new array, and keeps neither. */
export type Keccak256 = (bytes: Uint8Array) => Uint8Array

let implementation: Keccak256 = keccak_256

/**
 * Installs another implementation with the same results, at the start of a process; returns the one
 * that it replaces.
 */
export function useKeccak(keccak: Keccak256): Keccak256 {
  const replaced = implementation
  implementation = keccak
  return replaced
}

export function keccak256(bytes: Uint8Array): Uint8Array {
  return implementation(bytes)
}

export function keccakHex(bytes: Uint8Array): Hash {
  return bytesToHex(implementation(bytes)) as Hash
}
