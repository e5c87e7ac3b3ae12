/**
 * What has arrived and is not yet in a block. Each class of input has its own bound and its own share
 * of a block, the sources within a class take turns, and no class can take another's room. Inputs of
 * one source are never reordered. A full class refuses; nothing accepted is dropped.
 */
import type { Address, EntityId, Hex } from '@xln/shared/ids.ts'

/** In the order in which a block is filled. */
export type InputClass = 'own' | 'peer' | 'user' | 'stranger'

export type Arrival =
  /** The server's own input: chain, timers, connections. Already encoded. */
  | { readonly type: 'server'; readonly bytes: Uint8Array }
  /** An own input of the entity at `path`. Already encoded; `requestId` 0 when nobody waits for it. */
  | {
      readonly type: 'own'
      readonly path: Hex
      readonly bytes: Uint8Array
      readonly requestId: bigint
    }
  /** A channel message of `peer` for the entity at `path`, and its place among its server's messages. */
  | {
      readonly type: 'message'
      readonly path: Hex
      readonly peer: EntityId
      readonly bytes: Uint8Array
      readonly server: Address
      readonly incarnation: number
      readonly nonce: number
    }

/** How many inputs of each class may wait. */
const BOUNDS: Record<InputClass, number> = {
  own: 65_536,
  peer: 131_072,
  user: 65_536,
  stranger: 4_096,
}

/** How many inputs of each class a whole block takes at most; see {@link Admission.take}. */
const SHARES: Record<InputClass, number> = {
  own: 8_192,
  peer: 16_384,
  user: 8_192,
  stranger: 256,
}

/** Bytes of inputs after which a block takes no further source. */
const BLOCK_BYTES_MAX = 16 * 1024 * 1024

const CLASSES: readonly InputClass[] = ['own', 'peer', 'user', 'stranger']

export class Admission {
  readonly #queues: Record<InputClass, FairQueue> = {
    own: new FairQueue(),
    peer: new FairQueue(),
    user: new FairQueue(),
    stranger: new FairQueue(),
  }

  /**
   * Takes an input in, or refuses it (false) when its class is full. `source` is whose turn it counts
   * against: a server key, a token.
   */
  admit(inputClass: InputClass, source: string, arrival: Arrival): boolean {
    const queue = this.#queues[inputClass]
    if (queue.length >= BOUNDS[inputClass]) return false
    queue.push(source, arrival)
    return true
  }

  /** How many inputs wait in a class. */
  depth(inputClass: InputClass): number {
    return this.#queues[inputClass].length
  }

  /** How many inputs of one source wait in a class. */
  depthOf(inputClass: InputClass, source: string): number {
    return this.#queues[inputClass].depthOf(source)
  }

  get isEmpty(): boolean {
    return CLASSES.every((each) => this.#queues[each].length === 0)
  }

  /**
   * Removes what the next block takes, in its order: of every class its share of a whole block, or
   * with `part`, above 0 and up to 1, that part of it.
   */
  take(part = 1): Arrival[] {
    const taken: Arrival[] = []
    let bytes = 0
    for (const inputClass of CLASSES) {
      const share = Math.ceil(SHARES[inputClass] * part)
      for (let room = share; room > 0 && bytes < BLOCK_BYTES_MAX; room--) {
        const arrival = this.#queues[inputClass].shift()
        if (arrival === undefined) break
        bytes += arrival.bytes.length
        taken.push(arrival)
      }
    }
    return taken
  }
}

/** A queue whose sources take turns. */
class FairQueue {
  readonly #sources = new Map<string, Fifo>()
  /** The sources that have something, in the order of their turns. */
  #turns: string[] = []
  #next = 0
  length = 0

  push(source: string, arrival: Arrival): void {
    let fifo = this.#sources.get(source)
    if (fifo === undefined) {
      fifo = new Fifo()
      this.#sources.set(source, fifo)
      this.#turns.push(source)
    }
    fifo.push(arrival)
    this.length++
  }

  depthOf(source: string): number {
    return this.#sources.get(source)?.length ?? 0
  }

  shift(): Arrival | undefined {
    if (this.length === 0) return undefined
    if (this.#next >= this.#turns.length) this.#next = 0
    const source = this.#turns[this.#next] as string
    const fifo = this.#sources.get(source) as Fifo
    const arrival = fifo.shift()
    this.length--
    if (fifo.length > 0) {
      this.#next++
    } else {
      this.#sources.delete(source)
      this.#turns.splice(this.#next, 1)
    }
    return arrival
  }
}

/** First in, first out, without moving what stays at every step. */
class Fifo {
  #items: Arrival[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(arrival: Arrival): void {
    this.#items.push(arrival)
  }

  shift(): Arrival | undefined {
    const arrival = this.#items[this.#head++]
    if (this.#head > 1_024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return arrival
  }
}
