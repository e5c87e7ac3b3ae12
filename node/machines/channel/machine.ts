/**
 * The channel machine: the ledger that two entities keep between them and co-sign.
 *
 * Pure and total. Time, signatures and what the chain says come in as inputs and context; what the
 * world must do goes out as outputs, in the order it must be done. An input that is declined leaves
 * the state untouched (the same object) and says so in a `wishRefused` or `messageRefused`.
 */
import { to, type Transition } from '@xln/shared/machine.ts'
import type { Update } from '@xln/shared/wire/channelMessage.ts'
import { isAcknowledged, receiveAck, receiveRefuse } from './acknowledge.ts'
import { type Channel, type HeldBlock, type OwnBlock, pendingBlock } from './channel.ts'
import { countOwn } from './commit.ts'
import { flush } from './flush.ts'
import type { ChannelContext, ChannelInput, ChannelOutput } from './messages.ts'
import { append, QUEUE_MAX } from './queue.ts'
import { follow, judge, type Received, receiveProposal } from './receive.ts'

type Result = Transition<Channel, ChannelOutput>

/** Applies one input. No default case: a new input type does not compile until it is handled. */
export function transition(channel: Channel, input: ChannelInput, context: ChannelContext): Result {
  switch (input.type) {
    case 'wish':
      return wish(channel, input)
    case 'flush':
      return result(flush(channel, context))
    case 'receive':
      return receive(channel, input.message, context)
    case 'connected':
      return connected(channel, input.up)
    default:
      return to(channel)
  }
}

function result({ channel, outputs }: Received): Result {
  return { state: channel, outputs }
}

function wish(channel: Channel, input: Extract<ChannelInput, { type: 'wish' }>): Result {
  const { transaction } = input
  const origin = input.origin ?? null
  if (channel.queue.length >= QUEUE_MAX) {
    const refusal = { code: 'queue_full', max: QUEUE_MAX } as const
    return to(channel, { type: 'wishRefused', transaction, origin, refusal })
  }
  return to({ ...channel, queue: append(channel.queue, { transaction, origin }) })
}

function connected(channel: Channel, up: boolean): Result {
  const proposal = up && pendingBlock(channel) !== undefined
  return to({ ...channel, connected: up, due: { ack: false, proposal } })
}

function receive(
  channel: Channel,
  message: Extract<ChannelInput, { type: 'receive' }>['message'],
  context: ChannelContext,
): Result {
  switch (message.type) {
    case 'update':
      return result(receiveUpdate(channel, message, context))
    case 'refuse':
      return result(receiveRefuse(channel, message, context))
    case 'show':
      return to(channel)
  }
}

function receiveUpdate(channel: Channel, update: Update, context: ChannelContext): Received {
  const { ack, proposal, newProofSignature = null } = update
  const held = proposal && { ...proposal, newProofSignature }
  const pending = pendingBlock(channel)
  const isFree = channel.dispute === null && channel.restoring === null
  if (isFree && held !== undefined && pending !== undefined && isBuiltOn(held, pending)) {
    return receiveBoth(channel, pending, held, update, context)
  }
  const acknowledged =
    ack === undefined
      ? { channel, outputs: [] }
      : receiveAck(channel, ack, newProofSignature, context)
  if (held === undefined) return acknowledged
  const proposed = receiveProposal(acknowledged.channel, held, context)
  return { channel: proposed.channel, outputs: [...acknowledged.outputs, ...proposed.outputs] }
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
): Received {
  const acknowledged = countOwn(channel, pending, ack?.signature ?? NO_SIGNATURE, null)
  const judgement = judge(acknowledged.channel, proposal, context)
  if (judgement.type === 'accept') {
    const followed = follow(acknowledged.channel, proposal, judgement)
    return { channel: followed.channel, outputs: [...acknowledged.facts, ...followed.outputs] }
  }
  if (ack === undefined || !isAcknowledged(channel, pending, ack.signature, context)) {
    const refusal = { code: 'acknowledgement_invalid' } as const
    return { channel, outputs: [{ type: 'messageRefused', refusal }] }
  }
  const followed = follow(acknowledged.channel, proposal, judgement)
  return { channel: followed.channel, outputs: [...acknowledged.facts, ...followed.outputs] }
}

const NO_SIGNATURE = new Uint8Array(0)
