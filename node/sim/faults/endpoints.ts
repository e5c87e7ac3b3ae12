/** Endpoints of the chain that are silent, late, wrong or of two minds. Only in worlds with a chain. */
import type { SimEndpoint } from '../chain/endpoint.ts'
import type { EndpointFaults } from '../chain/faults.ts'
import { type Ethereum, SOUND } from '../ethereum.ts'
import type { Random } from '../random.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000

type Change = (random: Random, ethereum: Ethereum) => Partial<EndpointFaults>

/** For a while an endpoint does what `change` says; both at once, when `both` says so. */
function misbehaves(name: string, change: Change, both: (random: Random) => boolean): FaultClass {
  return {
    name,
    begin(world, random) {
      const { ethereum } = world
      if (ethereum === undefined) return
      world.disturb(random, random.between(20, 120) * SECOND, () => {
        const chosen = both(random) ? ethereum.endpoints : [random.pick(ethereum.endpoints)]
        world.trace.note('chain', `fault ${name}`)
        for (const endpoint of chosen) disturb(world, endpoint, change(random, ethereum), random)
      })
    },
  }
}

function disturb(
  world: World,
  endpoint: SimEndpoint,
  faults: Partial<EndpointFaults>,
  random: Random,
): void {
  endpoint.faults = { ...endpoint.faults, ...faults }
  world.scheduler.in(random.between(1, 90) * SECOND, () => {
    endpoint.faults = SOUND
  })
}

const sometimes = (random: Random) => random.chance(0.3)
const never = () => false

export const silent = misbehaves(
  'endpoint silent',
  (random) => ({ line: random.pick(['refused', 'deaf', 'mute'] as const) }),
  sometimes,
)

export const late = misbehaves(
  'endpoint late',
  (random) => ({ questionMs: random.between(10, 9_000), answerMs: random.between(10, 9_000) }),
  sometimes,
)

export const busy = misbehaves(
  'endpoint busy',
  () => ({ refusal: { code: -32_005, message: 'rate limit exceeded' } }),
  sometimes,
)

export const behind = misbehaves(
  'endpoint behind',
  (random) => ({ lagBlocks: random.between(1, 8) }),
  sometimes,
)

/** It shows blocks that nobody else will ever see, fewer than make one final. */
export const ahead = misbehaves(
  'endpoint invents blocks',
  (random, { confirmations }) => ({
    aheadBlocks: random.between(1, Math.max(1, confirmations - 1)),
  }),
  never,
)

export const omitting = misbehaves(
  'endpoint leaves out a log',
  (random) => ({ logOmitted: random.between(0, 9), receiptsToo: false }),
  sometimes,
)

export const garbling = misbehaves(
  'endpoint garbles',
  (random) => ({
    garble: {
      kind: random.pick(['notJson', 'null', 'shortened', 'removed'] as const),
      at: random.between(0, 99),
    },
  }),
  never,
)

export const poorer = misbehaves(
  'endpoint knows less',
  (random) => ({
    unknownMethods: random.pick([
      ['eth_getBlockReceipts'],
      ['eth_feeHistory'],
      ['eth_maxPriorityFeePerGas'],
    ]),
    logBlocksMax: random.between(1, 20),
  }),
  sometimes,
)

/** It names another tip than that of what else it answers: less, or blocks that nobody will ever see. */
export const lying = misbehaves(
  'endpoint lies about the tip',
  (random, { confirmations }) => ({
    only: random.pick([
      ['eth_blockNumber', 'eth_getBlockByNumber'],
      ['eth_getLogs'],
      ['eth_getBlockReceipts', 'eth_getTransactionReceipt'],
      ['eth_call'],
    ]),
    ...(random.chance(0.5)
      ? { lagBlocks: random.between(1, 8) }
      : { aheadBlocks: random.between(1, Math.max(1, confirmations - 1)) }),
  }),
  never,
)

export const endpointFaults = [
  silent,
  late,
  busy,
  behind,
  ahead,
  omitting,
  garbling,
  poorer,
  lying,
] as const
