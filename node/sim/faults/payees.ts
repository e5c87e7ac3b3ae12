/** Peers that wait with what they owe an answer for, and users who do not wait. */
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import { decodeChannelMessage, encodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { isSameClause } from '../../machines/channel/channel.ts'
import { EPOCH_MS } from '../process.ts'
import type { Said, SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000

/** A payee neither collects nor gives back before the last seconds of a lock, or never. */
export const keepsSecret: FaultClass = {
  name: 'payee keeps its secret',
  rarity: 0.25,
  begin(world, random) {
    const server = random.pick(world.servers.slice(1))
    world.dishonest.add(server.name)
    const lastSeconds = random.pick([0, 5, 60])
    const before = server.twist
    server.twist = (said) => {
      const left = world.weather.isCalm ? 0 : secondsLeft(world, server, said)
      if (left <= lastSeconds) return before(said)
      world.trace.note(server.name, 'fault payee keeps its secret', `${left} s left`)
      return withoutProposal(said).flatMap(before)
    }
    // With a new connection its machines say again what was kept back.
    world.disturb(random, random.between(60, 300) * SECOND, () => {
      for (const wire of world.network.wires()) {
        if (wire.from === server.name || wire.to === server.name) wire.cut()
      }
    })
  },
}

/** Only its acknowledgement: without that the lock would not count, and nobody would wait for its end. */
function withoutProposal(said: Said): readonly Said[] {
  const message = decodeChannelMessage(said.data)
  if (message?.type !== 'update' || message.ack === undefined) return []
  const { proposal: _, ...rest } = message
  return [{ ...said, data: encodeChannelMessage(rest) }]
}

/** How long the locks that `said` ends still have, at least; 0 when it ends none. */
function secondsLeft(world: World, server: SimServer, { sender, recipient, data }: Said): number {
  const message = decodeChannelMessage(data)
  if (message?.type !== 'update' || message.proposal === undefined) return 0
  const channel = server.engine?.shell.records(sender)?.channel(channelKeyOf(sender, recipient))
  const now = Math.floor((EPOCH_MS + world.scheduler.nowMs) / SECOND)
  const left = message.proposal.block.transactions.flatMap((transaction) => {
    const id = endedBy(transaction)
    const lock = channel?.mutual.locks.find(
      (other) => id !== undefined && isSameClause(other.id, id),
    )
    return lock === undefined ? [] : [lock.revealBy - now]
  })
  return left.length === 0 ? 0 : Math.max(0, Math.min(...left))
}

function endedBy(transaction: ChannelTransaction) {
  const isEnd = transaction.type === 'resolve' || transaction.type === 'cancel'
  return isEnd ? transaction.lock : undefined
}

const NOTHING = new Uint8Array(0)

/** A payer hears nothing of secrets that are shown to it: what they collect stays open at the payee. */
export const deafPayer: FaultClass = {
  name: 'payer is deaf to secrets',
  rarity: 0.25,
  begin(world, random) {
    const server = random.pick(world.servers.slice(1))
    const rate = random.pick([0.2, 1])
    world.dishonest.add(server.name)
    const before = server.hears
    server.hears = (data) => {
      const heard = before(data)
      const message = decodeChannelMessage(heard)
      if (world.weather.isCalm || message?.type !== 'update') return heard
      const { proposal, ...rest } = message
      const collects = proposal?.block.transactions.some(({ type }) => type === 'resolve')
      if (!collects || !random.chance(rate)) return heard
      world.trace.note(server.name, 'fault payer is deaf to secrets')
      return rest.ack === undefined ? NOTHING : encodeChannelMessage(rest)
    }
  },
}

/** Whoever has a channel goes to court for no reason. Only in worlds with a chain. */
export const litigious: FaultClass = {
  name: 'users go to court',
  rarity: 0.3,
  begin(world, random) {
    if (world.ethereum === undefined) return
    const [hub] = world.servers[0]?.entities ?? []
    world.disturb(random, random.between(60, 300) * SECOND, () => {
      const server = random.pick(world.servers)
      const [self] = server.entities
      const others = world.servers.flatMap(({ entities }) => entities).filter((id) => id !== self)
      const peer = self === hub ? random.pick(others) : hub
      if (self === undefined || peer === undefined || server.engine === undefined) return
      world.trace.note(server.name, 'fault users go to court')
      world.trace.note(server.name, 'asks startDispute')
      server.engine.shell
        .propose(self, { type: 'startDispute', peer }, 'user')
        .catch((error: unknown) => world.fail('requests are answered', String(error)))
    })
  },
}
