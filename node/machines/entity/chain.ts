/** Applies what the chain has said: to the depository machine, and to the channels it names. */
import type {
  ChannelChainEvent,
  DepositoryEvent,
  LocatedEvent,
  SecretRevealed,
} from '@xln/shared/depository/events.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { ChainHead } from '../depository/depository.ts'
import { type Turn, toChannel, toDepository } from './turn.ts'

/** How many channels one secret or one turn of timers reaches: the rest follows in the next block. */
const DUE_PER_TURN_MAX = 1_000

/**
 * Applies final events in chain order, then lets every channel that waits for the chain look at its
 * new head. The depository goes first: it owns the head that channels are shown.
 */
export function onChain(turn: Turn, head: ChainHead, events: readonly LocatedEvent[]): void {
  const own: LocatedEvent<DepositoryEvent>[] = []
  for (const located of events) if (isOwn(located)) own.push(located)
  toDepository(turn, { type: 'chain', head, events: own })

  for (const located of events) if (!isOwn(located)) onChannelEvent(turn, located, true)
  for (const key of turn.records.waiting()) {
    const channel = turn.records.channel(key)
    if (channel !== undefined) toChannel(turn, channel, { type: 'head' })
  }
}

/** Something that cannot wait until it is final: a dispute, a secret. */
export function onFirstSight(turn: Turn, located: LocatedEvent): void {
  if (!isOwn(located)) onChannelEvent(turn, located, false)
}

function isOwn(located: LocatedEvent): located is LocatedEvent<DepositoryEvent> {
  switch (located.event.type) {
    case 'reserveUpdated':
    case 'batchProcessed':
    case 'batchItemSkipped':
    case 'debtCreated':
    case 'debtPaid':
    case 'debtForgiven':
      return true
    default:
      return false
  }
}

function onChannelEvent(turn: Turn, { event, position }: LocatedEvent, final: boolean): void {
  switch (event.type) {
    case 'secretRevealed':
      onSecret(turn, event, final)
      return
    case 'reserveUpdated':
    case 'batchProcessed':
    case 'batchItemSkipped':
    case 'debtCreated':
    case 'debtPaid':
    case 'debtForgiven':
      return
    default:
      toNamedChannel(turn, event, { position, final })
  }
}

interface Sight {
  readonly position: LocatedEvent['position']
  readonly final: boolean
}

/** A channel that nobody opened has no state: what strangers do to it on chain is read when it opens. */
function toNamedChannel(turn: Turn, event: ChannelChainEvent, { position, final }: Sight): void {
  const key = channelKeyOf(event.left, event.right)
  const channel = turn.records.channel(key)
  if (channel === undefined) return
  const { block, logIndex, timestamp } = position
  toChannel(turn, channel, {
    type: 'chain',
    event,
    position: { block, logIndex },
    timestamp,
    final,
  })
}

/**
 * A channel with open locks always has a deadline, so those with one are all that a secret can
 * concern; the others find no lock of this hash and stay as they are.
 */
function onSecret(
  turn: Turn,
  { hashlock, secret, revealedAt }: SecretRevealed,
  final: boolean,
): void {
  for (const key of turn.records.due(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
    const channel = turn.records.channel(key)
    if (channel === undefined) continue
    toChannel(turn, channel, { type: 'secretRevealed', hashlock, secret, revealedAt, final })
  }
}

/** Runs the timers that have fallen due, earliest first. */
export function onDue(turn: Turn): void {
  for (const key of turn.records.due(turn.now, DUE_PER_TURN_MAX)) {
    turn.records.setDeadline(key, undefined)
    const channel = turn.records.channel(key)
    // Under quarantine it takes nothing, and its deadline would fall due again at once, for ever.
    if (channel === undefined || turn.records.isQuarantined(key)) continue
    const { scheduledAt } = toChannel(turn, channel, { type: 'timer' })
    // The deadline may have been an older, earlier one: the channel has said its own and says it no more.
    if (scheduledAt !== null && turn.records.deadline(key) === undefined) {
      turn.records.setDeadline(key, scheduledAt)
    }
  }
  const next = turn.records.nextDeadline()
  if (next !== undefined) turn.outputs.push({ type: 'wake', at: next })
}
