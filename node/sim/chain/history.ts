/** A line of blocks, from the first to the newest, with the states after the last of them. */
import type { Hash } from '@xln/shared/ids.ts'
import type { SimBlock } from './block.ts'
import type { Mined } from './miner.ts'
import type { SimState } from './state.ts'

/** Where a transaction is. */
export interface Place {
  readonly block: number
  /** Among the transactions of the block. */
  readonly index: number
}

export class History {
  #blocks: SimBlock[] = []
  #states = new Map<number, SimState>()
  #numbers = new Map<Hash, number>()
  #places = new Map<Hash, Place>()
  readonly #statesKept: number

  /** States of older blocks than the newest `statesKept` are forgotten. */
  constructor(statesKept: number) {
    this.#statesKept = statesKept
  }

  fork(): History {
    const copy = new History(this.#statesKept)
    copy.#blocks = [...this.#blocks]
    copy.#states = new Map(this.#states)
    copy.#numbers = new Map(this.#numbers)
    copy.#places = new Map(this.#places)
    return copy
  }

  get head(): SimBlock {
    const head = this.#blocks.at(-1)
    if (head === undefined) throw new RangeError('a chain without blocks')
    return head
  }

  /** The newest block and the state after it. */
  get top(): Mined {
    const state = this.#states.get(this.head.number)
    if (state === undefined) throw forgotten(this.head.number)
    return { block: this.head, state }
  }

  at(block: number): SimBlock | undefined {
    return this.#blocks[block]
  }

  of(hash: Hash): SimBlock | undefined {
    const number = this.#numbers.get(hash)
    return number === undefined ? undefined : this.#blocks[number]
  }

  /** Undefined when there is no such block, or when its state is forgotten. */
  stateAt(block: number): SimState | undefined {
    return this.#states.get(block)
  }

  placeOf(transaction: Hash): Place | undefined {
    return this.#places.get(transaction)
  }

  append({ block, state }: Mined): void {
    this.#blocks.push(block)
    this.#numbers.set(block.hash, block.number)
    this.#states.set(block.number, state)
    this.#states.delete(block.number - this.#statesKept)
    for (const [index, { transaction }] of block.receipts.entries()) {
      this.#places.set(transaction.hash, { block: block.number, index })
    }
  }

  /** Takes the blocks after number `block` away, and gives them. Throws when that state is forgotten. */
  cut(block: number): SimBlock[] {
    if (!this.#states.has(block)) throw forgotten(block)
    const lost = this.#blocks.splice(block + 1)
    for (const { number, hash, receipts } of lost) {
      this.#states.delete(number)
      this.#numbers.delete(hash)
      for (const { transaction } of receipts) this.#places.delete(transaction.hash)
    }
    return lost
  }

  /** The newest block that both have. */
  parting(other: History): SimBlock {
    const shared = this.#blocks.findLast((block) => other.at(block.number) === block)
    if (shared === undefined) throw new RangeError('these chains have nothing in common')
    return shared
  }

  /** The blocks after number `block`, as {@link append} takes them. Throws when a state is forgotten. */
  after(block: number): Mined[] {
    return this.#blocks.slice(block + 1).map((each) => {
      const state = this.#states.get(each.number)
      if (state === undefined) throw forgotten(each.number)
      return { block: each, state }
    })
  }
}

function forgotten(block: number): RangeError {
  return new RangeError(`the state after block ${block} is forgotten`)
}
