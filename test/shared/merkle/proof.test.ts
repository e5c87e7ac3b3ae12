import { concatBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { verifyProof } from '@xln/shared/merkle/proof.ts'
import { MerkleTree } from '@xln/shared/merkle/tree.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { changes, entriesAfter, key, shape, valueHash } from './world.ts'

const tree = fc.tuple(shape, changes).map(([shape, list]) => {
  const made = new MerkleTree(shape)
  for (const [key, hash] of entriesAfter(list)) made.set(key, hash)
  return made
})

describe('proof of the state tree', () => {
  it('shows the hash that a key has, or that it has none', () => {
    fc.assert(
      fc.property(tree, key, (tree, key) => {
        const proof = tree.prove(key)
        expect(verifyProof(tree.root(), key, tree.get(key), proof)).to.equal(true)
      }),
    )
  })

  it('shows nothing else', () => {
    fc.assert(
      fc.property(tree, key, key, fc.option(valueHash), (tree, key, other, hash) => {
        const held = tree.get(key)
        const claimed = hash ?? undefined
        const honest = held?.toString() === claimed?.toString()
        expect(verifyProof(tree.root(), key, claimed, tree.prove(key))).to.equal(honest)
        // The proof of another key may serve, when both share a leaf or an empty place.
        const accepted = verifyProof(tree.root(), key, claimed, tree.prove(other))
        if (accepted) expect(honest).to.equal(true)
      }),
    )
  })

  it('fails with any byte of it changed, cut off or added', () => {
    fc.assert(
      fc.property(tree, key, fc.nat(), fc.integer({ min: 1, max: 255 }), (tree, key, at, flip) => {
        const proof = tree.prove(key)
        const root = tree.root()
        const held = tree.get(key)
        const changed = proof.slice()
        changed[at % proof.length] = (changed[at % proof.length] as number) ^ flip
        expect(verifyProof(root, key, held, changed)).to.equal(false)
        const cut = proof.subarray(0, at % proof.length)
        expect(verifyProof(root, key, held, cut)).to.equal(false)
        for (const more of [1, 32, 64]) {
          const longer = concatBytes(proof, new Uint8Array(more).fill(flip))
          expect(verifyProof(root, key, held, longer)).to.equal(false)
        }
      }),
    )
  })

  it('cannot take a branch for a leaf', () => {
    // The pairs of this forged leaf are the hashes of the two sides of the top.
    const tree = new MerkleTree({ bitWidth: 1, leafThreshold: 1 })
    const [low, high] = [new Uint8Array(32), new Uint8Array(32).fill(0xff)]
    tree.set(low, keccak256(low))
    tree.set(high, keccak256(high))
    const proof = tree.prove(low)
    const [right, pair] = [proof.subarray(5, 37), proof.subarray(37)]
    const left = keccak256(concatBytes(Uint8Array.of(0), pair))
    const forged = concatBytes(Uint8Array.of(1, 0, 1, 0, 0), left, right)
    expect(verifyProof(tree.root(), low, keccak256(low), proof)).to.equal(true)
    expect(verifyProof(tree.root(), left, right, forged)).to.equal(false)
    expect(verifyProof(tree.root(), low, undefined, forged)).to.equal(false)
  })

  it('is false for whatever else is handed in, and never throws', () => {
    const bytes = fc.uint8Array({ maxLength: 200 })
    fc.assert(
      fc.property(
        bytes,
        bytes,
        fc.option(bytes, { nil: undefined }),
        bytes,
        (root, key, hash, proof) => {
          expect(verifyProof(root, key, hash, proof)).to.equal(false)
        },
      ),
    )
    fc.assert(
      fc.property(fc.nat(16), fc.nat(4), fc.nat(300), bytes, (width, threshold, depth, rest) => {
        const header = Uint8Array.of(width, 0, threshold, depth >> 8, depth)
        const proof = concatBytes(header, rest)
        expect(verifyProof(new Uint8Array(32), new Uint8Array(32), undefined, proof)).to.equal(
          false,
        )
      }),
    )
  })

  it('refuses a leaf longer than its threshold before it hashes it', () => {
    const proof = (pairs: number) =>
      concatBytes(Uint8Array.of(1, 4, 0, 0, 0), new Uint8Array(64 * pairs))
    const key = new Uint8Array(32)
    expect(verifyProof(key, key, key, proof(1024))).to.equal(false)
    expect(verifyProof(key, key, key, proof(1025))).to.equal(false)
  })
})
