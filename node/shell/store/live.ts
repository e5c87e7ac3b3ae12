import { compareBytes, equalBytes } from '@xln/shared/bytes.ts'
import { DEFAULT_SHAPE, type TreeShape } from '@xln/shared/merkle/shape.ts'
import type { Draft, MachinePath, Mark, Table } from '../../machines/ports.ts'
import { ByteMap, hashOf } from './byteMap.ts'
import { EntryCache } from './cache.ts'
import { type Entry, Presence } from './entry.ts'
import type { StoreError } from './faults.ts'
import { Journal } from './journal.ts'
import { LEVELS_MAX, LOCAL_ID_BYTES } from './keys.ts'
import { MachineRecords, type RecordSource, rowKeyOf, type Workplace } from './machineRecords.ts'

/** A record that changed, as it was at a block. */
export interface Change {
  readonly entry: Entry
  /** Undefined: it is no longer there. */
  readonly bytes: Uint8Array | undefined
  /** What the state tree has for it; undefined for nothing. */
  readonly valueHash: Uint8Array | undefined
}

/** Names one record. */
export interface RecordName {
  readonly path: MachinePath
  readonly table: Table<unknown>
  readonly key: Uint8Array
}

/**
 * The records of a server and all its machines: what is at work in memory, the rest wherever the source
 * has it. One block is at work at a time; `seal` ends it.
 */
export class LiveState implements Draft {
  readonly #machines = new ByteMap<MachineRecords>()
  readonly #workplace: Workplace
  /** What a checkpoint under way writes. */
  #saving: readonly Entry[] = []
  readonly server: MachineRecords

  constructor(source: RecordSource, cacheBytes: number, shape: TreeShape = DEFAULT_SHAPE) {
    this.#workplace = {
      shape,
      source,
      journal: new Journal(),
      cache: new EntryCache(cacheBytes),
      unsaved: { entries: [] },
      fault: undefined,
    }
    this.server = this.at(new Uint8Array(0))
  }

  at(path: MachinePath): MachineRecords {
    return this.#machines.get(path, hashOf(path)) ?? this.#makeMachine(path)
  }

  mark(): Mark {
    return this.#workplace.journal.mark()
  }

  rollback(mark: Mark): void {
    this.#workplace.journal.rollback(mark)
  }

  /** Every machine that was asked for or loaded, in no order. */
  machines(): Iterable<MachineRecords> {
    return this.#machines.values()
  }

  /** The first record that could not be had since the state was made: it cannot be gone on with. */
  get fault(): StoreError | undefined {
    return this.#workplace.fault
  }

  /** How many records changed since the last checkpoint. */
  get unsavedCount(): number {
    return this.#workplace.unsaved.entries.length
  }

  /** How many records are in memory. */
  get cachedCount(): number {
    return this.#workplace.cache.size
  }

  /** Ends the block at work: what it changed can no longer be taken back. */
  seal(): void {
    this.#workplace.journal.clear()
    this.#workplace.cache.evict()
  }

  /** Takes what changed since it was last asked, to write it. Only between blocks, with trees up to date. */
  takeChanges(): Change[] {
    const entries = this.#workplace.unsaved.entries
    this.#workplace.unsaved.entries = []
    this.#saving = entries
    return entries.map((entry) => {
      entry.unsaved = false
      entry.saving = true
      const bytes = entry.presence === Presence.present ? entry.encoded() : undefined
      return { entry, bytes, valueHash: entry.valueHash }
    })
  }

  /** Notes that what `takeChanges` gave is on disk. */
  saved(changes: readonly Change[]): void {
    this.#saving = []
    for (const { entry } of changes) {
      entry.saving = false
      if (entry.unsaved) continue
      entry.valueHash = undefined
      if (entry.value !== undefined) entry.bytes = undefined
    }
  }

  /** Reads what is not in memory of `names`, off the main thread. */
  async prefetch(names: readonly RecordName[]): Promise<void> {
    const entries: Entry[] = []
    for (const { path, table, key } of names) {
      const machine = this.at(path)
      const entry = machine.entry(table, key)
      if (entry.loading || !entry.isUnread || !machine.mustRead(entry)) continue
      // Pinned: what comes back is as old as this moment, and right only for an entry that was here
      // all the time and did not change.
      entry.loading = true
      entries.push(entry)
    }
    if (entries.length === 0) return
    try {
      const found = await this.#workplace.source.readMany(entries.map(rowKeyOf))
      for (const [i, entry] of entries.entries()) {
        if (entry.isUnread) this.at(entry.shelf.path).fill(entry, found[i])
      }
    } finally {
      for (const entry of entries) entry.loading = false
    }
  }

  /** What is newer here than on disk, of the table that `name` names, from its key on; keys ascending. */
  changedFrom({ path, table, key }: RecordName): Entry[] {
    return [...new Set([...this.#workplace.unsaved.entries, ...this.#saving])]
      .filter(({ shelf }) => shelf.table === table && equalBytes(shelf.path, path))
      .filter((entry) => compareBytes(entry.key, key) >= 0)
      .sort((a, b) => compareBytes(a.key, b.key))
  }

  #makeMachine(path: MachinePath): MachineRecords {
    const levels = path.length / LOCAL_ID_BYTES
    if (!Number.isInteger(levels) || levels > LEVELS_MAX) {
      throw new RangeError(`a machine path of ${path.length} bytes`)
    }
    const parent = levels === 0 ? undefined : this.at(path.subarray(0, -LOCAL_ID_BYTES))
    const machine = new MachineRecords(path, parent, this.#workplace)
    this.#machines.add(machine)
    return machine
  }
}

/** A state that is in memory alone: for tests, and for the simulator. */
export function createMemoryDraft(shape?: TreeShape): LiveState {
  const nothing: RecordSource = {
    read: () => undefined,
    readMany: async (rows) => rows.map(() => undefined),
  }
  return new LiveState(nothing, Number.POSITIVE_INFINITY, shape)
}
