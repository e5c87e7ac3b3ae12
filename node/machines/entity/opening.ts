/**
 * How a channel comes into being on this side. Nothing is signed and nothing is read from a peer
 * before the chain has said what it knows of the channel: its nonce, its collateral, a dispute.
 */
import { channelKeyOf, sideOf } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_DEFAULT } from '@xln/shared/limits.ts'
import { type Channel, genesis } from '../channel/channel.ts'
import type { ChannelView } from '../channel/messages.ts'
import { OPENING_MESSAGE_MAX, OPENINGS_MAX, type Opening } from './entity.ts'
import { receive } from './message.ts'
import type { EntityRefusal } from './messages.ts'
import { type Turn, toChannel } from './turn.ts'

/** Asks for the chain's view of a channel that is to be. */
export function open(turn: Turn, opening: Opening): EntityRefusal | null {
  const { records, outputs } = turn
  const before = records.opening(opening.key)
  if (before === undefined && records.openingPeers().length >= OPENINGS_MAX)
    return { code: 'queue_full' }
  const window = opening.disputeWindow === 0 ? (before?.disputeWindow ?? 0) : opening.disputeWindow
  const message = opening.message ?? before?.message ?? null
  records.putOpening({ ...opening, disputeWindow: window, message })
  if (before === undefined) outputs.push({ type: 'readChannel', peer: opening.peer })
  return null
}

/** A stranger's first message: kept, one and not a large one, until the chain has been read. */
export function openForStranger(turn: Turn, peer: EntityId, message: Uint8Array): void {
  const { id, policy } = turn.records.entity()
  const fits = policy.acceptsChannels && message.length <= OPENING_MESSAGE_MAX && peer !== id
  const opening = { key: channelKeyOf(id, peer), peer, disputeWindow: 0, message }
  if (fits && open(turn, opening) === null) return
  const code = fits ? 'openings_full' : 'unknown_channel'
  turn.outputs.push({ type: 'messageDropped', peer, code })
}

/** The chain has spoken: the channel exists, and what waited for it happens. */
export function onChannelView(turn: Turn, peer: EntityId, view: ChannelView): void {
  const { records } = turn
  const { id } = records.entity()
  const key = channelKeyOf(id, peer)
  const standing = records.channel(key)
  if (standing !== undefined) {
    toChannel(turn, standing, { type: 'view', view })
    return
  }
  const opening = records.opening(key)
  if (opening === undefined) return
  records.deleteOpening(key)

  const channel = genesis(view, sideOf(id, peer), turn.domain)
  records.putChannel(channel)
  turn.outputs.push({ type: 'channelOpened', channelKey: channel.key, peer })
  let next = mayBeForgotten(turn, channel, view)
  if (turn.isConnected(peer)) next = toChannel(turn, next, { type: 'connected', up: true })
  if (opening.message !== null) receive(turn, next, peer, opening.message)
  else setWindow(turn, opening)
}

/**
 * Once state was lost, a channel that is opened may be one that was forgotten. Until its peer has said
 * what it holds nothing is signed there, as in every other channel.
 */
function mayBeForgotten(turn: Turn, channel: Channel, view: ChannelView): Channel {
  const { lostAt } = turn.records.entity()
  if (lostAt === 0) return channel
  const restoring = toChannel(turn, channel, { type: 'restore', lostAt })
  return toChannel(turn, restoring, { type: 'view', view })
}

/** The default needs no word: both sides begin with it. */
function setWindow(turn: Turn, { key, disputeWindow }: Opening): void {
  const channel = turn.records.channel(key)
  if (channel === undefined || disputeWindow === DISPUTE_WINDOW_DEFAULT) return
  toChannel(turn, channel, { type: 'wish', transaction: { type: 'open', disputeWindow } })
}
