/** A wait that can be cut short. */
export class Pause {
  #end: (() => void) | undefined
  #ended = false

  /** Returns after `ms`, or as soon as {@link end} is called, or was since the last wait. */
  async wait(ms: number): Promise<void> {
    if (!this.#ended) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#end = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#ended = false
    this.#end = undefined
  }

  /** Ends the present wait, or else the next. */
  end(): void {
    this.#ended = true
    this.#end?.()
  }
}
