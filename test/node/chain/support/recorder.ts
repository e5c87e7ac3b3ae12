import type { Correction } from '@xln/node/shell/chain/correction.ts'
import { cursorBefore } from '@xln/node/shell/chain/cursor.ts'
import type { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { ChainReader } from '@xln/node/shell/chain/reader.ts'
import { Watcher, type WatcherOptions, type WatcherSink } from '@xln/node/shell/chain/watcher.ts'
import { createLogger } from '@xln/node/shell/log.ts'
import type {
  ChainCursor,
  ChainEvent,
  DangerEvent,
  FinalBatch,
  LocatedEvent,
} from '@xln/shared/depository/events.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

export const silent = createLogger({ level: 'silent' })

/** Takes what a watcher sees, and checks that no block is left out or comes twice. */
export class Recorder implements WatcherSink {
  readonly batches: FinalBatch[] = []
  readonly corrections: Correction[] = []
  /** Batches and corrections as they came. */
  readonly taken: (FinalBatch | Correction)[] = []
  readonly sights: LocatedEvent<DangerEvent>[] = []
  cursor: ChainCursor
  /** Makes the sink slow or failing. */
  beforeFinal: ((batch: FinalBatch) => Promise<void>) | undefined

  constructor(cursor: ChainCursor) {
    this.cursor = cursor
  }

  get events(): LocatedEvent[] {
    return this.batches.flatMap(({ events }) => events)
  }

  get plain(): ChainEvent[] {
    return this.events.map(({ event }) => event)
  }

  async final(batch: FinalBatch, cursor: ChainCursor): Promise<void> {
    await this.beforeFinal?.(batch)
    if (batch.from !== this.cursor.block + 1) {
      throw new Error(`blocks from ${batch.from} came after ${this.cursor.block}`)
    }
    if (cursor.block !== batch.to || batch.to < batch.from) throw new Error('a wrong cursor')
    this.batches.push(batch)
    this.taken.push(batch)
    this.cursor = cursor
  }

  async corrected(correction: Correction, cursor: ChainCursor): Promise<void> {
    this.corrections.push(correction)
    this.taken.push(correction)
    this.cursor = cursor
  }

  firstSight(event: LocatedEvent<DangerEvent>): void {
    this.sights.push(event)
  }

  /** Waits until everything up to `block` was delivered. */
  reach(block: number): Promise<void> {
    return until(`block ${block} is final`, () => this.cursor.block >= block)
  }
}

export type WatchOptions = Partial<WatcherOptions> & { readonly endpoints: Endpoints }

/** A watcher over the whole history of `world`, for everybody in it, and what it saw. */
export async function watch(
  world: World,
  options: WatchOptions,
): Promise<{ watcher: Watcher; seen: Recorder; running: Promise<void> }> {
  const { endpoints } = options
  const { deployment, domain } = world
  const cursor = options.cursor ?? (await cursorBefore(endpoints, deployment.block))
  const seen = new Recorder(cursor)
  const reader = new ChainReader({ endpoints, contracts: domain, fromBlock: deployment.block })
  const watcher = new Watcher({
    contracts: domain,
    confirmations: 1,
    interest: { hosts: () => true },
    corrector: { reader, touchedSince: async () => ({ channels: [], entities: [] }) },
    sink: seen,
    log: silent,
    pollMs: 10,
    ...options,
    cursor,
  })
  const running = watcher.run()
  return { watcher, seen, running }
}
