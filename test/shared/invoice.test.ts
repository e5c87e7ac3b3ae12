import { bytesToHex } from '@xln/shared/bytes.ts'
import { decodeBech32m, encodeBech32m } from '@xln/shared/codec/bech32m.ts'
import { encodeRlp } from '@xln/shared/codec/rlp.ts'
import { erc20TokenId, etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, EntityId, Hashlock, Hex } from '@xln/shared/ids.ts'
import {
  decodeInvoice,
  encodeInvoice,
  INVOICE_HINTS_MAX,
  INVOICE_LENGTH_MAX,
  type Invoice,
  isInvoice,
} from '@xln/shared/invoice.ts'
import { MEMO_BYTES_MAX } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import fc from 'fast-check'

const hex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes): Hex => bytesToHex(bytes))
const address = hex(20).filter((text) => !/^0x0+$/.test(text)) as fc.Arbitrary<Address>

const anyInvoice: fc.Arbitrary<Invoice> = fc.record({
  chainId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  depository: address,
  entity: hex(32) as fc.Arbitrary<EntityId>,
  token: fc.oneof(fc.constant(etherTokenId), address.map(erc20TokenId)),
  amount: fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }),
  hashlock: hex(32) as fc.Arbitrary<Hashlock>,
  expiresAt: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  memo: fc.uint8Array({ maxLength: MEMO_BYTES_MAX }),
  hints: fc.array(hex(32) as fc.Arbitrary<EntityId>, { maxLength: INVOICE_HINTS_MAX }),
})

const [sample] = fc.sample(anyInvoice, { numRuns: 1, seed: 7 }) as [Invoice]

describe('an invoice', () => {
  it('is one line of text that holds all of it', () => {
    fc.assert(
      fc.property(anyInvoice, (invoice) => {
        const text = encodeInvoice(invoice)
        expect(text).to.match(/^xln1[02-9ac-hj-np-z]+$/)
        expect(text.length).to.be.at.most(INVOICE_LENGTH_MAX)
        expect(decodeInvoice(text)).to.deep.equal(invoice)
        expect(decodeInvoice(text.toUpperCase())).to.deep.equal(invoice)
      }),
    )
  })

  it('has one text', () => {
    fc.assert(
      fc.property(anyInvoice, (invoice) => {
        const text = encodeInvoice(invoice)
        const decoded = decodeInvoice(text)
        expect(isInvoice(decoded) && encodeInvoice(decoded)).to.equal(text)
      }),
    )
  })

  it('with up to four wrong letters is found out', () => {
    const letters = fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l')
    const mistakes = fc.array(fc.tuple(fc.nat(), letters), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(anyInvoice, mistakes, (invoice, changes) => {
        const text = [...encodeInvoice(invoice)]
        const before = text.join('')
        for (const [at, letter] of changes) text[4 + (at % (text.length - 4))] = letter
        const after = text.join('')
        fc.pre(after !== before)
        expect(decodeInvoice(after)).to.deep.equal({ code: 'invoice_checksum_wrong' })
      }),
    )
  })

  it('with two letters in each other’s place, or one too few, is found out', () => {
    const text = encodeInvoice(sample)
    for (let at = 4; at < text.length - 1; at++) {
      const [a = '', b = ''] = text.slice(at, at + 2)
      if (a !== b) {
        const swapped = text.slice(0, at) + b + a + text.slice(at + 2)
        expect(isInvoice(decodeInvoice(swapped))).to.equal(false)
      }
      expect(isInvoice(decodeInvoice(text.slice(0, at) + text.slice(at + 1)))).to.equal(false)
    }
  })

  it('is not read from anything else, and nothing makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(isInvoice(decodeInvoice(text))).to.equal(false)
        expect(isInvoice(decodeInvoice(`xln1${text}`))).to.equal(false)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(isInvoice(decodeInvoice(encodeBech32m('xln', bytes)))).to.equal(false)
      }),
    )
  })

  it('is refused when it is too long, in mixed letters, or of another prefix', () => {
    const text = encodeInvoice(sample)
    const malformed = { code: 'invoice_malformed' }
    expect(decodeInvoice('xln1'.padEnd(INVOICE_LENGTH_MAX + 1, 'q'))).to.deep.equal(malformed)
    expect(decodeInvoice(`X${text.slice(1)}`)).to.deep.equal(malformed)
    expect(decodeInvoice(` ${text}`)).to.deep.equal(malformed)
    expect(decodeInvoice(`lnx1${text.slice(4)}`)).to.deep.equal(malformed)
    expect(decodeInvoice('')).to.deep.equal(malformed)
  })

  it('of a later version is told from a damaged one', () => {
    const later = encodeRlp([Uint8Array.of(2), new Uint8Array(300)])
    expect(decodeInvoice(encodeBech32m('xln', later))).to.deep.equal({
      code: 'invoice_version_unknown',
      version: 2,
      known: 1,
    })
    const short = encodeRlp([Uint8Array.of(9)])
    expect(decodeInvoice(encodeBech32m('xln', short))).to.have.property('version', 9)
  })

  it('over nothing is none', () => {
    const text = encodeInvoice({ ...sample, amount: 0n })
    expect(decodeInvoice(text)).to.deep.equal({ code: 'invoice_malformed' })
  })

  it('has room for its bounds and for no more', () => {
    const hints = Array<EntityId>(INVOICE_HINTS_MAX + 1).fill(sample.entity)
    expect(isInvoice(decodeInvoice(encodeInvoice({ ...sample, hints })))).to.equal(false)
    const memo = new Uint8Array(MEMO_BYTES_MAX + 1)
    expect(isInvoice(decodeInvoice(encodeInvoice({ ...sample, memo })))).to.equal(false)
  })
})

describe('bech32m', () => {
  // BIP 350, as far as they are whole bytes.
  const valid: [prefix: string, text: string, bytes: string][] = [
    ['a', 'a1lqfn3a', '0x'],
    ['?', '?1v759aa', '0x'],
  ]
  for (const [prefix, text, bytes] of valid) {
    it(`reads and writes the vector ${text}`, () => {
      const decoded = decodeBech32m(prefix, text)
      expect(decoded).to.be.instanceOf(Uint8Array)
      expect(bytesToHex(decoded as Uint8Array)).to.equal(bytes)
      expect(encodeBech32m(prefix, decoded as Uint8Array)).to.equal(text)
    })
  }

  it('refuses the checksum of its predecessor', () => {
    expect(decodeBech32m('a', 'a12uel5l')).to.equal('checksum')
  })

  it('refuses what is left over after the last byte', () => {
    // Three letters hold one byte, and seven bits that no byte needs.
    expect(decodeBech32m('bc', 'bc1pw5dgrnzv')).to.equal('padding')
  })
})
