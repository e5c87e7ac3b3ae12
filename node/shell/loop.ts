/**
 * The tick: drain → execute → persist → only then perform.
 *
 * A block starts when there is work, but not within a few milliseconds of the start of the one before,
 * so that a burst shares a block; and it takes no more than it can execute in some milliseconds, so
 * that peers have something to do meanwhile. While it is executed, the one before is being written.
 * Nothing leaves before what caused it is on disk; a process that dies in between derives it again
 * from its state.
 */

import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import { RULES_VERSION } from '../machines/codec.ts'
import type { Draft } from '../machines/ports.ts'
import { encodeServerBlock, serverBlockHash } from '../machines/server/block.ts'
import { type Culprit, executeBlock, MachineThrew } from '../machines/server/execute.ts'
import { decodeServerInput, encodeServerInput } from '../machines/server/inputCodec.ts'
import { encodeMempool, type Mempool, MempoolBuilder } from '../machines/server/mempool.ts'
import type { ServerOutput } from '../machines/server/messages.ts'
import { isFurther, type PeerPosition } from '../machines/server/tables.ts'
import type { Admission, Arrival } from './admission.ts'
import { type Clock, systemClock, type Timer } from './clock.ts'
import type { Logger } from './log.ts'
import { causeOf, encodeKept } from './quarantine.ts'

/** What the loop needs of the store. */
export interface LoopStore {
  readonly draft: Draft
  readonly tail: { readonly number: number; readonly hash: Uint8Array }
  /** What the next block has to say of the state; see block.ts. */
  nextStateHash(): Uint8Array
  /** Takes what it needs at once: the next block may be executed while this one is written. */
  commit(block: {
    number: number
    hash: Uint8Array
    bytes: Uint8Array
    quarantined?: Uint8Array[]
  }): Promise<void>
  discard(): void
}

/** What one block did, for the shell to carry out. */
export interface Committed {
  readonly number: number
  readonly timestampMs: number
  readonly outputs: readonly ServerOutput[]
  readonly arrivals: readonly Arrival[]
  /** Requests whose input was kept out of the block: a machine of ours threw at it. */
  readonly failed: readonly bigint[]
}

export interface LoopOptions {
  readonly store: LoopStore
  readonly admission: Admission
  readonly domain: ChainDomain
  readonly log: Logger
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** Carries out what a durable block asks for. Must not throw for what the world does. */
  readonly perform: (committed: Committed) => void
  /** Something that no retry mends: the process must end. */
  readonly onFault: (error: unknown) => void
  /** Timestamp of the newest block, 0 before the first. */
  readonly newestTimestampMs: number
  /** The least time between the starts of two blocks, milliseconds. */
  readonly gapMs?: number
}

const GAP_MS = 5
/** How long the execution of a block should take at most. */
const TARGET_MS = 20
/** The smallest part of what a whole block may take that a block is cut down to. */
const PART_MIN = 1 / 256

export class Loop {
  readonly #options: LoopOptions
  readonly #gapMs: number
  readonly #clock: Clock
  #timestampMs: number
  #startedAt = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  /** The block that is executed, or waits for the one before. */
  #running: Promise<void> | undefined
  /** The newest block that was executed: resolves when it is on disk and performed. */
  #written: Promise<void> = Promise.resolve()
  /** Who waits for `durable`. */
  #readers = 0
  /** Whether the next block must wait until the one before is performed. */
  #alone = false
  /** What part of a whole block fits into the time that a block should take. */
  #part = 1
  /** How many tasks no block may be made during. */
  #suspensions = 0
  #stopped = false
  #fault: Error | undefined

  constructor(options: LoopOptions) {
    this.#options = options
    this.#gapMs = options.gapMs ?? GAP_MS
    this.#clock = options.clock ?? systemClock
    this.#timestampMs = options.newestTimestampMs
  }

  /** There is work: a block starts as soon as it may. */
  poke(): void {
    if (this.#stopped || this.#suspensions > 0) return
    if (this.#running !== undefined || this.#timer !== undefined) return
    const wait = Math.max(0, this.#startedAt + this.#gapMs - this.#clock.monotonicMs())
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined
      this.#running = this.#run()
    }, wait)
  }

  /** Starts no block until `task`, which must not fail, is done. */
  suspendFor(task: Promise<void>): void {
    this.#suspensions++
    this.#timer?.clear()
    this.#timer = undefined
    void task.finally(() => {
      this.#suspensions--
      if (!this.#options.admission.isEmpty) this.poke()
    })
  }

  /** Whether a block is executed or will be, without anything new to arrive. */
  get isBusy(): boolean {
    return this.#running !== undefined || this.#timer !== undefined
  }

  /**
   * Resolves when all that the draft holds is on disk: at once, or with the blocks at work. It stays so
   * until the caller gives up its turn. Rejects when a block could not be written: then the draft holds
   * what no disk has.
   */
  async durable(): Promise<void> {
    this.#readers++
    try {
      await this.#running
      await this.#written
    } finally {
      this.#readers--
    }
    if (this.#fault !== undefined) throw this.#fault
  }

  /** Finishes the blocks at work and starts no other. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.clear()
    await this.#running
    await this.#written
  }

  async #run(): Promise<void> {
    try {
      // Who waits since before goes on with the write too: he must have had his turn first.
      if (this.#readers > 0) await this.#served()
      else if (this.#alone) await this.#written
      if (!this.#stopped && this.#suspensions === 0) await this.#tick()
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#running = undefined
    }
    if (!this.#options.admission.isEmpty) this.poke()
  }

  /** Resolves when everybody who waits for all to be durable has had his turn. */
  async #served(): Promise<void> {
    await this.#written
    await new Promise<void>((resolve) => this.#clock.setTimer(resolve, 0))
  }

  /** Executes a block while the one before is written; then it is written in its turn. */
  async #tick(): Promise<void> {
    this.#startedAt = this.#clock.monotonicMs()
    const arrivals = this.#options.admission.take(this.#part)
    if (arrivals.length === 0) return
    const timestampMs = Math.max(this.#clock.nowMs(), this.#timestampMs + 1)
    const made = this.#execute(arrivals, timestampMs)
    this.#timestampMs = timestampMs
    // What the server's own inputs do is read again when they are performed.
    this.#alone = arrivals.some(({ type }) => type === 'server')
    this.#adapt(this.#clock.monotonicMs() - this.#startedAt)
    const writing = this.#write(made, arrivals, timestampMs)
    const before = this.#written
    this.#written = writing.catch((error: unknown) => this.#fail(error))
    await before
  }

  async #write(made: Made, arrivals: readonly Arrival[], timestampMs: number): Promise<void> {
    const { store, perform } = this.#options
    const number = store.tail.number + 1
    const bytes = encodeServerBlock({
      previous: store.tail.hash,
      number,
      timestampMs,
      mempool: made.mempool,
      stateHash: store.nextStateHash(),
      rulesVersion: RULES_VERSION,
    })
    const quarantined = made.kept.length === 0 ? {} : { quarantined: made.kept }
    await store.commit({ number, hash: serverBlockHash(bytes), bytes, ...quarantined })
    perform({ number, timestampMs, outputs: made.outputs, arrivals, failed: made.failed })
  }

  /** Moves the part that a block takes towards what fits into its time. */
  #adapt(tookMs: number): void {
    const fits = tookMs > 0 ? TARGET_MS / tookMs : 2
    this.#part = Math.min(1, Math.max(PART_MIN, this.#part * Math.min(2, Math.max(0.5, fits))))
  }

  #fail(error: unknown): void {
    this.#fault ??= new Error('the server has stopped at a fault', { cause: error })
    if (this.#stopped) return
    this.#stopped = true
    this.#options.onFault(error)
  }

  /**
   * Executes `arrivals`; when a machine throws, once more without the input it threw at. Every round
   * takes at least one input out, so it ends.
   */
  #execute(arrivals: readonly Arrival[], timestampMs: number): Made {
    const { store, domain, log } = this.#options
    let inputs = arrivals
    const quarantines: Uint8Array[] = []
    const kept: Uint8Array[] = []
    const failed: bigint[] = []
    for (;;) {
      const mempool = buildMempool(inputs, quarantines)
      try {
        const outputs = executeBlock(store.draft, mempool, timestampMs, domain)
        return { mempool: encodeMempool(mempool), outputs, kept, failed }
      } catch (error) {
        store.discard()
        if (!(error instanceof MachineThrew) || error.culprit.type === 'server') throw error
        log.error('machine threw', { culprit: error.culprit.type, error })
        const guilty = guiltyInputs(inputs, error.culprit)
        if (error.culprit.type === 'channel') {
          const { entity, peer } = error.culprit
          quarantines.push(encodeServerInput({ type: 'quarantine', entity, peer }))
        } else if (guilty.length === 0) {
          throw error
        }
        kept.push(...keptOf(guilty, error))
        for (const input of guilty) {
          if (input.type === 'own' && input.requestId !== 0n) failed.push(input.requestId)
        }
        inputs = inputs.filter((input) => !guilty.includes(input))
      }
    }
  }
}

type Message = Extract<Arrival, { type: 'message' }>

interface Made {
  readonly mempool: Uint8Array
  readonly outputs: readonly ServerOutput[]
  readonly kept: Uint8Array[]
  readonly failed: readonly bigint[]
}

type ChannelCulprit = Extract<Culprit, { type: 'channel' }>

/** The inputs that a culprit names: one own input, or all messages of one channel and its release. */
function guiltyInputs(inputs: readonly Arrival[], culprit: Culprit): Arrival[] {
  if (culprit.type === 'channel') {
    const { path, peer } = culprit
    return inputs.filter((input) =>
      input.type === 'message'
        ? input.path === path && input.peer === peer
        : input.type === 'server' && isReleaseOf(input.bytes, culprit),
    )
  }
  if (culprit.type === 'server') return []
  const own = inputs.filter((input) => input.type === 'own' && input.path === culprit.path)
  const guilty = own[culprit.index]
  return guilty === undefined ? [] : [guilty]
}

function isReleaseOf(bytes: Uint8Array, { entity, peer }: ChannelCulprit): boolean {
  const input = decodeServerInput(bytes)
  return input.type === 'release' && input.entity === entity && input.peer === peer
}

/** What is kept for the operator: each input with its cause; the cause alone if none can be left out. */
function keptOf(guilty: readonly Arrival[], error: MachineThrew): Uint8Array[] {
  const { culprit } = error
  const channel = culprit.type === 'channel' ? { entity: culprit.entity, peer: culprit.peer } : null
  const cause = causeOf(error)
  // The messages of a release are kept already.
  const inputs = guilty.flatMap(({ type, bytes }) => (type === 'server' ? [] : [bytes]))
  return (inputs.length === 0 ? [NO_INPUT] : inputs).map((input) =>
    encodeKept({ channel, input, cause }),
  )
}

const NO_INPUT = new Uint8Array(0)

/** The tree of inputs, with the position of every peer server whose messages are in it. */
export function buildMempool(
  arrivals: readonly Arrival[],
  first: readonly Uint8Array[] = [],
): Mempool {
  const root = new MempoolBuilder()
  const positions = new Map<Address, PeerPosition>()
  for (const value of first) root.add(value)
  for (const arrival of arrivals) {
    switch (arrival.type) {
      case 'server':
        root.add(arrival.bytes)
        break
      case 'own':
        entityOf(root, arrival.path).add(arrival.bytes)
        break
      case 'message':
        entityOf(root, arrival.path).child(arrival.peer).add(arrival.bytes)
        notePosition(positions, arrival)
        break
    }
  }
  for (const [server, { incarnation, nonce }] of positions) {
    root.add(encodeServerInput({ type: 'peerPosition', server, incarnation, nonce }))
  }
  return root.build()
}

function notePosition(positions: Map<Address, PeerPosition>, arrival: Message): void {
  const before = positions.get(arrival.server)
  if (before === undefined || isFurther(arrival, before)) positions.set(arrival.server, arrival)
}

/** A path is the signer's 8 bytes and the entity's 8 bytes. */
function entityOf(root: MempoolBuilder, path: Hex): MempoolBuilder {
  const signer: Hex = `0x${path.slice(2, 18)}`
  const entity: Hex = `0x${path.slice(18)}`
  return root.child(signer).child(entity)
}
