import { equalBytes } from '@xln/shared/bytes.ts'
import type { Draft, MachinePath, Row, Table } from '../../machines/ports.ts'
import { statesRoot } from '../../machines/server/block.ts'
import {
  type BlockHeader,
  GENESIS,
  type ReadHeader,
  readLog,
  type StoredBlock,
} from './blockLog.ts'
import { type CheckpointLimits, Checkpoints } from './checkpoint.ts'
import { closeDatabase, type Database, readRow, readRows } from './database.ts'
import { type RestoringReason, StoreError } from './faults.ts'
import { ANY_HASH, type HighWater, type Tail } from './highWater.ts'
import { behind, blockKey, numberKey, numberOf, Prefix, quarantineKey, receiptKey } from './keys.ts'
import { listRecords } from './listing.ts'
import type { LiveState, RecordName } from './live.ts'
import { assertRoot } from './loading.ts'

/** A block to be made durable, with everything that must be atomic with it. */
export interface NewBlock {
  /** One more than the newest. */
  readonly number: number
  /** keccak256 of `bytes`. */
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
  readonly receipts?: readonly (readonly [key: Uint8Array, receipt: Uint8Array])[]
  /** Inputs that were left out of the block, as the shell wants to read them again. */
  readonly quarantined?: readonly Uint8Array[]
}

/** What shows the outside that a machine has a record, or does not. See `verifyProof`. */
export interface RecordProof {
  /** The root of the machine's tree. */
  readonly root: Uint8Array
  readonly proof: Uint8Array
}

/** How an open store came to be: what `openStore` hands over. */
export interface StoreParts {
  readonly database: Database
  readonly highWater: HighWater
  readonly live: LiveState
  readonly readHeader: ReadHeader
  /** The block that the records on disk reach. */
  readonly reached: Tail
  /** What that block says of the state. */
  readonly stateHash: Uint8Array
  /** The last block to which the log leads without a gap. */
  readonly end: Tail
  readonly reason: RestoringReason | undefined
  readonly checkpoints: CheckpointLimits
}

type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/**
 * The state of one server, and the log it can be made from again.
 *
 * Every block is written with one synced batch; the records that it changed follow behind in larger
 * ones. Whoever opened the store replays what lies between, and goes on from there.
 */
export class Store {
  readonly #parts: StoreParts
  readonly #checkpoints: Checkpoints
  #tail: Tail
  /** What the block at the tail says of the state. */
  #stateHash: Uint8Array
  #end: Tail
  /** Set until the loss that was found is accepted. */
  #isRestoring: boolean
  /** The newest block that is on disk. */
  #synced: number
  /** The newest block's write; the next one waits for it. */
  #writing: Promise<void> = Promise.resolve()
  #failure: StoreError | undefined
  #closing: Promise<void> | undefined

  constructor(parts: StoreParts) {
    this.#parts = parts
    const onFailure = (number: number, error: unknown) => this.#fail(number, error)
    this.#checkpoints = new Checkpoints(parts, parts.checkpoints, onFailure)
    this.#tail = parts.reached
    this.#stateHash = parts.stateHash
    this.#end = parts.end
    this.#synced = parts.end.number
    this.#isRestoring = parts.reason !== undefined
  }

  /** The state after the newest block, with what the block at work changed. */
  get draft(): Draft {
    return this.#parts.live
  }

  /** The newest block that was executed: durable when its `commit` has resolved. */
  get tail(): Tail {
    return this.#tail
  }

  /** The number of the newest block that is on disk. */
  get synced(): number {
    return this.#synced
  }

  /** What the newest block says of the state: the root after the newest block that states one. */
  get stateHash(): Uint8Array {
    return this.#stateHash
  }

  /** What the next block has to say of the state, which must be the one after it. */
  nextStateHash(): Uint8Array {
    const { live } = this.#parts
    return statesRoot(this.#tail.number + 1) ? live.server.root() : this.#stateHash
  }

  /** The block that the records on disk reach. */
  get recordsAt(): number {
    return this.#checkpoints.reached.number
  }

  /** The blocks that were durable and that the records do not reach, in order: to be executed again. */
  async *blocksToReplay(): AsyncGenerator<StoredBlock> {
    if (this.#tail.number === this.#end.number) return
    for await (const block of this.#readLog(this.#tail)) {
      yield block
      // What may lie behind a gap is not looked at.
      if (block.header.number === this.#end.number) return
    }
  }

  /**
   * The draft holds what `block`, the next to replay, led to. Throws a `StoreError` when that is not
   * what it led to when it was made.
   */
  async replayed(block: StoredBlock): Promise<void> {
    this.#assertSound()
    const { live } = this.#parts
    const { number, stateHash } = block.header
    if (number !== this.#tail.number + 1) throw new RangeError(`block ${number} is not the next`)
    assertRoot(number, stateHash, this.nextStateHash())
    live.seal()
    this.#tail = { number, hash: block.hash }
    this.#stateHash = stateHash
    this.#checkpoints.startWhenDue(this.#tail)
    await this.#checkpoints.done()
    this.#assertSound()
  }

  /**
   * Ends the block at work and makes it durable. What it causes may leave when this resolves, and not
   * before. Takes what it needs at once: the next block may be worked on meanwhile.
   *
   * Throws a `StoreError` when it cannot be written; nothing else can be done with the store then.
   */
  async commit(block: NewBlock): Promise<void> {
    this.#assertSound()
    this.#stateHash = this.#assertFollows(block).stateHash
    this.#parts.live.seal()
    const tail = { number: block.number, hash: block.hash }
    this.#tail = tail
    this.#end = tail
    const written = this.#writing.then(() => this.#write(block, tail))
    this.#writing = written
    // Whoever waits for the next block hears of it too.
    written.catch(() => undefined)
    this.#checkpoints.startWhenDue(tail, written)
    await written
    await this.#checkpoints.roomForMore()
  }

  /**
   * Takes back everything that changed since the newest block. Throws a `StoreError` when a record could
   * not be had: then it was not the machine's fault.
   */
  discard(): void {
    this.#parts.live.rollback(0)
    this.#assertSound()
  }

  /**
   * Goes on from the tail although the log lost something: what lies behind the gap is forgotten. Only
   * when the block that follows makes every channel wait for its peer: until that one is on disk, every
   * start finds the loss again.
   */
  async acceptLoss(): Promise<void> {
    this.#assertSound()
    const { database, highWater } = this.#parts
    const next = this.#end.number + 1
    highWater.start({ number: next, hash: ANY_HASH })
    const from = numberKey(Prefix.blockHash, next)
    const forgotten: Operation[] = []
    for await (const rows of readRows(database, from, behind(Prefix.blockHash))) {
      for (const [key] of rows) forgotten.push({ type: 'del', key })
    }
    await database.batch(forgotten, { sync: true })
    this.#isRestoring = false
  }

  /** Reads what is not in memory of `names`, off the main thread, so that a block finds it there. */
  async prefetch(names: readonly RecordName[]): Promise<void> {
    await this.#parts.live.prefetch(names)
  }

  /** Every block after `number`, in order, checked as at the opening. Throws a `StoreError` at a gap. */
  async *blocksAfter(number: number): AsyncGenerator<StoredBlock> {
    const hash = number === 0 ? GENESIS.hash : await this.blockHash(number)
    if (hash === undefined) throw new StoreError({ code: 'log_broken', number })
    yield* this.#readLog({ number, hash })
  }

  /** The block with `hash`. */
  block(hash: Uint8Array): Promise<Uint8Array | undefined> {
    return readRow(this.#parts.database, blockKey(hash))
  }

  /** The hash of the block of `number`, 1 up to the tail. */
  blockHash(number: number): Promise<Uint8Array | undefined> {
    return readRow(this.#parts.database, numberKey(Prefix.blockHash, number))
  }

  /** What was committed as a receipt under `key`. */
  receipt(key: Uint8Array): Promise<Uint8Array | undefined> {
    return readRow(this.#parts.database, receiptKey(key))
  }

  /** Every input that was kept out of a block, with the number of the block. */
  async *quarantined(): AsyncGenerator<{ readonly number: number; readonly input: Uint8Array }> {
    const { quarantine } = Prefix
    const all = readRows(this.#parts.database, Uint8Array.of(quarantine), behind(quarantine))
    for await (const rows of all) {
      for (const [key, input] of rows) yield { number: numberOf(key), input }
    }
  }

  /** Lets go of the inputs that were kept out of blocks, as far as `isOver` says so. */
  async dropQuarantined(isOver: (number: number, input: Uint8Array) => boolean): Promise<void> {
    this.#assertSound()
    const { quarantine } = Prefix
    const { database } = this.#parts
    for await (const rows of readRows(database, Uint8Array.of(quarantine), behind(quarantine))) {
      const over = rows.filter(([key, input]) => isOver(numberOf(key), input))
      await database.batch(
        over.map(([key]): Operation => ({ type: 'del', key })),
        { sync: true },
      )
    }
  }

  /**
   * At most `limit` records of any table, keys ascending, from the first key that is not below `from`,
   * as they are now. For people who look, not for machines.
   */
  async page<T>(
    path: MachinePath,
    table: Table<T>,
    from: Uint8Array,
    limit: number,
  ): Promise<Row<T>[]> {
    const { database, live } = this.#parts
    return await listRecords(database, live, path, table, from, limit)
  }

  /** Shows what the machine at `path` has, or has not, in `table` under `key`. */
  prove(path: MachinePath, table: Table<unknown>, key: Uint8Array): RecordProof {
    return this.#parts.live.at(path).prove(table, key)
  }

  /**
   * Writes what is not on disk yet and lets go of the database. The draft must not be used again.
   * Without a checkpoint it is quicker, and the next start replays what a crash would make it replay.
   * Asked again while it does so, it waits for the same end.
   */
  close({ checkpoint = true }: { readonly checkpoint?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(checkpoint)
    return this.#closing
  }

  async #close(checkpoint: boolean): Promise<void> {
    const { database, highWater, live } = this.#parts
    await this.#writing.catch(() => undefined)
    await this.#checkpoints.done()
    const isSound = this.#failure === undefined && live.fault === undefined && !this.#isRestoring
    if (checkpoint && isSound && this.#tail.number > this.recordsAt) {
      live.rollback(0)
      this.#checkpoints.start(this.#tail)
      await this.#checkpoints.done()
    }
    await closeDatabase(database)
    highWater.close()
    if (isSound && this.#failure !== undefined) throw this.#failure
  }

  async *#readLog(start: Tail): AsyncGenerator<StoredBlock> {
    const { database, readHeader } = this.#parts
    for await (const block of readLog(database, readHeader, start)) {
      if ('code' in block) throw new StoreError({ code: 'log_broken', number: block.number })
      yield block
    }
  }

  async #write({ receipts, quarantined, bytes }: NewBlock, tail: Tail): Promise<void> {
    this.#assertSound()
    const { number, hash } = tail
    const operations: Operation[] = [
      { type: 'put', key: blockKey(hash), value: bytes },
      { type: 'put', key: numberKey(Prefix.blockHash, number), value: hash },
    ]
    for (const [key, value] of receipts ?? []) {
      operations.push({ type: 'put', key: receiptKey(key), value })
    }
    for (const [index, value] of (quarantined ?? []).entries()) {
      operations.push({ type: 'put', key: quarantineKey(number, index), value })
    }
    try {
      await this.#parts.database.batch(operations, { sync: true })
      this.#parts.highWater.write(tail)
      this.#synced = number
    } catch (error) {
      throw this.#fail(number, error)
    }
  }

  /** From now on nothing works: what is on disk and what is in memory may be two things. */
  #fail(number: number, error: unknown): StoreError {
    this.#failure ??=
      error instanceof StoreError
        ? error
        : new StoreError({ code: 'write_failed', number }, { cause: error })
    return this.#failure
  }

  #assertSound(): void {
    this.#failure ??= this.#parts.live.fault
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Whoever breaks one of these has a bug: the log would not open again. */
  #assertFollows({ number, hash, bytes }: NewBlock): BlockHeader {
    const { readHeader } = this.#parts
    if (this.#isRestoring) throw new Error('a loss was found, and nobody accepted it')
    if (this.#tail.number !== this.#end.number) throw new Error('blocks are left to replay')
    const header = readHeader(bytes)
    if (header === undefined || header.number !== number || number !== this.#tail.number + 1) {
      throw new Error(`block ${number} does not follow block ${this.#tail.number}`)
    }
    if (hash.length !== 32 || !equalBytes(header.previous, this.#tail.hash)) {
      throw new Error(`block ${number} does not name the block before it`)
    }
    if (!equalBytes(header.stateHash, this.nextStateHash())) {
      throw new Error(`block ${number} does not name the state it leads to`)
    }
    return header
  }
}
