import { RlpWriter } from '@xln/shared/codec/rlp.ts'
import { type EntityId, parseId } from '@xln/shared/ids.ts'
import { SIGNATURE_BYTES_MAX } from '@xln/shared/limits.ts'
import {
  ENVELOPE_OVERHEAD,
  type Envelope,
  isMessageType,
  isNetworkType,
  readEnvelope,
  splitFrame,
  writeEnvelope,
} from '@xln/shared/wire/envelope.ts'
import { expect } from 'chai'
import { encodeRlp, getBytes, hexlify, toBeArray } from 'ethers'
import fc from 'fast-check'

const writer = new RlpWriter()
function encode({ type, sender, recipient, nonce, data, signature }: Envelope): Uint8Array {
  writeEnvelope(writer, type, sender, recipient, nonce, data, signature)
  return writer.take()
}

/** What a list may hold, for a coder that is not ours. */
type Part = string | number | bigint | Uint8Array | Part[]
function rlp(parts: Part): Uint8Array {
  const plain = (part: Part): string | string[] => {
    if (Array.isArray(part)) return part.map(plain) as string[]
    if (typeof part === 'string') return part === '' ? '0x' : part
    return hexlify(part instanceof Uint8Array ? part : toBeArray(part))
  }
  return getBytes(encodeRlp(plain(parts)))
}

const types = Array.from({ length: 256 }, (_, type) => type).filter(isMessageType)
const entity = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => parseId<EntityId>(`0x${Buffer.from(bytes).toString('hex')}`))
const envelope: fc.Arbitrary<Envelope> = fc.record({
  type: fc.constantFrom(...types),
  sender: fc.option(entity, { nil: undefined }),
  recipient: fc.option(entity, { nil: undefined }),
  nonce: fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat()),
  // Around the lengths where a header grows.
  data: fc.oneof(
    fc.uint8Array({ maxLength: 70 }),
    fc.uint8Array({ minLength: 250, maxLength: 260 }),
  ),
  signature: fc.constantFrom(new Uint8Array(0), new Uint8Array(65).fill(3)),
})

describe('an envelope', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(envelope, (value) => {
        expect(readEnvelope(encode(value))).to.deep.equal(value)
      }),
    )
  })

  it('is the RLP list of its six parts, as anybody else writes it', () => {
    fc.assert(
      fc.property(envelope, (value) => {
        const { type, sender, recipient, nonce, data, signature } = value
        const parts = [type, sender ?? '', recipient ?? '', nonce, data, signature]
        expect(encode(value)).to.deep.equal(rlp(parts))
      }),
    )
  })

  it('adds no more than its stated overhead', () => {
    fc.assert(
      fc.property(envelope, (value) => {
        const most = ENVELOPE_OVERHEAD + value.data.length + value.signature.length
        expect(encode(value).length).to.be.at.most(most)
      }),
    )
  })

  it('has one encoding: whatever is read gives the same bytes again', () => {
    const changed = fc
      .tuple(envelope, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 2 }))
      .map(([value, changes]) => {
        const bytes = encode(value)
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        const value = readEnvelope(bytes)
        if (value !== undefined) expect(encode(value)).to.deep.equal(bytes)
      }),
      { numRuns: 2_000 },
    )
  })

  it('has a type of one of five families', () => {
    const inFamilies = (type: number) =>
      (type >= 0x01 && type <= 0x03) ||
      (type >= 0x10 && type <= 0x1f) ||
      (type >= 0x20 && type <= 0x2f) ||
      (type >= 0x30 && type <= 0x3f) ||
      (type >= 0x40 && type <= 0x5f)
    for (let type = 0; type < 256; type++) {
      expect(isMessageType(type), String(type)).to.equal(inFamilies(type))
      expect(isNetworkType(type), String(type)).to.equal(type >= 0x30 && type < 0x38)
      const read = readEnvelope(rlp([type, '', '', 1, '', '']))
      expect(read?.type).to.equal(inFamilies(type) ? type : undefined)
    }
  })

  it('has no part too many, too few, too long, or of another kind', () => {
    const id = new Uint8Array(32).fill(1)
    const wrong = [
      [],
      [0x20, '', '', 1, ''],
      [0x20, '', '', 1, '', '', ''],
      [0x20, id.subarray(1), '', 1, '', ''],
      [0x20, '', new Uint8Array(33), 1, '', ''],
      [0x20, '', '', 2n ** 53n, '', ''],
      [0x20, '', '', 1, '', new Uint8Array(SIGNATURE_BYTES_MAX + 1)],
      [0x20, '', '', 1, ['0x78'], ''],
      [[0x20], '', '', 1, '', ''],
      [0x0120, '', '', 1, '', ''],
    ]
    for (const parts of wrong) expect(readEnvelope(rlp(parts))).to.equal(undefined)
    const right = rlp([0x20, '', '', 1, '', ''])
    expect(readEnvelope(right)).not.to.equal(undefined)
    expect(readEnvelope(Uint8Array.of(...right, 0xc0))).to.equal(undefined)
  })
})

describe('a frame', () => {
  const list = (size: number) => rlp([new Uint8Array(size)])

  it('is split into what was put together', () => {
    fc.assert(
      fc.property(fc.array(envelope, { minLength: 1, maxLength: 8 }), (values) => {
        const parts = values.map(encode)
        expect(splitFrame(Buffer.concat(parts), 8)?.map((part) => [...part])).to.deep.equal(
          parts.map((part) => [...part]),
        )
      }),
    )
  })

  it('is refused whole when it is empty, has too many parts, or a part that is none', () => {
    const two = Buffer.concat([list(3), list(60)])
    expect(splitFrame(two, 2)?.length).to.equal(2)
    expect(splitFrame(two, 1)).to.equal(undefined)
    expect(splitFrame(new Uint8Array(0), 2)).to.equal(undefined)
    expect(splitFrame(Uint8Array.of(...list(3), 0x05), 9)).to.equal(undefined)
    expect(splitFrame(two.subarray(0, two.length - 1), 9)).to.equal(undefined)
  })
})
