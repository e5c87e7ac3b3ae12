/**
 * An entity's records while it has its turn. What it works with is looked up once, and what it changes
 * is written once, when the turn ends: one message changes a channel several times over.
 */
import type { ChannelKey } from '@xln/shared/ids.ts'
import type { Channel } from '../channel/channel.ts'
import type { Depository } from '../depository/depository.ts'
import type { Entity } from './entity.ts'
import type { EntityRecords } from './records.ts'

export interface TurnRecords extends EntityRecords {
  /** Writes what was put. The turn is over. */
  save(): void
}

interface Kept<T> {
  value: T
  isChanged: boolean
}

/** The same records as `records`, which nobody else may change before they are saved. */
export function turnRecords(records: EntityRecords): TurnRecords {
  const entity = one<Entity>(records.entity)
  const depository = one<Depository>(records.depository)
  const channels = new Map<ChannelKey, Kept<Channel | undefined>>()
  const quarantined = new Map<ChannelKey, boolean>()
  return {
    ...records,
    entity: entity.get,
    putEntity: entity.put,
    depository: depository.get,
    putDepository: depository.put,
    channel(key) {
      let kept = channels.get(key)
      if (kept === undefined) {
        kept = { value: records.channel(key), isChanged: false }
        channels.set(key, kept)
      }
      return kept.value
    },
    putChannel(channel) {
      channels.set(channel.key, { value: channel, isChanged: true })
    },
    isQuarantined(key) {
      let known = quarantined.get(key)
      if (known === undefined) {
        known = records.isQuarantined(key)
        quarantined.set(key, known)
      }
      return known
    },
    quarantine(key) {
      records.quarantine(key)
      quarantined.set(key, true)
    },
    release(key) {
      records.release(key)
      quarantined.set(key, false)
    },
    save() {
      entity.save(records.putEntity)
      depository.save(records.putDepository)
      for (const { value, isChanged } of channels.values()) {
        if (isChanged && value !== undefined) records.putChannel(value)
      }
    },
  }
}

/** A record of which there is one, read when it is first asked for. */
function one<T>(read: () => T) {
  let kept: Kept<T> | undefined
  return {
    get: (): T => {
      kept ??= { value: read(), isChanged: false }
      return kept.value
    },
    put(value: T): void {
      kept = { value, isChanged: true }
    },
    save(write: (value: T) => void): void {
      if (kept?.isChanged === true) write(kept.value)
    },
  }
}
