/**
 * The end of the entity's turn: whatever the channel has to say leaves in one message, so that an
 * acknowledgement carries the next proposal.
 */
import type { Settle } from '@xln/shared/channel/transaction.ts'
import { settlementDigest } from '@xln/shared/channel/digests.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { Hash } from '@xln/shared/ids.ts'
import { type Channel, NOTHING_DUE, type OwnBlock, pendingBlock } from './channel.ts'
import type { ChannelContext, OutgoingUpdate } from './messages.ts'
import { countedProof, digestHex, ownProof } from './proofs.ts'
import { propose } from './propose.ts'
import type { Received } from './receive.ts'

export function flush(channel: Channel, context: ChannelContext): Received {
  const proposed = propose(channel, context)
  const { due } = proposed.channel
  if (!due.ack && !due.proposal) return proposed
  const next = { ...proposed.channel, due: NOTHING_DUE }
  // Who is not connected asks again, by showing its block, or is shown ours when it comes.
  if (!channel.connected) return { channel: next, outputs: proposed.outputs }
  const update = updateOf(proposed.channel, context)
  return { channel: next, outputs: [...proposed.outputs, { type: 'sendUpdate', update }] }
}

function updateOf(channel: Channel, context: ChannelContext): OutgoingUpdate {
  const { due } = channel
  const pending = due.proposal ? pendingBlock(channel) : undefined
  return {
    ack: due.ack ? ackOf(channel, context) : null,
    proposal: pending === undefined ? null : proposalOf(channel, pending, context),
    newProof: newProofOf(channel, pending, context),
    settlement: due.ack ? settlementOf(channel, context) : null,
  }
}

function ackOf(channel: Channel, { domain }: ChannelContext): OutgoingUpdate['ack'] {
  const { key, mutual } = channel
  const digest = digestHex(domain, key, mutual.cooperativeNonce, countedProof(channel, domain))
  return { blockHash: mutual.prevBlockHash, digest }
}

function proposalOf(
  channel: Channel,
  pending: OwnBlock,
  { domain }: ChannelContext,
): OutgoingUpdate['proposal'] {
  const { key, mutual } = channel
  const digest = digestHex(domain, key, mutual.cooperativeNonce, ownProof(channel, pending))
  return { block: pending.block, digest }
}

/** A settle block has a second proof under its new nonce: beside its proposal, and beside its ack. */
function newProofOf(
  channel: Channel,
  pending: OwnBlock | undefined,
  { domain }: ChannelContext,
): OutgoingUpdate['newProof'] {
  const settle = settleIn(pending)
  if (pending !== undefined && settle !== undefined) {
    const proof = ownProof(channel, pending)
    return { digest: digestHex(domain, channel.key, settle.newNonce, proof) }
  }
  const { settlement } = channel
  if (!channel.due.ack || settlement === null || settlement.byUs) return null
  const { newNonce } = settlement.transaction
  return { digest: digestHex(domain, channel.key, newNonce, countedProof(channel, domain)) }
}

function settleIn(pending: OwnBlock | undefined): Settle | undefined {
  const first = pending?.block.transactions[0]
  return first?.type === 'settle' ? first : undefined
}

/** Signed only with the peer's signature on the new proof in hand, and not after the deadline. */
function settlementOf(channel: Channel, { domain, now }: ChannelContext): OutgoingUpdate['settlement'] {
  const { settlement, key, mutual } = channel
  if (settlement === null || settlement.byUs || settlement.newProofSignature === null) return null
  const { newNonce, deadline, diffs, forgiveness } = settlement.transaction
  if (now > deadline) return null
  const { cooperativeNonce } = mutual
  const terms = { channelKey: key, cooperativeNonce, newNonce, deadline, diffs, forgiveness }
  return { digest: bytesToHex(settlementDigest(domain, terms)) as Hash }
}

