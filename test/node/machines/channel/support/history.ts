/** A channel with a past: what an old proof and the newest one are of. */
import type { Proof } from '@xln/shared/depository/batchItem.ts'
import { countedProof } from '../../../../../node/machines/channel/proofs.ts'
import { domain, Pair, pay } from './pair.ts'
import { watch } from './rules.ts'

/** Two sides that have paid three times, watched; the proofs of the first height and of the last. */
export function withHistory(): { pair: Pair; old: Proof; newest: Proof } {
  const pair = new Pair()
  watch(pair)
  pair.connect()
  pair.wish('left', pay(1n))
  pair.settle()
  const old = countedProof(pair.left.channel, domain)
  pair.wish('right', pay(2n))
  pair.settle()
  pair.wish('left', pay(3n))
  pair.settle()
  return { pair, old, newest: countedProof(pair.left.channel, domain) }
}
