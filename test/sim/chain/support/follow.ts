import type { Correction } from '@xln/node/shell/chain/correction.ts'
import { cursorBefore } from '@xln/node/shell/chain/cursor.ts'
import { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { ChainReader } from '@xln/node/shell/chain/reader.ts'
import type { SubmitResult } from '@xln/node/shell/chain/request.ts'
import { Submitter, type SubmitterOptions } from '@xln/node/shell/chain/submitter.ts'
import { Watcher } from '@xln/node/shell/chain/watcher.ts'
import { createLogger } from '@xln/node/shell/log.ts'
import type { SimChain } from '@xln/node/sim/chain/chain.ts'
import { portOf, SimEndpoint } from '@xln/node/sim/chain/endpoint.ts'
import { type EndpointFaults, FAULTLESS } from '@xln/node/sim/chain/faults.ts'
import type { ChainCursor, FinalBatch, LocatedEvent } from '@xln/shared/depository/events.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { ann, CHAIN_ID, contracts } from './bottle.ts'
import { TestClock } from './clock.ts'

export const CONFIRMATIONS = 3
const log = createLogger({ level: 'silent' })

/** A node's way to a chain through so many endpoints, in a time of its own. */
export class Way {
  readonly clock = new TestClock()
  readonly all: readonly SimEndpoint[]
  readonly endpoints: Endpoints

  constructor(chain: SimChain, count = 1) {
    const wait = (ms: number) => {
      return new Promise<void>((resolve) => this.clock.setTimer(resolve, ms))
    }
    const urls = Array.from({ length: count }, (_, index) => `http://${index}.sim`)
    this.all = urls.map((_, index) => {
      return new SimEndpoint({ chain, wait, timeoutMs: 1_000, forkName: 1_000 + index })
    })
    const port = portOf(new Map(urls.map((url, index) => [url, this.at(index)])))
    const backOff = { minMs: 100, maxMs: 1_000 }
    this.endpoints = new Endpoints({ urls, chainId: CHAIN_ID, backOff, clock: this.clock, port })
  }

  at(index: number): SimEndpoint {
    const endpoint = this.all[index]
    if (endpoint === undefined) throw new RangeError(`no endpoint ${index}`)
    return endpoint
  }

  /** Sets the faults of the first endpoint. */
  fail(faults: Partial<EndpointFaults>): void {
    this.at(0).faults = { ...FAULTLESS, ...faults }
  }
}

/** The node's watcher at work from block 1 on, and what it delivered. */
export class Follower {
  readonly taken: (FinalBatch | Correction)[] = []
  /** What it warned of before it was final. */
  readonly sights: string[] = []
  readonly reader: ChainReader
  /** Told of each correction as it comes. */
  onCorrected: ((correction: Correction, to: ChainCursor) => void) | undefined
  readonly way: Way
  readonly watcher: Watcher
  readonly running: Promise<void>
  cursor: ChainCursor

  private constructor(way: Way, cursor: ChainCursor, touched: readonly EntityId[]) {
    const { endpoints, clock } = way
    this.way = way
    this.cursor = cursor
    this.reader = new ChainReader({ endpoints, contracts, fromBlock: 1 })
    this.watcher = new Watcher({
      endpoints,
      contracts,
      cursor,
      confirmations: CONFIRMATIONS,
      interest: { hosts: () => true },
      corrector: {
        reader: this.reader,
        touchedSince: async () => ({ channels: [], entities: touched }),
      },
      sink: {
        final: (batch, to) => this.#take(batch, to),
        corrected: (correction, to) => {
          this.onCorrected?.(correction, to)
          return this.#take(correction, to)
        },
        firstSight: ({ event }) => this.sights.push(event.type),
      },
      log,
      clock,
    })
    this.running = this.watcher.run()
  }

  static async of(way: Way, touched: readonly EntityId[] = []): Promise<Follower> {
    return new Follower(way, await cursorBefore(way.endpoints, 1), touched)
  }

  get events(): LocatedEvent[] {
    return this.taken.flatMap((each) => ('events' in each ? each.events : []))
  }

  get corrections(): Correction[] {
    return this.taken.flatMap((each) => ('events' in each ? [] : [each]))
  }

  /** The reserves of `entity` as its events, and the corrections, say, one after another. */
  reservesOf(entity: EntityId): bigint[] {
    return this.taken.flatMap((each) => {
      if (!('events' in each)) {
        const view = each.entities.find((one) => one.entity === entity)
        return view === undefined ? [] : [view.reserves[0]?.reserve ?? 0n]
      }
      return each.events.flatMap(({ event }) => {
        return event.type === 'reserveUpdated' && event.entity === entity ? [event.reserve] : []
      })
    })
  }

  reach(block: number): Promise<void> {
    return this.way.clock.until(`block ${block} is final`, () => this.cursor.block >= block)
  }

  async stop(): Promise<void> {
    await this.way.clock.finish(this.watcher.stop())
    await this.running
  }

  async #take(what: FinalBatch | Correction, to: ChainCursor): Promise<void> {
    this.taken.push(what)
    this.cursor = to
  }
}

/** The node's submitter at work with Ann's key, and what it reported. */
export class Office {
  readonly results = new Map<string, SubmitResult>()
  readonly submitter: Submitter
  readonly running: Promise<void>
  readonly #way: Way

  constructor(way: Way, options: Partial<SubmitterOptions> = {}) {
    this.#way = way
    this.submitter = new Submitter({
      endpoints: way.endpoints,
      contracts,
      fromBlock: 1,
      gasKey: ann,
      log,
      confirmations: CONFIRMATIONS,
      clock: way.clock,
      ...options,
      report: (result) => {
        if (this.results.has(result.id)) throw new Error(`${result.id} was reported twice`)
        this.results.set(result.id, result)
      },
    })
    this.running = this.submitter.run()
  }

  /** Waits until it has done all that the newest block asks for. */
  looked(chain: SimChain): Promise<void> {
    return this.#way.clock.until('it has looked', () => {
      return this.submitter.health().block === chain.head.number
    })
  }

  async stop(): Promise<void> {
    await this.#way.clock.finish(this.submitter.stop())
    await this.running
  }
}
