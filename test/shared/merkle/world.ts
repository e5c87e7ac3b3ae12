import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import type { Entry } from '@xln/shared/merkle/reference.ts'
import type { TreeShape } from '@xln/shared/merkle/shape.ts'
import fc from 'fast-check'

/** Values are few, so that one is often put where it already is. */
export const valueHash: fc.Arbitrary<Uint8Array> = fc
  .nat(2)
  .map((seed) => keccak256(Uint8Array.of(seed)))

/**
 * Keys that part at the first bit, at the last, and around the boundaries between: a few prefixes, and
 * a few ends.
 */
export const key: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom(0x00, 0x01, 0x0f, 0x10, 0x80, 0xff), fc.nat(3), fc.nat(5))
  .map(([first, third, last]) => {
    const bytes = new Uint8Array(32)
    bytes[0] = first
    bytes[2] = third
    bytes[31] = last
    return bytes
  })

export const shape: fc.Arbitrary<TreeShape> = fc.record({
  bitWidth: fc.integer({ min: 1, max: 16 }),
  leafThreshold: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(16, 17, 1024)),
})

/** A set of a hash under a key, or, without the hash, a delete. */
export type Change = readonly [key: Uint8Array, valueHash: Uint8Array | undefined]

export const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.tuple(key, fc.option(valueHash, { nil: undefined, freq: 3 })),
  { maxLength: 60 },
)

/** What a tree should hold after `list`. */
export function entriesAfter(list: readonly Change[]): Entry[] {
  const held = new Map<string, Entry>()
  for (const [changed, hash] of list) {
    const name = changed.toString()
    if (hash === undefined) held.delete(name)
    else held.set(name, [changed, hash])
  }
  return [...held.values()]
}
