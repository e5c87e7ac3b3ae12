/**
 * Peers that do not keep to the protocol: one leaf says other things than its machines do. What its
 * key signs is really signed; the others must neither lose by it nor come to a standstill.
 */

import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { blockHash } from '@xln/shared/channel/blockCodec.ts'
import { disputeNonce, disputeProofDigest } from '@xln/shared/channel/digests.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { Hash } from '@xln/shared/ids.ts'
import {
  type ChannelMessage,
  decodeChannelMessage,
  encodeChannelMessage,
  type Update,
} from '@xln/shared/wire/channelMessage.ts'
import type { Random } from '../random.ts'
import type { Said, SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

/** What is said in place of one message, in order. */
type Twist = (said: Said, random: Random, server: SimServer, world: World) => readonly Said[]

/** After so much dishonesty the rest of a seed says little of anything else. */
const RARITY = 0.25

function says(name: string, twist: Twist, rates: readonly number[] = [0.02, 0.2]): FaultClass {
  return {
    name,
    rarity: RARITY,
    begin(world, random) {
      const server = random.pick(world.servers.slice(1))
      const rate = random.pick(rates)
      world.dishonest.add(server.name)
      const before = server.twist
      server.twist = (said) => {
        if (world.weather.isCalm || !random.chance(rate)) return before(said)
        world.trace.note(server.name, `fault ${name}`)
        return twist(said, random, server, world).flatMap(before)
      }
    },
  }
}

/** Changes a message that decodes; others go as they are. */
function changes(
  change: (
    message: ChannelMessage,
    random: Random,
    server: SimServer,
    said: Said,
    world: World,
  ) => ChannelMessage,
): Twist {
  return (said, random, server, world) => {
    const message = decodeChannelMessage(said.data)
    if (message === undefined) return [said]
    return [{ ...said, data: encodeChannelMessage(change(message, random, server, said, world)) }]
  }
}

function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice()
  const at = random.between(0, copy.length - 1)
  copy[at] = (copy[at] ?? 0) ^ (1 << random.between(0, 7))
  return copy
}

const wrongSignature = says(
  'peer signs wrongly',
  changes((message, random) => {
    if (message.type !== 'update') return message
    const { ack, proposal } = message
    return {
      ...message,
      ...(ack && { ack: { ...ack, signature: flipped(ack.signature, random) } }),
      ...(proposal && {
        proposal: { ...proposal, signature: flipped(proposal.signature, random) },
      }),
    }
  }),
)

const silent = says(
  'peer withholds its acknowledgement',
  (said) => {
    const message = decodeChannelMessage(said.data)
    if (message?.type !== 'update' || message.ack === undefined) return [said]
    const { ack, ...rest } = message
    return rest.proposal === undefined ? [] : [{ ...said, data: encodeChannelMessage(rest) }]
  },
  [0.2, 1],
)

/** The block changed in one place, with a true signature on it. */
function forged(block: ChannelBlock, random: Random): ChannelBlock {
  const other = `0x${Buffer.from(random.bytes(32)).toString('hex')}` as Hash
  const { chainPosition, timestamp, term, height } = block
  return random.pick([
    { ...block, stateHash: other },
    { ...block, proofBodyHash: other },
    { ...block, prevBlockHash: other },
    { ...block, timestamp: timestamp + random.between(-100, 100) },
    { ...block, term: term + random.between(1, 10) },
    { ...block, height: height + random.between(1, 3) },
    { ...block, chainPosition: { ...chainPosition, block: chainPosition.block + 100 } },
    { ...block, transactions: block.transactions.slice(1) },
    { ...block, transactions: [...block.transactions, ...block.transactions] },
  ])
}

function signedAnew(
  update: Update,
  server: SimServer,
  { sender, recipient }: Said,
  random: Random,
  world: World,
) {
  const { proposal } = update
  // What somebody else has said already is not its own to sign.
  if (proposal === undefined || !server.entities.includes(sender)) return update
  const block = forged(proposal.block, random)
  world.blocks.set(blockHash(block), block)
  const channelKey = channelKeyOf(sender, recipient)
  const channel = server.engine?.shell.records(sender)?.channel(channelKey)
  const digest = disputeProofDigest(server.domain, {
    channelKey,
    cooperativeNonce: channel?.mutual.cooperativeNonce ?? 0n,
    disputeNonce: disputeNonce(block.term, block.height, block.proposedByLeft),
    disputeWindow: channel?.mutual.disputeWindow ?? 0,
    proofBodyHash: block.proofBodyHash,
    blockHash: blockHash(block),
  })
  return { ...update, proposal: { block, signature: server.signFor(sender, digest) } }
}

const wrongBlock = says(
  'peer proposes a wrong block',
  changes((message, random, server, said, world) =>
    message.type === 'update' ? signedAnew(message, server, said, random, world) : message,
  ),
)

/** First a forged block for a place, then the right one: two blocks for one place, both signed. */
const twoBlocks = says('peer signs two blocks', (said, random, server, world) => {
  const message = decodeChannelMessage(said.data)
  if (message?.type !== 'update') return [said]
  const other = encodeChannelMessage(signedAnew(message, server, said, random, world))
  return random.shuffle([{ ...said, data: other }, said])
})

function repeats(): Twist {
  const heard: Said[] = []
  return (said, random) => {
    heard.push(said)
    if (heard.length > 100) heard.shift()
    return [random.pick(heard), said, random.pick(heard)]
  }
}

const oldMessages = says('peer says old things again', repeats())

const refuses = says(
  'peer refuses',
  changes((message) => {
    if (message.type !== 'update' || message.ack === undefined) return message
    return { type: 'refuse', blockHash: message.ack.blockHash, reason: 21, transaction: 0 }
  }),
)

/** Signs a block and does not give the proof that outlives its settlement, or a wrong one. */
const withholdsProof = says(
  'peer withholds the next proof',
  changes((message, random) => {
    if (message.type !== 'update' || message.newProofSignature === undefined) return message
    const { newProofSignature, ...rest } = message
    if (random.chance(0.5)) return rest
    return { ...rest, newProofSignature: flipped(newProofSignature, random) }
  }),
  [0.2, 1],
)

/** Says no to a block, and yes at once, or only when the next one is out. */
const changesItsMind: FaultClass = {
  name: 'peer refuses and then signs',
  rarity: RARITY,
  begin(world, random) {
    const server = random.pick(world.servers.slice(1))
    const rate = random.pick([0.02, 0.2])
    world.dishonest.add(server.name)
    const before = server.twist
    let late: Said[] = []
    server.twist = (said) => {
      const now = late
      late = []
      const message = decodeChannelMessage(said.data)
      const isAck = message?.type === 'update' && message.ack !== undefined
      if (!isAck || world.weather.isCalm || !random.chance(rate)) return [...now, ...before(said)]
      world.trace.note(server.name, 'fault peer refuses and then signs')
      const { blockHash: hash } = message.ack
      const refusal = { type: 'refuse', blockHash: hash, reason: 21, transaction: 0 } as const
      const no = { ...said, data: encodeChannelMessage(refusal) }
      if (random.chance(0.5)) return [...now, no, said]
      late = [said]
      return [...now, no]
    }
  },
}

const nonsense = says('peer talks nonsense', (said, random) => [
  { ...said, data: random.bytes(random.between(0, 200)) },
  said,
])

const huge = says('peer sends huge messages', (said, random) => [
  { ...said, data: new Uint8Array(random.pick([16_385, 262_145, 400_000, 600_000])) },
  said,
])

export const dishonestPeers: readonly FaultClass[] = [
  wrongSignature,
  silent,
  wrongBlock,
  twoBlocks,
  oldMessages,
  refuses,
  withholdsProof,
  changesItsMind,
  nonsense,
  huge,
]
