/** What an entity does with what its channels and its depository report. */
import type { Lock } from '@xln/shared/channel/state.ts'
import { CancelReason } from '@xln/shared/channel/transaction.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { ChannelKey, EntityId, Hashlock, Secret } from '@xln/shared/ids.ts'
import { isLeft } from '../channel/channel.ts'
import type { ChannelFact, ChannelOutput, Origin } from '../channel/messages.ts'
import type { DepositoryOutput } from '../depository/machine.ts'
import { PAYMENT_REFUSED, type PaymentStatus } from './entity.ts'
import { onIncomingLock, tellReveal } from './forward.ts'
import { type Rules, receipt, type Turn, timeOf, toChannel, toDepository } from './turn.ts'

/** Draws the consequences of one output of the channel with `peer`. */
function onChannelOutput(turn: Turn, key: ChannelKey, peer: EntityId, output: ChannelOutput): void {
  switch (output.type) {
    case 'sendUpdate':
      turn.outputs.push({ type: 'sendUpdate', peer, update: output.update })
      return
    case 'send':
      turn.outputs.push({ type: 'send', peer, message: output.message })
      return
    case 'submit': {
      const { item, urgent } = output
      toDepository(turn, { type: 'queue', queued: { item, requestId: 0n, urgent } })
      return
    }
    case 'schedule':
      schedule(turn, key, output.at)
      return
    case 'waitsOnChain':
      turn.records.setWaiting(key, output.waits)
      return
    case 'sendShow':
      turn.outputs.push({ type: 'sendShow', peer, show: output.show })
      return
    case 'readChannel':
      turn.outputs.push({ type: 'readChannel', peer })
      return
    default:
      onFact(turn, key, peer, corrected(turn, output))
  }
}

/**
 * Deadlines are kept lazily: only an earlier one is written. One that has become needless, or has
 * moved further away, costs the channel one idle `timer`, after which it asks anew.
 */
function schedule(turn: Turn, key: ChannelKey, at: number | null): void {
  if (at === null) return
  const standing = turn.records.deadline(key)
  if (standing !== undefined && standing <= at) return
  turn.records.setDeadline(key, at)
  turn.outputs.push({ type: 'wake', at })
}

function onFact(turn: Turn, channelKey: ChannelKey, peer: EntityId, fact: ChannelFact): void {
  switch (fact.type) {
    case 'lockAdded':
      if (fact.incoming) onIncomingLock(turn, channelKey, fact.lock, fact.onion)
      else onOwnLock(turn, channelKey, fact.lock, fact.origin)
      break
    case 'lockResolved':
      if (fact.incoming) invoicePaid(turn, fact.lock)
      else secretLearned(turn, originOf(turn, fact), fact.secret)
      break
    case 'lockEnded':
      if (!fact.incoming) lockFailed(turn, originOf(turn, fact), fact.reason)
      break
    case 'lockForgotten':
      forgotten(turn, fact.origin)
      break
    case 'wishRefused':
      wishRefused(turn, fact)
      break
    case 'stateLost':
      turn.records.putEntity({ ...turn.records.entity(), restoring: true, lostAt: timeOf(turn) })
      turn.records.setUnshown(channelKey, true)
      break
    case 'restored':
      shown(turn, channelKey)
      break
    default:
      break
  }
  turn.outputs.push({ type: 'channelFact', channelKey, peer, fact })
}

/**
 * A lock of ours counts. If its secret stands on chain already, its money is gone, and whoever pays us
 * for it must hear so now.
 */
function onOwnLock(turn: Turn, key: ChannelKey, lock: Lock, origin: Origin | null): void {
  if (origin?.type === 'payment') setPayment(turn, origin.hashlock, 'locked')
  tellReveal(turn, key, lock)
}

/** The downstream peer was paid: so are we, upstream, with the same secret. */
function secretLearned(turn: Turn, origin: Origin | null, secret: Secret): void {
  if (origin?.type === 'payment') {
    const payment = turn.records.payment(origin.hashlock)
    if (payment === undefined || payment.status === 'settled') return
    turn.records.putPayment({ ...payment, status: 'settled', secret })
    turn.outputs.push({ type: 'paymentSettled', hashlock: payment.hashlock, secret })
    return
  }
  if (origin === null) {
    claimUpstream(turn, secret)
    return
  }
  if (origin.type !== 'forward') return
  const upstream = turn.records.channel(origin.channelKey)
  if (upstream === undefined) return
  toChannel(turn, upstream, {
    type: 'wish',
    transaction: { type: 'resolve', lock: origin.lock, secret },
  })
}

/** What an own lock was made for. After a loss of state only its hashlock may tell. */
function originOf(
  turn: Turn,
  { lock: { hashlock }, origin }: { readonly lock: Lock; readonly origin: Origin | null },
): Origin | null {
  const isPayment = origin === null && turn.records.payment(hashlock) !== undefined
  return isPayment ? { type: 'payment', hashlock } : origin
}

/** Nobody knows any more for which lock this one was made: it is one that this secret opens. */
function claimUpstream(turn: Turn, secret: Secret): void {
  const hashlock = hashlockOf(secret)
  for (const key of turn.records.due(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
    const channel = turn.records.channel(key)
    for (const lock of channel?.mutual.locks ?? []) {
      if (channel === undefined || lock.hashlock !== hashlock) continue
      if (lock.fromLeft === isLeft(channel)) continue
      const transaction = { type: 'resolve', lock: lock.id, secret } as const
      toChannel(turn, channel, { type: 'wish', transaction })
    }
  }
}

function forgotten(turn: Turn, origin: Origin | null): void {
  if (origin?.type !== 'payment') return
  const payment = turn.records.payment(origin.hashlock)
  if (payment?.status !== 'sending' && payment?.status !== 'locked') return
  turn.records.putPayment({ ...payment, status: 'forgotten' })
}

/** A court may have paid a lock of which the channel had not seen the reveal: the chain has the last word. */
function corrected(turn: Turn, fact: ChannelFact): ChannelFact {
  if (fact.type !== 'lockEnded' || fact.reason !== 0) return fact
  const { lock, incoming, origin } = fact
  const reveal = turn.revealOf(lock.hashlock)
  if (reveal === undefined || reveal.revealedAt > lock.revealBy) return fact
  return { type: 'lockResolved', lock, incoming, secret: reveal.secret, origin }
}

/** A lock of ours ended without payment: what it was made for ends too. */
function lockFailed(turn: Turn, origin: Origin | null, reason: number): void {
  const expired = reason === 0
  if (origin?.type === 'payment') {
    failPayment(turn, origin.hashlock, expired ? CancelReason.downstreamExpired : reason)
    return
  }
  if (origin?.type !== 'forward') return
  const passedOn = expired ? CancelReason.downstreamExpired : CancelReason.downstreamCancelled
  cancelLock(turn, origin, passedOn)
}

function cancelLock(
  turn: Turn,
  origin: Extract<Origin, { type: 'forward' }>,
  reason: number,
): void {
  const upstream = turn.records.channel(origin.channelKey)
  if (upstream === undefined) return
  toChannel(turn, upstream, {
    type: 'wish',
    transaction: { type: 'cancel', lock: origin.lock, reason },
  })
}

function wishRefused(turn: Turn, fact: Extract<ChannelFact, { type: 'wishRefused' }>): void {
  const { origin, transaction, refusal } = fact
  if (origin === null) return
  if (refusal.code === 'state_lost' && origin.type !== 'request') {
    // A lock upstream is not given back: this one may have been paid in the lost time.
    forgotten(turn, origin)
  } else if (origin.type === 'forward' && transaction.type === 'lock') {
    cancelLock(turn, origin, CancelReason.noCapacity)
  } else if (origin.type === 'payment') {
    const payment = turn.records.payment(origin.hashlock)
    if (payment?.status !== 'sending') return
    turn.records.putPayment({ ...payment, status: 'failed', reason: PAYMENT_REFUSED })
    turn.outputs.push({
      type: 'paymentFailed',
      hashlock: origin.hashlock,
      reason: PAYMENT_REFUSED,
      refusal,
    })
  } else if (origin.type === 'request') {
    receipt(turn, origin.id, { code: 'channel_refused', refusal })
  }
}

function setPayment(turn: Turn, hashlock: Hashlock, status: PaymentStatus): void {
  const payment = turn.records.payment(hashlock)
  if (payment?.status === 'sending') turn.records.putPayment({ ...payment, status })
}

function failPayment(turn: Turn, hashlock: Hashlock, reason: number): void {
  const payment = turn.records.payment(hashlock)
  if (payment === undefined || payment.status === 'settled') return
  turn.records.putPayment({ ...payment, status: 'failed', reason })
  turn.outputs.push({ type: 'paymentFailed', hashlock, reason, refusal: null })
}

/** With a secret that everybody has, whoever locks less than was asked for can be made to pay that. */
function invoicePaid(turn: Turn, { hashlock, token, amount }: Lock): void {
  const invoice = turn.records.invoice(hashlock)
  if (invoice === undefined || invoice.status === 'paid') return
  if (token !== invoice.token || amount < invoice.amount) return
  turn.records.putInvoice({ ...invoice, status: 'paid' })
  turn.outputs.push({ type: 'invoicePaid', hashlock, token: invoice.token, amount })
}

/** A channel that was lost has been shown again; with the last of them the entity is whole. */
function shown(turn: Turn, key: ChannelKey): void {
  turn.records.setUnshown(key, false)
  if (turn.records.hasUnshown()) return
  turn.records.putEntity({ ...turn.records.entity(), restoring: false })
}

/** Draws the consequences of one output of the depository machine. */
function onDepositoryOutput(turn: Turn, output: DepositoryOutput): void {
  switch (output.type) {
    case 'itemRefused':
      receipt(turn, output.queued.requestId, { code: 'queue_full' })
      itemEnded(turn, output.queued.item, false)
      break
    case 'itemDone':
      itemEnded(turn, output.queued.item, true)
      break
    case 'itemSkipped':
      itemEnded(turn, output.queued.item, false)
      break
    default:
      break
  }
  turn.outputs.push({ type: 'depository', output })
}

/** The channel that an item was for learns what became of it. */
function itemEnded(turn: Turn, item: BatchItem, done: boolean): void {
  const key = channelOf(turn, item)
  const channel = key === undefined ? undefined : turn.records.channel(key)
  if (channel !== undefined) toChannel(turn, channel, { type: 'itemEnded', item, done })
}

function channelOf(turn: Turn, item: BatchItem): ChannelKey | undefined {
  switch (item.type) {
    case 'settlement':
    case 'start':
    case 'arguments':
      return channelKeyOf(turn.records.entity().id, item.peer)
    case 'counter':
    case 'finalise':
      return channelKeyOf(item.left, item.right)
    case 'withdrawal':
    case 'transfer':
    case 'funding':
    case 'secret':
      return undefined
  }
}

export const rules: Rules = { onChannelOutput, onDepositoryOutput }
