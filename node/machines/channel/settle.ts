/**
 * Settlements: agreed on in a block, then decided by the chain. The block is signed twice, under today's
 * nonce like every other, and under the settlement's: so whichever way it ends, this side holds a
 * proof of the newest state. Only then the settlement itself is signed.
 */

import { settlementDigest } from '@xln/shared/channel/digests.ts'
import type { Settle } from '@xln/shared/channel/transaction.ts'
import type { Settled } from '@xln/shared/depository/events.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import type { Update } from '@xln/shared/wire/channelMessage.ts'
import { type Channel, onchainOf, peerOf } from './channel.ts'
import { withNonceOnChain } from './forget.ts'
import { keepSettled } from './former.ts'
import { loseState } from './loss.ts'
import type { ChannelContext, ChannelInput, Origin } from './messages.ts'
import { countedProof, isSignedByPeer } from './proofs.ts'
import type { Refusal } from './refusal.ts'
import { type Step, still } from './step.ts'
import { checkForm } from './transactions/form.ts'

/** The owner wants to settle: it is proposed when the channel is ready with nothing unanswered. */
export function wishSettlement(
  channel: Channel,
  { transaction, requestId }: Extract<ChannelInput, { type: 'settle' }>,
): Step {
  const refusal = declines(channel, transaction)
  if (refusal === null) {
    return { channel: { ...channel, settleWish: { transaction, requestId } }, outputs: [] }
  }
  const origin: Origin = { type: 'request', id: requestId }
  return { channel, outputs: [{ type: 'wishRefused', transaction, origin, refusal }] }
}

function declines(channel: Channel, transaction: Settle): Refusal | null {
  const malformed = checkForm(transaction)
  if (malformed !== null) return malformed
  if (channel.dispute !== null) return { code: 'disputed' }
  if (channel.restoring !== null) return { code: 'restoring' }
  if (channel.settlement !== null || channel.settleWish !== null) return { code: 'settling' }
  const { locks, offers } = channel.mutual
  const open = locks.length + offers.length
  if (open > 0 && isEmptying(channel, transaction)) return { code: 'clauses_open', count: open }
  return null
}

function isEmptying({ view }: Channel, { diffs }: Settle): boolean {
  return diffs.some(({ token, collateralDiff }) => {
    const collateral = onchainOf(view, token)?.collateral ?? 0n
    return collateral > 0n && collateral + collateralDiff === 0n
  })
}

/** Takes what the peer signed for our settlement; with both signatures it goes to the chain. */
export function receiveSignatures(
  channel: Channel,
  { newProofSignature, settlementSignature }: Update,
  context: ChannelContext,
): Step {
  const { settlement } = channel
  if (settlement === null || !settlement.byUs || settlement.submitted) return still(channel)
  const { newNonce, deadline, diffs, forgiveness } = settlement.transaction
  const { domain, now } = context
  let proven = settlement
  if (proven.newProofSignature === null && newProofSignature !== undefined) {
    const proof = countedProof(channel, domain)
    if (isSignedByPeer(channel, domain, newNonce, proof, newProofSignature)) {
      proven = { ...settlement, newProofSignature }
    }
  }
  const kept = proven === settlement ? channel : { ...channel, settlement: proven }
  // Nothing is submitted before the peer has signed the state that outlives the settlement.
  if (proven.newProofSignature === null || settlementSignature === undefined || now > deadline) {
    return { channel: kept, outputs: [] }
  }
  const { cooperativeNonce } = channel.mutual
  const terms = {
    channelKey: channel.key,
    cooperativeNonce,
    newNonce,
    deadline,
    diffs,
    forgiveness,
  }
  const digest = settlementDigest(domain, terms)
  if (!verifyEntitySignature(domain, peerOf(channel), digest, settlementSignature)) {
    const refusal = { code: 'settlement_signature_unexpected' } as const
    return { channel: kept, outputs: [{ type: 'messageRefused', refusal }] }
  }
  const item = {
    type: 'settlement',
    peer: peerOf(channel),
    cooperativeNonce,
    newNonce,
    deadline,
    diffs,
    forgiveness,
    peerSignature: settlementSignature,
  } as const
  const next = { ...channel, settlement: { ...proven, submitted: true } }
  return { channel: next, outputs: [{ type: 'submit', item, urgent: false }] }
}

/** A final event shows a settlement. */
export function onSettled(channel: Channel, event: Settled, context: ChannelContext): Step {
  const { cooperativeNonce } = event
  if (cooperativeNonce <= channel.mutual.cooperativeNonce) return still(channel)
  const done = settled(channel, cooperativeNonce, context)
  const read = channel.restoring?.cooperativeNonce ?? null
  if (read === null) return done ?? loseState(channel, context)
  const next = done ?? still(channel)
  return { ...next, channel: withNonceOnChain(next.channel, cooperativeNonce) }
}

/** The settlement was executed, and the proof under its nonce is the proof; `undefined` if there is none. */
export function settled(
  channel: Channel,
  cooperativeNonce: bigint,
  context: ChannelContext,
): Step | undefined {
  const { mutual, counted, settlement } = channel
  const peerSignature = settlement?.newProofSignature ?? null
  const isOurs = settlement?.transaction.newNonce === cooperativeNonce
  if (!isOurs || peerSignature === null || counted === null) return undefined
  const next: Channel = {
    ...channel,
    mutual: { ...mutual, cooperativeNonce },
    counted: { ...counted, peerSignature },
    outstanding: [],
    settlement: null,
    // It ends an open dispute too.
    dispute: null,
    former: keepSettled(channel, context),
  }
  return { channel: next, outputs: [{ type: 'settled', cooperativeNonce }] }
}

/** The chain's clock is past the deadline and the settlement is not there: it never will be. */
export function abandonSettlement(channel: Channel, { finalTimestamp }: ChannelContext): Step {
  const { settlement, restoring } = channel
  // Who may have missed its event reads the chain first.
  if (restoring !== null && restoring.cooperativeNonce === null) return still(channel)
  if (settlement === null || finalTimestamp <= settlement.transaction.deadline) {
    return still(channel)
  }
  const { newNonce } = settlement.transaction
  return {
    channel: { ...channel, settlement: null },
    outputs: [{ type: 'settlementAbandoned', newNonce }],
  }
}
