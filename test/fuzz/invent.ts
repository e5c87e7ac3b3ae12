/** Makes values up: a codec reads from chance instead of bytes, and so says itself what it takes. */
import type { RlpReader } from '@xln/shared/codec/rlp.ts'
import { codecOf, type Field } from '@xln/shared/codec/schema.ts'
import { Random } from './random.ts'

const LIST_MAX = 3

/** A reader of nothing: every read gives some value of the range that is asked for. */
class Inventor {
  readonly #random: Random
  #source: Uint8Array = new Uint8Array(0)
  #left = 0
  failed = false

  constructor(random: Random) {
    this.#random = random
  }

  enter(): number {
    const outer = this.#left
    this.#left = this.#random.below(LIST_MAX + 1)
    return outer
  }

  more(): boolean {
    return !this.failed && this.#left-- > 0
  }

  leave(outer: number): void {
    this.#left = outer
  }

  fail(): void {
    this.failed = true
  }

  number(max = Number.MAX_SAFE_INTEGER): number {
    const small = this.#random.below(20)
    const value = this.#random.once(4) ? max : small
    return Math.min(value, max)
  }

  bigint(max: bigint): bigint {
    const value = this.#random.once(4)
      ? max - BigInt(this.#random.below(2))
      : BigInt(this.#random.below(300))
    return value > max ? max : value
  }

  signed(max: bigint): bigint {
    const value = this.bigint(max)
    return this.#random.once(2) ? -value - 1n : value
  }

  flag(): boolean {
    return this.#random.once(2)
  }

  bytes(max: number, min = 0): Uint8Array {
    return this.#draw(Math.min(max, Math.max(min, this.#random.below(70))))
  }

  hex(length: number): string {
    return `0x${Buffer.from(this.#draw(length)).toString('hex')}`
  }

  string(): number {
    this.#source = this.#draw(this.#random.pick([0, 20, 32]))
    return this.#source.length
  }

  get source(): Uint8Array {
    return this.#source
  }

  get lastStart(): number {
    return 0
  }

  get position(): number {
    return this.#source.length
  }

  lastHex(): string {
    return `0x${Buffer.from(this.#source).toString('hex')}`
  }

  #draw(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#random.below(256))
  }
}

/** `count` different values that `field` writes and reads back. */
export function invent<T>(field: Field<T>, count: number, seed = 1): T[] {
  const random = new Random(seed)
  const { encode, decode } = codecOf(field)
  const values: T[] = []
  for (let tries = 0; values.length < count; tries++) {
    if (tries > 1_000 * count) throw new Error('nothing could be made up')
    const inventor = new Inventor(random)
    const value = field.read(inventor as unknown as RlpReader)
    if (!inventor.failed && decode(encode(value)) !== undefined) values.push(value)
  }
  return values
}
