/** What takes from the acting entity's own reserve. */
import { isAtGate } from '@xln/node/sim/contracts/gate.ts'
import type { Random } from '@xln/node/sim/random.ts'
import type { Funding, Transfer, Withdrawal } from '@xln/shared/depository/batch.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import type { Address, EntityId, TokenId } from '@xln/shared/ids.ts'
import { ACCOUNTS, ENTITIES, type Entity } from './cast.ts'
import type { Knowledge } from './knowledge.ts'

/** Ends of the numbers' ranges, and beyond. */
export const HUGE = [
  1n << 127n,
  (1n << 128n) - 1n,
  1n << 128n,
  (1n << 248n) - 1n,
  (1n << 256n) - 1n,
]
const stranger = `0x${'55'.repeat(20)}` as Address

export function drawAmount(random: Random): bigint {
  return random.chance(0.03) ? random.pick(HUGE) : BigInt(random.between(1, 6))
}

/** Of what the entity has, where there is much that it may not have; of a collectible mostly one. */
function drawSpend(known: Knowledge, { id }: Entity): { token: TokenId; amount: bigint } {
  const { random, tokens } = known
  const held = tokens.filter((token) => known.ask('reserveOf', id, token)[0] !== 0n)
  const isRich = tokens.length > 2 && held.length > 0 && random.chance(0.8)
  const token = random.pick(isRich ? held : tokens)
  const amount = isAtGate(token) && random.chance(0.7) ? 1n : drawItemAmount(random)
  return { token, amount }
}

export function drawWithdrawal(known: Knowledge, entity: Entity): Withdrawal {
  const { random, domain, token } = known
  const { depository, subcontractProvider } = domain
  const contracts = [depository, subcontractProvider, token, gateOf(depository)]
  const receivers = [...ACCOUNTS, stranger, stranger, ...contracts]
  const to = random.pick(receivers)
  return { ...drawSpend(known, entity), to }
}

/** Whoever sends the batch. */
const RELAYER = `0x${'00'.repeat(32)}` as EntityId

export function drawTransfer(known: Knowledge, entity: Entity): Transfer {
  const { random } = known
  const to = random.chance(0.1) ? RELAYER : random.pick(ENTITIES).id
  return { ...drawSpend(known, entity), to }
}

/** Of 0 reverts the whole batch. */
function drawItemAmount(random: Random): bigint {
  return random.chance(0.01) ? 0n : drawAmount(random)
}

export function drawFunding(known: Knowledge, entity: Entity): Funding {
  const { random } = known
  const receiver = random.chance(0.7) ? entity : random.pick(ENTITIES)
  const topUps = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => {
    const peer = random.chance(0.02) ? receiver : known.pickOther(receiver)
    return { peer: peer.id, amount: drawTopUp(random) }
  })
  return { token: drawSpend(known, entity).token, receiver: receiver.id, topUps }
}

function drawTopUp(random: Random): bigint {
  const huge = random.pick([1n << 126n, (1n << 127n) - 1n, 1n << 127n, (1n << 128n) - 1n])
  return random.chance(0.12) ? huge : BigInt(random.between(0, 5))
}
