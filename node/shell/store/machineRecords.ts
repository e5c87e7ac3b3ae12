import { bytesToHex, equalBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import type { TreeShape } from '@xln/shared/merkle/shape.ts'
import { childKey, recordKey } from '@xln/shared/merkle/stateKeys.ts'
import { MerkleTree } from '@xln/shared/merkle/tree.ts'
import { presenceCodec, type Records, type Row, type Table } from '../../machines/ports.ts'
import { ByteMap, hashOf, type Linked } from './byteMap.ts'
import type { EntryCache } from './cache.ts'
import { Entry, Presence, type Shelf } from './entry.ts'
import { StoreError } from './faults.ts'
import type { Journal } from './journal.ts'
import { KEY_BYTES_MAX, LOCAL_ID_BYTES, recordRowKey } from './keys.ts'
import { SortedKeys } from './sortedKeys.ts'

/** Where records are that are not in memory. Takes keys made by `recordRowKey`. */
export interface RecordSource {
  read(row: Uint8Array): Uint8Array | undefined
  readMany(rows: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>
}

/** What the machines of one server share. */
export interface Workplace {
  readonly shape: TreeShape
  readonly source: RecordSource
  readonly journal: Journal
  readonly cache: EntryCache
  /** What changed since the last checkpoint. */
  readonly unsaved: { entries: Entry[] }
  /** The first record that could not be had. A machine must not take it for an error of its own. */
  fault: StoreError | undefined
}

/** The records and the state tree of one machine. */
export class MachineRecords implements Records, Linked<MachineRecords> {
  readonly key: Uint8Array
  readonly hash: number
  next: MachineRecords | undefined = undefined
  readonly tree: MerkleTree
  readonly #workplace: Workplace
  readonly #parent: MachineRecords | undefined
  readonly #shelves: (Shelf | undefined)[] = []
  /** Tables that can be scanned, by id, as they were found on disk: before the table itself is seen. */
  readonly #sorted: (SortedKeys | undefined)[] = []
  /** What the tree lags behind. */
  #stale: Entry[] = []
  #staleChildren: MachineRecords[] = []
  #isListed = false

  constructor(path: Uint8Array, parent: MachineRecords | undefined, workplace: Workplace) {
    this.key = new Uint8Array(path)
    this.hash = hashOf(path)
    this.tree = new MerkleTree(workplace.shape)
    this.#parent = parent
    this.#workplace = workplace
  }

  get<T>(table: Table<T>, key: Uint8Array): T | undefined {
    const entry = this.entry(table, key)
    if (entry.isUnread) this.#load(entry)
    if (entry.presence === Presence.absent) return undefined
    if (entry.value === undefined) this.#decode(entry)
    return entry.value as T
  }

  put<T>(table: Table<T>, key: Uint8Array, value: T): void {
    const entry = this.entry(table, key)
    // What it was has to be known, or it could not be taken back.
    if (entry.isUnread) this.#load(entry)
    if (entry.presence === Presence.present && entry.value === value) return
    this.#workplace.journal.note(entry)
    entry.change(Presence.present, value, undefined)
  }

  delete<T>(table: Table<T>, key: Uint8Array): void {
    const entry = this.entry(table, key)
    if (entry.isUnread) this.#load(entry)
    if (entry.presence === Presence.absent) return
    this.#workplace.journal.note(entry)
    entry.change(Presence.absent, undefined, undefined)
  }

  scan<T>(table: Table<T>, from: Uint8Array, limit: number): readonly Row<T>[] {
    const { keys } = this.#shelf(table)
    if (keys === undefined) throw new TypeError(`${table.name} cannot be scanned`)
    return keys.scan(from, limit).map((key) => ({ key, value: this.get(table, key) as T }))
  }

  root(): Uint8Array {
    this.#updateTree()
    return this.tree.root()
  }

  /** What shows that this machine has a record of `table` under `key`, or that it has none. */
  prove<T>(table: Table<T>, key: Uint8Array): { root: Uint8Array; proof: Uint8Array } {
    if (table.local === true) throw new TypeError(`${table.name} is not in the state tree`)
    const root = this.root()
    return { root, proof: this.tree.prove(recordKey(table.id, key)) }
  }

  /** What is in memory under `key`; made, and not yet read, when nothing is. */
  entry<T>(table: Table<T>, key: Uint8Array): Entry {
    const shelf = this.#shelf(table)
    const hash = hashOf(key)
    let entry = shelf.entries.get(key, hash)
    if (entry === undefined) {
      if (key.length > KEY_BYTES_MAX) throw new RangeError(`a key of ${key.length} bytes`)
      entry = new Entry(shelf, new Uint8Array(key), hash)
      shelf.entries.add(entry)
      this.#workplace.cache.add(entry)
    }
    entry.used = true
    return entry
  }

  /** Whether `entry` has to be read from disk: the state tree or a sorted table may say it is absent. */
  mustRead(entry: Entry): boolean {
    const { keys, table } = entry.shelf
    if (keys !== undefined) {
      entry.presence = keys.has(entry.key) ? Presence.present : Presence.absent
      // An index has its keys in memory, and nothing else to read.
      if (entry.presence === Presence.present && table.codec === presenceCodec) entry.value = true
    } else if (table.local !== true && this.tree.get(treeKeyOf(entry)) === undefined) {
      entry.presence = Presence.absent
    }
    return entry.isUnread
  }

  /** Takes over what the disk has under the key of `entry`. Throws a `StoreError` when it is not right. */
  fill(entry: Entry, bytes: Uint8Array | undefined): void {
    const { table } = entry.shelf
    if (table.local === true) {
      if (bytes === undefined && entry.presence === Presence.present) throw corrupt(entry)
    } else {
      const expected = this.tree.get(treeKeyOf(entry))
      const matches =
        bytes === undefined
          ? expected === undefined
          : expected !== undefined && equalBytes(keccak256(bytes), expected)
      if (!matches) throw corrupt(entry)
    }
    entry.presence = bytes === undefined ? Presence.absent : Presence.present
    entry.bytes = bytes
    if (bytes !== undefined) this.#workplace.cache.weigh(entry, bytes.length)
  }

  /** Takes over one key of a table that can be scanned, from the disk. */
  loadKey(tableId: number, key: Uint8Array): void {
    let keys = this.#sorted[tableId]
    if (keys === undefined) {
      keys = new SortedKeys(key.length)
      this.#sorted[tableId] = keys
    }
    keys.add(key)
  }

  /** Takes over one leaf of the state tree from the disk. */
  loadLeaf(treeKey: Uint8Array, valueHash: Uint8Array): void {
    this.tree.set(treeKey, valueHash)
    this.#noteStale()
  }

  #shelf<T>(table: Table<T>): Shelf {
    const shelf = this.#shelves[table.id] ?? this.#makeShelf(table)
    if (shelf.table !== table) {
      throw new TypeError(`tables ${shelf.table.name} and ${table.name} share the id ${table.id}`)
    }
    return shelf
  }

  #makeShelf(table: Table<unknown>): Shelf {
    const { id, name, orderedKeyBytes } = table
    if (!Number.isInteger(id) || id < 1 || id > 255) throw new RangeError(`table ${name} is ${id}`)
    const found = this.#sorted[id]
    if (found !== undefined && found.keyBytes !== orderedKeyBytes) {
      throw new TypeError(`table ${name} has keys of ${found.keyBytes} bytes on disk`)
    }
    const shelf: Shelf = {
      path: this.key,
      table,
      entries: new ByteMap(),
      keys: orderedKeyBytes === undefined ? undefined : (found ?? new SortedKeys(orderedKeyBytes)),
      onStale: (entry) => {
        this.#stale.push(entry)
        this.#noteStale()
      },
      onUnsaved: (entry) => this.#workplace.unsaved.entries.push(entry),
    }
    this.#shelves[id] = shelf
    return shelf
  }

  #load(entry: Entry): void {
    if (!this.mustRead(entry)) return
    try {
      this.fill(entry, this.#workplace.source.read(rowKeyOf(entry)))
    } catch (error) {
      throw this.#fault(entry, error)
    }
  }

  #decode(entry: Entry): void {
    try {
      entry.value = entry.shelf.table.codec.decode(entry.bytes as Uint8Array)
    } catch (error) {
      throw this.#fault(entry, error)
    }
    // What is at work is either bytes or an object; both only while the disk still needs the bytes.
    if (!entry.unsaved && !entry.saving) entry.bytes = undefined
  }

  #fault(entry: Entry, error: unknown): StoreError {
    const fault = error instanceof StoreError ? error : corrupt(entry, { cause: error })
    this.#workplace.fault ??= fault
    return fault
  }

  /** Tells the machines above that the root is another one. */
  #noteStale(): void {
    if (this.#isListed || this.#parent === undefined) return
    this.#isListed = true
    this.#parent.#staleChildren.push(this)
    this.#parent.#noteStale()
  }

  #updateTree(): void {
    for (const child of this.#staleChildren) {
      child.#isListed = false
      const root = child.root()
      const key = childKey(child.key.subarray(child.key.length - LOCAL_ID_BYTES))
      if (child.tree.size === 0) this.tree.delete(key)
      else this.tree.set(key, root)
    }
    this.#staleChildren.length = 0
    for (const entry of this.#stale) {
      entry.stale = false
      if (entry.presence === Presence.present) {
        const bytes = entry.encoded()
        entry.valueHash = keccak256(bytes)
        this.#workplace.cache.weigh(entry, bytes.length)
        this.tree.set(treeKeyOf(entry), entry.valueHash)
      } else {
        entry.valueHash = undefined
        this.tree.delete(treeKeyOf(entry))
      }
    }
    this.#stale.length = 0
  }
}

/** The key of a record on disk. */
export function rowKeyOf(entry: Entry): Uint8Array {
  const { path, table, keys } = entry.shelf
  return recordRowKey(keys !== undefined, path, table.id, entry.key)
}

/** The key of a record in the state tree of its machine. */
export function treeKeyOf(entry: Entry): Uint8Array {
  entry.treeKey ??= recordKey(entry.shelf.table.id, entry.key)
  return entry.treeKey
}

function corrupt(entry: Entry, options?: ErrorOptions): StoreError {
  const { path, table } = entry.shelf
  return new StoreError(
    {
      code: 'record_corrupt',
      path: bytesToHex(path),
      table: table.name,
      key: bytesToHex(entry.key),
    },
    options,
  )
}
