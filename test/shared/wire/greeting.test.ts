import { bytesToHex } from '@xln/shared/bytes.ts'
import { RlpWriter } from '@xln/shared/codec/rlp.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { type Address, type EntityId, type Hash, parseAddress, parseId } from '@xln/shared/ids.ts'
import {
  decodeEndorsement,
  type Endorsement,
  encodeEndorsement,
  endorsementDigest,
} from '@xln/shared/wire/endorsement.ts'
import { type Envelope, readEnvelope, writeEnvelope } from '@xln/shared/wire/envelope.ts'
import {
  decodeOpening,
  decodeSignedHello,
  encodeHello,
  encodeOpening,
  type Hello,
  helloDigest,
  isNewer,
} from '@xln/shared/wire/hello.ts'
import { expect } from 'chai'
import { TypedDataEncoder } from 'ethers'
import fc from 'fast-check'

const hexOf = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`)
const network = {
  chainId: fc.oneof(fc.bigInt(1n, 100_000n), fc.bigInt(0n, 2n ** 256n - 1n)),
  depository: hexOf(20).map(parseAddress),
}
const key = new Uint8Array(32).fill(5)
const server = addressOf(key)
const hello: fc.Arbitrary<Hello> = fc.record({
  ...network,
  server: fc.constant(server),
  incarnation: fc.maxSafeNat(),
  blockNumber: fc.maxSafeNat(),
  transcript: hexOf(32).map((text) => parseId<Hash>(text)),
})
const endorsement: fc.Arbitrary<Endorsement> = fc.record({
  entity: hexOf(32).map((text) => parseId<EntityId>(text)),
  server: hexOf(20).map(parseAddress),
  validUntil: fc.maxSafeNat(),
})
const domainOf = (chainId: bigint, depository: Address) => ({
  name: 'XLN Network',
  version: '1',
  chainId,
  verifyingContract: depository,
})

describe('an opening', () => {
  const opening = fc.record({
    ...network,
    challenge: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    ephemeralKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })

  it('is read as it was written', () => {
    fc.assert(
      fc.property(opening, (value) => {
        expect(decodeOpening(encodeOpening(value))).to.deep.equal(value)
      }),
    )
  })

  it('of another magic word, or cut, is malformed', () => {
    fc.assert(
      fc.property(opening, fc.nat({ max: 1_000 }), (value, at) => {
        const bytes = encodeOpening(value)
        const cut = bytes.subarray(0, at % bytes.length)
        expect(decodeOpening(cut)).to.equal('malformed')
        const other = bytes.slice()
        other[3] = 0x7a
        expect(decodeOpening(other)).to.equal('malformed')
      }),
    )
  })
})

describe('a hello', () => {
  it('is read as it was written, when the named server has signed it', () => {
    fc.assert(
      fc.property(hello, (value) => {
        const bytes = encodeHello(value, signDigest(helloDigest(value), key))
        expect(decodeSignedHello(bytes)).to.deep.equal({ hello: value, bytes })
      }),
      { numRuns: 20 },
    )
  })

  it('is refused when any of its bits is another', () => {
    fc.assert(
      fc.property(hello, fc.nat({ max: 10_000 }), (value, at) => {
        const bytes = encodeHello(value, signDigest(helloDigest(value), key))
        const bit = at % (8 * bytes.length)
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(decodeSignedHello(bytes)).to.equal(undefined)
      }),
      { numRuns: 60 },
    )
  })

  it('is signed as EIP-712 says', () => {
    fc.assert(
      fc.property(hello, (value) => {
        const types = {
          ServerHello: [
            { name: 'version', type: 'uint64' },
            { name: 'server', type: 'address' },
            { name: 'incarnation', type: 'uint64' },
            { name: 'blockNumber', type: 'uint64' },
            { name: 'transcript', type: 'bytes32' },
          ],
        }
        const { chainId, depository, ...fields } = value
        const struct = { version: 1, ...fields }
        const expected = TypedDataEncoder.hash(domainOf(chainId, depository), types, struct)
        expect(bytesToHex(helloDigest(value))).to.equal(expected)
      }),
      { numRuns: 50 },
    )
  })

  it('is newer by its incarnation, or by its block number', () => {
    const at = (incarnation: number, blockNumber: number) => ({ incarnation, blockNumber }) as Hello
    expect(isNewer(at(2, 5), at(1, 5))).to.equal(true)
    expect(isNewer(at(1, 6), at(2, 5))).to.equal(true)
    expect(isNewer(at(1, 5), at(1, 5))).to.equal(false)
    expect(isNewer(at(1, 5), at(2, 9))).to.equal(false)
  })
})

describe('an endorsement', () => {
  const signature = new Uint8Array(65).fill(1)

  it('is read as it was written, a message of the entity itself', () => {
    fc.assert(
      fc.property(endorsement, (value) => {
        const envelope = readEnvelope(encodeEndorsement(value, signature)) as Envelope
        expect(envelope.sender).to.equal(value.entity)
        expect(envelope.signature).to.deep.equal(signature)
        expect(decodeEndorsement(envelope)).to.deep.equal(value)
      }),
    )
  })

  it('is signed as EIP-712 says', () => {
    fc.assert(
      fc.property(fc.record(network), endorsement, (where, value) => {
        const types = {
          ServerEndorsement: [
            { name: 'entity', type: 'bytes32' },
            { name: 'server', type: 'address' },
            { name: 'validUntil', type: 'uint64' },
          ],
        }
        const domain = domainOf(where.chainId, where.depository)
        const expected = TypedDataEncoder.hash(domain, types, { ...value })
        expect(bytesToHex(endorsementDigest(where, value))).to.equal(expected)
      }),
      { numRuns: 50 },
    )
  })

  it('is none without an entity, with a recipient, a nonce, or other data', () => {
    const value = fc.sample(endorsement, 1)[0] as Endorsement
    const right = readEnvelope(encodeEndorsement(value, signature)) as Envelope
    const wrong: Partial<Record<keyof Envelope, unknown>>[] = [
      { type: 0x32 },
      { sender: undefined },
      { recipient: value.entity },
      { nonce: 1 },
      { data: right.data.subarray(1) },
    ]
    for (const change of wrong) {
      expect(decodeEndorsement({ ...right, ...change } as Envelope)).to.equal(undefined)
    }
  })

  it('can be sent inside any other writing', () => {
    const value = fc.sample(endorsement, 1)[0] as Endorsement
    const envelope = readEnvelope(encodeEndorsement(value, signature)) as Envelope
    const writer = new RlpWriter()
    const { type, sender, recipient, nonce, data } = envelope
    writeEnvelope(writer, type, sender, recipient, nonce, data, signature)
    expect(writer.take()).to.deep.equal(encodeEndorsement(value, signature))
  })
})
