/** Maps that can be copied at once: a copy shares what stands and writes into a layer of its own. */

/**
 * A map from strings with a cheap {@link fork}. Layers below the first are never written again; those
 * of like size are merged, so a value is copied, and looked for, a logarithmic number of times.
 */
export class Table<Value> {
  #own = new Map<string, Value>()
  /** Newest first, each at least twice as large as the one before it. */
  #below: readonly ReadonlyMap<string, Value>[] = []

  get(key: string): Value | undefined {
    const own = this.#own.get(key)
    if (own !== undefined) return own
    for (const layer of this.#below) {
      const value = layer.get(key)
      if (value !== undefined) return value
    }
    return undefined
  }

  set(key: string, value: Value): void {
    this.#own.set(key, value)
  }

  /** A copy that goes on apart. */
  fork(): Table<Value> {
    if (this.#own.size > 0) {
      this.#below = merged(this.#own, this.#below)
      this.#own = new Map()
    }
    const copy = new Table<Value>()
    copy.#below = this.#below
    return copy
  }
}

function merged<Value>(
  newest: ReadonlyMap<string, Value>,
  below: readonly ReadonlyMap<string, Value>[],
): readonly ReadonlyMap<string, Value>[] {
  const [next, ...rest] = below
  if (next === undefined || next.size >= 2 * newest.size) return [newest, ...below]
  return merged(new Map([...next, ...newest]), rest)
}
