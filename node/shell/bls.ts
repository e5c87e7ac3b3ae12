/** BLS in C, by @chainsafe/bls over blst: loaded only where somebody signs for a board of BLS keys. */
import chainsafe from '@chainsafe/bls/blst-native'
import { PointFormat } from '@chainsafe/bls/types'
import { type Bls, useBls } from '@xln/shared/crypto/bls.ts'

const { PublicKey, SecretKey, Signature } = chainsafe
// From bytes with all checks: raw bytes in sums are believed by the library.
const keyOf = (bytes: Uint8Array) => PublicKey.fromBytes(bytes, undefined, true)
const signatureOf = (bytes: Uint8Array) => Signature.fromBytes(bytes, undefined, true)

/**
 * Installs it for the whole process in place of the one in TypeScript, which it returns: the same results,
 * many times as fast.
 */
export function installNativeBls(): Bls {
  return useBls({
    publicKeyOf(secret) {
      return SecretKey.fromBytes(secret).toPublicKey().toBytes(PointFormat.uncompressed)
    },
    sign(secret, message) {
      return SecretKey.fromBytes(secret).sign(message).toBytes(PointFormat.uncompressed)
    },
    verify: (key, message, signature) => signatureOf(signature).verify(keyOf(key), message),
    addKeys(keys) {
      const sum = PublicKey.aggregate(keys.map(keyOf)).toBytes(PointFormat.uncompressed)
      // At infinity: zero but for a bit of the first byte.
      if (sum.subarray(1).every((byte) => byte === 0)) throw new RangeError('the keys cancel out')
      return sum
    },
    addSignatures(signatures) {
      return Signature.aggregate(signatures.map(signatureOf)).toBytes(PointFormat.uncompressed)
    },
  })
}
