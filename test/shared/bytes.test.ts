import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  compareBytes,
  concatBytes,
  equalBytes,
  hexToBytes,
  numberToBytes,
  readBigint,
  readNumber,
  writeBigint,
  writeHex,
} from '@xln/shared/bytes.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { bytes } from './support/arbitraries.ts'

const reference = (value: Uint8Array) => `0x${Buffer.from(value).toString('hex')}`

describe('bytes', () => {
  it('writes hex as Node does, of any length and part', () => {
    fc.assert(
      fc.property(bytes(100), fc.nat(), fc.nat(), (value, a, b) => {
        const [start, end] = [a % (value.length + 1), b % (value.length + 1)].sort((x, y) => x - y)
        expect(bytesToHex(value)).to.equal(reference(value))
        expect(bytesToHex(value, start, end)).to.equal(reference(value.slice(start, end)))
      }),
    )
    expect(bytesToHex(new Uint8Array(32))).to.equal(`0x${'00'.repeat(32)}`)
  })

  it('reads back the hex that it writes, in either case', () => {
    fc.assert(
      fc.property(bytes(100), (value) => {
        expect(hexToBytes(bytesToHex(value))).to.deep.equal(value)
        expect(hexToBytes(`0x${bytesToHex(value).slice(2).toUpperCase()}`)).to.deep.equal(value)
      }),
    )
  })

  it('throws for what is not hex', () => {
    for (const text of [
      '',
      '0',
      '0x0',
      '00',
      '0X00',
      '0x0g',
      '0xg0',
      '0x0\u0130',
      '0x 1',
      'ab00',
      '0x\u{1f600}',
    ]) {
      expect(() => hexToBytes(text), text).to.throw(TypeError)
    }
  })

  it('writes hex at a place, leaving out the first bytes if asked', () => {
    const target = new Uint8Array(5).fill(9)
    expect(writeHex(target, 1, '0x010203')).to.equal(4)
    expect(target).to.deep.equal(Uint8Array.of(9, 1, 2, 3, 9))
    expect(writeHex(target, 0, '0x0a0b0c', 2)).to.equal(1)
    expect(target).to.deep.equal(Uint8Array.of(12, 1, 2, 3, 9))
    expect(() => writeHex(target, 4, '0x0102')).to.throw(RangeError)
  })

  it('compares in byte order, a prefix before what continues it', () => {
    fc.assert(
      fc.property(bytes(4), bytes(4), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).to.equal(Math.sign(Buffer.compare(a, b)))
        expect(equalBytes(a, b)).to.equal(Buffer.compare(a, b) === 0)
      }),
    )
  })

  it('concatenates', () => {
    const whole = concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))
    expect(whole).to.deep.equal(Uint8Array.of(1, 2, 3))
  })

  it('writes integers big-endian and reads them back', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 256n) - 1n), (value) => {
        const digits = value.toString(16).padStart(64, '0')
        expect(bytesToHex(bigintToBytes(value, 32))).to.equal(`0x${digits}`)
        expect(bytesToBigint(bigintToBytes(value, 32))).to.equal(value)
      }),
    )
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(readNumber(numberToBytes(value, 7))).to.equal(value)
        expect(bytesToBigint(numberToBytes(value, 20))).to.equal(BigInt(value))
      }),
    )
  })

  it('writes negative integers as two’s complement', () => {
    const values = fc.oneof(
      fc.bigInt(-6n, 6n),
      fc.bigInt(-(1n << 127n), (1n << 127n) - 1n),
      fc.bigInt(-(1n << 54n), 1n << 54n),
      fc.constantFrom(-(1n << 255n), -(1n << 64n), -(1n << 53n), -(1n << 32n), 1n << 53n),
    )
    fc.assert(
      fc.property(values, fc.constantFrom(16, 17, 31, 32), (value, length) => {
        fc.pre(length === 32 || (value >= -(1n << 127n) && value < 1n << 127n))
        const target = new Uint8Array(length + 2).fill(7)
        writeBigint(target, 1, length, value)
        expect(readBigint(target, 1, length + 1)).to.equal(BigInt.asUintN(8 * length, value))
        expect([target[0], target[length + 1]]).to.deep.equal([7, 7])
      }),
    )
  })

  it('throws for integers that do not fit', () => {
    expect(() => bigintToBytes(256n, 1)).to.throw(RangeError)
    expect(() => bigintToBytes(-1n, 32)).to.throw(RangeError)
    expect(() => numberToBytes(256, 1)).to.throw(RangeError)
    expect(() => numberToBytes(-1, 8)).to.throw(RangeError)
    expect(() => numberToBytes(0.5, 8)).to.throw(RangeError)
    expect(() => numberToBytes(2 ** 53, 8)).to.throw(RangeError)
    expect(bigintToBytes(255n, 1)).to.deep.equal(Uint8Array.of(255))
    expect(numberToBytes(255, 1)).to.deep.equal(Uint8Array.of(255))
    expect(numberToBytes(0, 0)).to.deep.equal(new Uint8Array(0))
  })
})
