/** Every block that counts for an honest side is one that the rules allow, and leads where they say. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { proofBodyHash, proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import type { Lock, Mutual } from '@xln/shared/channel/state.ts'
import { encodeMutual, stateHash } from '@xln/shared/channel/stateCodec.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { type Channel, onchainOf } from '../../machines/channel/channel.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import { finalTimestampOf, isRevealedInTime, secondsOf } from '../truth.ts'
import type { World } from '../world.ts'
import { learn } from './oneBlock.ts'
import { applyByTheRules, type Look, type OnChain, Unlawful } from './rules.ts'

const LAW = 'every block is lawful'
const NOTHING: OnChain = { collateral: 0n, ondelta: 0n }

/** A channel as it was seen last, and every view of the chain that its side had since. */
interface Seen {
  readonly mutual: Mutual
  readonly views: Set<Channel['view']>
}

export function lawful(world: World): Oracle {
  const seen = new Map<string, Seen>()
  const look = (server: SimServer, entity: EntityId, peer: EntityId, timestampMs: number): void => {
    const channel = server.engine?.shell.records(entity)?.channel(channelKeyOf(entity, peer))
    if (channel === undefined) return
    const place = `${server.name} ${entity} ${peer}`
    const before = seen.get(place)
    const views = new Set([...(before?.views ?? []), channel.view])
    if (before?.mutual.prevBlockHash === channel.mutual.prevBlockHash) {
      seen.set(place, { mutual: channel.mutual, views })
      return
    }
    seen.set(place, { mutual: channel.mutual, views: new Set([channel.view]) })
    const known = before === undefined ? undefined : blocksBetween(world, before.mutual, channel)
    if (before === undefined || known === undefined) return
    follow(world, server, { from: before.mutual, blocks: known, views }, channel, timestampMs)
  }
  return {
    name: LAW,
    ended(server) {
      for (const place of seen.keys()) if (place.startsWith(`${server.name} `)) seen.delete(place)
    },
    committed(server, { outputs, timestampMs }) {
      learn(world.blocks, outputs)
      if (world.dishonest.has(server.name) || world.damaged.has(server.name)) return
      for (const entity of server.entities) {
        for (const peer of world.servers.flatMap(({ entities }) => entities)) {
          look(server, entity, peer, timestampMs)
        }
      }
    },
  }
}

/** From `before` to what counts now; `undefined` when one is not known, or the era is another. */
function blocksBetween(
  { blocks }: World,
  before: Mutual,
  { mutual }: Channel,
): ChannelBlock[] | undefined {
  const found: ChannelBlock[] = []
  let hash = mutual.prevBlockHash
  while (hash !== before.prevBlockHash) {
    const block = blocks.get(hash)
    if (block === undefined) return undefined
    found.unshift(block)
    hash = block.prevBlockHash
  }
  return mutual.cooperativeNonce >> 32n === before.cooperativeNonce >> 32n ? found : undefined
}

interface Way {
  readonly from: Mutual
  readonly blocks: readonly ChannelBlock[]
  readonly views: ReadonlySet<Channel['view']>
}

/** Before the first block of an era a side that restores takes the nonces of the chain for its own. */
function follow(
  world: World,
  server: SimServer,
  way: Way,
  channel: Channel,
  timestampMs: number,
): void {
  const begun = beginning(way.from, channel)
  try {
    followFrom(world, server, way, channel, timestampMs)
  } catch (error) {
    if (begun === way.from) throw error
    followFrom(world, server, { ...way, from: begun }, channel, timestampMs)
  }
}

function followFrom(
  world: World,
  server: SimServer,
  { from, blocks, views }: Way,
  channel: Channel,
  timestampMs: number,
): void {
  const sight = lookOf(world, views, timestampMs)
  const { mutual, counted, side } = channel
  let state = from
  for (const block of blocks) {
    const place = `${server.name} at ${block.term}/${block.height}`
    // What it has proposed itself, it judged when it did.
    const isOwn = block.proposedByLeft === (side === 'left')
    const then = isOwn ? { ...sight, now: block.timestamp } : sight
    const next = lawfully(place, () => applyByTheRules(state, block, then))
    const isLast = block === blocks.at(-1)
    const cooperativeNonce = isLast ? counted?.hashedNonce : undefined
    const hashed = { ...next, cooperativeNonce: cooperativeNonce ?? next.cooperativeNonce }
    if (isLast) checkHashes(world, place, block, hashed)
    state = {
      ...next,
      prevBlockHash: blocks[blocks.indexOf(block) + 1]?.prevBlockHash ?? mutual.prevBlockHash,
    }
  }
  const { cooperativeNonce } = mutual
  const isSame =
    bytesToHex(encodeMutual({ ...state, cooperativeNonce })) === bytesToHex(encodeMutual(mutual))
  if (!isSame) throw new LawBroken(LAW, `${server.name}: ${channel.key} has another state`)
}

function beginning(from: Mutual, { counted }: Channel): Mutual {
  const isKept = counted === null || counted.hashedNonce === from.cooperativeNonce
  if (from.height > 0 || isKept) return from
  return { ...from, cooperativeNonce: counted.hashedNonce, namedNonce: counted.hashedNonce }
}

function lawfully<Result>(place: string, apply: () => Result): Result {
  try {
    return apply()
  } catch (error) {
    if (error instanceof Unlawful) throw new LawBroken(LAW, `${place}: ${error.message}`)
    throw error
  }
}

function checkHashes({ domain }: World, place: string, block: ChannelBlock, state: Mutual): void {
  const body = proofBodyHash(proofBodyOf(state, domain.subcontractProvider))
  if (block.stateHash !== stateHash(state)) throw new LawBroken(LAW, `${place}: another state`)
  if (block.proofBodyHash !== body) throw new LawBroken(LAW, `${place}: another proof body`)
}

function lookOf(world: World, views: ReadonlySet<Channel['view']>, timestampMs: number): Look {
  return {
    now: secondsOf(timestampMs),
    finalTimestamp: finalTimestampOf(world),
    isRevealed: (lock: Lock) => isRevealedInTime(world, lock),
    onchain: (token: TokenId) => [...views].map((view) => onchainOf(view, token) ?? NOTHING),
  }
}
