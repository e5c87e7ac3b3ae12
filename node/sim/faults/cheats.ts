/** Peers that go to court with what is no longer true. Only in worlds with a chain. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { type ProofBody, proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import {
  batchDigest,
  type DisputeStart,
  EMPTY_BATCH,
  encodeBatch,
} from '@xln/shared/depository/batch.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { channelKeyOf, orderSides } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { countedProof } from '../../machines/channel/proofs.ts'
import { signTransaction } from '../../shell/chain/broadcast.ts'
import { type ChainCall, encodeCall } from '../../shell/chain/calls.ts'
import { type Ethereum, OUTSIDER } from '../ethereum.ts'
import type { Random } from '../random.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import { reorganise, SHALLOW_MAX } from './chains.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
const GWEI = 10n ** 9n
const GAS = 8_000_000n
const BATCH_SECONDS = 600
const KEPT_MAX = 30
/** How long after the window the end is asked for: its block has been made by then. */
const END_MS = 30 * SECOND

interface Cheat {
  readonly name: string
  /** Whether no other is posted before the window of the last one is over: one more would be a warning. */
  readonly isDiscreet: boolean
  /** Told when a start has gone out, before any block can have it. */
  posted(ethereum: Ethereum, random: Random): void
}

/** A leaf starts a dispute with a state that is not the newest, as often as it can, and ends it so if it may. */
function postsOldStates({ name, isDiscreet, posted }: Cheat): FaultClass {
  return {
    name,
    rarity: 0.5,
    begin(world, random) {
      const { ethereum } = world
      const [hub] = world.servers[0]?.entities ?? []
      if (ethereum === undefined || hub === undefined) return
      const server = random.pick(world.servers.slice(1))
      world.dishonest.add(server.name)
      const kept: OldState[] = []
      world.disturb(random, 5 * SECOND, () => {
        const state = stateOf(world, server, hub)
        if (state !== undefined) kept.push(state)
        if (kept.length > KEPT_MAX) kept.shift()
      })
      let untilMs = 0
      world.disturb(random.fork('posts'), random.between(40, 200) * SECOND, () => {
        if (isDiscreet && world.scheduler.nowMs < untilMs) return
        const old = chosen(kept, stateOf(world, server, hub), random)
        if (old === undefined) return
        world.trace.note(server.name, `fault ${name}`)
        post(world, ethereum, server, old.start)
        posted(ethereum, random)
        const restMs = old.start.proof.disputeWindow * SECOND + END_MS
        untilMs = world.scheduler.nowMs + restMs
        world.scheduler.in(restMs, () => end(world, ethereum, server, old))
      })
    },
  }
}

export const oldState = postsOldStates({
  name: 'peer posts an old state',
  isDiscreet: false,
  posted: () => undefined,
})

/**
 * The same, and whoever makes the blocks is of its party: the newest ones are replaced, and the start is
 * among those that come instead, at a height that everybody has looked at already.
 */
export const oldStateReorganised = postsOldStates({
  name: 'old state among reorganised blocks',
  isDiscreet: true,
  posted(ethereum, random) {
    const depth = random.between(1, Math.min(SHALLOW_MAX, ethereum.confirmations))
    reorganise(ethereum, depth, ethereum.now())
  },
})

/** One of `kept` that can still be shown, mostly one that is worth it. */
function chosen(
  kept: readonly OldState[],
  now: OldState | undefined,
  random: Random,
): OldState | undefined {
  const alive = kept.filter(({ start }) => start.cooperativeNonce === now?.start.cooperativeNonce)
  const [best] = alive.toSorted((a, b) => (a.claim > b.claim ? -1 : 1))
  if (now === undefined || best === undefined) return undefined
  if (best.claim <= now.claim && random.chance(0.8)) return undefined
  return random.chance(0.7) ? best : random.pick(alive)
}

interface OldState {
  readonly start: DisputeStart
  readonly body: ProofBody
  /** What it says that the cheat has, of all tokens together. */
  readonly claim: bigint
}

/** What would start a dispute with the state of now. */
function stateOf(world: World, server: SimServer, peer: EntityId): OldState | undefined {
  const [entity] = server.entities
  if (entity === undefined) return undefined
  const channel = server.engine?.shell.records(entity)?.channel(channelKeyOf(entity, peer))
  if (channel?.counted == null) return undefined
  const start = {
    peer,
    cooperativeNonce: channel.mutual.cooperativeNonce,
    proof: countedProof(channel, world.domain),
    peerSignature: channel.counted.peerSignature,
  }
  const ofLeft = channel.mutual.tokens.reduce((sum, { offdelta }) => sum + offdelta, 0n)
  const body = proofBodyOf(channel.mutual, world.domain.subcontractProvider)
  return { start, body, claim: channel.side === 'left' ? ofLeft : -ofLeft }
}

function post(world: World, ethereum: Ethereum, server: SimServer, start: DisputeStart): void {
  const [entity] = server.entities
  if (entity === undefined) return
  const { domain } = world
  const batch = encodeBatch({ ...EMPTY_BATCH, starts: [start] })
  const nonce = ethereum.batchNonceOf(entity)
  const validUntil = ethereum.now() + BATCH_SECONDS
  const signature = server.signFor(entity, batchDigest(domain, entity, batch, nonce, validUntil))
  send(ethereum, domain, { type: 'processBatch', entity, batch, nonce, validUntil, signature })
}

/** Anybody may end a dispute whose window is over: if the old state still stands, it wins. */
function end({ domain }: World, ethereum: Ethereum, server: SimServer, old: OldState): void {
  const [entity] = server.entities
  if (entity === undefined) return
  const none = new Uint8Array(0)
  const item = {
    ...orderSides(entity, old.start.peer),
    body: old.body,
    leftArguments: none,
    rightArguments: none,
    leftTokens: [],
    rightTokens: [],
  }
  send(ethereum, domain, { type: 'finalise', item })
}

function send(ethereum: Ethereum, domain: ChainDomain, call: ChainCall): void {
  const fees = { maxFeePerGas: 1_000n * GWEI, maxPriorityFeePerGas: 40n * GWEI }
  const place = ethereum.nextNonceOf(OUTSIDER.address)
  const encoded = encodeCall(domain.depository, call)
  const { raw } = signTransaction(OUTSIDER, domain.chainId, place, encoded, GAS, fees)
  ethereum.chain.accept(hexToBytes(raw))
}
