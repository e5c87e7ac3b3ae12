/** What a decoder of foreign bytes owes: one encoding for each value, and an answer to everything else. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { expect } from 'chai'
import fc from 'fast-check'

/** Bytes near valid ones: one bit flipped, one byte cut out, put in or behind, or the end cut off. */
function mutated(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(valid, fc.nat(4), fc.nat(), fc.nat(255)).map(([bytes, kind, at, byte]) => {
    const place = bytes.length === 0 ? 0 : at % bytes.length
    const [before, after] = [bytes.slice(0, place), bytes.slice(place)]
    switch (kind) {
      case 0: {
        const flipped = bytes.slice()
        if (flipped.length > 0) flipped[place] = (flipped[place] as number) ^ (1 << (byte & 7))
        return flipped
      }
      case 1:
        return Uint8Array.of(...before, ...after.slice(1))
      case 2:
        return Uint8Array.of(...before, byte, ...after)
      case 3:
        return before
      default:
        return Uint8Array.of(...bytes, byte)
    }
  })
}

/**
 * Says that `decode` takes back what `encode` gives, and of random and of damaged bytes only those
 * that `encode` gives for what was decoded.
 */
export function itIsCanonical<Value>(
  value: fc.Arbitrary<Value>,
  encode: (value: Value) => Uint8Array,
  decode: (bytes: Uint8Array) => Value | undefined,
): void {
  it('decodes to the same value what it encodes', () => {
    fc.assert(fc.property(value, (x) => void expect(decode(encode(x))).to.deep.equal(x)))
  })

  const acceptsOnlyItsOwn = (bytes: Uint8Array): void => {
    const decoded = decode(bytes)
    if (decoded !== undefined) expect(bytesToHex(encode(decoded))).to.equal(bytesToHex(bytes))
  }

  it('refuses random bytes without throwing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), acceptsOnlyItsOwn))
  })

  it('refuses damaged bytes, or takes them for the value that they now encode', () => {
    fc.assert(fc.property(mutated(value.map(encode)), acceptsOnlyItsOwn), { numRuns: 1_000 })
  })

  it('refuses every proper beginning and every continuation', () => {
    fc.assert(
      fc.property(value.map(encode), fc.nat(), (bytes, at) => {
        expect(decode(bytes.slice(0, at % bytes.length))).to.equal(undefined)
        expect(decode(Uint8Array.of(...bytes, 0))).to.equal(undefined)
      }),
    )
  })
}
