/** What signing, checking and hashing take here: the floor under everything that is signed. */
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { recoverPublicKey, signDigest } from '@xln/shared/crypto/secp256k1.ts'

export interface CryptoFigures {
  /** Microseconds each. */
  readonly sign: number
  readonly recover: number
  readonly keccak: number
}

const WARM = 500
const ROUNDS = 5_000

/** Medians would say the same: nothing here waits for anything. */
export function benchCrypto(): CryptoFigures {
  const key = keccak256(Uint8Array.of(1))
  const digest = keccak256(Uint8Array.of(2))
  const signature = signDigest(digest, key)
  const words = new Uint8Array(136)
  return {
    sign: microseconds(() => signDigest(digest, key)),
    recover: microseconds(() => recoverPublicKey(digest, signature)),
    keccak: microseconds(() => keccak256(words)),
  }
}

function microseconds(run: () => unknown): number {
  for (let i = 0; i < WARM; i++) run()
  const start = performance.now()
  for (let i = 0; i < ROUNDS; i++) run()
  return ((performance.now() - start) * 1_000) / ROUNDS
}
