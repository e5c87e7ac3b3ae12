/** Somebody who takes the room of a channel with locks that are worth nothing. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { Action } from '@xln/shared/entity/action.ts'
import type { EntityId, Hashlock } from '@xln/shared/ids.ts'
import { TOKENS } from '../ethereum.ts'
import type { Random } from '../random.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
/** As much as all that one side may lock, one unit each, and some more. */
const CREDIT = 400n

/** A leaf has many locks of one unit forwarded to another, for which nobody has asked. */
export const dust: FaultClass = {
  name: 'peer jams with dust',
  rarity: 0.25,
  begin(world, random) {
    const [hub, ...leaves] = world.servers
    const [jammer, victim] = random.shuffle(leaves)
    if (hub === undefined || jammer === undefined || victim === undefined) return
    world.dishonest.add(jammer.name)
    world.disturb(random, random.between(5, 30) * SECOND, () => {
      const token = random.pick(TOKENS)
      lend(world, hub, jammer, token)
      lend(world, victim, hub, token)
      world.trace.note(jammer.name, 'fault peer jams with dust')
      const locks = random.pick([10, 60, 300])
      for (let count = 0; count < locks; count++) jam(world, jammer, [hub, victim], token, random)
    })
  },
}

type Token = (typeof TOKENS)[number]

function lend(world: World, lender: SimServer, { entities }: SimServer, token: Token): void {
  const [peer] = entities
  if (peer !== undefined) ask(world, lender, { type: 'extendCredit', peer, token, limit: CREDIT })
}

function jam(
  world: World,
  jammer: SimServer,
  way: readonly SimServer[],
  token: Token,
  random: Random,
): void {
  const hops = way.flatMap(({ entities }) => entities.slice(0, 1))
  const route = hops.map((entity: EntityId) => ({ entity, fee: 0n }))
  const hashlock = bytesToHex(random.bytes(32)) as Hashlock
  ask(world, jammer, { type: 'pay', route, token, amount: 1n, hashlock })
}

function ask(world: World, { engine, entities }: SimServer, action: Action): void {
  const [self] = entities
  if (engine === undefined || self === undefined) return
  engine.shell
    .propose(self, action, 'user')
    .catch((error: unknown) => world.fail('requests are answered', String(error)))
}
