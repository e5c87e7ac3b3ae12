/** What keeps batches out of blocks for long, or lets them fail there; deposits from everybody at once. */
import { TOKENS } from '../ethereum.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const GWEI = 10n ** 9n
/** More than anybody here offers. */
const TIP = 10_000n * GWEI
/** A block without room. */
const GAS = 36_000_000n
/** Only where a theme or a name asks for it: who is shut out for so long may lose what he has to show in time. */
const NEVER = 0

/** Strangers fill the blocks for longer than a batch lives. */
export const shutOut: FaultClass = {
  name: 'shut out of the blocks',
  rarity: NEVER,
  begin(world, random) {
    const { ethereum } = world
    if (ethereum === undefined) return
    world.disturb(random, 15 * MINUTE, () => {
      world.trace.note('chain', 'fault shut out of the blocks')
      ethereum.crowd = { gas: GAS, tip: TIP }
      world.scheduler.in(random.between(5, 25) * MINUTE, () => {
        ethereum.crowd = undefined
      })
    })
  },
}

/** A transaction needs more gas in its block than when it was estimated, and is undone. */
export const outOfGas: FaultClass = {
  name: 'out of gas',
  rarity: NEVER,
  begin(world, random) {
    const { ethereum } = world
    if (ethereum === undefined) return
    const rate = random.pick([0.1, 0.5])
    ethereum.chain.runsOut = () => {
      if (world.weather.isCalm || !random.chance(rate)) return false
      world.trace.note('chain', 'fault out of gas')
      return true
    }
  },
}

/** Everybody deposits for everybody, so that one range of blocks says much of each. */
export const generous: FaultClass = {
  name: 'everybody deposits for everybody',
  rarity: 0.3,
  begin(world, random) {
    const entities = world.servers.flatMap((server) => server.entities)
    if (world.ethereum === undefined) return
    world.disturb(random, random.between(30, 120) * SECOND, () => {
      world.trace.note('chain', 'fault everybody deposits for everybody')
      for (const { chain, process } of world.servers) {
        for (const entity of entities) {
          const amount = BigInt(random.between(1, 9))
          chain?.deposit(entity, random.pick(TOKENS), amount).catch((error: unknown) => {
            if (process?.isAlive) world.trace.note('chain', 'deposit failed', String(error))
          })
        }
      }
    })
  },
}
