import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf, recover, signDigest, verifyBy } from '@xln/shared/crypto/secp256k1.ts'
import type { Address } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { privateKeyToAccount, sign } from 'viem/accounts'
import { bytes } from '../support/arbitraries.ts'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const key = new Uint8Array(32).fill(7)
const digest = keccak256(Uint8Array.of(1))
const signature = signDigest(digest, key)
const signer = addressOf(key)

const with_ = (change: (bytes: Uint8Array) => void) => {
  const changed = signature.slice()
  change(changed)
  return changed
}

describe('secp256k1', () => {
  it('names keys and signs as viem does', async () => {
    const keys = [key, new Uint8Array(32).fill(1), hexToBytes(`0x${(ORDER - 1n).toString(16)}`)]
    for (const privateKey of keys) {
      const hexKey = bytesToHex(privateKey)
      expect(addressOf(privateKey)).to.equal(privateKeyToAccount(hexKey).address.toLowerCase())
      const expected = await sign({ hash: bytesToHex(digest), privateKey: hexKey, to: 'hex' })
      expect(bytesToHex(signDigest(digest, privateKey))).to.equal(expected)
    }
  })

  it('recovers the signer from its own signatures', () => {
    fc.assert(
      fc.property(bytes(32, 32), fc.bigInt(1n, ORDER - 1n), (hash, secret) => {
        const privateKey = hexToBytes(`0x${secret.toString(16).padStart(64, '0')}`)
        const made = signDigest(hash, privateKey)
        expect(recover(hash, made)).to.equal(addressOf(privateKey))
        expect(verifyBy(hash, made, addressOf(privateKey))).to.equal(true)
      }),
      { numRuns: 20 },
    )
  })

  it('says no to another digest, another address and another signature', () => {
    expect(verifyBy(digest, signature, signer)).to.equal(true)
    expect(verifyBy(keccak256(digest), signature, signer)).to.equal(false)
    expect(verifyBy(digest, signature, `0x${'11'.repeat(20)}` as Address)).to.equal(false)
    expect(
      verifyBy(
        digest,
        with_((s) => s.fill(3, 40, 41)),
        signer,
      ),
    ).to.equal(false)
  })

  it('refuses the twin with the high s, which ecrecover takes', () => {
    const s = BigInt(bytesToHex(signature, 32, 64))
    const twin = with_((bytes) => {
      bytes.set(hexToBytes(`0x${(ORDER - s).toString(16).padStart(64, '0')}`), 32)
      bytes[64] = 55 - (bytes[64] as number)
    })
    expect(recover(digest, twin)).to.equal(undefined)
  })

  it('takes half of the order for s, and refuses one more', () => {
    const half = (ORDER - 1n) / 2n
    const withS = (s: bigint) =>
      with_((bytes) => bytes.set(hexToBytes(`0x${s.toString(16).padStart(64, '0')}`), 32))
    expect(recover(digest, withS(half))).to.match(/^0x[0-9a-f]{40}$/)
    expect(recover(digest, withS(half + 1n))).to.equal(undefined)
  })

  it('tells a wrong v from a right one', () => {
    const other = with_((bytes) => {
      bytes[64] = 55 - (bytes[64] as number)
    })
    expect(recover(digest, other)).not.to.equal(signer)
    for (const v of [0, 1, 26, 29, 30, 255]) {
      expect(
        recover(
          digest,
          with_((bytes) => bytes.fill(v, 64)),
        ),
      ).to.equal(undefined)
    }
  })

  it('refuses r and s of zero, r beyond the field, and other lengths', () => {
    expect(
      recover(
        digest,
        with_((bytes) => bytes.fill(0, 0, 32)),
      ),
    ).to.equal(undefined)
    expect(
      recover(
        digest,
        with_((bytes) => bytes.fill(0, 32, 64)),
      ),
    ).to.equal(undefined)
    expect(
      recover(
        digest,
        with_((bytes) => bytes.fill(255, 0, 32)),
      ),
    ).to.equal(undefined)
    expect(recover(digest, signature.slice(0, 64))).to.equal(undefined)
    expect(recover(digest, Uint8Array.of(...signature, 0))).to.equal(undefined)
    expect(recover(digest.slice(1), signature)).to.equal(undefined)
  })

  it('never throws for foreign bytes', () => {
    fc.assert(
      fc.property(
        bytes(32, 32),
        bytes(70),
        bytes(65, 65),
        fc.constantFrom(27, 28),
        (hash, any, made, v) => {
          recover(hash, any)
          made[32] = 0x10
          made[64] = v
          recover(hash, made)
        },
      ),
    )
  })

  it('throws for a key that is none', () => {
    expect(() => addressOf(new Uint8Array(32))).to.throw()
    expect(() => signDigest(digest, new Uint8Array(32).fill(255))).to.throw()
  })
})
