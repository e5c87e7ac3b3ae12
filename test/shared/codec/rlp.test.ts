import { INT256_MAX, UINT256_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { decodeRlp, encodeRlp, type RlpItem, RlpReader, RlpWriter } from '@xln/shared/codec/rlp.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { toRlp } from 'viem/utils'
import { bytes } from '../support/arbitraries.ts'
import { itIsCanonical } from '../support/malformed.ts'

const { item } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(bytes(4), bytes(60, 50)),
    fc.array(tie('item'), { maxLength: 5 }),
  ),
}))

const write = (fill: (writer: RlpWriter) => void): string => {
  const writer = new RlpWriter()
  fill(writer)
  return bytesToHex(writer.take())
}
const reader = (hex: string) => new RlpReader(hexToBytes(hex))
const bytesOf = (length: number) => `${'07'.repeat(length)}`

describe('rlp', () => {
  describe('of any value', () => {
    itIsCanonical(item, encodeRlp, (encoded) => decodeRlp(encoded))

    it('encodes as viem does', () => {
      fc.assert(
        fc.property(item, (value) => {
          expect(bytesToHex(encodeRlp(value))).to.equal(
            toRlp(value as Parameters<typeof toRlp>[0], 'hex'),
          )
        }),
      )
    })

    it('refuses lists nested deeper than asked for', () => {
      expect(decodeRlp(hexToBytes('0xc2c1c0'), 3)).to.deep.equal([[[]]])
      expect(decodeRlp(hexToBytes('0xc2c1c0'), 2)).to.equal(undefined)
      let nested: RlpItem = []
      for (let depth = 1; depth < 5_000; depth++) nested = [nested]
      const encoded = encodeRlp(nested)
      expect(decodeRlp(encoded, 5_000)).to.have.length(1)
      expect(decodeRlp(encoded)).to.equal(undefined)
    })

    it('refuses every second encoding of a value', () => {
      const twice = [
        '0x8105', // a byte below 0x80 with a header
        '0xb80107', // a short string in the long form
        `0xb837${bytesOf(55)}`,
        `0xb90038${bytesOf(56)}`, // a length with a leading zero
        `0xf837${bytesOf(55)}`, // a short list in the long form
        `0xf90038${bytesOf(56)}`,
        '0xb800',
      ]
      for (const hex of twice) expect(decodeRlp(hexToBytes(hex)), hex).to.equal(undefined)
      expect(decodeRlp(hexToBytes(`0xb838${bytesOf(56)}`))).to.deep.equal(
        hexToBytes(`0x${bytesOf(56)}`),
      )
      expect(decodeRlp(hexToBytes(`0xf838${bytesOf(56)}`))).to.have.length(56)
    })

    it('refuses lengths beyond the bytes, however large, at once', () => {
      for (const hex of [
        '0x8401',
        '0xbbffffffff00',
        '0xbfffffffffffffffff',
        '0xc201',
        '0xfbffffffff',
        '0xff',
      ]) {
        expect(decodeRlp(hexToBytes(hex)), hex).to.equal(undefined)
      }
    })

    it('refuses an item that reaches beyond its list', () => {
      expect(decodeRlp(hexToBytes('0xc28301ff'))).to.equal(undefined)
      expect(decodeRlp(hexToBytes('0xc3c28301ff'))).to.equal(undefined)
    })
  })

  describe('writer', () => {
    it('gives the same bytes whatever the guess at a header', () => {
      for (const length of [0, 1, 55, 56, 255, 256, 65_535, 65_536, 200_000]) {
        const inner = new Uint8Array(length).fill(7)
        const encoded = [1, 2, 3, 4].map((header) =>
          write((writer) => {
            writer.number(5)
            const start = writer.open(header)
            for (const byte of inner) writer.number(byte)
            writer.close(start, header)
            writer.number(6)
          }),
        )
        expect(new Set(encoded).size, `${length}`).to.equal(1)
        expect(encoded[0]).to.equal(
          `0x05${toRlp(Array<`0x${string}`>(length).fill('0x07'), 'hex').slice(2)}06`,
        )
      }
    })

    it('writes integers without leading zeros', () => {
      fc.assert(
        fc.property(fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, UINT256_MAX)), (value) => {
          const digits = value.toString(16)
          const hex = value === 0n ? '0x' : `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`
          const expected = toRlp(hex as `0x${string}`, 'hex')
          expect(write((writer) => writer.bigint(value))).to.equal(expected)
          if (value <= BigInt(Number.MAX_SAFE_INTEGER)) {
            expect(write((writer) => writer.number(Number(value)))).to.equal(expected)
          }
        }),
      )
      for (let bits = 0n; bits < 256n; bits++) {
        for (const value of [1n << bits, (1n << bits) - 1n]) {
          const encoded = write((writer) => writer.bigint(value))
          expect(reader(encoded).bigint(UINT256_MAX)).to.equal(value)
        }
      }
    })

    it('writes hex as bytes', () => {
      for (const hex of ['0x', '0x05', '0x7f', '0x80', `0x${bytesOf(55)}`, `0x${bytesOf(56)}`]) {
        expect(write((writer) => writer.hex(hex))).to.equal(bytesToHex(encodeRlp(hexToBytes(hex))))
      }
      expect(write((writer) => writer.hex('0x010203', 2))).to.equal('0x03')
    })

    it('throws for what has no encoding, and starts anew after a reset', () => {
      const writer = new RlpWriter()
      for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) {
        expect(() => writer.number(value)).to.throw(RangeError)
      }
      for (const value of [-1n, UINT256_MAX + 1n]) {
        expect(() => writer.bigint(value)).to.throw(RangeError)
      }
      writer.number(1)
      writer.reset()
      writer.number(2)
      expect([...writer.view()]).to.deep.equal([2])
      expect([...writer.take()]).to.deep.equal([2])
      expect(writer.take()).to.have.length(0)
    })
  })

  describe('reader', () => {
    it('refuses integers with leading zeros and beyond the maximum', () => {
      for (const hex of ['0x00', '0x820001', '0x8180ff', '0x09']) {
        const number = reader(hex)
        number.number(8)
        expect(number.isDone(), hex).to.equal(false)
        const bigint = reader(hex)
        bigint.bigint(8n)
        expect(bigint.isDone(), hex).to.equal(false)
      }
      expect(reader('0x08').number(8)).to.equal(8)
      expect(reader('0x08').bigint(8n)).to.equal(8n)
    })

    it('reads a number up to 2^53 − 1 and no further', () => {
      expect(reader('0x871fffffffffffff').number()).to.equal(Number.MAX_SAFE_INTEGER)
      for (const hex of ['0x8720000000000000', '0x87ffffffffffffff', '0x880100000000000000']) {
        const at = reader(hex)
        expect(at.number(), hex).to.equal(0)
        expect(at.isDone(), hex).to.equal(false)
      }
    })

    it('folds signed integers, so that small ones stay short', () => {
      const folded = [0n, -1n, 1n, -2n, 2n].map((value) => write((writer) => writer.signed(value)))
      expect(folded).to.deep.equal(['0x80', '0x01', '0x02', '0x03', '0x04'])
      const signed = fc.oneof(fc.bigInt(-6n, 6n), fc.bigInt(-INT256_MAX - 1n, INT256_MAX))
      fc.assert(
        fc.property(signed, (value) => {
          const at = reader(write((writer) => writer.signed(value)))
          expect(at.signed(INT256_MAX)).to.equal(value)
          expect(at.isDone()).to.equal(true)
        }),
      )
      const ends = [-5n, -4n, 3n, 4n].map((value) => {
        const at = reader(write((writer) => writer.signed(value)))
        at.signed(3n)
        return at.isDone()
      })
      expect(ends).to.deep.equal([false, true, true, false])
    })

    it('takes 0 and 1 for a flag, nothing else', () => {
      expect([reader('0x80').flag(), reader('0x01').flag()]).to.deep.equal([false, true])
      for (const hex of ['0x00', '0x02', '0xc0']) {
        const at = reader(hex)
        at.flag()
        expect(at.isDone(), hex).to.equal(false)
      }
    })

    it('fails for good, and ends every loop', () => {
      const at = reader('0xc3010203')
      const end = at.enter()
      at.fail()
      expect([at.more(end), at.number(), at.hex(32), at.bytes(9).length]).to.deep.equal([
        false,
        0,
        '0x',
        0,
      ])
      at.leave(end)
      expect([at.failed, at.isDone(), at.raw().length, at.signed(9n)]).to.deep.equal([
        true,
        false,
        0,
        0n,
      ])
    })

    it('bounds strings from both ends', () => {
      for (const [min, max, done] of [
        [0, 3, true],
        [3, 3, true],
        [0, 2, false],
        [4, 9, false],
      ] as const) {
        const at = reader('0x83010203')
        at.bytes(max, min)
        expect(at.isDone()).to.equal(done)
      }
    })

    it('gives strings that do not share memory with what it reads', () => {
      const source = hexToBytes('0x83010203')
      const copy = new RlpReader(source).bytes(3)
      source.fill(9)
      expect([...copy]).to.deep.equal([1, 2, 3])
    })

    it('hands on items unread, lists and strings', () => {
      const at = reader('0xc6c20102820304')
      const end = at.enter()
      expect(bytesToHex(at.raw(end))).to.equal('0xc20102')
      expect(bytesToHex(at.raw(end))).to.equal('0x820304')
      at.leave(end)
      expect(at.isDone()).to.equal(true)
    })

    it('fails when a list is left early or entered where there is none', () => {
      const early = reader('0xc3010203')
      const end = early.enter()
      early.number()
      early.leave(end)
      expect(early.failed).to.equal(true)
      const none = reader('0x05')
      none.enter()
      expect(none.failed).to.equal(true)
    })
  })
})
