/**
 * The line of blocks from the cursor to the head, each hash the parent of the next. Grows at the head,
 * loses its end in a reorganisation, and gives what is final at its beginning.
 */
import type {
  BlockReference,
  ChainCursor,
  FinalBatch,
  LocatedEvent,
} from '@xln/shared/depository/events.ts'
import { advance, findParting, type Parting } from './cursor.ts'
import type { Contracts } from './decode.ts'
import type { Endpoint } from './endpoint.ts'
import { ChainError } from './faults.ts'
import { type Header, readHeader, readHeaders } from './header.ts'
import { LogReader } from './logs.ts'
import { type FollowedBlock, readSegment } from './segment.ts'

/** What a look at the chain did to the line. `parted`: the cursor itself is not on the chain. */
export type LineChange = 'none' | 'grown' | 'cut' | { readonly parted: Parting }

export class Line {
  readonly #contracts: Contracts
  readonly #logs: LogReader
  readonly #blocksPerRead: number
  readonly #blocksMax: number
  /** What is read next: less after a failure, as it may have been too much at once. */
  #step: number
  #cursor: ChainCursor
  #blocks: FollowedBlock[] = []

  /** It reads at most `blocksPerRead` at once, and holds at most `blocksMax`. */
  constructor(contracts: Contracts, cursor: ChainCursor, blocksPerRead: number, blocksMax: number) {
    this.#contracts = contracts
    this.#logs = new LogReader(contracts)
    this.#cursor = cursor
    this.#blocksPerRead = blocksPerRead
    this.#blocksMax = blocksMax
    this.#step = blocksPerRead
  }

  get cursor(): ChainCursor {
    return this.#cursor
  }

  /** The newest block of the line, or the cursor. */
  get tip(): BlockReference {
    return this.#blocks.at(-1) ?? this.#cursor
  }

  /** The newest block of the line that is not above `block`, or the cursor. */
  newest(block: number): BlockReference {
    return this.#blocks.findLast((each) => each.block <= block) ?? this.#cursor
  }

  /** The blocks after number `block`. */
  after(block: number): readonly FollowedBlock[] {
    return this.#blocks.filter((each) => each.block > block)
  }

  /**
   * Moves one step towards `head`, the endpoint's newest block. Throws `ChainError` when the endpoint
   * is behind the cursor or contradicts itself.
   */
  async follow(endpoint: Endpoint, head: Header): Promise<LineChange> {
    const { block: needed } = this.#cursor
    if (head.block < needed) {
      const fault = { endpoint: endpoint.name, head: head.block, needed } as const
      throw new ChainError({ code: 'rpc_behind', ...fault })
    }
    if (this.#at(head.block)?.hash === head.hash) return 'none'
    const { tip } = this
    if (head.block > tip.block) {
      const blocks = await this.#readOn(endpoint, head)
      if (blocks !== undefined) {
        this.#blocks.push(...blocks)
        return blocks.length > 0 ? 'grown' : 'none'
      }
    }
    return this.#cutBack(endpoint, head)
  }

  async #readOn(endpoint: Endpoint, head: Header): Promise<FollowedBlock[] | undefined> {
    const { tip } = this
    const last = Math.min(head.block, tip.block + this.#step, this.#cursor.block + this.#blocksMax)
    if (last <= tip.block) {
      // Full: its end must still be looked at, as nothing new is held against it.
      const header = await readHeader(endpoint, tip.block)
      return header?.hash === tip.hash ? [] : undefined
    }
    const step = this.#step
    this.#step = Math.max(1, Math.floor(step / 2))
    const blocks = await readSegment(endpoint, this.#logs, this.#contracts, tip, last)
    this.#step = Math.min(this.#blocksPerRead, 2 * step)
    return blocks
  }

  /**
   * The next final blocks, none above `block`, as a batch with all events that `wanted` lets pass, and
   * the cursor after them; undefined when there are none. They stay until {@link drop}.
   */
  final(
    block: number,
    eventsMax: number,
    wanted: (event: LocatedEvent) => boolean,
  ): { batch: FinalBatch; cursor: ChainCursor } | undefined {
    const events: LocatedEvent[] = []
    let last: FollowedBlock | undefined
    for (const each of this.#blocks) {
      if (each.block > block || events.length >= eventsMax) break
      for (const event of each.events) if (wanted(event)) events.push(event)
      last = each
    }
    if (last === undefined) return undefined
    const { block: to, hash: toHash, timestamp: toTimestamp } = last
    const batch = { from: this.#cursor.block + 1, to, toHash, toTimestamp, events }
    return { batch, cursor: advance(this.#cursor, last) }
  }

  /** Forgets what `cursor` has passed; it came from {@link final}. */
  drop(cursor: ChainCursor): void {
    this.#blocks = this.#blocks.filter(({ block }) => block > cursor.block)
    this.#cursor = cursor
  }

  /** Starts again from `cursor`. */
  restart(cursor: ChainCursor): void {
    this.#blocks = []
    this.#cursor = cursor
  }

  #at(block: number): BlockReference | undefined {
    if (block === this.#cursor.block) return this.#cursor
    return this.#blocks[block - this.#cursor.block - 1]
  }

  /** Leaves what is still on the chain; what has come instead is read with the next step. */
  async #cutBack(endpoint: Endpoint, head: Header): Promise<LineChange> {
    const first = this.#cursor.block + 1
    const headers = await readHeaders(endpoint, first, this.tip.block)
    const kept = this.#blocks.filter(({ hash }, index) => headers[index]?.hash === hash)
    if (kept.length === 0) {
      const parted = await findParting(endpoint, this.#cursor)
      if (parted !== undefined) return { parted }
    }
    if (kept.length === this.#blocks.length) {
      const { block } = head
      const what = 'its head does not follow the blocks that it shows before it'
      throw new ChainError({ code: 'rpc_inconsistent', endpoint: endpoint.name, block, what })
    }
    this.#blocks = kept
    return 'cut'
  }
}
