/** An entity's records, typed; whatever stands behind them (see ../ports.ts) reads and writes bytes. */
import type { ChannelKey, EntityId, Hashlock } from '@xln/shared/ids.ts'
import type { Channel } from '../channel/channel.ts'
import type { Depository } from '../depository/depository.ts'
import type { Entity, Invoice, Opening, Payment } from './entity.ts'

export interface EntityRecords {
  entity(): Entity
  putEntity(entity: Entity): void
  depository(): Depository
  putDepository(depository: Depository): void
  channel(key: ChannelKey): Channel | undefined
  putChannel(channel: Channel): void
  invoice(hashlock: Hashlock): Invoice | undefined
  putInvoice(invoice: Invoice): void
  payment(hashlock: Hashlock): Payment | undefined
  putPayment(payment: Payment): void

  opening(key: ChannelKey): Opening | undefined
  putOpening(opening: Opening): void
  deleteOpening(key: ChannelKey): void
  /** The peers of all openings. */
  openingPeers(): readonly EntityId[]

  /** Channels that want `head` inputs, ascending. */
  setWaiting(key: ChannelKey, waits: boolean): void
  waiting(): readonly ChannelKey[]

  /** When a channel's `timer` falls due, at the latest: unix seconds. A stale one does no harm. */
  deadline(key: ChannelKey): number | undefined
  setDeadline(key: ChannelKey, at: number | undefined): void
  /** Channels whose deadline is at or before `now`, earliest first, at most `limit`. */
  due(now: number, limit: number): readonly ChannelKey[]
  /** The earliest deadline of all. */
  nextDeadline(): number | undefined

  /** Channels that a restoring entity has not been shown again. */
  setUnshown(key: ChannelKey, unshown: boolean): void
  hasUnshown(): boolean

  /** A channel that made a machine throw: it signs nothing until an operator has looked. */
  isQuarantined(key: ChannelKey): boolean
  quarantine(key: ChannelKey): void
  release(key: ChannelKey): void
}
