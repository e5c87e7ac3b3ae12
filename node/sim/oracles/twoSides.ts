/** The two sides of a channel hold the same state, or one of them is one block ahead that the other proposed. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { encodeMutual } from '@xln/shared/channel/stateCodec.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import type { Channel } from '../../machines/channel/channel.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

const LAW = 'both sides hold one state'

export function twoSides(world: World): Oracle {
  return {
    name: LAW,
    committed(server) {
      if (world.isDeep || world.dishonest.has(server.name)) return
      if (world.damaged.has(server.name)) return
      for (const other of world.honest) {
        if (other !== server && !world.damaged.has(other.name)) compare(server, other)
      }
    },
    settled() {
      // What the chain takes back beyond its confirmations, the two may see differently for good.
      if (world.isDeep) return
      for (const [index, server] of world.honest.entries()) {
        for (const other of world.honest.slice(index + 1)) compare(server, other, true)
      }
    },
  }
}

function compare(one: SimServer, other: SimServer, atRest = false): void {
  for (const entity of one.entities) {
    for (const peer of other.entities) {
      const mine = channelOf(one, entity, peer)
      const theirs = channelOf(other, peer, entity)
      if (mine !== undefined && theirs !== undefined) agree(one, other, mine, theirs, atRest)
    }
  }
}

function channelOf({ engine }: SimServer, entity: EntityId, peer: EntityId): Channel | undefined {
  return engine?.shell.records(entity)?.channel(channelKeyOf(entity, peer))
}

function agree(
  one: SimServer,
  other: SimServer,
  mine: Channel,
  theirs: Channel,
  atRest: boolean,
): void {
  if (mine.restoring !== null || theirs.restoring !== null) return
  if (mine.mutual.cooperativeNonce !== theirs.mutual.cooperativeNonce) return
  const places = `${one.name} at ${placeOf(mine)}, ${other.name} at ${placeOf(theirs)}`
  const ahead = mine.mutual.height - theirs.mutual.height
  if (ahead === 0) {
    const isSame = bytesToHex(encodeMutual(mine.mutual)) === bytesToHex(encodeMutual(theirs.mutual))
    if (!isSame) throw new LawBroken(LAW, `they differ: ${places}`)
    return
  }
  const [higher, lower] = ahead > 0 ? [mine, theirs] : [theirs, mine]
  if (atRest && lower.mutual.height === 0) {
    throw new LawBroken('a forgotten channel is shown again', `one knows nothing: ${places}`)
  }
  const isProposed = lower.outstanding.some(({ hash }) => hash === higher.mutual.prevBlockHash)
  // A court that is still open decides about the block that only one side has seen count.
  const isOver = atRest && mine.dispute === null && theirs.dispute === null
  if (isOver || Math.abs(ahead) > 1 || !isProposed) {
    throw new LawBroken(LAW, `one is ahead: ${places}`)
  }
}

function placeOf({ mutual }: Channel): string {
  return `${mutual.term}/${mutual.height} ${mutual.prevBlockHash.slice(0, 10)}`
}
