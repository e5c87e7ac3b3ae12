/** When everything has come to rest: nobody waits for anybody. */
import { channelKeyOf, orderSides } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { type Channel, isLeft, noteOf, pendingBlock } from '../machines/channel/channel.ts'
import { standingState } from '../machines/channel/finalise.ts'
import type { Standing } from '../machines/channel/parts.ts'
import { EPOCH_MS } from './process.ts'
import type { SimServer } from './server.ts'
import type { World } from './world.ts'

/** A court that decides later than this is not waited for. */
const FAR_MS = 3_600_000

export function isAtRest(world: World): boolean {
  return whatIsLeft(world).length === 0
}

/** What somebody still waits for, in words. */
export function whatIsLeft(world: World): string[] {
  const left: string[] = []
  for (const server of world.honest) {
    if (!server.isUp) left.push(`${server.name} is down`)
    else left.push(...leftAt(server, world.ethereum !== undefined), ...channelsAt(world, server))
    if (server.chain?.isIdle() === false) {
      left.push(`${server.name} submits ${server.chain.submitting?.()}`)
    }
    if (server.chain?.isFollowing() === false) left.push(`${server.name} lags`)
  }
  return left
}

function leftAt({ name, engine, entities }: SimServer, hasChain: boolean): string[] {
  const left: string[] = []
  for (const entity of entities) {
    const records = engine?.shell.records(entity)
    if (records === undefined) {
      left.push(`${name} has no entity`)
      continue
    }
    if (records.openingPeers().length > 0) left.push(`${name} opens`)
    // A chain that takes nothing leaves everything waiting.
    if (!hasChain) continue
    const { waiting, inFlight } = records.depository()
    if (waiting.length > 0) left.push(`${name}: ${waiting.length} items wait`)
    if (inFlight.length > 0) left.push(`${name}: ${inFlight.length} batches are under way`)
  }
  return left
}

/** Whether all that is left are courts that stand on a body which both sides have lost: nobody can end them. */
export function isBodyForgotten(world: World): boolean {
  const left = whatIsLeft(world)
  const forgotten = world.honest.flatMap((server) =>
    server.entities.flatMap((entity) =>
      world.servers
        .filter((other) => other.entities.some((peer) => isLost(world, server, entity, peer)))
        .flatMap(({ name }) => [`${server.name} with ${name}: `, `${name} with ${server.name}: `]),
    ),
  )
  return left.length > 0 && left.every((text) => forgotten.some((who) => text.startsWith(who)))
}

function isLost(world: World, server: SimServer, entity: EntityId, peer: EntityId): boolean {
  const key = channelKeyOf(entity, peer)
  const mine = server.engine?.shell.records(entity)?.channel(key)
  const theirs = world.serverOf(peer)?.engine?.shell.records(peer)?.channel(key)
  const standing = mine?.dispute?.standing
  if (!standing?.final) return false
  return [mine, theirs].every(
    (channel) => channel === undefined || standingState(channel, standing, world) === undefined,
  )
}

/** What the channels of a server wait for. Two that are not connected may wait for ever. */
function channelsAt(world: World, server: SimServer): string[] {
  const left: string[] = []
  for (const entity of server.entities) {
    const records = server.engine?.shell.records(entity)
    for (const peer of world.servers.flatMap(({ entities }) => entities)) {
      const other = world.serverOf(peer)
      const key = channelKeyOf(entity, peer)
      // Until its operator has looked.
      if (records?.isQuarantined(key) === true) continue
      const channel = records?.channel(key)
      const who = `${server.name} with ${other?.name}`
      // A window of a day, as after a dispute, is longer than these worlds.
      const standing = channel?.dispute?.standing
      const isFar = (standing?.deadline ?? 0) * 1_000 > EPOCH_MS + world.scheduler.nowMs + FAR_MS
      if (isFar && standing && !isOver(world, entity, peer, standing)) continue
      if (!world.areNeighbours(server, other)) {
        // Who is gone shows nothing any more to who has forgotten it: only its owner can act then.
        if (channel?.restoring != null) continue
        // Who is gone says nothing more; but a court does not wait for him.
        if (channel?.dispute?.standing) left.push(`${who}: it is disputed`)
        else if (world.ethereum && channel && hasClaim(channel))
          left.push(`${who}: a claim is open`)
        continue
      }
      if (channel !== undefined) left.push(...openIn(channel).map((each) => `${who}: ${each}`))
    }
  }
  return left
}

/** Whether the chain has ended the dispute, which its sides have not seen yet. */
function isOver({ ethereum }: World, entity: EntityId, peer: EntityId, standing: Standing) {
  const { left, right } = orderSides(entity, peer)
  const now = ethereum?.cooperativeNonceOf(left, right) ?? standing.cooperativeNonce
  return now > standing.cooperativeNonce
}

/** Whether there is a lock to collect whose secret is known. */
function hasClaim(channel: Channel): boolean {
  return channel.mutual.locks.some(
    ({ id, fromLeft }) => fromLeft !== isLeft(channel) && noteOf(channel, id)?.secret != null,
  )
}

/** What a channel waits for, in words. */
function openIn(channel: Channel): string[] {
  const left: string[] = []
  if (pendingBlock(channel) !== undefined) left.push('a block is not answered')
  if (channel.queue.length > 0) left.push(`${channel.queue.length} wishes wait`)
  if (channel.mutual.locks.length > 0) left.push(`${channel.mutual.locks.length} locks are open`)
  if (channel.settlement !== null || channel.settleWish !== null) left.push('it settles')
  if (channel.held !== null) left.push('a block is held')
  if (channel.restoring !== null) left.push('it restores')
  if (channel.dispute !== null) left.push('it is disputed')
  return left
}
