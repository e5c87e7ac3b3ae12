/** Requests that wait for their block: each is answered by the receipt in it, and by nothing else. */
import type { EntityRefusal } from '../machines/entity/messages.ts'

export class Requests {
  readonly #waiting = new Map<bigint, (refusal: EntityRefusal | null) => void>()
  #next: bigint

  /** Ids begin at `first`, above those of earlier processes: a restart must not answer for another. */
  constructor(first: bigint) {
    this.#next = first
  }

  /** A new id, and the promise of its receipt. */
  open(): { id: bigint; receipt: Promise<EntityRefusal | null> } {
    const id = this.#next++
    const receipt = new Promise<EntityRefusal | null>((resolve) => this.#waiting.set(id, resolve))
    return { id, receipt }
  }

  /** The block with the request's input is durable. A later word on the same request is an event only. */
  answer(id: bigint, refusal: EntityRefusal | null): void {
    this.#waiting.get(id)?.(refusal)
    this.#waiting.delete(id)
  }

  get length(): number {
    return this.#waiting.size
  }
}
