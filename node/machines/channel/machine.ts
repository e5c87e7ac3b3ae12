/**
 * The channel machine: the ledger that two entities keep between them and co-sign.
 *
 * Pure and total. Time, signatures and what the chain says come in as inputs and context; what the
 * world must do goes out as outputs, in the order it must be done. An input that is declined leaves
 * the state untouched (the same object) and says so in a `wishRefused` or `messageRefused`.
 */
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import type { Transition } from '@xln/shared/machine.ts'
import type { ChannelMessage, Update } from '@xln/shared/wire/channelMessage.ts'
import { isAcknowledged, receiveAck, receiveRefuse } from './acknowledge.ts'
import { onEvent, onHead, onSecret } from './chain.ts'
import { type Channel, mayRepeatAck, pendingBlock } from './channel.ts'
import { countOwn } from './commit.ts'
import { askAfterShow, receiveCompare } from './compare.ts'
import { onItemEnded, startDispute } from './dispute.ts'
import { flush } from './flush.ts'
import { restore } from './loss.ts'
import type { ChannelContext, ChannelInput, ChannelOutput } from './messages.ts'
import type { HeldBlock, OwnBlock } from './parts.ts'
import { follow, judge, receiveProposal, releaseHeld } from './receive.ts'
import { released } from './released.ts'
import { ask, onHeadWhileRestoring, receiveShow } from './restore.ts'
import { receiveSignatures, wishSettlement } from './settle.ts'
import { inOrder, type Step, still } from './step.ts'
import { onTime } from './time.ts'
import { onView } from './view.ts'
import { onWish } from './wishes.ts'

type Result = Transition<Channel, ChannelOutput>

/** Applies one input. No default case: a new input type does not compile until it is handled. */
export function transition(channel: Channel, input: ChannelInput, context: ChannelContext): Result {
  const { channel: state, outputs } = apply(channel, input, context)
  return { state, outputs }
}

function apply(channel: Channel, input: ChannelInput, context: ChannelContext): Step {
  switch (input.type) {
    case 'wish':
      return onWish(channel, input)
    case 'flush':
      return flush(channel, context)
    case 'receive':
      return receive(channel, input.message, context)
    case 'connected':
      return connected(channel, input.up, context)
    case 'chain':
      return onEvent(channel, input, context)
    case 'head':
      return onHead(channel, context)
    case 'timer':
      return inOrder(channel, context, [onTime, releaseHeld])
    case 'secretRevealed':
      return onSecret(channel, input, context)
    case 'settle':
      return wishSettlement(channel, input)
    case 'startDispute':
      return decideDispute(channel, context)
    case 'restore':
      return restore(channel, context, input.lostAt)
    case 'released':
      return inOrder(channel, context, [released, (next) => connected(next, input.up, context)])
    case 'itemEnded':
      return itemEnded(channel, input.item, input.done, context)
    case 'view':
      return onView(channel, input.view, context)
  }
}

/** Nothing is proposed to a peer that is not connected; who comes back is shown what is pending. */
function connected(channel: Channel, up: boolean, context: ChannelContext): Step {
  const proposal = up && pendingBlock(channel) !== undefined
  // With the acknowledgement that it is built on, or the peer could have nothing to build it on.
  const ack = channel.due.ack || (proposal && mayRepeatAck(channel))
  const next = { ...channel, connected: up, askedAt: 0, due: { ack, proposal } }
  if (next.restoring === null || !up) return still(next)
  return next.restoring.cooperativeNonce === null
    ? onHeadWhileRestoring(next, context)
    : ask(next, context)
}

/** The owner may dispute at any time, restoring too: he has been warned of the forfeit. */
function decideDispute(channel: Channel, context: ChannelContext): Step {
  const refusal = declinesDispute(channel)
  if (refusal === null) return startDispute(channel, context)
  return { channel, outputs: [{ type: 'messageRefused', refusal }] }
}

function declinesDispute({ dispute, counted, view }: Channel) {
  if (dispute !== null) return { code: 'disputed' } as const
  const hasCollateral = view.tokens.some(({ collateral }) => collateral !== 0n)
  return counted === null && !hasCollateral ? ({ code: 'nothing_to_dispute' } as const) : null
}

function itemEnded(
  channel: Channel,
  item: BatchItem,
  done: boolean,
  context: ChannelContext,
): Step {
  if (item.type !== 'secret' || done) {
    return inOrder(channel, context, [
      (next) => onItemEnded(next, item, done, context),
      releaseHeld,
    ])
  }
  // The reveal did not happen: it is asked for again while there is time.
  const notes = channel.notes.map((note) =>
    note.secret === item.secret && note.revealedAt === 0 ? { ...note, revealAsked: false } : note,
  )
  return onTime({ ...channel, notes }, context)
}

function receive(channel: Channel, message: ChannelMessage, context: ChannelContext): Step {
  switch (message.type) {
    case 'update':
      return receiveUpdate(channel, message, context)
    case 'refuse':
      return receiveRefuse(channel, message, context)
    case 'show':
      return inOrder(channel, context, [
        (next) => receiveShow(next, message, context),
        (next) => askAfterShow(channel, next, context),
      ])
    case 'compare':
      return receiveCompare(channel, message, context)
  }
}

function receiveUpdate(channel: Channel, update: Update, context: ChannelContext): Step {
  const { ack, proposal, newProofSignature = null } = update
  const held = proposal && { ...proposal, newProofSignature }
  const pending = pendingBlock(channel)
  const isFree = channel.dispute === null && channel.restoring === null
  if (isFree && held !== undefined && pending !== undefined && isBuiltOn(held, pending)) {
    return receiveBoth(channel, pending, held, update, context)
  }
  return inOrder(channel, context, [
    (next) => (ack === undefined ? { channel: next, outputs: [] } : receiveAck(next, ack, context)),
    (next) => receiveSignatures(next, update, context),
    (next) =>
      held === undefined ? { channel: next, outputs: [] } : receiveProposal(next, held, context),
  ])
}

function isBuiltOn({ block }: HeldBlock, pending: OwnBlock): boolean {
  return block.prevBlockHash === pending.hash && block.height === pending.block.height + 1
}

/**
 * A proposal on top of our pending block says by itself that the peer has signed that one: accepted,
 * it is the only signature that must be checked. Otherwise the acknowledgement's own counts.
 */
function receiveBoth(
  channel: Channel,
  pending: OwnBlock,
  proposal: HeldBlock,
  { ack }: Update,
  context: ChannelContext,
): Step {
  const acknowledged = countOwn(channel, pending, ack?.signature ?? NO_SIGNATURE)
  const judgement = judge(acknowledged.channel, proposal, context)
  if (
    judgement.type !== 'accept' &&
    (ack === undefined || !isAcknowledged(channel, pending, ack.signature, context))
  ) {
    const refusal = { code: 'acknowledgement_invalid' } as const
    return { channel, outputs: [{ type: 'messageRefused', refusal }] }
  }
  const followed = follow(acknowledged.channel, proposal, judgement, context)
  return { channel: followed.channel, outputs: [...acknowledged.outputs, ...followed.outputs] }
}

const NO_SIGNATURE = new Uint8Array(0)
