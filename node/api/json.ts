/** JSON as the API writes it: amounts as decimal strings, bytes as hex. */
import { bytesToHex } from '@xln/shared/bytes.ts'

/** `value` in what JSON can say. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return bytesToHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Error) return value.message
  if (typeof value !== 'object' || value === null) return value
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return Object.fromEntries(entries.map(([name, inner]) => [String(name), plain(inner)]))
}
