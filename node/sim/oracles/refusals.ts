/** What a side has refused it never signs, nor anything in that place or below it. */
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { blockHash, headerHash } from '@xln/shared/channel/blockCodec.ts'
import { disputeNonce } from '@xln/shared/channel/digests.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'

const LAW = 'what was refused stays refused'

export function refusals(world: World): Oracle {
  /** The highest nonce that was refused, by server, channel and era. */
  const highest = new Map<string, bigint>()
  /** What was signed before, or shown with a signature: said again, it is no news. */
  const signed = new Set<string>()
  const nonceOf = ({ term, height, proposedByLeft }: ChannelBlock): bigint =>
    disputeNonce(term, height, proposedByLeft)
  return {
    name: LAW,
    committed(server, { outputs }) {
      if (world.dishonest.has(server.name) || world.damaged.has(server.name)) return
      for (const { entity, output } of outputs) {
        const { type } = output
        if (type !== 'send' && type !== 'sendUpdate' && type !== 'sendShow') continue
        const key = channelKeyOf(entity, output.peer)
        const channel = server.engine?.shell.records(entity)?.channel(key)
        const place = `${server.name} ${key} ${(channel?.mutual.cooperativeNonce ?? 0n) >> 32n}`
        if (output.type === 'sendShow') {
          const shown = output.show.counted
          if (shown !== null) signed.add(`${place} ${headerHash(shown.header)}`)
          continue
        }
        const before = highest.get(place) ?? 0n
        if (output.type === 'send') {
          if (output.message.type !== 'refuse') continue
          const block = world.blocks.get(output.message.blockHash)
          if (block !== undefined && nonceOf(block) > before) highest.set(place, nonceOf(block))
          continue
        }
        const { ack, proposal } = output.update
        const hashes = [ack?.blockHash, proposal === null ? undefined : blockHash(proposal.block)]
        for (const hash of hashes) {
          const block = hash === undefined ? undefined : world.blocks.get(hash)
          if (block === undefined || signed.has(`${place} ${hash}`)) continue
          signed.add(`${place} ${hash}`)
          if (nonceOf(block) > before) continue
          throw new LawBroken(LAW, `${place} signs ${nonceOf(block)}, refused ${before}`)
        }
      }
    },
  }
}
