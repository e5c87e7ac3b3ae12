import { bytesToHex, hexToBytes } from '../bytes.ts'
import type { Hashlock, Hex, Secret } from '../ids.ts'
import { keccak256 } from './keccak.ts'

/** `keccak256(secret)`: what a lock names, and under which a reveal stands on chain. */
export function hashlockOf(secret: Secret): Hashlock {
  const hash: Hex = bytesToHex(keccak256(hexToBytes(secret)))
  return hash as Hashlock
}
