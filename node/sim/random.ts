/** Chance from a seed: the same seed and the same questions give the same answers, on every machine. */

/** 32 bits that depend on every letter. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}

/** A generator (sfc32), and as many independent ones below it as are wanted. */
export class Random {
  readonly #path: string
  #a: number
  #b: number
  #c: number
  #count = 1

  constructor(path: string) {
    this.#path = path
    this.#a = hashOf(path)
    this.#b = hashOf(`${path}/b`)
    this.#c = hashOf(`${path}/c`)
    for (let i = 0; i < 12; i++) this.next()
  }

  /** Another generator by a name: what is drawn from one changes nothing for the other. */
  fork(name: string): Random {
    return new Random(`${this.#path}/${name}`)
  }

  /** 32 bits. */
  next(): number {
    const sum = (this.#a + this.#b + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** From 0 up to 1. */
  fraction(): number {
    return this.next() / 2 ** 32
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1))
  }

  /** Yes with probability `share`. Asks in any case, so that a rate of nothing changes nothing else. */
  chance(share: number): boolean {
    return this.fraction() < share
  }

  /** One of `list`, which is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)] as T
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() & 0xff)
  }

  /** A new list of the same things in another order. */
  shuffle<T>(list: readonly T[]): T[] {
    const shuffled = [...list]
    for (let i = shuffled.length - 1; i > 0; i--) {
      const other = this.between(0, i)
      ;[shuffled[i], shuffled[other]] = [shuffled[other] as T, shuffled[i] as T]
    }
    return shuffled
  }
}
