/**
 * Follows one Depository and its secret registry.
 *
 * A reorganisation within the confirmations only changes the end of the line of blocks that is not
 * yet delivered, and nobody hears of it. Whatever the endpoints do, the watcher waits and asks again;
 * only a bug, or a sink that fails, ends it.
 */
import type {
  BlockReference,
  ChainCursor,
  DangerEvent,
  FinalBatch,
  LocatedEvent,
} from '@xln/shared/depository/events.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { type Correction, type Corrector, correct } from './correction.ts'
import type { Parting } from './cursor.ts'
import type { Contracts } from './decode.ts'
import type { Endpoint } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { ChainError } from './faults.ts'
import { readHead, readHeader } from './header.ts'
import { type ChainHealth, ChainStatus } from './health.ts'
import { concerns, type Interest, isDanger } from './interest.ts'
import { Line } from './line.ts'
import { Pause } from './pause.ts'

/** Who takes what the watcher sees. One call at a time. */
export interface WatcherSink {
  /** Resolves when batch and cursor are durable, together; the next batch waits for it. */
  final(batch: FinalBatch, cursor: ChainCursor): Promise<void>
  /** What was final is not: see {@link Correction}. Resolves as `final` does. */
  corrected(correction: Correction, cursor: ChainCursor): Promise<void>
  /**
   * Danger, in a block that is not final and may never be. May come again; is never taken back: it is
   * gone when a final batch reaches its block without it.
   */
  firstSight(event: LocatedEvent<DangerEvent>): void
}

export interface WatcherOptions {
  readonly endpoints: Endpoints
  readonly contracts: Contracts
  /** Everything after it is delivered. See `cursorBefore` for the first start. */
  readonly cursor: ChainCursor
  /** How many blocks stand on a final one; 0 takes the head itself for final. Default: 12. */
  readonly confirmations?: number
  readonly interest: Interest
  readonly corrector: Corrector
  readonly sink: WatcherSink
  readonly log: Logger
  /** Milliseconds between looks at the head. Default: 1,000. */
  readonly pollMs?: number
  /** The most blocks read at once. Default: 250. */
  readonly blocksPerRead?: number
  /** A batch ends with the block that brings it to so many events. Default: 5,000. */
  readonly eventsPerBatch?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** An endpoint whose newest block is older is not one that follows the chain. */
const STALE_SECONDS = 600

export class Watcher {
  readonly #clock: Clock
  readonly #options: WatcherOptions
  readonly #confirmations: number
  readonly #line: Line
  readonly #status: ChainStatus
  readonly #pause: Pause
  /** The block up to which danger was reported. */
  #sighted: number
  #codeSeen = false
  #stopping = false
  #running: Promise<void> | undefined

  constructor(options: WatcherOptions) {
    const { contracts, cursor, confirmations = 12, blocksPerRead = 250 } = options
    const { clock = systemClock } = options
    this.#options = options
    this.#clock = clock
    this.#status = new ChainStatus(clock)
    this.#pause = new Pause(clock)
    this.#confirmations = confirmations
    // What waits to be final, and as much as is read at once.
    this.#line = new Line(contracts, cursor, blocksPerRead, confirmations + blocksPerRead)
    this.#sighted = cursor.block
  }

  /** Follows until {@link stop}. Rejects only when the sink does, or with a bug. */
  run(): Promise<void> {
    this.#running ??= this.#loop().finally(() => this.#status.stopped())
    return this.#running
  }

  /** Returns when nothing is asked or delivered any more. What was not delivered is not lost. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#pause.end()
    // Whoever called `run` is told what went wrong there.
    await this.#running?.catch(() => {})
  }

  /** Looks at the chain at once: something has just happened there. */
  poke(): void {
    this.#pause.end()
  }

  health(): ChainHealth {
    const { cursor, tip } = this.#line
    return this.#status.read(cursor, tip, this.#confirmations, this.#options.endpoints)
  }

  async #loop(): Promise<void> {
    const { pollMs = 1_000, log } = this.#options
    while (!this.#stopping) {
      let waitMs = pollMs
      try {
        if (await this.#turn()) waitMs = 0
        this.#status.recovered()
      } catch (error) {
        if (!(error instanceof ChainError)) throw error
        if (this.#status.failed(error)) log.warn('chain.fault', { fault: error.cause ?? error })
        const { fault } = error
        if (fault.code === 'rpc_unreachable') waitMs = Math.max(waitMs, fault.retryInMs)
      }
      if (waitMs > 0 && !this.#stopping) await this.#pause.wait(waitMs)
    }
  }

  /** One look at the chain. Returns whether there is more to do at once. */
  async #turn(): Promise<boolean> {
    const { endpoint, head, change } = await this.#options.endpoints.ask(async (endpoint) => {
      await this.#requireCode(endpoint)
      const head = await readHead(endpoint)
      this.#status.sawHead(head)
      return { endpoint, head, change: await this.#line.follow(endpoint, head) }
    })
    if (typeof change === 'object') {
      await this.#depart(endpoint, change.parted)
      return true
    }
    if (change === 'cut') {
      this.#status.reorganised('shallow')
      this.#sighted = Math.min(this.#sighted, this.#line.tip.block)
    }
    const finalBlock = head.block - this.#confirmations
    this.#reportDanger(finalBlock)
    await this.#deliver(endpoint, finalBlock)
    return change !== 'none' && this.#line.tip.block < head.block
  }

  /** A wrong address has no logs, like a contract that nobody uses: told apart once. */
  async #requireCode(endpoint: Endpoint): Promise<void> {
    if (this.#codeSeen) return
    const { depository: address } = this.#options.contracts
    const code = await endpoint.send('eth_getCode', [address, 'latest'])
    if (code === '0x') throw new ChainError({ code: 'address_empty', address })
    this.#codeSeen = true
  }

  /** Reports danger in blocks above `finalBlock`; what is in others is delivered this very turn. */
  #reportDanger(finalBlock: number): void {
    const { interest, sink } = this.#options
    for (const { events } of this.#line.after(Math.max(this.#sighted, finalBlock))) {
      for (const located of events) {
        if (isDanger(located) && concerns(interest, located.event)) sink.firstSight(located)
      }
    }
    this.#sighted = this.#line.tip.block
  }

  async #deliver(endpoint: Endpoint, finalBlock: number): Promise<void> {
    const { interest, sink, eventsPerBatch = 5_000 } = this.#options
    const wanted = ({ event }: LocatedEvent) => concerns(interest, event)
    let agreed: number | undefined
    while (!this.#stopping) {
      if (this.#line.newest(finalBlock).block === this.#line.cursor.block) return
      agreed ??= await this.#agreedBlock(endpoint, finalBlock)
      const next = this.#line.final(agreed, eventsPerBatch, wanted)
      if (next === undefined) return
      await sink.final(next.batch, next.cursor)
      this.#line.drop(next.cursor)
    }
  }

  /**
   * Up to which block, at most `finalBlock`, the other endpoints show the same chain: one that invents
   * blocks makes none of them final while another answers. Who has seen nothing for ten minutes has
   * fallen off the chain, and is not waited for.
   */
  async #agreedBlock(endpoint: Endpoint, finalBlock: number): Promise<number> {
    const newest = this.#line.newest(finalBlock)
    const others = await this.#options.endpoints.askOthers(endpoint, async (other) => {
      const head = await readHead(other)
      // Each block holds the hash of the one before it, so agreeing on the last that both know is enough.
      const shared = this.#line.newest(Math.min(newest.block, head.block))
      return { name: other.name, head, shared, header: await readHeader(other, shared.block) }
    })
    for (const { name, shared, header } of others) requireSame(shared, name, header)
    const fresh = this.#clock.nowMs() / 1_000 - STALE_SECONDS
    const following = others.filter(({ head }) => head.timestamp >= fresh)
    return Math.min(finalBlock, ...following.map(({ head }) => head.block))
  }

  /** Whether the other endpoints that know block `block` have the one with this hash there. */
  async #requireAgreement(endpoint: Endpoint, { block, hash }: BlockReference): Promise<void> {
    const others = await this.#options.endpoints.askOthers(endpoint, async (other) => {
      return { name: other.name, header: await readHeader(other, block) }
    })
    for (const { name, header } of others) requireSame({ block, hash }, name, header)
  }

  /** What was delivered is no longer on the chain: has it corrected and goes back to the parting. */
  async #depart(endpoint: Endpoint, parting: Parting): Promise<void> {
    const { corrector, sink, log } = this.#options
    const { block } = this.#line.cursor
    await this.#requireAgreement(endpoint, { block, hash: parting.newHash })
    const correction = await correct(corrector, this.#line.cursor, parting)
    const { fromBlock, oldHash, newHash } = correction
    log.warn('chain.corrected', { fromBlock, oldHash, newHash })
    await sink.corrected(correction, parting.ancestor)
    this.#line.restart(parting.ancestor)
    this.#sighted = parting.ancestor.block
    this.#status.reorganised('deep')
  }
}

/** Throws a `ChainError` when the endpoint called `other` has another block there; none is no answer. */
function requireSame(
  { block, hash }: BlockReference,
  other: string,
  header: { readonly hash: BlockReference['hash'] } | undefined,
): void {
  if (header === undefined || header.hash === hash) return
  throw new ChainError({ code: 'endpoints_disagree', block, hash, other, otherHash: header.hash })
}
