/** Proof bodies: mostly sound, sometimes such as nobody would sign. */
import type { Random } from '@xln/node/sim/random.ts'
import { type Clause, type ProofBody, proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import type { Lock, Mutual, Offer } from '@xln/shared/channel/state.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { type Address, type Hash, parseId, type Secret, type TokenId } from '@xln/shared/ids.ts'
import { BODY_BYTES_MAX, BODY_GAS_MAX, RATIO_MAX } from '@xln/shared/limits.ts'
import { toBeHex } from 'ethers'
import { type BodyWorld, withDefaultSwaps } from './defaultSwaps.ts'

export const SECRETS = [1, 2, 3, 4, 5, 6].map((n) => parseId<Secret>(toBeHex(n, 32)))

export function drawBody(world: BodyWorld): ProofBody {
  const { random, domain } = world
  const tokens = world.tokens.filter(() => random.chance(0.75))
  const hasClause = tokens.length > 0 && random.chance(0.5)
  const locks = hasClause ? draw(random, 3, () => drawLock(world, tokens)) : []
  const offers = hasClause ? draw(random, 2, () => drawOffer(world, tokens)) : []
  const mutual = {
    tokens: tokens.map((token) => ({
      token,
      offdelta: BigInt(random.between(...world.offdeltas)),
    })),
    locks,
    offers,
  } as unknown as Mutual
  const body = proofBodyOf(mutual, domain.subcontractProvider)
  const clauses = body.clauses.map((clause) => {
    const isProtected = random.chance(0.4)
    return bend(world, isProtected ? withDefaultSwaps(world, clause, tokens.length) : clause)
  })
  const twice = random.chance(0.2) ? [...clauses, ...clauses] : clauses
  return spoil(random, { ...body, clauses: twice })
}

function draw<Item>(random: Random, max: number, one: () => Item): Item[] {
  return Array.from({ length: random.between(0, max) }, one)
}

function drawLock({ random, now }: BodyWorld, tokens: readonly TokenId[]): Lock {
  return {
    id: { byLeft: true, number: 0 } as unknown as Lock['id'],
    fromLeft: random.chance(0.5),
    token: random.pick(tokens),
    amount: BigInt(random.between(0, 4)),
    hashlock: hashlockOf(random.pick(SECRETS)),
    revealBy: now + random.pick([-50, 0, 300, 700, 1_500]),
  }
}

function drawOffer({ random, now }: BodyWorld, tokens: readonly TokenId[]): Offer {
  return {
    id: { byLeft: true, number: 0 } as unknown as Offer['id'],
    ownerIsLeft: random.chance(0.5),
    giveToken: random.pick(tokens),
    giveAmount: BigInt(random.between(0, 6)),
    wantToken: random.pick(tokens),
    wantAmount: BigInt(random.between(0, 6)),
    minFill: random.pick([0, 1, RATIO_MAX >>> 1, RATIO_MAX]),
    fillBy: now + random.pick([-50, 0, 300, 700, 1_500]),
  }
}

/** What both could sign, and the contract must judge all the same. */
function bend({ random, domain, now }: BodyWorld, clause: Clause): Clause {
  if (random.chance(0.6)) return clause
  const { batch, allowances } = clause
  const place = random.between(0, Math.min(batch.length - 1, 60))
  const changes: readonly Partial<Clause>[] = [
    { until: now + random.pick([-100, 100, 800, 30_000_000]) },
    { gasLimit: 1_000 },
    { gasLimit: BODY_GAS_MAX },
    { provider: random.pick([domain.depository, domain.entityProvider, nobody]) },
    { allowances: allowances.slice(1) },
    { allowances: allowances.map((each) => ({ ...each, leftAllowance: 1n, rightAllowance: 0n })) },
    { batch: batch.slice(0, -random.between(1, 32)) },
    { batch: batch.map((byte, at) => (at === place ? byte ^ (1 << random.between(0, 7)) : byte)) },
  ]
  return { ...clause, ...random.pick(changes) }
}

const nobody = `0x${'77'.repeat(20)}` as Address

/** What can be started and never finalised. */
function spoil(random: Random, body: ProofBody): ProofBody {
  if (random.chance(0.97)) return body
  const { tokenIds, offdeltas, clauses } = body
  const [clause] = clauses
  const beyond = { deltaIndex: tokenIds.length, leftAllowance: 0n, rightAllowance: 0n }
  const spoilt: readonly Partial<ProofBody>[] = [
    { tokenIds: [...tokenIds].reverse() },
    { tokenIds: [...tokenIds, ...tokenIds.slice(-1)], offdeltas: [...offdeltas, 1n] },
    { offdeltas: [...offdeltas, 1n] },
    clause === undefined ? {} : { clauses: Array.from({ length: 5 }, () => clause) },
    clause === undefined ? {} : { clauses: [{ ...clause, gasLimit: BODY_GAS_MAX + 1 }] },
    clause === undefined ? {} : { clauses: [{ ...clause, allowances: [beyond] }] },
    clause === undefined
      ? {}
      : { clauses: [{ ...clause, batch: new Uint8Array(BODY_BYTES_MAX + 1) }] },
  ]
  return { ...body, ...random.pick(spoilt) }
}

export const EMPTY_BODY: ProofBody = { tokenIds: [], offdeltas: [], clauses: [] }
export const NO_HASH = `0x${'00'.repeat(32)}` as Hash
