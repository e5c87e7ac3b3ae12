/** Requests that wait for their block: each is answered by the receipt in it, and by nothing else. */
import type { EntityRefusal } from '../machines/entity/messages.ts'

export class Requests {
  readonly #waiting = new Map<bigint, (refusal: EntityRefusal | null) => void>()
  readonly #answers = new Map<bigint, EntityRefusal | null>()
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

  /**
   * The block with the request's input is durable. Its last word counts: what an entity took, its channel
   * may decline in the same block. A word in a later block is an event only.
   */
  answer(id: bigint, refusal: EntityRefusal | null): void {
    const resolve = this.#waiting.get(id)
    if (resolve === undefined) return
    // The outputs of one block are carried out in one go; a microtask is after the last of them.
    if (!this.#answers.has(id)) {
      queueMicrotask(() => {
        this.#waiting.delete(id)
        resolve(this.#answers.get(id) ?? null)
        this.#answers.delete(id)
      })
    }
    this.#answers.set(id, refusal)
  }

  get length(): number {
    return this.#waiting.size
  }
}
