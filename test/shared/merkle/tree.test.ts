import { compareBytes, concatBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { type Entry, merkleRoot } from '@xln/shared/merkle/reference.ts'
import { DEFAULT_SHAPE, type TreeShape } from '@xln/shared/merkle/shape.ts'
import { MerkleTree } from '@xln/shared/merkle/tree.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Change, changes, entriesAfter, shape } from './world.ts'

const numbered = (i: number) => keccak256(Uint8Array.of(i >>> 16, i >>> 8, i))

function apply(tree: MerkleTree, list: readonly Change[]): void {
  for (const [key, hash] of list) {
    if (hash === undefined) tree.delete(key)
    else tree.set(key, hash)
  }
}

describe('state tree', () => {
  it('is empty at first, and its root says of what shape', () => {
    const bytes = new Uint8Array(36)
    bytes.set([2, 4, 0, 16])
    expect(new MerkleTree().root()).to.deep.equal(keccak256(bytes))
    bytes.set([2, 16, 4, 0])
    const other = new MerkleTree({ bitWidth: 16, leafThreshold: 1024 })
    expect(other.root()).to.deep.equal(keccak256(bytes))
  })

  it('hashes up to 16 keys as one leaf, and the 17th makes a branch of it', () => {
    // All keys but the last begin with the bit 0.
    const key = (i: number) => Uint8Array.of(i === 16 ? 0x80 : i, ...new Uint8Array(31))
    const entries = Array.from({ length: 17 }, (_, i): Entry => [key(i), numbered(i)])
    const tree = new MerkleTree()
    const root = (whole: Uint8Array) => keccak256(concatBytes(Uint8Array.of(2, 4, 0, 16), whole))
    const leaf = (list: readonly Entry[]) =>
      keccak256(concatBytes(Uint8Array.of(0), ...list.flat()))
    const branch = (left: Uint8Array, right: Uint8Array) =>
      keccak256(concatBytes(Uint8Array.of(1), left, right))
    const nothing = new Uint8Array(32)

    for (const [key, hash] of entries.slice(0, 16)) tree.set(key, hash)
    expect(tree.root()).to.deep.equal(root(leaf(entries.slice(0, 16))))

    tree.set(...(entries[16] as Entry))
    let left = leaf(entries.slice(0, 16))
    for (let bit = 3; bit >= 1; bit--) left = branch(left, nothing)
    let right = leaf(entries.slice(16))
    for (let bit = 3; bit >= 1; bit--) right = branch(right, nothing)
    expect(tree.root()).to.deep.equal(root(branch(left, right)))
  })

  it('has the root that its content has, whatever was set and deleted before', () => {
    fc.assert(
      fc.property(shape, changes, changes, (shape, first, second) => {
        const tree = new MerkleTree(shape)
        apply(tree, first)
        // A root in between leaves hashes that the second half must put out of date.
        expect(tree.root()).to.deep.equal(merkleRoot(entriesAfter(first), shape))
        apply(tree, second)
        const entries = entriesAfter([...first, ...second])
        expect(tree.root()).to.deep.equal(merkleRoot(entries, shape))
        expect(tree.size).to.equal(entries.length)
      }),
    )
  })

  it('gives back what was set, in the order of the keys', () => {
    fc.assert(
      fc.property(shape, changes, (shape, list) => {
        const tree = new MerkleTree(shape)
        apply(tree, list)
        const entries = entriesAfter(list).sort(([a], [b]) => compareBytes(a, b))
        expect([...tree.entries()]).to.deep.equal(entries)
        for (const [key, hash] of entries) expect(tree.get(key)).to.deep.equal(hash)
        for (const [key] of list) {
          const held = entries.find(([other]) => compareBytes(key, other) === 0)
          expect(tree.get(key)).to.deep.equal(held?.[1])
        }
      }),
    )
  })

  it('says whether there was something to delete', () => {
    const tree = new MerkleTree()
    tree.set(numbered(1), numbered(2))
    expect(tree.delete(numbered(2))).to.equal(false)
    expect(tree.delete(numbered(1))).to.equal(true)
    expect(tree.delete(numbered(1))).to.equal(false)
    expect(tree.root()).to.deep.equal(new MerkleTree().root())
  })

  for (const shape of [DEFAULT_SHAPE, { bitWidth: 1, leafThreshold: 1 }] satisfies TreeShape[]) {
    it(`holds to it over 20,000 keys, of ${shape.bitWidth} bits a step`, () => {
      const tree = new MerkleTree(shape)
      const entries = Array.from(
        { length: 20_000 },
        (_, i): Entry => [numbered(i), numbered(i + 1)],
      )
      for (const [key, hash] of entries) tree.set(key, hash)
      const kept = entries.filter((_, i) => i % 3 === 0)
      for (const [i, [key]] of entries.entries()) if (i % 3 !== 0) tree.delete(key)
      expect(tree.root()).to.deep.equal(merkleRoot(kept, shape))
      for (const [key] of kept) tree.delete(key)
      expect(tree.size).to.equal(0)
      expect(tree.root()).to.deep.equal(merkleRoot([], shape))
    })
  }

  it('takes no more room when its keys came in any order than when they ascended', () => {
    const keys = Array.from({ length: 30_000 }, (_, i) => numbered(i))
    const [random, ascending] = [new MerkleTree(), new MerkleTree()]
    for (const key of keys) random.set(key, key)
    for (const key of keys.sort(compareBytes)) ascending.set(key, key)
    // Slabs grow in steps: of each size of leaf one chunk may be begun.
    expect(random.byteLength).to.be.lessThan(1.35 * ascending.byteLength)
  })

  it('gives its room back', () => {
    const tree = new MerkleTree({ bitWidth: 1, leafThreshold: 1 })
    const keys = Array.from({ length: 60_000 }, (_, i) => numbered(i))
    for (const key of keys) tree.set(key, key)
    const most = tree.byteLength
    for (const key of keys) tree.delete(key)
    // Of the leaves one chunk stays and one beside it; the branches stay, for the next to come.
    expect(tree.byteLength).to.be.lessThan(most - 2_000_000)
  })

  it('exists for 1 to 16 bits and 1 to 1024 keys only', () => {
    for (const [bitWidth, leafThreshold] of [
      [0, 16],
      [17, 16],
      [4, 0],
      [4, 1025],
      [1.5, 16],
      [4, Number.NaN],
    ] as const) {
      expect(() => new MerkleTree({ bitWidth, leafThreshold })).to.throw(RangeError)
      expect(() => merkleRoot([], { bitWidth, leafThreshold })).to.throw(RangeError)
    }
  })

  it('takes keys and hashes of 32 bytes only', () => {
    const tree = new MerkleTree()
    expect(() => tree.set(new Uint8Array(31), new Uint8Array(32))).to.throw(TypeError)
    expect(() => tree.set(new Uint8Array(32), new Uint8Array(33))).to.throw(TypeError)
    expect(() => tree.get(new Uint8Array(33))).to.throw(TypeError)
    expect(() =>
      merkleRoot([
        [numbered(1), numbered(1)],
        [numbered(1), numbered(2)],
      ]),
    ).to.throw(TypeError)
  })
})
