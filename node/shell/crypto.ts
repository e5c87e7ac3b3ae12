/** The fast implementations of what shared/ computes: keccak in WebAssembly, secp256k1 in C. */
import { useKeccak } from '@xln/shared/crypto/keccak.ts'
import { useSecp256k1 } from '@xln/shared/crypto/secp256k1.ts'
import { createKeccak } from 'hash-wasm'
import secp256k1 from 'secp256k1'

const HASH_BITS = 256

/** Installs them for the whole process. Call it once, before anything is hashed on a hot path. */
export async function installNativeCrypto(): Promise<void> {
  // One instance for all: a hash is finished before another begins.
  const hasher = await createKeccak(HASH_BITS)
  useKeccak((bytes) => hasher.init().update(bytes).digest('binary'))

  useSecp256k1({
    recover(digest, compact, recovery) {
      try {
        return secp256k1.ecdsaRecover(compact, recovery, digest, false).subarray(1)
      } catch {
        // It throws for whatever is no signature; there is nothing else to learn.
        return undefined
      }
    },
    sign(digest, privateKey) {
      const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey)
      return { compact: signature, recovery: recid }
    },
    publicKeyOf: (privateKey) => secp256k1.publicKeyCreate(privateKey, false).subarray(1),
  })
}
