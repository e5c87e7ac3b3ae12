import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { keccak256, useKeccak } from '@xln/shared/crypto/keccak.ts'
import {
  addressOf,
  recover,
  type Secp256k1,
  signDigest,
  useSecp256k1,
} from '@xln/shared/crypto/secp256k1.ts'
import { expect } from 'chai'

const keys = Array.from({ length: 12 }, (_, round) => keccak256(Uint8Array.of(round)))
const digests = [new Uint8Array(32), ...keys.slice(1).map(keccak256)]
// Beyond the order of the curve. There the two draw different nonces, so it is only recovered.
const largest = new Uint8Array(32).fill(255)

/** Enough to see a difference: every length around a hash block, keys, sound and damaged signatures. */
function sample(signatures: readonly Uint8Array[]): string[] {
  const answers: string[] = []
  for (let length = 0; length < 300; length++) {
    answers.push(bytesToHex(keccak256(new Uint8Array(length).fill(length))))
  }
  for (const [round, key] of keys.entries()) {
    const digest = digests[round] as Uint8Array
    const signature = signatures[round] as Uint8Array
    answers.push(addressOf(key), bytesToHex(signDigest(digest, key)))
    for (const [at, value] of [
      [0, 0xff],
      [5, 1],
      [31, 2],
      [33, 3],
      [64, 27],
      [64, 28],
    ] as const) {
      const damaged = signature.slice()
      damaged[at] = value
      for (const hash of [digest, largest]) {
        answers.push(String(recover(hash, signature)), String(recover(hash, damaged)))
      }
    }
    answers.push(String(recover(digest, new Uint8Array(65).fill(27, 64))))
  }
  return answers
}

const none: Secp256k1 = {
  recover: () => undefined,
  sign: () => ({ compact: new Uint8Array(64), recovery: 0 }),
  publicKeyOf: () => new Uint8Array(64),
}

describe('native crypto', () => {
  const replaced = { keccak: useKeccak(keccak256), secp256k1: useSecp256k1(none) }
  useKeccak(replaced.keccak)
  useSecp256k1(replaced.secp256k1)
  after(() => {
    useKeccak(replaced.keccak)
    useSecp256k1(replaced.secp256k1)
  })

  it('answers as the portable one does', async () => {
    const signatures = keys.map((key, round) => signDigest(digests[round] as Uint8Array, key))
    const portable = sample(signatures)
    await installNativeCrypto()
    const native = sample(signatures)
    expect(native).to.deep.equal(portable)
    expect(new Set(native)).to.include('undefined')
  })

  it('gives every hash in an array of its own', () => {
    const first = keccak256(Uint8Array.of(1))
    const copy = first.slice()
    keccak256(Uint8Array.of(2))
    expect(first).to.deep.equal(copy)
  })
})
