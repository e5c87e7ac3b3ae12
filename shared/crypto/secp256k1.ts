/**
 * ECDSA over secp256k1 as the chain sees it: 65 bytes `r ‖ s ‖ v`, v 27 or 28, and only the smaller
 * of the two possible s, so that every signature has one form.
 *
 * There is no separate check against a known key: with the native library it costs as much as
 * recovering, and it does not notice a wrong v, which the chain refuses.
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesToHex } from '../bytes.ts'
import type { Address } from '../ids.ts'
import { keccak256 } from './keccak.ts'

export const SIGNATURE_LENGTH = 65

/** A library's part. Digests and private keys are 32 bytes, public keys 64 (x ‖ y). */
export interface Secp256k1 {
  /**
   * The public key that signed, or `undefined`. `compact` is r ‖ s, `recovery` 0 or 1. Low s has
   * been checked; r and s may still be zero or beyond the order.
   */
  recover(digest: Uint8Array, compact: Uint8Array, recovery: number): Uint8Array | undefined
  /** Deterministic (RFC 6979), low s: r ‖ s and the recovery bit. */
  sign(
    digest: Uint8Array,
    privateKey: Uint8Array,
  ): { readonly compact: Uint8Array; readonly recovery: number }
  publicKeyOf(privateKey: Uint8Array): Uint8Array
}

const noble: Secp256k1 = {
  recover(digest, compact, recovery) {
    try {
      return secp256k1.Signature.fromBytes(compact, 'compact')
        .addRecoveryBit(recovery)
        .recoverPublicKey(digest)
        .toBytes(false)
        .subarray(1)
    } catch {
      // The library throws for whatever is no signature; there is nothing else to learn.
      return undefined
    }
  },
  sign(digest, privateKey) {
    const options = { prehash: false, lowS: true, format: 'recovered' } as const
    const signature = secp256k1.sign(digest, privateKey, options)
    return { compact: signature.subarray(1), recovery: signature[0] as number }
  },
  publicKeyOf: (privateKey) => secp256k1.getPublicKey(privateKey, false).subarray(1),
}

let implementation = noble

/**
 * Installs another implementation with the same results, at the start of a process; returns the one
 * that it replaces.
 */
export function useSecp256k1(library: Secp256k1): Secp256k1 {
  const replaced = implementation
  implementation = library
  return replaced
}

/** Half the order of the curve, as bytes. */
const S_MAX = Uint8Array.of(
  ...[
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  ],
  ...[
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
  ],
)

/**
 * The public key (64 bytes) that made `signature` over the 32-byte `digest`; `undefined` for whatever
 * `ecrecover` does not accept, or has a high s. Never throws.
 */
export function recoverPublicKey(
  digest: Uint8Array,
  signature: Uint8Array,
): Uint8Array | undefined {
  if (digest.length !== 32 || signature.length !== SIGNATURE_LENGTH) return undefined
  const recovery = (signature[64] as number) - 27
  if ((recovery !== 0 && recovery !== 1) || isHighS(signature)) return undefined
  return implementation.recover(digest, signature.subarray(0, 64), recovery)
}

/** The address whose key made `signature` over `digest`; `undefined` if it does not count. Never throws. */
export function recover(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  const publicKey = recoverPublicKey(digest, signature)
  return publicKey === undefined ? undefined : addressOfPublicKey(publicKey)
}

/** Whether the key of `address` made `signature` over `digest`. Never throws. */
export function verifyBy(digest: Uint8Array, signature: Uint8Array, address: Address): boolean {
  return recover(digest, signature) === address
}

/**
 * Signs a 32-byte `digest`: the same one gives the same 65 bytes, whatever library is installed (but
 * for digests beyond the order of the curve, one in 2^128). Throws for an impossible key.
 */
export function signDigest(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const { compact, recovery } = implementation.sign(digest, privateKey)
  const signature = new Uint8Array(SIGNATURE_LENGTH)
  signature.set(compact)
  signature[64] = 27 + recovery
  return signature
}

/** The address of a private key (32 bytes). Throws for an impossible key. */
export function addressOf(privateKey: Uint8Array): Address {
  return addressOfPublicKey(implementation.publicKeyOf(privateKey))
}

function addressOfPublicKey(publicKey: Uint8Array): Address {
  return bytesToHex(keccak256(publicKey), 12) as Address
}

function isHighS(signature: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) {
    const difference = (signature[32 + i] as number) - (S_MAX[i] as number)
    if (difference !== 0) return difference > 0
  }
  return false
}
