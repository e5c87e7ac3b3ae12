/** What is said to be unpaid. */
import { ENTITIES } from './cast.ts'
import { THRESHOLDS } from './defaultSwaps.ts'
import type { Knowledge } from './knowledge.ts'

/** The arguments of `recordDefault`: mostly of a debtor, and of debts that are old enough. */
export function drawDefault(known: Knowledge): readonly unknown[] {
  const { random, domain } = known
  const [debtor, token] = pickDebtor(known)
  const [head, tail] = known.ask('debtsOf', debtor, token) as unknown as [bigint, bigint]
  const all = Array.from({ length: Number(tail - head) }, (_, index) => head + BigInt(index))
  const entries = random.chance(0.9) ? all : random.pick([[], all.toReversed(), [...all, 99n]])
  const threshold = random.chance(0.05) ? 0n : random.pick(THRESHOLDS)
  const depository = random.chance(0.04) ? domain.subcontractProvider : domain.depository
  return [depository, debtor, token, threshold, random.pick([0, 1, 100, 100]), entries]
}

function pickDebtor(known: Knowledge) {
  const { random, tokens } = known
  const pairs = ENTITIES.flatMap(({ id }) => tokens.map((token) => [id, token] as const))
  const indebted = pairs.filter(([id, token]) => known.ask('debtsOf', id, token)[2] !== 0n)
  return random.pick(indebted.length > 0 && random.chance(0.9) ? indebted : pairs)
}
