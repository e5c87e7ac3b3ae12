/** Carries out what the board has decided. */

import type { ChannelTransaction, Forgiveness, TokenDiff } from '@xln/shared/channel/transaction.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import type { Action, Hop } from '@xln/shared/entity/action.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_MAX, DISPUTE_WINDOW_MIN, HOPS_MAX } from '@xln/shared/limits.ts'
import { encodeOnion, type Instruction } from '@xln/shared/wire/onion.ts'
import { type Channel, namedNonceOf } from '../channel/channel.ts'
import { closingDiffs } from '../channel/closing.ts'
import { BATCH_LIFE_SECONDS, reserveOf } from '../depository/depository.ts'
import { cashOutDiff } from './cashOut.ts'
import { FINAL_EXPIRY_SECONDS } from './entity.ts'
import type { EntityRefusal } from './messages.ts'
import { open } from './opening.ts'
import { checkPolicy } from './policy.ts'
import { channelWith, type Turn, toChannel, toDepository } from './turn.ts'

/** Executes `action`; null when it was taken, else why not. Its request is answered by the caller. */
export function decide(turn: Turn, action: Action, requestId: bigint): EntityRefusal | null {
  if (turn.records.entity().restoring && action.type !== 'startDispute')
    return { code: 'restoring' }
  switch (action.type) {
    case 'openChannel':
      return openChannel(turn, action)
    case 'extendCredit':
      return wish(turn, action.peer, requestId, {
        type: 'extendCredit',
        token: action.token,
        limit: action.limit,
      })
    case 'payPeer':
      return wish(turn, action.peer, requestId, {
        type: 'pay',
        token: action.token,
        amount: action.amount,
        memo: action.memo,
      })
    case 'note':
      return wish(turn, action.peer, requestId, { type: 'note', data: action.data })
    case 'requestCollateral':
      return wish(turn, action.peer, requestId, {
        type: 'requestCollateral',
        token: action.token,
        amount: action.amount,
        fee: action.fee,
      })
    case 'pay':
      return pay(turn, action)
    case 'createInvoice':
      return createInvoice(turn, action)
    case 'withdraw':
    case 'transfer':
    case 'collateralise':
      return spend(turn, action, requestId)
    case 'settle':
      return settle(turn, action.peer, requestId, () => action)
    case 'cashOut':
      return settle(turn, action.peer, requestId, (channel) =>
        cashOutDiff(channel, action.token, action.amount),
      )
    case 'closeChannel':
      return settle(turn, action.peer, requestId, (channel) => ({
        diffs: closingDiffs(channel),
        forgiveness: [],
      }))
    case 'startDispute':
      return withChannel(turn, action.peer, (channel) => {
        toChannel(turn, channel, { type: 'startDispute' })
        return null
      })
    case 'setPolicy':
      return setPolicy(turn, action)
  }
}

function withChannel(
  turn: Turn,
  peer: EntityId,
  then: (channel: Channel) => EntityRefusal | null,
): EntityRefusal | null {
  const channel = channelWith(turn, peer)
  if (channel === undefined) return { code: 'channel_unknown', peer }
  if (turn.records.isQuarantined(channel.key)) return { code: 'channel_quarantined', peer }
  return then(channel)
}

function wish(
  turn: Turn,
  peer: EntityId,
  requestId: bigint,
  transaction: ChannelTransaction,
): EntityRefusal | null {
  return withChannel(turn, peer, (channel) => {
    toChannel(turn, channel, {
      type: 'wish',
      transaction,
      origin: { type: 'request', id: requestId },
    })
    return null
  })
}

function openChannel(
  turn: Turn,
  { peer, disputeWindow }: Extract<Action, { type: 'openChannel' }>,
): EntityRefusal | null {
  const { id } = turn.records.entity()
  if (peer === id) return { code: 'self_channel' }
  if (channelWith(turn, peer) !== undefined) return { code: 'channel_exists', peer }
  if (disputeWindow < DISPUTE_WINDOW_MIN || disputeWindow > DISPUTE_WINDOW_MAX) {
    const limits = { min: DISPUTE_WINDOW_MIN, max: DISPUTE_WINDOW_MAX }
    return { code: 'window_invalid', window: disputeWindow, ...limits }
  }
  return open(turn, { key: channelKeyOf(id, peer), peer, disputeWindow, message: null })
}

function pay(turn: Turn, action: Extract<Action, { type: 'pay' }>): EntityRefusal | null {
  const { route, token, amount, hashlock } = action
  const [first] = route
  if (first === undefined || route.length > HOPS_MAX) {
    return { code: 'route_invalid', hops: route.length, max: HOPS_MAX }
  }
  if (amount <= 0n) return { code: 'amount_not_positive', amount }
  const before = turn.records.payment(hashlock)
  if (before !== undefined && before.status !== 'failed') {
    return { code: 'payment_exists', hashlock, status: before.status }
  }
  return withChannel(turn, first.entity, (channel) => {
    const [own, ...further] = instructionsOf(turn, route, amount)
    turn.records.putPayment({
      hashlock,
      token,
      amount,
      route,
      status: 'sending',
      reason: 0,
      secret: null,
      createdAt: turn.now,
    })
    toChannel(turn, channel, {
      type: 'wish',
      transaction: {
        type: 'lock',
        token,
        amount: (own as Instruction).amount,
        hashlock,
        revealBy: (own as Instruction).revealBy,
        onion: encodeOnion(further),
      },
      origin: { type: 'payment', hashlock },
    })
    return null
  })
}

/** The locks of a route from its first to its last: each hop keeps its fee and has its margin of time. */
function instructionsOf(turn: Turn, route: readonly Hop[], amount: bigint): Instruction[] {
  const { hopMarginSeconds } = turn.records.entity().policy
  const instructions: Instruction[] = []
  let carried = amount
  let revealBy = turn.now + FINAL_EXPIRY_SECONDS
  for (const { entity, fee } of [...route].reverse()) {
    carried += fee
    instructions.unshift({ entity, amount: carried, revealBy })
    revealBy += hopMarginSeconds
  }
  return instructions
}

function createInvoice(
  turn: Turn,
  action: Extract<Action, { type: 'createInvoice' }>,
): EntityRefusal | null {
  const { secret, token, amount, expiresAt, memo } = action
  const hashlock = hashlockOf(secret)
  if (amount <= 0n) return { code: 'amount_not_positive', amount }
  if (expiresAt <= turn.now) return { code: 'invoice_expired', expiresAt, now: turn.now }
  if (turn.records.invoice(hashlock) !== undefined) return { code: 'invoice_exists', hashlock }
  turn.records.putInvoice({ hashlock, secret, token, amount, expiresAt, memo, status: 'open' })
  return null
}

type Spending = Extract<Action, { type: 'withdraw' | 'transfer' | 'collateralise' }>

/** Queues a batch item that takes from the reserve, as far as the reserve is known to reach. */
function spend(turn: Turn, action: Spending, requestId: bigint): EntityRefusal | null {
  const { token, amount } = action
  if (amount <= 0n) return { code: 'amount_not_positive', amount }
  const depository = turn.records.depository()
  const reserve = reserveOf(depository, token) - promised(depository.waiting, token)
  if (amount > reserve) return { code: 'reserve_exceeded', token, amount, reserve }
  const item = spendingItem(turn, action)
  if (item === undefined) return { code: 'self_channel' }
  toDepository(turn, { type: 'queue', queued: { item, requestId, urgent: false } })
  return null
}

function spendingItem(turn: Turn, action: Spending): BatchItem | undefined {
  const { token, amount } = action
  switch (action.type) {
    case 'withdraw':
      return { type: 'withdrawal', token, to: action.to, amount }
    case 'transfer':
      return { type: 'transfer', token, to: action.to, amount }
    case 'collateralise': {
      const receiver = turn.records.entity().id
      if (action.peer === receiver) return undefined
      return { type: 'funding', token, receiver, topUps: [{ peer: action.peer, amount }] }
    }
  }
}

/** What waiting items will take from the reserve. */
function promised(waiting: readonly { readonly item: BatchItem }[], token: TokenId): bigint {
  let sum = 0n
  for (const { item } of waiting) {
    if (item.type === 'withdrawal' || item.type === 'transfer') {
      if (item.token === token) sum += item.amount
    } else if (item.type === 'funding' && item.token === token) {
      for (const topUp of item.topUps) sum += topUp.amount
    }
  }
  return sum
}

interface Moves {
  readonly diffs: readonly TokenDiff[]
  readonly forgiveness: readonly Forgiveness[]
}

function settle(
  turn: Turn,
  peer: EntityId,
  requestId: bigint,
  moves: (channel: Channel) => Moves | EntityRefusal,
): EntityRefusal | null {
  return withChannel(turn, peer, (channel) => {
    const made = moves(channel)
    if ('code' in made) return made
    // The chain's clock judges the deadline, and may be ahead of ours.
    const { timestamp } = turn.records.depository().head
    const transaction = {
      type: 'settle' as const,
      newNonce: namedNonceOf(channel.mutual) + 1n,
      deadline: Math.max(turn.now, timestamp) + BATCH_LIFE_SECONDS,
      diffs: made.diffs,
      forgiveness: made.forgiveness,
    }
    toChannel(turn, channel, { type: 'settle', transaction, requestId })
    return null
  })
}

function setPolicy(
  turn: Turn,
  { policy }: Extract<Action, { type: 'setPolicy' }>,
): EntityRefusal | null {
  const invalid = checkPolicy(policy)
  if (invalid !== null) return { code: 'policy_invalid', field: invalid }
  turn.records.putEntity({ ...turn.records.entity(), policy })
  return null
}
