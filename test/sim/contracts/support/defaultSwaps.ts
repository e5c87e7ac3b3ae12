/** Default swaps in clauses. */
import type { Random } from '@xln/node/sim/random.ts'
import { concatBytes, hexToBytes, readNumber, writeNumber } from '@xln/shared/bytes.ts'
import {
  type Allowance,
  CLAUSE_HEAD_BYTES,
  CLAUSE_LONG_FLAG,
  type Clause,
  PAYMENT_BYTES,
  SWAP_BYTES,
  SWAP_GAS,
} from '@xln/shared/channel/proofBody.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { type DefaultSwap, packLongClause } from '../../../shared/support/packed.ts'
import { ENTITIES } from './cast.ts'

/** What a body is drawn from. */
export interface BodyWorld {
  readonly random: Random
  readonly domain: ChainDomain
  /** Ascending. */
  readonly tokens: readonly TokenId[]
  readonly now: number
  readonly offdeltas: readonly [min: number, max: number]
  /** What was recorded so far. */
  readonly defaults: readonly Defaulted[]
}

/** At least `threshold` of `token` is unpaid by `debtor`. */
export interface Defaulted {
  readonly debtor: EntityId
  readonly token: TokenId
  readonly threshold: bigint
}

const WEEK = 604_800
/** Few, so that what is recorded is what somebody protects himself against. */
export const THRESHOLDS = [1n, 2n, 3n]

/** The clause with default swaps behind what it has; `count` is how many deltas there are. */
export function withDefaultSwaps(world: BodyWorld, clause: Clause, count: number): Clause {
  const { random } = world
  const swaps = Array.from({ length: random.between(1, 2) }, () => drawDefaultSwap(world, count))
  const expiries = swaps.map(({ expiry }) => Number(expiry))
  return {
    ...clause,
    batch: lengthened(clause.batch, swaps),
    gasLimit: clause.gasLimit + 3 * SWAP_GAS * swaps.length,
    until: Math.max(clause.until, ...expiries),
    allowances: Array.from({ length: count }, (_, index) => allowanceFor(clause, index)),
  }
}

function drawDefaultSwap(world: BodyWorld, count: number): DefaultSwap {
  const { random, now, tokens, defaults } = world
  const any = {
    debtor: random.pick(ENTITIES).id,
    token: random.pick(tokens),
    threshold: random.pick(THRESHOLDS),
  }
  return {
    buyerIsLeft: random.chance(0.5),
    deltaIndex: random.between(0, count - 1),
    expiry: BigInt(now + random.pick([-50, 0, 700, WEEK + 100, 2 * WEEK])),
    amount: BigInt(random.between(0, 4)),
    ...(defaults.length > 0 && random.chance(0.6) ? random.pick(defaults) : any),
  }
}

/** Another head, and the new records behind the old ones. */
function lengthened(batch: Uint8Array, swaps: readonly DefaultSwap[]): Uint8Array {
  const payments = readNumber(batch, 0, CLAUSE_HEAD_BYTES)
  const rest = batch.subarray(CLAUSE_HEAD_BYTES)
  const head = new Uint8Array(4)
  writeNumber(head, 0, 2, CLAUSE_LONG_FLAG + payments)
  writeNumber(head, 2, 2, (rest.length - PAYMENT_BYTES * payments) / SWAP_BYTES)
  const records = hexToBytes(packLongClause([], [], swaps)).subarray(4)
  return concatBytes(head, rest, records)
}

/** Room for two default swaps besides what the clause holds. */
function allowanceFor({ allowances }: Clause, deltaIndex: number): Allowance {
  const held = allowances.find((each) => each.deltaIndex === deltaIndex)
  const { leftAllowance = 0n, rightAllowance = 0n } = held ?? {}
  return { deltaIndex, leftAllowance: leftAllowance + 8n, rightAllowance: rightAllowance + 8n }
}
