import { bytesToHex, concatBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { rootOfPath, treeOfDigests } from '@xln/shared/entity/signedRoot.ts'
import { expect } from 'chai'

const digests = (count: number) =>
  Array.from({ length: count }, (_, at) => keccak256(Uint8Array.of(at)))
const leaf = (digest: Uint8Array) => keccak256(concatBytes(Uint8Array.of(0), digest))
const node = (left: Uint8Array, right: Uint8Array) =>
  keccak256(concatBytes(Uint8Array.of(1), left, right))

describe('signed root', () => {
  it('is reached from every digest by its own path, and by no other’s', () => {
    for (let count = 1; count <= 9; count++) {
      const all = digests(count)
      const { root, pathOf } = treeOfDigests(all)
      for (const [index, digest] of all.entries()) {
        const path = pathOf(index)
        expect(2 ** path.length, 'the shortest path')
          .to.be.below(2 * count)
          .and.at.least(count)
        const reached = all.map((other) =>
          bytesToHex(rootOfPath(other, index, path) ?? new Uint8Array(0)),
        )
        expect(reached.map((hex) => hex === bytesToHex(root))).to.deep.equal(
          all.map((other) => other === digest),
        )
      }
    }
  })

  it('tags leaves and nodes apart, and fills up with zero', () => {
    const [a, b, c] = digests(3) as [Uint8Array, Uint8Array, Uint8Array]
    expect(treeOfDigests([a]).root).to.deep.equal(leaf(a))
    const right = node(leaf(c), new Uint8Array(32))
    expect(treeOfDigests([a, b, c]).root).to.deep.equal(node(node(leaf(a), leaf(b)), right))
  })

  it('refuses an index beyond its path and a path beyond the limit', () => {
    const [a] = digests(1) as [Uint8Array]
    const path = (length: number) => Array<Uint8Array>(length).fill(a)
    expect(rootOfPath(a, 1, [])).to.equal(undefined)
    expect(rootOfPath(a, 4, path(2))).to.equal(undefined)
    expect(rootOfPath(a, 3, path(2))).to.have.length(32)
    expect(rootOfPath(a, 2 ** 32 - 1, path(32))).to.have.length(32)
    expect(rootOfPath(a, 0, path(33))).to.equal(undefined)
  })

  it('throws for no digests and for a digest that is not there', () => {
    expect(() => treeOfDigests([])).to.throw(RangeError)
    const { pathOf } = treeOfDigests(digests(3))
    for (const index of [-1, 3]) expect(() => pathOf(index)).to.throw(RangeError)
  })
})
