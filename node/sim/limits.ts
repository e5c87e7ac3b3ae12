/**
 * The stated limits that a world of seconds can reach, and how it shows that one was reached: something
 * stands just at it, or was refused because of it. Counted in the trace, once a world.
 */
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import {
  AMOUNT_MAX,
  BLOCK_OTHER_TRANSACTIONS_MAX,
  BLOCK_TRANSACTIONS_MAX,
  DISPUTE_WINDOW_MAX,
  DISPUTE_WINDOW_MIN,
  MEMO_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  NOTE_BYTES_MAX,
  SIGNED_BLOCKS_MAX,
} from '@xln/shared/limits.ts'
import type { ChannelFact } from '../machines/channel/messages.ts'
import type { Refusal } from '../machines/channel/refusal.ts'
import { BATCH_ITEMS_MAX, BATCHES_IN_FLIGHT_MAX } from '../machines/depository/depository.ts'
import type { EntityOutput, EntityRefusal } from '../machines/entity/messages.ts'
import type { Committed } from '../shell/loop.ts'
import { refusalCodes } from '../shell/peers/stats.ts'
import type { SimServer } from './server.ts'

/** By the refusal that names it. */
const byCode = {
  chain_ahead: 'CHAIN_BLOCKS_AHEAD_MAX',
  deadline_too_far: 'CLAUSE_LIFE_MAX_SECONDS',
  locks_full: 'LOCKS_PER_SIDE_MAX',
  route_invalid: 'HOPS_MAX',
  timestamp_ahead: 'CLOCK_SKEW_SECONDS',
  tokens_full: 'CHANNEL_TOKENS_MAX',
  amount_invalid: 'AMOUNT_MAX',
  queue_full: 'QUEUE_MAX',
} as const

/** By what a server counts of its peers. */
const byPeerRefusal = {
  oversized: 'messageBytesMax',
  slow: 'queueBytesMax',
  timedOut: 'heartbeatMissesMax',
  excessive: 'checksMax',
  crowded: 'connectionsPerAddressMax',
} as const

/** How often the counters of the peers are looked at, blocks. */
const PEERS_EVERY = 20

const others = [
  'DISPUTE_WINDOW_MIN',
  'DISPUTE_WINDOW_MAX',
  'SETTLEMENT_LIFE_SECONDS',
  'OPENING_MESSAGE_MAX',
  'MESSAGE_BYTES_MAX',
  'BLOCK_TRANSACTIONS_MAX',
  'BLOCK_OTHER_TRANSACTIONS_MAX',
  'NOTE_BYTES_MAX',
  'MEMO_BYTES_MAX',
  'SIGNED_BLOCKS_MAX',
  'BATCHES_IN_FLIGHT_MAX',
  'BATCH_ITEMS_MAX',
] as const

export type LimitName =
  | (typeof byCode)[keyof typeof byCode]
  | (typeof byPeerRefusal)[keyof typeof byPeerRefusal]
  | (typeof others)[number]

/** Every limit that is looked for. */
export const limitNames: readonly LimitName[] = [
  ...Object.values(byCode),
  ...Object.values(byPeerRefusal),
  ...others,
]

/** The limits that a block of `server` has reached. */
export function limitsReached(
  server: SimServer,
  committed: Committed,
  peers: readonly EntityId[],
): Set<LimitName> {
  const { outputs, arrivals, number } = committed
  const reached = new Set<LimitName>()
  for (const { output } of outputs) for (const name of ofOutput(output)) reached.add(name)
  const isLong = arrivals.some(
    (each) => each.type === 'message' && each.bytes.length > MESSAGE_BYTES_MAX,
  )
  if (isLong) reached.add('MESSAGE_BYTES_MAX')
  for (const name of ofState(server, peers)) reached.add(name)
  if (number % PEERS_EVERY === 0) for (const name of ofPeers(server)) reached.add(name)
  return reached
}

function ofOutput(output: EntityOutput): LimitName[] {
  switch (output.type) {
    case 'receipt':
      return output.refusal === null ? [] : ofRefusal(output.refusal)
    case 'paymentFailed':
      return output.refusal === null ? [] : ofRefusal(output.refusal)
    case 'messageDropped':
      return output.code === 'unknown_channel' ? ['OPENING_MESSAGE_MAX'] : []
    case 'channelFact':
      return ofFact(output.fact)
    case 'sendUpdate':
      return ofBlock(output.update.proposal?.block.transactions ?? [])
    case 'depository': {
      const { output: inner } = output
      const isFull = inner.type === 'submitBatch' && inner.batch.items.length === BATCH_ITEMS_MAX
      return isFull ? ['BATCH_ITEMS_MAX'] : []
    }
    default:
      return []
  }
}

function ofFact(fact: ChannelFact): LimitName[] {
  if (fact.type === 'wishRefused' || fact.type === 'messageRefused') return ofRefusal(fact.refusal)
  if (fact.type === 'settlementAbandoned') return ['SETTLEMENT_LIFE_SECONDS']
  if (fact.type === 'noted' && fact.data.length === NOTE_BYTES_MAX) return ['NOTE_BYTES_MAX']
  return []
}

function ofRefusal(refusal: Refusal | EntityRefusal): LimitName[] {
  if (refusal.code === 'channel_refused') return ofRefusal(refusal.refusal)
  if (refusal.code === 'amount_invalid' && refusal.amount <= AMOUNT_MAX) return []
  // Of an entity it is that too many channels are opened at once.
  if (refusal.code === 'queue_full' && !('max' in refusal)) return []
  if (refusal.code === 'window_invalid') {
    if (refusal.window < DISPUTE_WINDOW_MIN) return ['DISPUTE_WINDOW_MIN']
    return refusal.window > DISPUTE_WINDOW_MAX ? ['DISPUTE_WINDOW_MAX'] : []
  }
  return refusal.code in byCode ? [byCode[refusal.code as keyof typeof byCode]] : []
}

function ofBlock(transactions: readonly ChannelTransaction[]): LimitName[] {
  const other = transactions.filter(({ type }) => type !== 'pay').length
  const isLong = transactions.some(
    (each) => each.type === 'pay' && each.memo.length === MEMO_BYTES_MAX,
  )
  const reached: [boolean, LimitName][] = [
    [transactions.length === BLOCK_TRANSACTIONS_MAX, 'BLOCK_TRANSACTIONS_MAX'],
    [other === BLOCK_OTHER_TRANSACTIONS_MAX, 'BLOCK_OTHER_TRANSACTIONS_MAX'],
    [isLong, 'MEMO_BYTES_MAX'],
  ]
  return reached.flatMap(([is, name]) => (is ? [name] : []))
}

function ofState({ engine, entities }: SimServer, peers: readonly EntityId[]): LimitName[] {
  const reached: LimitName[] = []
  for (const entity of entities) {
    const records = engine?.shell.records(entity)
    if (records === undefined) continue
    const { inFlight } = records.depository()
    if (inFlight.length === BATCHES_IN_FLIGHT_MAX) reached.push('BATCHES_IN_FLIGHT_MAX')
    const isOut = (peer: EntityId) =>
      records.channel(channelKeyOf(entity, peer))?.outstanding.length === SIGNED_BLOCKS_MAX
    if (peers.some(isOut)) reached.push('SIGNED_BLOCKS_MAX')
  }
  return reached
}

function ofPeers({ engine }: SimServer): LimitName[] {
  const refused = engine?.network.stats().refused
  if (refused === undefined) return []
  const names = Object.keys(refusalCodes) as (keyof typeof refusalCodes)[]
  return names.flatMap((name) =>
    refused[name] > 0 && name in byPeerRefusal
      ? [byPeerRefusal[name as keyof typeof byPeerRefusal]]
      : [],
  )
}
