/** What comes from an endpoint, checked: a field that is not what it must be is a fault of the endpoint. */
import type { Hash, Hex } from '@xln/shared/ids.ts'

/** Thrown here, and made a fault with the endpoint's name by endpoint.ts. */
export class MalformedAnswer extends Error {}

export type RpcObject = Readonly<Record<string, unknown>>

const hash32 = /^0x[0-9a-f]{64}$/
const quantity = /^0x(0|[1-9a-f][0-9a-f]*)$/
const bytes = /^0x([0-9a-f]{2})*$/

export function asObject(value: unknown, what: string): RpcObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what, value)
  return value as RpcObject
}

export function asList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(what, value)
  return value
}

/** A 32-byte hash in lower case, however it was written. */
export function asHash(value: unknown, what: string): Hash {
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  if (!hash32.test(text)) throw wrong(what, value)
  return text as Hash
}

export function asHex(value: unknown, what: string): Hex {
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  if (!bytes.test(text)) throw wrong(what, value)
  return text as Hex
}

/** A quantity that fits a safe integer: block numbers, times, gas, counts. */
export function asNumber(value: unknown, what: string): number {
  const number = Number(asBigint(value, what))
  if (!Number.isSafeInteger(number)) throw wrong(what, value)
  return number
}

export function asBigint(value: unknown, what: string): bigint {
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  if (!quantity.test(text) || text.length > 66) throw wrong(what, value)
  return BigInt(text)
}

/** A number as JSON-RPC writes it. */
export function toQuantity(value: number | bigint): Hex {
  return `0x${value.toString(16)}`
}

function wrong(what: string, value: unknown): MalformedAnswer {
  return new MalformedAnswer(`${what} is ${shown(value)}`)
}

/** Of lists and objects only what they are: they may be nested too deeply to be written. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value)
}
