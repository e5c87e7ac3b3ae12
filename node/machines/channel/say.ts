/** What is due to the peer, in one message: an acknowledgement, a proposal, or both. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { settlementDigest } from '@xln/shared/channel/digests.ts'
import type { Settle } from '@xln/shared/channel/transaction.ts'
import type { Hash } from '@xln/shared/ids.ts'
import { type Channel, isCompared, NOTHING_DUE, pendingBlock } from './channel.ts'
import type { ChannelContext, OutgoingUpdate } from './messages.ts'
import type { OwnBlock } from './parts.ts'
import { countedProof, digestHex, ownProof } from './proofs.ts'
import type { Step } from './step.ts'

/** Says what is due, if it may be said now. */
export function say(channel: Channel, context: ChannelContext): Step {
  const { due } = channel
  if (!due.ack && !due.proposal) return { channel, outputs: [] }
  // What is due waits: an acknowledgement is never signed after a later block, and none in a dispute.
  const isFree = channel.connected && channel.dispute === null && channel.restoring === null
  // Nor is it said by a process that may stand on an old disk, though an earlier one has signed it.
  if (!isFree || !isCompared(channel, context.incarnation)) return { channel, outputs: [] }
  const next = { ...channel, due: NOTHING_DUE }
  const update = updateOf(channel, context)
  return { channel: next, outputs: [{ type: 'sendUpdate', update }] }
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
function settlementOf(
  channel: Channel,
  { domain, now }: ChannelContext,
): OutgoingUpdate['settlement'] {
  const { settlement, key, mutual } = channel
  if (settlement === null || settlement.byUs || settlement.newProofSignature === null) return null
  const { newNonce, deadline, diffs, forgiveness } = settlement.transaction
  if (now > deadline) return null
  const { cooperativeNonce } = mutual
  const terms = { channelKey: key, cooperativeNonce, newNonce, deadline, diffs, forgiveness }
  return { digest: bytesToHex(settlementDigest(domain, terms)) as Hash }
}
