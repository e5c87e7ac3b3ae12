/**
 * No side signs two different blocks for one term, height and proposing side. Holds over all its
 * processes, whatever became of its disk: then a block counts that its peer has, for what nobody knows of
 * any more cannot be told.
 */
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { blockHash } from '@xln/shared/channel/blockCodec.ts'
import { disputeNonce } from '@xln/shared/channel/digests.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId, Hash } from '@xln/shared/ids.ts'
import { decodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import type { OutgoingUpdate } from '../../machines/channel/messages.ts'
import type { ServerOutput } from '../../machines/server/messages.ts'
import type { Committed } from '../../shell/loop.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

const LAW = 'one block for one place'

/** Every block that was proposed in a world, by its hash. */
export type KnownBlocks = Map<Hash, ChannelBlock>

/** Notes the blocks that are proposed in `outputs`. */
export function learn(blocks: KnownBlocks, outputs: readonly ServerOutput[]): void {
  for (const { output } of outputs) {
    if (output.type !== 'sendUpdate' || output.update.proposal === null) continue
    const { block } = output.update.proposal
    blocks.set(blockHash(block), block)
  }
}

/**
 * What each side has signed. `sees`: every output is given, so that a new nonce must be a higher one.
 * `who` begins with the name of the server.
 */
export class SignedBlocks {
  readonly #blocks: KnownBlocks
  readonly #sees: boolean
  readonly #hasLost: (server: string) => boolean
  readonly #isKept: (hash: Hash) => boolean
  readonly #places = new Map<string, Hash>()
  readonly #highest = new Map<string, bigint>()

  constructor(
    blocks: KnownBlocks,
    sees: boolean,
    hasLost: (server: string) => boolean,
    isKept: (hash: Hash) => boolean,
  ) {
    this.#blocks = blocks
    this.#isKept = isKept
    this.#hasLost = hasLost
    this.#sees = sees
  }

  /** `era`: what the cooperative nonce says of the disputes before. Throws {@link LawBroken}. */
  update(who: string, era: bigint, { ack, proposal }: OutgoingUpdate): void {
    if (ack !== null) this.#sign(who, era, ack.blockHash)
    if (proposal !== null) this.#sign(who, era, blockHash(proposal.block))
  }

  #sign(who: string, era: bigint, hash: Hash): void {
    const block = this.#blocks.get(hash)
    if (block === undefined) return
    const { term, height, proposedByLeft } = block
    const place = `${who} ${era} ${term} ${height} ${proposedByLeft}`
    const before = this.#places.get(place)
    if (before === hash) return
    if (before !== undefined && (!this.#hasLost(serverIn(who)) || this.#isKept(before))) {
      throw new LawBroken(this.#lawAt(who, block), `${place}: ${before} and ${hash}`)
    }
    this.#places.set(place, hash)
    if (this.#sees) this.#rise(`${who} ${era}`, disputeNonce(term, height, proposedByLeft))
  }

  /** Losses have names of their own: what is known of them must not hide what is not. */
  #lawAt(who: string, { term, height }: ChannelBlock): string {
    if (!this.#hasLost(serverIn(who))) return LAW
    // The whole channel was forgotten: its side does not even know that it has to ask.
    if (term === 0 && height === 1) return 'a forgotten channel signs nothing anew'
    return `${LAW}, also after a loss`
  }

  #rise(who: string, nonce: bigint): void {
    const highest = this.#highest.get(who) ?? 0n
    if (nonce < highest) {
      throw new LawBroken('nonces only rise', `${who} signs ${nonce} after ${highest}`)
    }
    this.#highest.set(who, nonce)
  }
}

function serverIn(who: string): string {
  return who.split(' ')[0] ?? ''
}

/** The blocks that a server has been given with the other side's signature, in a durable block. */
function given({ arrivals }: Committed): Hash[] {
  return arrivals.flatMap((arrival) => {
    const message = arrival.type === 'message' ? decodeChannelMessage(arrival.bytes) : undefined
    if (message?.type !== 'update') return []
    const { ack, proposal } = message
    return [...(ack ? [ack.blockHash] : []), ...(proposal ? [blockHash(proposal.block)] : [])]
  })
}

export function oneBlock(world: World): Oracle {
  const hasLost = (server: string) => world.damaged.has(server)
  const givenTo = new Map<Hash, Set<string>>()
  const isKept = (hash: Hash) => (givenTo.get(hash)?.size ?? 0) > 0
  const signed = new SignedBlocks(world.blocks, false, hasLost, isKept)
  const eraOf = ({ engine }: SimServer, entity: EntityId, peer: EntityId): bigint => {
    const records = engine?.shell.records(entity)
    return (records?.channel(channelKeyOf(entity, peer))?.mutual.cooperativeNonce ?? 0n) >> 32n
  }
  return {
    name: LAW,
    started({ name }) {
      // It may have forgotten what it was given.
      if (hasLost(name)) for (const names of givenTo.values()) names.delete(name)
    },
    committed(server, committed) {
      if (world.dishonest.has(server.name) || world.doubled.has(server.name)) return
      const { outputs } = committed
      for (const hash of given(committed)) {
        givenTo.set(hash, (givenTo.get(hash) ?? new Set()).add(server.name))
      }
      learn(world.blocks, outputs)
      for (const { entity, output } of outputs) {
        if (output.type !== 'sendUpdate') continue
        const who = `${server.name} ${channelKeyOf(entity, output.peer).slice(0, 10)}`
        signed.update(who, eraOf(server, entity, output.peer), output.update)
      }
    },
  }
}
