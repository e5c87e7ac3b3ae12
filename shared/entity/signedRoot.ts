/**
 * One signature for many digests: a Merkle tree over them. Mirrors `SignedRoots` on chain. Leaves are
 * `keccak256(0x00 ‖ digest)`, nodes `keccak256(0x01 ‖ left ‖ right)`; where the digests end, the
 * missing half of a node is zero.
 */
import { keccak256 } from '../crypto/keccak.ts'
import { SIGNED_ROOT_PATH_MAX } from '../limits.ts'

const leafBytes = new Uint8Array(33)
const nodeBytes = new Uint8Array(65)
nodeBytes[0] = 0x01
const NOTHING = new Uint8Array(32)

export interface DigestTree {
  readonly root: Uint8Array
  /** The siblings from the leaf of digest number `index` upwards. */
  pathOf(index: number): readonly Uint8Array[]
  /**
   * What else it takes to compute the root from some leaves together, by level and in it ascending.
   * `indexes` ascend strictly. Mirrors `Merkle.areBelow` on chain.
   */
  siblingsOf(indexes: readonly number[]): readonly Uint8Array[]
}

/** The tree over one or more 32-byte digests. */
export function treeOfDigests(digests: readonly Uint8Array[]): DigestTree {
  if (digests.length === 0) throw new RangeError('a tree needs a digest')
  const levels = [digests.map(leafOf)]
  for (let level = levels[0] as Uint8Array[]; level.length > 1; ) {
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) {
      above.push(nodeOf(level[i] as Uint8Array, level[i + 1] ?? NOTHING))
    }
    levels.push(above)
    level = above
  }
  const [root] = levels.pop() as [Uint8Array]
  const assertLeaf = (index: number) => {
    if (index < 0 || index >= digests.length) throw new RangeError(`no digest ${index}`)
  }
  return {
    root,
    pathOf(index) {
      assertLeaf(index)
      return levels.map((level, height) => level[(index >> height) ^ 1] ?? NOTHING)
    },
    siblingsOf(indexes) {
      for (const index of indexes) assertLeaf(index)
      let places = indexes
      return levels.flatMap((level) => {
        const siblings = missingOf(places).map((place) => level[place] ?? NOTHING)
        places = [...new Set(places.map((place) => place >> 1))]
        return siblings
      })
    },
  }
}

/** The siblings of `places` that are not among them. */
function missingOf(places: readonly number[]): number[] {
  const present = new Set(places)
  return places.map((place) => place ^ 1).filter((sibling) => !present.has(sibling))
}

/** The root that `path` leads to from the leaf of `digest`; `undefined` if `index` is beyond the path. */
export function rootOfPath(
  digest: Uint8Array,
  index: number,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (path.length > SIGNED_ROOT_PATH_MAX || index >= 2 ** path.length) return undefined
  let node = leafOf(digest)
  let place = index
  for (const sibling of path) {
    node = place % 2 === 1 ? nodeOf(sibling, node) : nodeOf(node, sibling)
    place = Math.floor(place / 2)
  }
  return node
}

function leafOf(digest: Uint8Array): Uint8Array {
  leafBytes.set(digest, 1)
  return keccak256(leafBytes)
}

function nodeOf(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeBytes.set(left, 1)
  nodeBytes.set(right, 33)
  return keccak256(nodeBytes)
}
