/**
 * Codecs put together from fields: one description serves both directions. For what is not hot; the
 * hot codecs (channel blocks, states) are written out.
 */
import { UINT64_MAX, UINT128_MAX, UINT256_MAX } from '../amounts.ts'
import { TIME_MAX } from '../limits.ts'
import { RlpReader, RlpWriter } from './rlp.ts'

/** How one value stands inside a list. Reading never throws: it fails the reader (see rlp.ts). */
export interface Field<T> {
  write(writer: RlpWriter, value: T): void
  read(reader: RlpReader): T
}

/** The type of what a field holds. */
export type Of<F> = F extends Field<infer T> ? T : never

/** `length` bytes, as the hex of an id or hash. */
export function hex<Id extends `0x${string}`>(length: number): Field<Id> {
  return {
    write: (writer, value) => writer.hex(value),
    read: (reader) => reader.hex(length) as Id,
  }
}

/** 32 bytes, as the hex of an id or hash. */
export function id<Id extends `0x${string}`>(): Field<Id> {
  return hex<Id>(32)
}

/** An integer from 0 to `max`, which is below 2^53. */
export function number(max = Number.MAX_SAFE_INTEGER): Field<number> {
  return {
    write: (writer, value) => writer.number(value),
    read: (reader) => reader.number(max),
  }
}

/** An integer from 0 to `max`. */
export function unsigned(max: bigint): Field<bigint> {
  return {
    write: (writer, value) => writer.bigint(value),
    read: (reader) => reader.bigint(max),
  }
}

/** An integer of 255 bits with its sign. */
export const signed: Field<bigint> = {
  write: (writer, value) => writer.signed(value),
  read: (reader) => reader.signed((1n << 255n) - 1n),
}

export const uint64: Field<bigint> = unsigned(UINT64_MAX)
export const uint128: Field<bigint> = unsigned(UINT128_MAX)
export const uint256: Field<bigint> = unsigned(UINT256_MAX)
/** A unix second. */
export const time: Field<number> = number(TIME_MAX)

export const flag: Field<boolean> = {
  write: (writer, value) => writer.flag(value),
  read: (reader) => reader.flag(),
}

/** At most `max` bytes. */
export function bytes(max: number): Field<Uint8Array> {
  return {
    write: (writer, value) => writer.bytes(value),
    read: (reader) => reader.bytes(max),
  }
}

/** One of `options`, by its place. */
export function oneOf<T extends string>(...options: readonly T[]): Field<T> {
  return {
    write: (writer, value) => writer.number(options.indexOf(value)),
    read: (reader) => options[reader.number(options.length - 1)] as T,
  }
}

/** At most `max` values, as a list of their own. */
export function list<T>(field: Field<T>, max = Number.MAX_SAFE_INTEGER): Field<readonly T[]> {
  return {
    write(writer, values) {
      const start = writer.open()
      for (const value of values) field.write(writer, value)
      writer.close(start)
    },
    read(reader) {
      const end = reader.enter()
      const values: T[] = []
      while (reader.more(end)) {
        values.push(field.read(reader))
        if (values.length > max) reader.fail()
      }
      reader.leave(end)
      return values
    },
  }
}

/** A value or null: a list of one or of none. */
export function optional<T>(field: Field<T>): Field<T | null> {
  const inner = list(field, 1)
  return {
    write: (writer, value) => inner.write(writer, value === null ? [] : [value]),
    read: (reader) => inner.read(reader)[0] ?? null,
  }
}

/** What the fields of an object are, in the order of their bytes. */
export type Shape<T> = { readonly [K in keyof T]: Field<T[K]> }

/** An object as a list of its fields, in the order of `shape`. */
export function struct<T extends object>(shape: Shape<T>): Field<T> {
  const inner = fields(shape)
  return {
    write(writer, value) {
      const start = writer.open()
      inner.write(writer, value)
      writer.close(start)
    },
    read(reader) {
      const end = reader.enter()
      const value = inner.read(reader)
      reader.leave(end)
      return value
    },
  }
}

/** The fields of an object one after another, without a list around them. */
export function fields<T extends object>(shape: Shape<T>): Field<T> {
  const names = Object.keys(shape) as (keyof T)[]
  return {
    write(writer, value) {
      for (const name of names) shape[name].write(writer, value[name])
    },
    read(reader) {
      const value: Partial<T> = {}
      for (const name of names) value[name] = shape[name].read(reader)
      return value as T
    },
  }
}

interface Tagged {
  readonly type: string
}

/** The number of a union's member on the wire (never given anew), and its fields but `type`. */
export type Variants<T extends Tagged> = {
  readonly [Type in T['type']]: readonly [number, Shape<Omit<Extract<T, { type: Type }>, 'type'>>]
}

/** A union on `type`: `[number, …fields]`. */
export function union<T extends Tagged>(variants: Variants<T>): Field<T> {
  interface Variant {
    readonly type: string
    readonly number: number
    readonly field: Field<object>
  }
  const byType = new Map<string, Variant>()
  const byNumber = new Map<number, Variant>()
  for (const [type, [number, shape]] of Object.entries(variants) as [
    string,
    readonly [number, Shape<object>],
  ][]) {
    const variant = { type, number, field: fields(shape) }
    byType.set(type, variant)
    byNumber.set(number, variant)
  }
  return {
    write(writer, value) {
      const variant = byType.get(value.type)
      if (variant === undefined) throw new TypeError(`no variant is called ${value.type}`)
      const start = writer.open()
      writer.number(variant.number)
      variant.field.write(writer, value)
      writer.close(start)
    },
    read(reader) {
      const end = reader.enter()
      const variant = byNumber.get(reader.number())
      if (variant === undefined) reader.fail()
      const value = { type: variant?.type, ...variant?.field.read(reader) }
      reader.leave(end)
      return value as unknown as T
    },
  }
}

/** A field as a codec of whole byte strings: strict, and `undefined` for all but the one encoding. */
export interface Codec<T> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): T | undefined
}

const writer = new RlpWriter()

/** The codec of one value alone. */
export function codecOf<T>(field: Field<T>): Codec<T> {
  return {
    encode(value) {
      writer.reset()
      field.write(writer, value)
      return writer.take()
    },
    decode(bytes) {
      const reader = new RlpReader(bytes)
      const value = field.read(reader)
      return reader.isDone() ? value : undefined
    },
  }
}
