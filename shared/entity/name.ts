/** Names of registered entities, as the EntityProvider takes them. */
import type { Hash } from '../ids.ts'

const NAME_BYTES_MIN = 3
const NAME_BYTES_MAX = 32

/**
 * A name as the chain holds it: its characters, filled up with zero bytes behind. `undefined` unless it has
 * 3 to 32 of `a-z`, `0-9` and `-`, with no `-` at its ends.
 */
export function encodeName(name: string): Hash | undefined {
  const isName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name)
  if (!isName || name.length < NAME_BYTES_MIN || name.length > NAME_BYTES_MAX) return undefined
  const digits = Array.from(name, (letter) => letter.charCodeAt(0).toString(16))
  return `0x${digits.join('').padEnd(64, '0')}` as Hash
}

/** The characters of a name that the chain holds. */
export function decodeName(name: Hash): string {
  const pairs = name.slice(2).match(/../g) ?? []
  const codes = pairs.map((pair) => Number.parseInt(pair, 16)).filter((code) => code !== 0)
  return String.fromCharCode(...codes)
}
