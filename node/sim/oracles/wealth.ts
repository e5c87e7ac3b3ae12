/** With a chain: the Depository holds what it owes, and everybody has what is his. */
import { channelKeyOf, orderSides } from '@xln/shared/entity/board.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { type Ethereum, TOKENS } from '../ethereum.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import { Flows } from './flows.ts'
import type { Ledger } from './ledger.ts'

const LAW = 'the Depository holds what it owes'

export function wealth(world: World): Oracle {
  return {
    name: LAW,
    settled() {
      const { ethereum } = world
      if (ethereum === undefined) return
      for (const token of TOKENS) holds(world, ethereum, token)
    },
  }
}

function holds(world: World, ethereum: Ethereum, token: TokenId): void {
  const entities = world.servers.flatMap((server) => server.entities)
  let owed = 0n
  for (const [index, entity] of entities.entries()) {
    owed += ethereum.reserveOf(entity, token)
    for (const peer of entities.slice(index + 1)) {
      const { left, right } = orderSides(entity, peer)
      owed += ethereum.collateralOf(left, right, token).collateral
    }
  }
  const held = ethereum.held(token)
  if (held !== owed) throw new LawBroken(LAW, `it holds ${held} and owes ${owed} of ${token}`)
}

/**
 * Everybody has what he put in, less what he took out, plus what came in less what went out by his own
 * log: to the last unit, or more where somebody is dishonest or has lost state. `ledgers`: of those who have lost nothing.
 */
export function checkWealth(world: World, ledgers: ReadonlyMap<SimServer, Ledger>): void {
  const { ethereum } = world
  if (ethereum === undefined || world.isDeep) return
  const flows = new Flows(world.domain, ethereum.chain)
  for (const [server, ledger] of ledgers) {
    for (const entity of server.entities) {
      for (const token of TOKENS) {
        const due = flows.sumOf(entity, token) + ledger.sumOf(entity, token)
        const has = wealthOf(world, ethereum, server, entity, token)
        // What a dishonest peer loses by his own doing, such as a secret he never showed, somebody has;
        // and what the owner of a damaged one forfeits who goes to court with an old state.
        const isGift = has > due && world.dishonest.size + world.damaged.size > 0
        if (has === due || isGift) continue
        const text = `${server.name} has ${has} of ${token.slice(-4)} and should have ${due}`
        throw new LawBroken('everybody has what is his', text)
      }
    }
  }
}

/** Reserve, claims in channels, and what others owe on chain, less what is owed to them. */
function wealthOf(
  world: World,
  ethereum: Ethereum,
  { engine }: SimServer,
  entity: EntityId,
  token: TokenId,
): bigint {
  let sum = ethereum.reserveOf(entity, token)
  for (const debt of ethereum.debtsOf(entity, token).values()) sum -= debt
  for (const peer of world.servers.flatMap(({ entities }) => entities)) {
    if (peer === entity) continue
    sum += ethereum.debtsOf(peer, token).get(entity) ?? 0n
    const { left, right } = orderSides(entity, peer)
    const { collateral, ondelta } = ethereum.collateralOf(left, right, token)
    const channel = engine?.shell.records(entity)?.channel(channelKeyOf(entity, peer))
    const held = channel?.mutual.tokens.find((each) => each.token === token)?.offdelta ?? 0n
    sum += entity === left ? ondelta + held : collateral - ondelta - held
  }
  return sum
}
