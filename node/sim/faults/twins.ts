/** A server that runs twice: its disk was copied, and a second process has the same keys. */
import type { Action } from '@xln/shared/entity/action.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { SimDisk } from '../disk.ts'
import { TOKENS } from '../ethereum.ts'
import type { Random } from '../random.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
/** Milliseconds after the calm at which every two that were concerned say something to each other. */
const WORD_MS = 20 * SECOND

/**
 * For a while both processes dial, answer and do what users ask; then one of them ends, and the disk of
 * the other is the server's from then on. What the one that ended has signed is forgotten.
 */
export const startedTwice: FaultClass = {
  name: 'started twice',
  rarity: 0.4,
  begin(world, random) {
    let ends: (() => void) | undefined
    const end = () => {
      ends?.()
      ends = undefined
    }
    world.disturb(random, random.between(10, 60) * SECOND, () => {
      const server = random.pick(world.servers)
      if (ends !== undefined || !server.isUp || world.dishonest.has(server.name)) return
      ends = double(world, server, random)
      world.scheduler.in(random.between(2, 60) * SECOND, end)
    })
    world.atCalm.push(end, () => talk(world))
  },
}

/** Starts a second process of `server`; what ends one of the two. */
function double(world: World, server: SimServer, random: Random): () => void {
  const own = random.fork(`twin at ${world.scheduler.nowMs}`)
  const name = `${server.name}-twin`
  const disk = new SimDisk(own.fork('disk'), world.weather.diskMood(name))
  disk.restore(server.disk.image())
  const twin = server.twin(name, disk, own)
  twin.skew.ms = server.skew.ms
  world.trace.note(server.name, 'fault started twice')
  for (const each of [server, twin]) world.damaged.add(each.name)
  twin.start()
  world.disturb(own, own.between(1, 5) * SECOND, () => act(world, twin, own))
  return () => {
    const goesOn = own.pick([server, twin])
    world.trace.note(goesOn.name, 'goes on alone')
    const image = twin.disk.image()
    twin.retire()
    if (goesOn === server) return
    world.doubled.add(server.name)
    server.kill('the other one goes on')
    server.disk.restore(image)
  }
}

/** Users reach the second process as well. */
function act(world: World, { engine, entities }: SimServer, random: Random): void {
  const [self] = entities
  const peer = random.pick(world.servers.flatMap((server) => server.entities))
  if (self === undefined || engine === undefined || peer === self) return
  const token = random.pick(TOKENS)
  const memo = new Uint8Array(0)
  const amount = BigInt(random.between(1, 3))
  const actions: Action[] = [
    { type: 'payPeer', peer, token, amount, memo },
    { type: 'extendCredit', peer, token, limit: BigInt(random.between(0, 20)) },
    { type: 'note', peer, data: random.bytes(8) },
  ]
  ask(world, engine.shell, self, random.pick(actions))
}

/** Only who speaks can learn that he has forgotten something. */
function talk(world: World): void {
  const concerned = world.servers.filter(({ name }) => world.damaged.has(name))
  world.scheduler.in(WORD_MS, () => {
    for (const server of concerned) {
      for (const other of world.servers) {
        if (!world.areNeighbours(server, other)) continue
        greet(world, server, other)
        greet(world, other, server)
      }
    }
  })
}

function greet(world: World, one: SimServer, other: SimServer): void {
  for (const self of one.entities) {
    for (const peer of other.entities) {
      if (one.engine === undefined) continue
      ask(world, one.engine.shell, self, { type: 'note', peer, data: Uint8Array.of(1) })
    }
  }
}

type Shell = NonNullable<SimServer['engine']>['shell']

function ask(world: World, shell: Shell, self: EntityId, action: Action): void {
  shell
    .propose(self, action, 'user')
    .catch((error: unknown) => world.fail('requests are answered', String(error)))
}
