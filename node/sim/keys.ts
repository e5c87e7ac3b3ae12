/**
 * Signatures that cannot be forged and cost a hash: whoever has not signed with the key has nothing
 * that verifies, because a register knows what was really signed.
 */
import { bytesToHex, concatBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import type { Secp256k1 } from '@xln/shared/crypto/secp256k1.ts'

const text = new TextEncoder()
const LABEL_KEY = text.encode('fake public key')
const LABEL_SIGNATURE = text.encode('fake signature')

interface Signed {
  readonly digest: string
  readonly publicKey: Uint8Array
}

/** Stands in for the curve: the same shapes, and the same answer to the same question. */
export class FakeCurve implements Secp256k1 {
  readonly #signed = new Map<string, Signed>()

  publicKeyOf(privateKey: Uint8Array): Uint8Array {
    const x = keccak256(concatBytes(LABEL_KEY, privateKey))
    return concatBytes(x, keccak256(x))
  }

  sign(
    digest: Uint8Array,
    privateKey: Uint8Array,
  ): { readonly compact: Uint8Array; readonly recovery: number } {
    const r = keccak256(concatBytes(LABEL_SIGNATURE, privateKey, digest))
    const s = keccak256(r)
    // Low s, as the chain wants it.
    s[0] = (s[0] as number) & 0x3f
    const compact = concatBytes(r, s)
    const publicKey = this.publicKeyOf(privateKey)
    this.#signed.set(bytesToHex(compact), { digest: bytesToHex(digest), publicKey })
    return { compact, recovery: (r[0] as number) & 1 }
  }

  /** The curve finds a key for nearly everything: for what nobody signed, one that nobody has. */
  recover(digest: Uint8Array, compact: Uint8Array, recovery: number): Uint8Array | undefined {
    const signed = this.#signed.get(bytesToHex(compact))
    const isRight = recovery === ((compact[0] as number) & 1)
    if (isRight && signed?.digest === bytesToHex(digest)) return signed.publicKey
    const x = keccak256(concatBytes(digest, compact, Uint8Array.of(recovery)))
    return concatBytes(x, keccak256(x))
  }
}
