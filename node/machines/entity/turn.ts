/**
 * One entity's share of a server block: its records, what the block knows, and what it gives back.
 *
 * A turn runs every input, then flushes every channel it touched, so that all that happened to a
 * channel within one block leaves in one message.
 */

import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { ChannelKey, EntityId, Hashlock } from '@xln/shared/ids.ts'
import { type Channel, peerOf } from '../channel/channel.ts'
import { transition as channelTransition } from '../channel/machine.ts'
import type { ChannelContext, ChannelInput, ChannelOutput } from '../channel/messages.ts'
import type { Depository } from '../depository/depository.ts'
import {
  type DepositoryInput,
  type DepositoryOutput,
  transition as depositoryTransition,
} from '../depository/machine.ts'
import type { Reveal } from './entity.ts'
import type { EntityOutput, EntityRefusal } from './messages.ts'
import type { EntityRecords } from './records.ts'
import { type TurnRecords, turnRecords } from './turnRecords.ts'

/** What an entity does with what its submachines report. */
export interface Rules {
  onChannelOutput(turn: Turn, key: ChannelKey, peer: EntityId, output: ChannelOutput): void
  onDepositoryOutput(turn: Turn, output: DepositoryOutput): void
}

export interface Turn {
  readonly rules: Rules
  readonly records: TurnRecords
  readonly domain: ChainDomain
  /** Whether a server that speaks for `peer` is there now, or it lives on this one. */
  readonly isConnected: (peer: EntityId) => boolean
  /** Whether the secret of `hashlock` stands on chain. */
  readonly revealOf: (hashlock: Hashlock) => Reveal | undefined
  /** Unix seconds: the time of the server block. */
  readonly now: number
  /** Of this server's process; it may begin within the block. */
  readonly incarnation: () => number
  readonly outputs: EntityOutput[]
  /** Channels that must be flushed before the turn ends. */
  readonly touched: Set<ChannelKey>
  /** Channel outputs whose consequences are not yet drawn, in order. */
  readonly consequences: Consequence[]
  /** The peer of the channel whose machine runs, or whose consequences are drawn. */
  atWork: EntityId | undefined
}

interface Consequence {
  readonly key: ChannelKey
  readonly peer: EntityId
  readonly output: ChannelOutput
}

/** What a turn begins with. */
export interface TurnStart
  extends Pick<Turn, 'rules' | 'domain' | 'isConnected' | 'revealOf' | 'now' | 'incarnation'> {
  readonly records: EntityRecords
}

/** Begins a turn; {@link flush} ends it. */
export function beginTurn(start: TurnStart): Turn {
  const records = turnRecords(start.records)
  return { ...start, records, outputs: [], touched: new Set(), consequences: [], atWork: undefined }
}

export function channelWith(turn: Turn, peer: EntityId): Channel | undefined {
  return turn.records.channel(channelKeyOf(turn.records.entity().id, peer))
}

/**
 * Runs one input through a channel that exists, and draws the consequences in the entity. A channel
 * under quarantine takes nothing: it stays as it is.
 */
export function toChannel(turn: Turn, channel: Channel, input: ChannelInput): Channel {
  if (turn.records.isQuarantined(channel.key)) return channel
  const before = turn.atWork
  turn.atWork = peerOf(channel)
  const next = channelTransition(channel, input, contextOf(turn))
  if (next.state !== channel) turn.records.putChannel(next.state)
  if (input.type !== 'flush') turn.touched.add(channel.key)
  deliver(turn, next.state, next.outputs)
  turn.atWork = before
  return next.state
}

/** Runs one input through the depository machine, and draws the consequences in the entity. */
export function toDepository(turn: Turn, input: DepositoryInput): Depository {
  const before = turn.records.depository()
  const next = depositoryTransition(before, input, turn.records.entity().id)
  if (next.state !== before) turn.records.putDepository(next.state)
  for (const output of next.outputs) turn.rules.onDepositoryOutput(turn, output)
  return next.state
}

/** The later of this server's clock and the chain's, unix seconds. */
export function timeOf(turn: Turn): number {
  return Math.max(turn.now, turn.records.depository().head.timestamp)
}

/** What a channel may look at. */
export function contextOf(turn: Turn): ChannelContext {
  const { head } = turn.records.depository()
  const { policy } = turn.records.entity()
  return {
    now: turn.now,
    finalBlock: head.block,
    finalTimestamp: head.timestamp,
    domain: turn.domain,
    policy,
    incarnation: turn.incarnation(),
  }
}

/**
 * Consequences may reach other channels and come back, so they are queued and drawn one after
 * another: no transition runs inside another.
 */
function deliver(turn: Turn, channel: Channel, outputs: readonly ChannelOutput[]): void {
  const idle = turn.consequences.length === 0
  const peer = peerOf(channel)
  for (const output of outputs) turn.consequences.push({ key: channel.key, peer, output })
  if (!idle) return
  for (let at = 0; at < turn.consequences.length; at++) {
    const { key, peer, output } = turn.consequences[at] as Consequence
    turn.rules.onChannelOutput(turn, key, peer, output)
  }
  turn.consequences.length = 0
}

/** The answer to a request: taken, or declined with its reason. */
export function receipt(turn: Turn, requestId: bigint, refusal: EntityRefusal | null): void {
  if (requestId !== 0n) turn.outputs.push({ type: 'receipt', requestId, refusal })
}

/**
 * Gives every touched channel and the depository the end of the turn, until nothing is left to say;
 * then what has changed is written. `atWork` is told of each channel's peer before.
 */
export function flush(turn: Turn, atWork: (peer: EntityId) => void): void {
  while (turn.touched.size > 0) {
    const keys = [...turn.touched].sort()
    turn.touched.clear()
    for (const key of keys) {
      const channel = turn.records.channel(key)
      if (channel === undefined) continue
      atWork(peerOf(channel))
      toChannel(turn, channel, { type: 'flush' })
    }
  }
  toDepository(turn, { type: 'flush', now: turn.now })
  turn.records.save()
}
