/** What an entity does with a lock that counts: collect it, forward it, or give it back. */
import type { Lock } from '@xln/shared/channel/state.ts'
import { CancelReason, type ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import type { ChannelKey } from '@xln/shared/ids.ts'
import { decodeOnion, type Instruction } from '@xln/shared/wire/onion.ts'
import { EXPIRY_MAX_SECONDS, feeOf } from './entity.ts'
import { channelWith, type Turn, toChannel } from './turn.ts'

type Reason = (typeof CancelReason)[keyof typeof CancelReason]

/** A lock of the peer's counts: both have signed it, and it cannot be taken back. */
export function onIncomingLock(
  turn: Turn,
  channelKey: ChannelKey,
  lock: Lock,
  onionBytes: Uint8Array,
): void {
  const onion = decodeOnion(onionBytes)
  const refused =
    onion === undefined
      ? CancelReason.onionMalformed
      : onion.type === 'payee'
        ? collect(turn, channelKey, lock)
        : forward(turn, channelKey, lock, onion.next, onion.rest)
  if (refused !== null) wish(turn, channelKey, { type: 'cancel', lock: lock.id, reason: refused })
}

/** The lock ends here: an invoice of ours knows its secret, or nobody does. */
function collect(turn: Turn, channelKey: ChannelKey, lock: Lock): Reason | null {
  const invoice = turn.records.invoice(lock.hashlock)
  if (invoice === undefined || invoice.status === 'paid') return CancelReason.unknownInvoice
  if (invoice.token !== lock.token || lock.amount < invoice.amount) return CancelReason.amountWrong
  if (turn.now > invoice.expiresAt) return CancelReason.unknownInvoice
  // Too close to its end, we could not reveal on chain if the peer kept silent.
  const { revealMarginSeconds } = turn.records.entity().policy
  if (lock.revealBy <= turn.now + revealMarginSeconds) return CancelReason.expiryTooSoon

  wish(turn, channelKey, { type: 'resolve', lock: lock.id, secret: invoice.secret })
  tellReveal(turn, channelKey, lock)
  return null
}

/** A secret may stand on chain before its lock counts: the chain will not say it again. */
export function tellReveal(turn: Turn, channelKey: ChannelKey, { hashlock }: Lock): void {
  const reveal = turn.revealOf(hashlock)
  const channel = turn.records.channel(channelKey)
  if (reveal === undefined || channel === undefined) return
  toChannel(turn, channel, { type: 'secretRevealed', hashlock, ...reveal, final: true })
}

/** Makes the next lock of the route, if this one pays for it and leaves time to collect. */
function forward(
  turn: Turn,
  channelKey: ChannelKey,
  lock: Lock,
  next: Instruction,
  rest: Uint8Array,
): Reason | null {
  const { policy, restoring } = turn.records.entity()
  if (!policy.forwards || restoring) return CancelReason.noRoute
  if (next.amount < policy.enforceMin || next.amount <= 0n) return CancelReason.belowMinimum
  if (lock.amount < next.amount + feeOf(policy, next.amount)) return CancelReason.feeTooLow

  const tooLate = lock.revealBy > turn.now + EXPIRY_MAX_SECONDS
  const margin = lock.revealBy - next.revealBy
  const tooSoon = next.revealBy <= turn.now + policy.revealMarginSeconds
  if (tooLate || tooSoon || margin < policy.hopMarginSeconds) return CancelReason.expiryTooSoon

  // Who was to be paid has let everybody have the secret: the payer is better off with his money.
  if (turn.revealOf(lock.hashlock) !== undefined) return CancelReason.secretPublic
  const downstream = channelWith(turn, next.entity)
  if (downstream === undefined || downstream.key === channelKey) return CancelReason.noRoute
  if (turn.records.isQuarantined(downstream.key)) return CancelReason.busy
  if (!turn.isConnected(next.entity)) return CancelReason.peerOffline
  toChannel(turn, downstream, {
    type: 'wish',
    transaction: {
      type: 'lock',
      token: lock.token,
      amount: next.amount,
      hashlock: lock.hashlock,
      revealBy: next.revealBy,
      onion: rest,
    },
    origin: { type: 'forward', channelKey, lock: lock.id },
  })
  return null
}

function wish(turn: Turn, channelKey: ChannelKey, transaction: ChannelTransaction): void {
  const channel = turn.records.channel(channelKey)
  if (channel !== undefined) toChannel(turn, channel, { type: 'wish', transaction })
}
