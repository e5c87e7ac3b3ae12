import type { Table } from '../../machines/ports.ts'
import type { ByteMap, Linked } from './byteMap.ts'
import type { SortedKeys } from './sortedKeys.ts'

export const Presence = { unread: 0, absent: 1, present: 2 } as const
export type Presence = (typeof Presence)[keyof typeof Presence]

/** One table of one machine. */
export interface Shelf {
  readonly path: Uint8Array
  readonly table: Table<unknown>
  readonly entries: ByteMap<Entry>
  /** Every key that is there, of a table that can be scanned. */
  readonly keys: SortedKeys | undefined
  /** Called once for each entry that the state tree lags behind. */
  readonly onStale: (entry: Entry) => void
  /** Called once for each entry that the disk lags behind. */
  readonly onUnsaved: (entry: Entry) => void
}

/**
 * One record in memory: as it is on disk, or as it was changed since. It has a value, or its bytes, or
 * both; neither, when it is known to be there and was not read.
 */
export class Entry implements Linked<Entry> {
  readonly shelf: Shelf
  readonly key: Uint8Array
  readonly hash: number
  next: Entry | undefined = undefined

  presence: Presence = Presence.unread
  /** Decoded; undefined until it is asked for. */
  value: unknown = undefined
  /** Encoded; undefined until it is needed. */
  bytes: Uint8Array | undefined = undefined
  /** Its key in the state tree. */
  treeKey: Uint8Array | undefined = undefined
  /** keccak256 of the bytes, as the tree has it, from the change until it is saved. */
  valueHash: Uint8Array | undefined = undefined

  /** The state tree does not have it yet. */
  stale = false
  /** The disk does not have it, and no write of it is under way. */
  unsaved = false
  /** A write of it is under way. */
  saving = false
  /** A read of it is under way. */
  loading = false
  /** It was used since the cache last came by. */
  used = true
  /** The bytes that it counts for in the cache. */
  weight = 0

  constructor(shelf: Shelf, key: Uint8Array, hash: number) {
    this.shelf = shelf
    this.key = key
    this.hash = hash
  }

  /** Whether it is there or may be there, and memory does not have it. */
  get isUnread(): boolean {
    return this.value === undefined && this.bytes === undefined && this.presence !== Presence.absent
  }

  /** Whether it must stay in memory. */
  get isPinned(): boolean {
    return this.unsaved || this.saving || this.loading
  }

  /** Makes it another record, or none. */
  change(presence: Presence, value: unknown, bytes: Uint8Array | undefined): void {
    const { keys, table, onStale, onUnsaved } = this.shelf
    if (keys !== undefined && presence !== this.presence) {
      if (presence === Presence.present) keys.add(this.key)
      else keys.delete(this.key)
    }
    this.presence = presence
    this.value = value
    this.bytes = bytes
    if (!this.stale && table.local !== true) {
      this.stale = true
      onStale(this)
    }
    if (!this.unsaved) {
      this.unsaved = true
      onUnsaved(this)
    }
  }

  /** The bytes of a record that is there and was read. */
  encoded(): Uint8Array {
    this.bytes ??= this.shelf.table.codec.encode(this.value)
    return this.bytes
  }
}
