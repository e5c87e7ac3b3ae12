/** Results of a pure function that are worth finding again; bounded, and never wrong, only forgotten. */
export class Memo<Value> {
  readonly #max: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  /** Remembers at least the `max` newest results that were asked for, and at most twice as many. */
  constructor(max: number) {
    this.#max = max
  }

  /** The result for `key`; `compute` gives it when it is not remembered. */
  get(key: string, compute: () => Value): Value {
    const found = this.#young.get(key)
    if (found !== undefined) return found
    const value = this.#old.get(key) ?? compute()
    if (this.#young.size >= this.#max) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
    return value
  }
}
