/**
 * BLS12-381 as the chain sees it: keys in G1, 96 bytes, signatures in G2, 192 bytes, both uncompressed;
 * Ethereum's ciphersuite. Mirrors `BlsSignature` on chain.
 */
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bytesToBigint, equalBytes } from '../bytes.ts'
import type { Hash } from '../ids.ts'
import { keccakHex } from './keccak.ts'

export const BLS_KEY_LENGTH = 96
export const BLS_SIGNATURE_LENGTH = 192

/** A library's part. Secrets are 32 bytes, messages anything; every point is checked to be in its group. */
export interface Bls {
  /** Throws for zero, and for what is not below the curve's order. */
  publicKeyOf(secret: Uint8Array): Uint8Array
  sign(secret: Uint8Array, message: Uint8Array): Uint8Array
  /** Throws for bytes that are no key or no signature. */
  verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** The sum of one or more keys. Throws for bytes that are no key, and for a sum at infinity. */
  addKeys(keys: readonly Uint8Array[]): Uint8Array
  /** The sum of one or more signatures. Throws for bytes that are no signature. */
  addSignatures(signatures: readonly Uint8Array[]): Uint8Array
}

const SIGNATURE_TAG = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'
const POSSESSION_TAG = 'BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'
const { longSignatures, G1, G2, fields } = bls12_381

const noble: Bls = {
  publicKeyOf: (secret) => {
    requireSecret(secret)
    return longSignatures.getPublicKey(secret).toBytes(false)
  },
  sign: (secret, message) => signUnder(SIGNATURE_TAG, secret, message),
  verify: (key, message, signature) => verifyUnder(SIGNATURE_TAG, key, message, signature),
  addKeys: (keys) => {
    const sum = keys.map(pointOfKey).reduce((all, each) => all.add(each))
    if (sum.is0()) throw new RangeError('the keys cancel out')
    return sum.toBytes(false)
  },
  addSignatures: (signatures) => {
    return longSignatures.aggregateSignatures(signatures.map(pointOfSignature)).toBytes(false)
  },
}

let implementation = noble

/**
 * Installs another implementation with the same results, at the start of a process; returns the one
 * that it replaces.
 */
export function useBls(library: Bls): Bls {
  const replaced = implementation
  implementation = library
  return replaced
}

/** The 96 bytes of a secret's public key. Throws for an impossible secret. */
export function blsKeyOf(secret: Uint8Array): Uint8Array {
  return implementation.publicKeyOf(secret)
}

/** The 192 bytes of a signature over the 32-byte `digest`. Throws for an impossible secret. */
export function signBls(digest: Uint8Array, secret: Uint8Array): Uint8Array {
  return implementation.sign(secret, digest)
}

/** Whether `key`, of one member or the sum of several, has signed `digest`. Never throws. */
export function isBlsSigned(key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== BLS_KEY_LENGTH || signature.length !== BLS_SIGNATURE_LENGTH) return false
  return attempt(() => implementation.verify(key, digest, signature)) ?? false
}

/**
 * The sum of keys, for which one signature of all of them counts; `undefined` if one is no key, there are
 * none, or they cancel out. Whoever adds up keys has seen a proof of possession for each.
 */
export function addBlsKeys(keys: readonly Uint8Array[]): Uint8Array | undefined {
  if (keys.length === 0) return undefined
  return attempt(() => implementation.addKeys(keys))
}

/** The signature of all who signed the same digest; `undefined` if one is no signature, or there are none. */
export function addBlsSignatures(signatures: readonly Uint8Array[]): Uint8Array | undefined {
  if (signatures.length === 0) return undefined
  return attempt(() => implementation.addSignatures(signatures))
}

/**
 * Shows that somebody possesses the secret: its signature over the key's own 48 compressed bytes, under a tag
 * that nothing else is signed under. Libraries offer one tag only, so this one is always computed here.
 */
export function proveBlsPossession(secret: Uint8Array): Uint8Array {
  const key = pointOfKey(blsKeyOf(secret))
  return signUnder(POSSESSION_TAG, secret, key.toBytes(true))
}

/** Whether `proof` shows that somebody possesses the secret of `key`. Never throws. */
export function isBlsPossessed(key: Uint8Array, proof: Uint8Array): boolean {
  if (key.length !== BLS_KEY_LENGTH || proof.length !== BLS_SIGNATURE_LENGTH) return false
  const compressed = attempt(() => pointOfKey(key).toBytes(true))
  if (compressed === undefined) return false
  return attempt(() => verifyUnder(POSSESSION_TAG, key, compressed, proof)) ?? false
}

/** What a key is called on chain: the hash of its 96 bytes. */
export function blsKeyId(key: Uint8Array): Hash {
  return keccakHex(key)
}

/** Whether these are a secret: 32 bytes, not zero, below the order of the curve. */
export function isBlsSecret(secret: Uint8Array): boolean {
  return secret.length === 32 && fields.Fr.isValidNot0(bytesToBigint(secret))
}

/** Whether these are the bytes of a key: a point of the group, not at infinity. Never throws. */
export function isBlsKey(key: Uint8Array): boolean {
  return key.length === BLS_KEY_LENGTH && attempt(() => pointOfKey(key)) !== undefined
}

/** The library would take what is left of a larger one when the order is taken off. */
function requireSecret(secret: Uint8Array): void {
  if (!isBlsSecret(secret)) throw new RangeError('no secret')
}

function signUnder(tag: string, secret: Uint8Array, message: Uint8Array): Uint8Array {
  requireSecret(secret)
  return longSignatures.sign(longSignatures.hash(message, tag), secret).toBytes(false)
}

function verifyUnder(
  tag: string,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const point = longSignatures.hash(message, tag)
  return longSignatures.verify(pointOfSignature(signature), point, pointOfKey(key))
}

function pointOfKey(key: Uint8Array) {
  const point = G1.Point.fromBytes(key)
  requirePoint(point, key)
  return point
}

function pointOfSignature(signature: Uint8Array) {
  const point = G2.Point.fromBytes(signature)
  requirePoint(point, signature)
  return point
}

interface Point {
  assertValidity(): void
  is0(): boolean
  toBytes(isCompressed: boolean): Uint8Array
}

/** In its group, not at infinity, and in its only long form. */
function requirePoint(point: Point, bytes: Uint8Array): void {
  point.assertValidity()
  if (point.is0() || !equalBytes(point.toBytes(false), bytes)) throw new RangeError('no point')
}

/** The libraries throw for whatever is no point; there is nothing else to learn. */
function attempt<T>(task: () => T): T | undefined {
  try {
    return task()
  } catch {
    return undefined
  }
}
