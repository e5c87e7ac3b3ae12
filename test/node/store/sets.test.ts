import { ByteMap, hashOf, type Linked } from '@xln/node/shell/store/byteMap.ts'
import { SortedKeys } from '@xln/node/shell/store/sortedKeys.ts'
import { compareBytes, numberToBytes } from '@xln/shared/bytes.ts'
import { expect } from 'chai'
import fc from 'fast-check'

const numbers = fc.array(fc.tuple(fc.nat(2_000), fc.boolean()), { maxLength: 3_000, size: 'max' })

describe('sorted keys', () => {
  it('are the set of what was added and not deleted, in order', () => {
    fc.assert(
      fc.property(numbers, fc.nat(2_001), fc.nat(700), (changes, from, limit) => {
        const keys = new SortedKeys(3)
        const model = new Set<number>()
        for (const [number, add] of changes) {
          const key = numberToBytes(number, 3)
          if (add) {
            keys.add(key)
            model.add(number)
          } else {
            keys.delete(key)
            model.delete(number)
          }
          expect(keys.has(key)).to.equal(add)
        }
        expect(keys.size).to.equal(model.size)
        const sorted = [...model].sort((a, b) => a - b).map((number) => numberToBytes(number, 3))
        expect(keys.scan(new Uint8Array(0), 3_000)).to.deep.equal(sorted)
        const start = numberToBytes(from, 3)
        const later = sorted.filter((key) => compareBytes(key, start) >= 0)
        expect(keys.scan(start, limit)).to.deep.equal(later.slice(0, limit))
      }),
      { numRuns: 30 },
    )
  })

  it('fill their pages when they ascend', () => {
    const keys = new SortedKeys(3)
    for (let i = 0; i < 5_000; i++) keys.add(numberToBytes(i, 3))
    expect(keys.size).to.equal(5_000)
    expect(keys.scan(numberToBytes(4_999, 3), 2)).to.deep.equal([numberToBytes(4_999, 3)])
  })

  it('have one length', () => {
    const keys = new SortedKeys(3)
    expect(() => keys.add(new Uint8Array(2))).to.throw(TypeError)
    keys.add(numberToBytes(1, 3))
    expect(keys.has(new Uint8Array(2))).to.equal(false)
    expect(keys.has(Uint8Array.of(0, 0, 1, 0))).to.equal(false)
  })
})

class Item implements Linked<Item> {
  readonly key: Uint8Array
  readonly hash: number
  next: Item | undefined = undefined
  constructor(key: Uint8Array, hash: number) {
    this.key = key
    this.hash = hash
  }
}

describe('byte map', () => {
  it('finds what was added and not removed, also where hashes are equal', () => {
    const bytes = fc.uint8Array({ maxLength: 5, max: 3 })
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, fc.boolean())), fc.boolean(), (changes, collide) => {
        const map = new ByteMap<Item>()
        const model = new Map<string, Item>()
        for (const [key, add] of changes) {
          const hash = collide ? 1 : hashOf(key)
          const held = map.get(key, hash)
          expect(held).to.equal(model.get(key.toString()))
          if (add && held === undefined) {
            const item = new Item(key, hash)
            map.add(item)
            model.set(key.toString(), item)
          } else if (!add && held !== undefined) {
            map.remove(held)
            model.delete(key.toString())
          }
        }
        expect(map.size).to.equal(model.size)
        const all = new Set(map.values())
        expect([...model.values()].every((item) => all.has(item))).to.equal(true)
      }),
    )
  })

  it('does not remove what is not there', () => {
    const map = new ByteMap<Item>()
    expect(() => map.remove(new Item(new Uint8Array(1), 1))).to.throw(RangeError)
  })

  it('tells keys apart by all their bytes and their length', () => {
    const keys = [[], [0], [0, 0], [1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 2]].map((k) =>
      Uint8Array.from(k),
    )
    expect(new Set(keys.map(hashOf)).size).to.equal(keys.length)
  })
})
