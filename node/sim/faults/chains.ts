/** What a chain does by itself: it reorganises, forgets, is full and dear. Only in worlds with a chain. */
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { SimTransaction } from '../chain/transaction.ts'
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

const NONE = () => false

/** What of the lost blocks nobody has any more: nothing, or each of it by a throw of the seed. */
function forgetful(random: Random): () => boolean {
  const forgets = random.chance(0.3)
  return () => forgets && random.chance(0.5)
}

/** Loses `depth` blocks; as many come in their place and one more, with all that waits but what is forgotten. */
export function reorganise({ chain }: Ethereum, depth: number, at: number, forget = NONE): void {
  const { number } = chain.head
  const lost = Math.min(depth, number - 1)
  const base = chain.blockAt(number - lost)
  if (lost < 1 || base === undefined) return
  const blocks = Array.from({ length: lost + 1 }, (_, index) => ({
    timestamp: Math.max(base.timestamp + 1 + index, at - lost + index),
  }))
  chain.reorganise({ depth: lost, blocks, forget })
}

/** No deeper than what is taken for final, and far shorter than the window of a court. */
export const SHALLOW_MAX = 5

export const shallow = happens('shallow reorganisation', 60, (ethereum, random) => {
  const depth = random.between(1, Math.min(SHALLOW_MAX, ethereum.confirmations))
  reorganise(ethereum, depth, ethereum.now(), forgetful(random))
})

/** Deeper than what is taken for final: what it takes away is nobody's fault. */
export const deep: FaultClass = {
  ...happens('deep reorganisation', 180, (ethereum, random, world) => {
    world.isDeep = true
    const depth = ethereum.confirmations + random.between(1, 4)
    reorganise(ethereum, depth, ethereum.now(), forgetful(random))
  }),
  rarity: 0.3,
}

export const forgotten = happens('transactions forgotten', 60, ({ chain }, random) => {
  chain.dropPending(() => random.chance(0.5))
})

/** For so many seconds a unit of gas costs so much before any tip. */
function charge({ chain, beforeBlock }: Ethereum, world: World, gwei: number, seconds: number) {
  const change = () => chain.setBaseFee(BigInt(gwei) * GWEI)
  beforeBlock.push(change)
  world.scheduler.in(seconds * SECOND, () => {
    const at = beforeBlock.indexOf(change)
    if (at >= 0) beforeBlock.splice(at, 1)
  })
}

/** For a while fees are far above what they were. */
export const dear = happens('fees rise', 120, (ethereum, random, world) => {
  charge(ethereum, world, random.between(2, 600), random.between(10, 120))
})

/** They are above what anybody here pays, for longer than a batch or a settlement lives. */
export const tooDear: FaultClass = {
  ...happens('fees rise past a deadline', 600, (ethereum, random, world) => {
    charge(ethereum, world, random.between(1_000, 5_000), random.between(920, 1_500))
  }),
  rarity: 0.4,
}

/**
 * No deeper than what is taken for final, and what comes instead gives our own batches another outcome:
 * what they were built on is forgotten, or comes behind them.
 */
export const turned = happens('reorganisation turns a batch around', 60, (ethereum, random) => {
  const { chain, confirmations } = ethereum
  const { number } = chain.head
  const depth = Math.min(random.between(1, confirmations), number - 1)
  const base = chain.blockAt(number - depth)
  if (depth < 1 || base === undefined) return
  const blocks = [...Array(depth).keys()].flatMap((at) => chain.blockAt(base.number + 1 + at) ?? [])
  const lost = blocks.flatMap(({ receipts }) => receipts.map(({ transaction }) => transaction))
  const batches = lost.filter(isBatch).map(({ hash }) => hash)
  const forgets = random.chance(0.5)
  const timestamp = Math.max(base.timestamp + 1, ethereum.now() - depth)
  const others = Array.from({ length: depth }, (_, at) => ({ timestamp: timestamp + 1 + at }))
  chain.reorganise({
    depth,
    blocks: [{ timestamp, transactions: batches }, ...others],
    forget: (transaction) => forgets && !isBatch(transaction),
  })
})

const BATCH = IDepository__factory.createInterface().getFunction('processBatch').selector

function isBatch({ data }: Pick<SimTransaction, 'data'>): boolean {
  return bytesToHex(data.subarray(0, 4)) === BATCH
}

/** For a while strangers fill the blocks, unless one offers more than they do. */
export const crowded = happens('blocks full', 120, (ethereum, random, world) => {
  const tip = BigInt(random.between(1, 30)) * GWEI
  ethereum.crowd = { gas: 36_000_000n, tip }
  world.scheduler.in(random.between(10, 120) * SECOND, () => {
    ethereum.crowd = undefined
  })
})

export const chainFaults = [shallow, deep, forgotten, dear, crowded, tooDear, turned] as const
