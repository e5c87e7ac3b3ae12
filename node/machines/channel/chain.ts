/** What the chain says of this channel: the view of it, and what follows. */
import type { ChainPosition } from '@xln/shared/channel/block.ts'
import type { ChannelUpdated } from '@xln/shared/depository/events.ts'
import type { TokenId } from '@xln/shared/ids.ts'
import { ARGUMENTS_KEPT_MAX, type Channel, isLater, isLeft, noteOf } from './channel.ts'
import { noteFor, peerShare, withNote } from './commit.ts'
import { onHeadInDispute, onPosted } from './dispute.ts'
import { finalise, onFinalised } from './finalise.ts'
import type { ChannelContext, ChannelFact, ChannelInput, ChannelOutput } from './messages.ts'
import type { ClauseNote, Dispute } from './parts.ts'
import { append } from './queue.ts'
import { releaseHeld } from './receive.ts'
import { onHeadWhileRestoring } from './restore.ts'
import { abandonSettlement, onSettled } from './settle.ts'
import { inOrder, type Step } from './step.ts'
import { onTime } from './time.ts'
import { withToken } from './view.ts'

type ChainInput = Extract<ChannelInput, { type: 'chain' }>
type SecretInput = Extract<ChannelInput, { type: 'secretRevealed' }>

/** Value waits until an event is final; danger is answered at first sight. */
export function onEvent(channel: Channel, input: ChainInput, context: ChannelContext): Step {
  const { event, position, final } = input
  if (!final) {
    const isDanger = event.type === 'disputeStarted' || event.type === 'disputeCountered'
    if (!isDanger) return { channel, outputs: [] }
    return onPosted(channel, event, position.block, false, context)
  }
  if (!isLater(position, channel.view.position)) return { channel, outputs: [] }
  return applyFinal(withPosition(channel, position), input, context)
}

function withPosition(channel: Channel, position: ChainPosition): Channel {
  return { ...channel, view: { ...channel.view, position } }
}

function applyFinal(
  channel: Channel,
  { event, position, timestamp }: ChainInput,
  context: ChannelContext,
): Step {
  switch (event.type) {
    case 'channelUpdated':
      return onUpdated(channel, event)
    case 'settled':
      return onSettled(channel, event, context)
    case 'disputeStarted':
    case 'disputeCountered':
      return onPosted(channel, event, position.block, true, context)
    case 'argumentsCommitted': {
      const { byLeft, proofBodyHash, data } = event
      return inDispute(channel, (dispute) => {
        const given = { byLeft, proofBodyHash, data }
        return { ...dispute, arguments: [...dispute.arguments, given].slice(-ARGUMENTS_KEPT_MAX) }
      })
    }
    case 'tokensNamed':
      return inDispute(channel, (dispute) =>
        event.byLeft
          ? { ...dispute, leftTokens: event.tokens }
          : { ...dispute, rightTokens: event.tokens },
      )
    case 'tokenSplit':
      // The collateral is gone by an event of its own; the rest concerns reserves and debts.
      return { channel, outputs: [] }
    case 'disputeFinalised':
      return onFinalised(channel, event, timestamp, context)
  }
}

function inDispute(channel: Channel, change: (dispute: Dispute) => Dispute): Step {
  const { dispute } = channel
  if (dispute === null) return { channel, outputs: [] }
  return { channel: { ...channel, dispute: change(dispute) }, outputs: [] }
}

function onUpdated(channel: Channel, { token, collateral, ondelta }: ChannelUpdated): Step {
  const view = withToken(channel, { token, collateral, ondelta })
  if (view === channel.view) return { channel, outputs: [] }
  const fact: ChannelFact = { type: 'collateralChanged', token, collateral, ondelta }
  return { channel: payFee({ ...channel, view }, token), outputs: [fact] }
}

/** The collateral that this side asked for is there: its fee moves. */
function payFee(channel: Channel, token: TokenId): Channel {
  const request = channel.collateralRequest
  if (request === null || request.token !== token) return channel
  if (peerShare(channel, token) < request.shareBefore + request.amount) return channel
  const done = { ...channel, collateralRequest: null }
  if (request.fee === 0n) return done
  const pay = { type: 'pay', token, amount: request.fee, memo: new Uint8Array(0) } as const
  return { ...done, queue: append(channel.queue, { transaction: pay, origin: null }) }
}

/** The final head advanced: what waited for it is decided. */
export function onHead(channel: Channel, context: ChannelContext): Step {
  return inOrder(channel, context, [
    abandonSettlement,
    onHeadInDispute,
    finalise,
    onHeadWhileRestoring,
    onTime,
    releaseHeld,
  ])
}

/** A secret stands on chain: it is used at first sight, and proves a claim once it is final. */
export function onSecret(channel: Channel, input: SecretInput, context: ChannelContext): Step {
  const { hashlock, secret, revealedAt, final } = input
  const outputs: ChannelOutput[] = []
  let next = channel
  for (const lock of channel.mutual.locks) {
    if (lock.hashlock !== hashlock) continue
    const before = noteOf(next, lock.id) ?? noteFor(lock.id, null)
    if (before.revealFinal) continue
    const incoming = lock.fromLeft !== isLeft(channel)
    const isGone = !incoming && revealedAt <= lock.revealBy
    const note: ClauseNote = {
      ...before,
      secret,
      revealedAt,
      revealFinal: final,
      told: before.told || isGone,
    }
    next = withNote(next, note)
    if (isGone && !before.told) {
      outputs.push({ type: 'lockResolved', lock, incoming, secret, origin: before.origin })
    }
  }
  if (next === channel) return { channel, outputs }
  const timed = onTime(next, context)
  return { channel: timed.channel, outputs: [...outputs, ...timed.outputs] }
}
