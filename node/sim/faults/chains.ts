/** What a chain does by itself: it reorganises, forgets, is full and dear. Only in worlds with a chain. */
import type { Ethereum } from '../ethereum.ts'
import type { Random } from '../random.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
const GWEI = 10n ** 9n

function happens(
  name: string,
  seconds: number,
  change: (ethereum: Ethereum, random: Random, world: World) => void,
): FaultClass {
  return {
    name,
    begin(world, random) {
      const { ethereum } = world
      if (ethereum === undefined) return
      world.disturb(random, seconds * SECOND, () => {
        world.trace.note('chain', `fault ${name}`)
        change(ethereum, random, world)
      })
    },
  }
}

/** Loses `depth` blocks; as many come in their place and one more, with what the seed lets in again. */
function reorganise({ chain }: Ethereum, depth: number, random: Random, at: number): void {
  const { number } = chain.head
  const lost = Math.min(depth, number - 1)
  const base = chain.blockAt(number - lost)
  if (lost < 1 || base === undefined) return
  const forgets = random.chance(0.3)
  const blocks = Array.from({ length: lost + 1 }, (_, index) => ({
    timestamp: Math.max(base.timestamp + 1 + index, at - lost + index),
  }))
  chain.reorganise({ depth: lost, blocks, forget: () => forgets && random.chance(0.5) })
}

/** No deeper than what is taken for final. */
export const shallow = happens('shallow reorganisation', 60, (ethereum, random) => {
  reorganise(ethereum, random.between(1, ethereum.confirmations), random, ethereum.now())
})

/** Deeper than what is taken for final: what it takes away is nobody's fault. */
export const deep: FaultClass = {
  ...happens('deep reorganisation', 180, (ethereum, random, world) => {
    world.isDeep = true
    const depth = ethereum.confirmations + random.between(1, 4)
    reorganise(ethereum, depth, random, ethereum.now())
  }),
  rarity: 0.3,
}

export const forgotten = happens('transactions forgotten', 60, ({ chain }, random) => {
  chain.dropPending(() => random.chance(0.5))
})

/** For a while fees are far above what they were. */
export const dear = happens('fees rise', 120, (ethereum, random, world) => {
  const wei = BigInt(random.between(2, 600)) * GWEI
  const change = () => ethereum.chain.setBaseFee(wei)
  ethereum.beforeBlock.push(change)
  world.scheduler.in(random.between(10, 120) * SECOND, () => {
    const at = ethereum.beforeBlock.indexOf(change)
    if (at >= 0) ethereum.beforeBlock.splice(at, 1)
  })
})

/** For a while strangers fill the blocks, unless one offers more than they do. */
export const crowded = happens('blocks full', 120, (ethereum, random, world) => {
  const tip = BigInt(random.between(1, 30)) * GWEI
  ethereum.crowd = { gas: 36_000_000n, tip }
  world.scheduler.in(random.between(10, 120) * SECOND, () => {
    ethereum.crowd = undefined
  })
})

export const chainFaults = [shallow, deep, forgotten, dear, crowded] as const
