/** What a server does that does not keep to the protocol, by hand and with the codecs of this house. */
import type { Channel } from '@xln/node/machines/channel/channel.ts'
import { countedProof } from '@xln/node/machines/channel/proofs.ts'
import { BATCH_LIFE_SECONDS } from '@xln/node/machines/depository/depository.ts'
import { EPOCH_MS } from '@xln/node/sim/process.ts'
import type { Said, SimServer } from '@xln/node/sim/server.ts'
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { blockHash } from '@xln/shared/channel/blockCodec.ts'
import { disputeNonce, disputeProofDigest } from '@xln/shared/channel/digests.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import { type EntityId, ZERO_HASH } from '@xln/shared/ids.ts'
import { decodeChannelMessage, encodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { MessageType } from '@xln/shared/wire/envelope.ts'
import type { KeptProof, Trick } from './dishonesty.ts'
import type { Stage } from './stage.ts'

/** Takes what the other signs, and never answers with a signature of its own. */
export function withholdsAcknowledgements(stage: Stage): Trick {
  return (said) => {
    const message = decodeChannelMessage(said.data)
    if (message?.type !== 'update' || message.ack === undefined) return [said]
    stage.sayOnWire(said, 'WITHHELD ')
    return []
  }
}

/** Knows the secrets of what it is paid, and shows them to nobody. */
export function withholdsSecrets(stage: Stage): Trick {
  return (said) => {
    const message = decodeChannelMessage(said.data)
    if (message?.type !== 'update') return [said]
    const { proposal, ...rest } = message
    const resolves = proposal?.block.transactions.some(({ type }) => type === 'resolve')
    if (proposal === undefined || !resolves) return [said]
    stage.sayOnWire(
      { ...said, data: encodeChannelMessage({ type: 'update', proposal }) },
      'WITHHELD ',
    )
    return rest.ack === undefined ? [] : [{ ...said, data: encodeChannelMessage(rest) }]
  }
}

/** Sends a block that the server's own machine would never make, really signed. */
export function proposeByHand(
  stage: Stage,
  from: SimServer,
  to: SimServer,
  transactions: readonly ChannelTransaction[],
): void {
  const sender = entityOf(from)
  const recipient = entityOf(to)
  const channel = channelOf(from, to)
  const block = blockByHand(stage, channel, transactions)
  const signature = from.signFor(sender, proofDigest(stage, channel, block))
  const data = encodeChannelMessage({ type: 'update', proposal: { block, signature } })
  const said: Said = { type: MessageType.channel, sender, recipient, data }
  from.engine?.network.send(to.address, [said])
}

/** Takes it while the settlement is under way. Throws when there is none. */
export function proofOfSettlement(stage: Stage, owner: SimServer, peer: SimServer): KeptProof {
  const channel = channelOf(owner, peer)
  const { settlement } = channel
  if (settlement === null || settlement.newProofSignature === null) {
    throw new Error(`${owner.name} and ${peer.name} do not settle`)
  }
  return {
    cooperativeNonce: settlement.transaction.newNonce,
    proof: countedProof(channel, stage.domain),
    peerSignature: settlement.newProofSignature,
  }
}

/** A dispute that the server's own machine would never start. */
export function disputeByHand(owner: SimServer, peer: SimServer, kept: KeptProof): void {
  submitByHand(owner, { type: 'start', peer: entityOf(peer), ...kept })
}

/** A batch of one item that the server's own machine knows nothing of. */
export function submitByHand(owner: SimServer, item: BatchItem): void {
  const entity = entityOf(owner)
  const depository = owner.engine?.shell.records(entity)?.depository()
  if (depository === undefined) throw new Error(`${owner.name} does not run`)
  const { nextNonce: nonce, head } = depository
  const validUntil = head.timestamp + BATCH_LIFE_SECONDS
  const items = [{ item, requestId: 0n, urgent: true }]
  owner.chain?.port.desk.submitBatch(entity, { nonce, validUntil, items, failed: false })
}

function entityOf({ name, entities }: SimServer): EntityId {
  const [entity] = entities
  if (entity === undefined) throw new Error(`${name} has no entity`)
  return entity
}

function channelOf(owner: SimServer, peer: SimServer): Channel {
  const entity = entityOf(owner)
  const key = channelKeyOf(entity, entityOf(peer))
  const channel = owner.engine?.shell.records(entity)?.channel(key)
  if (channel === undefined) throw new Error(`${owner.name} has no channel with ${peer.name}`)
  return channel
}

function blockByHand(
  { scheduler }: Stage,
  { key, mutual, side, view }: Channel,
  transactions: readonly ChannelTransaction[],
): ChannelBlock {
  return {
    channelKey: key,
    term: mutual.term,
    height: mutual.height + 1,
    prevBlockHash: mutual.prevBlockHash,
    proposedByLeft: side === 'left',
    timestamp: Math.floor((EPOCH_MS + scheduler.nowMs) / 1_000),
    chainPosition: view.position,
    transactions,
    stateHash: ZERO_HASH,
    proofBodyHash: ZERO_HASH,
  }
}

function proofDigest({ domain }: Stage, { key, mutual }: Channel, block: ChannelBlock): Uint8Array {
  return disputeProofDigest(domain, {
    channelKey: key,
    cooperativeNonce: mutual.cooperativeNonce,
    disputeNonce: disputeNonce(block.term, block.height, block.proposedByLeft),
    disputeWindow: mutual.disputeWindow,
    proofBodyHash: block.proofBodyHash,
    blockHash: blockHash(block),
  })
}
