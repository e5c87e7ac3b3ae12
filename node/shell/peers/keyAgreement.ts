/** The keys of one connection: X25519 with a key pair made for it alone, then HKDF. */
import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { FrameOpener, FrameSealer } from './frameCipher.ts'

/** What stands before the 32 bytes of an X25519 public key in its standard form (RFC 8410). */
const X25519_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')

export interface EphemeralKey {
  readonly privateKey: KeyObject
  /** 32 bytes. */
  readonly publicKey: Uint8Array
}

export interface FrameCiphers {
  readonly sealer: FrameSealer
  readonly opener: FrameOpener
}

export function newEphemeralKey(): EphemeralKey {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return { privateKey, publicKey: new Uint8Array(der.subarray(X25519_PREFIX.length)) }
}

/**
 * The two ciphers of one end. Both ends derive the same two keys from the secret that only they can
 * compute, and from the transcript, which both sign. Undefined for a peer key that makes no secret.
 */
export function agreeCiphers(
  own: EphemeralKey,
  peerKey: Uint8Array,
  transcript: string,
  dialled: boolean,
): FrameCiphers | undefined {
  const shared = sharedSecret(own, peerKey)
  if (shared === undefined) return undefined
  const keys = Buffer.from(hkdfSync('sha256', shared, transcript, 'xln peer connection', 64))
  const fromDialler = keys.subarray(0, 32)
  const fromAccepter = keys.subarray(32)
  return {
    sealer: new FrameSealer(dialled ? fromDialler : fromAccepter),
    opener: new FrameOpener(dialled ? fromAccepter : fromDialler),
  }
}

function sharedSecret(own: EphemeralKey, peerKey: Uint8Array): Buffer | undefined {
  try {
    const key = Buffer.concat([X25519_PREFIX, peerKey])
    const publicKey = createPublicKey({ key, type: 'spki', format: 'der' })
    return diffieHellman({ privateKey: own.privateKey, publicKey })
  } catch {
    // A point of low order: the secret would be known to everybody.
    return undefined
  }
}
