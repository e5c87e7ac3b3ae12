/** What counts for a side, the chain would accept: it holds the peer's signature on just that. */
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import type { Channel } from '../../machines/channel/channel.ts'
import { countedProof, isSignedByPeer } from '../../machines/channel/proofs.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'

const LAW = 'what counts can be enforced'

export function enforceable(world: World): Oracle {
  /** What was looked at already. */
  const seen = new WeakSet<Channel>()
  return {
    name: LAW,
    committed(server) {
      // A settlement that was final and is gone takes the proofs before it along.
      if (world.isDeep) return
      for (const entity of server.entities) {
        for (const peer of world.servers.flatMap(({ entities }) => entities)) {
          const records = server.engine?.shell.records(entity)
          const channel = records?.channel(channelKeyOf(entity, peer))
          if (channel === undefined || seen.has(channel)) continue
          seen.add(channel)
          if (isEnforceable(world, channel)) continue
          const { term, height } = channel.mutual
          const excuse = isLost(world, server.name, peer) ? ', after a loss' : ''
          throw new LawBroken(
            `${LAW}${excuse}`,
            `${server.name} at ${term}/${height} of ${channel.key}`,
          )
        }
      }
    },
  }
}

/** One of the two has lost state. */
function isLost(world: World, name: string, peer: EntityId): boolean {
  const { damaged } = world
  return damaged.has(name) || damaged.has(world.serverOf(peer)?.name ?? '')
}

function isEnforceable({ domain }: World, channel: Channel): boolean {
  const { counted, mutual } = channel
  if (counted === null) return true
  const proof = countedProof(channel, domain)
  return isSignedByPeer(channel, domain, mutual.cooperativeNonce, proof, counted.peerSignature)
}
