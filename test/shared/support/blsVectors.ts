/** What every implementation of BLS must say: the vectors that the contracts read, and what is no point. */
import { readFileSync } from 'node:fs'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import {
  addBlsKeys,
  addBlsSignatures,
  blsKeyOf,
  isBlsKey,
  isBlsPossessed,
  isBlsSigned,
  proveBlsPossession,
  signBls,
} from '@xln/shared/crypto/bls.ts'
import { expect } from 'chai'

type KeyVector = Record<'secret' | 'key' | 'possession' | 'signature', string>
export interface BlsVectors {
  readonly message: string
  readonly keys: readonly KeyVector[]
  readonly aggregate: { readonly key: string; readonly signature: string }
}

export const blsVectors = JSON.parse(
  readFileSync(new URL('../../vectors/bls.json', import.meta.url), 'utf8'),
) as BlsVectors

const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
const secretOf = (value: bigint) => hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
const infinity = (length: number) => Uint8Array.of(0x40, ...new Uint8Array(length - 1))

export function describeBls(): void {
  const message = hexToBytes(blsVectors.message)
  const [first, second] = blsVectors.keys as [KeyVector, KeyVector]

  it('gives the keys, signatures and proofs of possession that the contracts read', () => {
    for (const vector of blsVectors.keys) {
      const secret = hexToBytes(vector.secret)
      expect(bytesToHex(blsKeyOf(secret))).to.equal(vector.key)
      expect(bytesToHex(signBls(message, secret))).to.equal(vector.signature)
      expect(bytesToHex(proveBlsPossession(secret))).to.equal(vector.possession)
    }
  })

  it('takes them, and none in the place of another', () => {
    for (const { key, signature, possession } of blsVectors.keys) {
      const isFirst = key === first.key
      expect(isBlsKey(hexToBytes(key))).to.equal(true)
      expect(isBlsSigned(hexToBytes(key), message, hexToBytes(signature))).to.equal(true)
      expect(isBlsPossessed(hexToBytes(key), hexToBytes(possession))).to.equal(true)
      const own = hexToBytes(first.key)
      expect(isBlsSigned(own, message, hexToBytes(signature))).to.equal(isFirst)
      expect(isBlsPossessed(own, hexToBytes(possession))).to.equal(isFirst)
      expect(isBlsSigned(hexToBytes(key), new Uint8Array(32), hexToBytes(signature))).to.equal(
        false,
      )
      expect(isBlsPossessed(hexToBytes(key), hexToBytes(signature))).to.equal(false)
    }
  })

  it('adds keys and signatures up to the aggregates that the contracts read', () => {
    const key = addBlsKeys(blsVectors.keys.map((each) => hexToBytes(each.key)))
    const signature = addBlsSignatures(blsVectors.keys.map((each) => hexToBytes(each.signature)))
    expect(bytesToHex(key ?? new Uint8Array())).to.equal(blsVectors.aggregate.key)
    expect(bytesToHex(signature ?? new Uint8Array())).to.equal(blsVectors.aggregate.signature)
  })

  it('has no sum of nothing, of keys that cancel out, and of what is no point', () => {
    const key = hexToBytes(first.key)
    const opposite = blsKeyOf(secretOf(ORDER - BigInt(first.secret)))
    expect(addBlsKeys([])).to.equal(undefined)
    expect(addBlsSignatures([])).to.equal(undefined)
    expect(addBlsKeys([key, opposite])).to.equal(undefined)
    expect(addBlsKeys([key, opposite, hexToBytes(second.key)])).to.deep.equal(
      hexToBytes(second.key),
    )
    for (const none of wrongBytes(key)) expect(addBlsKeys([key, none])).to.equal(undefined)
    const signature = hexToBytes(first.signature)
    for (const none of wrongBytes(signature)) {
      expect(addBlsSignatures([signature, none])).to.equal(undefined)
    }
  })

  it('refuses bytes that are no point, and never throws for them', () => {
    const [key, signature] = [hexToBytes(first.key), hexToBytes(first.signature)]
    for (const none of wrongBytes(key)) {
      expect(isBlsKey(none)).to.equal(false)
      expect(isBlsSigned(none, message, signature)).to.equal(false)
      expect(isBlsPossessed(none, hexToBytes(first.possession))).to.equal(false)
    }
    for (const none of wrongBytes(signature)) {
      expect(isBlsSigned(key, message, none)).to.equal(false)
      expect(isBlsPossessed(key, none)).to.equal(false)
    }
  })

  it('throws for a secret that is zero or not below the order', () => {
    for (const secret of [0n, ORDER, ORDER + 1n]) {
      expect(() => blsKeyOf(secretOf(secret))).to.throw()
      expect(() => signBls(message, secretOf(secret))).to.throw()
    }
  })
}

/** Another point's bytes, cut, extended, flagged, at infinity, off the curve. */
function wrongBytes(point: Uint8Array): Uint8Array[] {
  const changed = (at: number, bits: number) => {
    const copy = point.slice()
    copy[at] = (copy[at] as number) ^ bits
    return copy
  }
  return [
    new Uint8Array(0),
    point.subarray(1),
    Uint8Array.of(...point, 0),
    new Uint8Array(point.length),
    infinity(point.length),
    changed(0, 0x20),
    changed(0, 0x40),
    changed(0, 0x80),
    changed(point.length - 1, 1),
    new Uint8Array(point.length).fill(0x1f),
  ]
}
