/**
 * The tick: drain → execute → persist → only then perform.
 *
 * A block starts when there is work and the batch before is durable, but not within a few milliseconds
 * of its start, so that a burst shares a block. Nothing leaves before what caused it is on disk; a
 * process that dies in between derives it again from its state.
 */

import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import { RULES_VERSION } from '../machines/codec.ts'
import type { Draft } from '../machines/ports.ts'
import { encodeServerBlock, serverBlockHash } from '../machines/server/block.ts'
import { type Culprit, executeBlock, MachineThrew } from '../machines/server/execute.ts'
import { encodeServerInput } from '../machines/server/inputCodec.ts'
import { encodeMempool, type Mempool, MempoolBuilder } from '../machines/server/mempool.ts'
import type { ServerOutput } from '../machines/server/messages.ts'
import type { Admission, Arrival } from './admission.ts'
import type { Logger } from './log.ts'

/** What the loop needs of the store. */
export interface LoopStore {
  readonly draft: Draft
  readonly tail: { readonly number: number; readonly hash: Uint8Array }
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
  /** Unix milliseconds. */
  readonly nowMs: () => number
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
const ROOT_PATH = new Uint8Array(0)

export class Loop {
  readonly #options: LoopOptions
  readonly #gapMs: number
  #timestampMs: number
  #startedAt = 0
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(options: LoopOptions) {
    this.#options = options
    this.#gapMs = options.gapMs ?? GAP_MS
    this.#timestampMs = options.newestTimestampMs
  }

  /** There is work: a block starts as soon as it may. */
  poke(): void {
    if (this.#stopped || this.#running !== undefined || this.#timer !== undefined) return
    const wait = Math.max(0, this.#startedAt + this.#gapMs - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#running = this.#run()
    }, wait)
  }

  /** Resolves when what the draft holds is on disk: at once, or with the block at work. */
  async durable(): Promise<void> {
    await this.#running
  }

  /** Finishes the block at work and starts no other. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      this.#startedAt = performance.now()
      await this.#tick()
    } catch (error) {
      this.#stopped = true
      this.#options.onFault(error)
      return
    } finally {
      this.#running = undefined
    }
    if (!this.#options.admission.isEmpty) this.poke()
  }

  async #tick(): Promise<void> {
    const { store, admission, nowMs, perform } = this.#options
    const arrivals = admission.take()
    if (arrivals.length === 0) return
    const timestampMs = Math.max(nowMs(), this.#timestampMs + 1)
    const made = this.#execute(arrivals, timestampMs)
    const number = store.tail.number + 1
    const bytes = encodeServerBlock({
      previous: store.tail.hash,
      number,
      timestampMs,
      mempool: made.mempool,
      stateHash: store.draft.at(ROOT_PATH).root(),
      rulesVersion: RULES_VERSION,
    })
    const quarantined = made.kept.length === 0 ? {} : { quarantined: made.kept }
    await store.commit({ number, hash: serverBlockHash(bytes), bytes, ...quarantined })
    this.#timestampMs = timestampMs
    perform({ number, timestampMs, outputs: made.outputs, arrivals, failed: made.failed })
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
        for (const input of guilty) {
          kept.push(input.bytes)
          if (input.type === 'own' && input.requestId !== 0n) failed.push(input.requestId)
        }
        inputs = inputs.filter((input) => !guilty.includes(input))
      }
    }
  }
}

interface Made {
  readonly mempool: Uint8Array
  readonly outputs: readonly ServerOutput[]
  readonly kept: Uint8Array[]
  readonly failed: readonly bigint[]
}

/** The inputs that a culprit names: one own input, or all messages of one channel. */
function guiltyInputs(inputs: readonly Arrival[], culprit: Culprit): Arrival[] {
  if (culprit.type === 'channel') {
    const { path, peer } = culprit
    return inputs.filter(
      (input) => input.type === 'message' && input.path === path && input.peer === peer,
    )
  }
  if (culprit.type === 'server') return []
  const own = inputs.filter((input) => input.type === 'own' && input.path === culprit.path)
  const guilty = own[culprit.index]
  return guilty === undefined ? [] : [guilty]
}

/** The tree of inputs, with the position of every peer server whose messages are in it. */
export function buildMempool(
  arrivals: readonly Arrival[],
  first: readonly Uint8Array[] = [],
): Mempool {
  const root = new MempoolBuilder()
  const positions = new Map<Address, { incarnation: number; nonce: number }>()
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
        if ((positions.get(arrival.server)?.nonce ?? -1) < arrival.nonce) {
          positions.set(arrival.server, arrival)
        }
        break
    }
  }
  for (const [server, { incarnation, nonce }] of positions) {
    root.add(encodeServerInput({ type: 'peerPosition', server, incarnation, nonce }))
  }
  return root.build()
}

/** A path is the signer's 8 bytes and the entity's 8 bytes. */
function entityOf(root: MempoolBuilder, path: Hex): MempoolBuilder {
  const signer: Hex = `0x${path.slice(2, 18)}`
  const entity: Hex = `0x${path.slice(18)}`
  return root.child(signer).child(entity)
}
