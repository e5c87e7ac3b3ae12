import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { MerkleTree } from '@xln/shared/merkle/tree.ts'

/** What one run over one size of tree took. Times in milliseconds. */
export interface MerkleFigures {
  readonly keys: number
  readonly bytesPerKey: number
  /** Every key put in ascending order, and the first root: what a restart does. */
  readonly fill: number
  readonly firstRoot: number
  /** `dirty` random keys given another value, and the root after that. */
  readonly dirty: number
  readonly set: number
  readonly root: number
  readonly proofBytes: number
}

/** Measures the state tree, with whatever keccak is installed. Needs about 110 bytes a key. */
export function benchMerkle(keys: number, dirty = 10_000, rounds = 5): MerkleFigures {
  const all = ascendingKeys(keys)
  const key = (i: number) => all.subarray(32 * i, 32 * i + 32)
  const tree = new MerkleTree()
  const fill = time(() => {
    for (let i = 0; i < keys; i++) tree.set(key(i), key((i * 7) % keys))
  })
  const firstRoot = time(() => tree.root())
  const runs = Array.from({ length: rounds }, (_, round) => {
    const value = keccak256(Uint8Array.of(round))
    const set = time(() => {
      for (let i = 0; i < dirty; i++) tree.set(key(Math.floor(Math.random() * keys)), value)
    })
    return { set, root: time(() => tree.root()) }
  })
  return {
    keys,
    bytesPerKey: tree.byteLength / keys,
    fill,
    firstRoot,
    dirty,
    set: median(runs.map((run) => run.set)),
    root: median(runs.map((run) => run.root)),
    proofBytes: tree.prove(key(0)).length,
  }
}

/** Keys that look like hashes and ascend: equal steps, each with a random rest. */
function ascendingKeys(count: number): Uint8Array {
  const keys = new Uint8Array(32 * count)
  const view = new DataView(keys.buffer)
  for (let i = 0; i < count; i++) {
    for (let word = 4; word < 32; word += 4) {
      view.setUint32(32 * i + word, Math.random() * 0x1_0000_0000)
    }
  }
  const heads = new Uint32Array(count)
  for (let i = 0; i < count; i++) heads[i] = Math.random() * 0x1_0000_0000
  heads.sort()
  for (let i = 0; i < count; i++) view.setUint32(32 * i, heads[i] as number)
  return keys
}

function time(run: () => void): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}
