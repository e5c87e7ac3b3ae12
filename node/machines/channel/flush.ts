/**
 * The end of the entity's turn: whatever the channel has to say leaves in one message, so that an
 * acknowledgement carries the next proposal.
 */

import { bytesToHex } from '@xln/shared/bytes.ts'
import { settlementDigest } from '@xln/shared/channel/digests.ts'
import type { Settle } from '@xln/shared/channel/transaction.ts'
import type { Hash } from '@xln/shared/ids.ts'
import { type Channel, NOTHING_DUE, pendingBlock } from './channel.ts'
import type { ChannelContext, ChannelOutput, OutgoingUpdate } from './messages.ts'
import type { OwnBlock } from './parts.ts'
import { countedProof, digestHex, ownProof } from './proofs.ts'
import { propose } from './propose.ts'
import type { Step } from './step.ts'
import { nextTime, wantsHeads } from './time.ts'

export function flush(channel: Channel, context: ChannelContext): Step {
  const proposed = propose(channel, context)
  const said = say(proposed.channel, context)
  const timed = wait(said.channel, context)
  const outputs = [...proposed.outputs, ...said.outputs, ...timed.outputs]
  return { channel: timed.channel, outputs }
}

function say(channel: Channel, context: ChannelContext): Step {
  const { due } = channel
  if (!due.ack && !due.proposal) return { channel, outputs: [] }
  // What is due waits: an acknowledgement is never signed after a later block, and none in a dispute.
  const isFree = channel.connected && channel.dispute === null && channel.restoring === null
  if (!isFree) return { channel, outputs: [] }
  const next = { ...channel, due: NOTHING_DUE }
  const update = updateOf(channel, context)
  return { channel: next, outputs: [{ type: 'sendUpdate', update }] }
}

/** Tells the parent when this channel wants to be asked again, if that has changed. */
function wait(channel: Channel, context: ChannelContext): Step {
  const scheduledAt = nextTime(channel, context)
  const waitsOnChain = wantsHeads(channel, context)
  const outputs: ChannelOutput[] = []
  if (scheduledAt !== channel.scheduledAt) outputs.push({ type: 'schedule', at: scheduledAt })
  if (waitsOnChain !== channel.waitsOnChain) {
    outputs.push({ type: 'waitsOnChain', waits: waitsOnChain })
  }
  if (outputs.length === 0) return { channel, outputs }
  return { channel: { ...channel, scheduledAt, waitsOnChain }, outputs }
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
