/** Text near other text, and JSON near other JSON. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { Random } from '../random.ts'
import { mutateBytes } from './bytes.ts'

/** Inputs do not grow beyond this, but for those that are long on purpose. */
export const TEXT_MAX = 16_384

const LETTERS = [
  ...'0123456789abcdefxXzZ-+.:,;/\\"\'`[]{}()<>&*!|%@#?=~^$ \t\n\r\u0000é\u2028\ud800\u212a',
]

const WORDS = [
  '__proto__',
  'constructor',
  'null',
  'true',
  'NaN',
  '1e999',
  '-0',
  '0x',
  '0X00',
  '<<: *a',
  '&a [*a]',
  '---\n',
  '!!binary ',
  '? ',
  '--',
  '--=',
  'xln1',
]

/** Something near `text`, by one to four changes. */
export function mutateText(random: Random, text: string, other: string): string {
  let mutated = text
  do mutated = changeText(random, mutated, other)
  while (random.once(3))
  return mutated.slice(0, TEXT_MAX)
}

function changeText(random: Random, text: string, other: string): string {
  const at = random.below(text.length + 1)
  const length = 1 + random.below(random.once(4) ? 64 : 4)
  const [before, after] = [text.slice(0, at), text.slice(at)]
  switch (random.below(8)) {
    case 0:
      return before + random.pick(LETTERS) + after.slice(1)
    case 1:
      return before + random.pick(LETTERS) + after
    case 2:
      return before + after.slice(length)
    case 3:
      return before + after.slice(0, length) + after
    case 4:
      return before
    case 5:
      return before + other.slice(random.below(other.length + 1))
    case 6:
      return before + random.pick(WORDS) + after
    default:
      return before + random.pick(LETTERS).repeat(length) + after
  }
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

const EDGES: readonly bigint[] = [31n, 32n, 53n, 63n, 64n, 96n, 127n, 128n, 255n, 256n].flatMap(
  (bits) => [2n ** bits - 1n, 2n ** bits],
)

const NASTY: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  -(2 ** 53),
  2 ** 31,
  '',
  '0',
  '-1',
  '00',
  '0x',
  '0x0',
  '0xzz',
  ' 1',
  '1e3',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  [],
  {},
  [null],
  JSON.parse('{"__proto__":{"code":"x"}}'),
  ...EDGES.flatMap((edge): Json[] => [
    edge.toString(),
    (-edge).toString(),
    `0x${edge.toString(16)}`,
  ]),
]

/** Depths and lengths at which what recurses or copies would be found out. */
const DEPTHS = [8, 64, 1_000, 20_000]

/** JSON near `text`: mostly still JSON, with something in it changed. */
export function mutateJson(random: Random, text: string, other: string): string {
  if (random.once(6)) return mutateText(random, text, other)
  try {
    const changed = changeJson(random, JSON.parse(text) as Json, JSON.parse(other) as Json)
    const written = JSON.stringify(changed)
    return random.once(200) ? deepened(random, written) : written
  } catch {
    // What was kept need not be JSON, or be too deep to be written.
    return mutateText(random, text, other)
  }
}

/** One of the values is nested deeply, or very long. */
function deepened(random: Random, text: string): string {
  const depth = random.pick(DEPTHS)
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
  const value = random.once(4)
    ? JSON.stringify('a'.repeat(depth))
    : `${open.repeat(depth)}0${close.repeat(depth)}`
  const places = [...text.matchAll(/(?<=[:[,])("[^"]*"|-?\d+|null|true|false)/g)]
  const found = places[random.below(places.length)]
  if (found === undefined) return value
  return text.slice(0, found.index) + value + text.slice(found.index + found[0].length)
}

function changeJson(random: Random, value: Json, other: Json): Json {
  if (typeof value === 'object' && value !== null && !random.once(6)) {
    return Array.isArray(value)
      ? changeList(random, value, other)
      : changeObject(random, value, other)
  }
  switch (random.below(4)) {
    case 0:
      return random.pick(NASTY)
    case 1:
      return someValue(random, other)
    case 2:
      return random.once(2) ? [value] : { value }
    default:
      return changeScalar(random, value)
  }
}

function changeList(random: Random, list: readonly Json[], other: Json): Json {
  const at = random.below(list.length + 1)
  switch (random.below(6)) {
    case 0:
      return list.toSpliced(at, 1)
    case 1:
      return list.toSpliced(at, 0, list[at] ?? null)
    case 2:
      return list.toSpliced(at, 0, someValue(random, other))
    default:
      return list.map((item, index) => (index === at ? changeJson(random, item, other) : item))
  }
}

function changeObject(random: Random, object: object, other: Json): Json {
  const entries = Object.entries(object) as [string, Json][]
  const at = random.below(entries.length)
  const [name, value] = entries[at] ?? ['', null]
  switch (random.below(8)) {
    case 0:
      entries.splice(at, 1)
      break
    case 1:
      entries.push([random.pick([`${name}s`, '__proto__', 'constructor', 'code', '']), value])
      break
    case 2:
      entries.splice(at, 1, [name, someValue(random, other)])
      break
    default:
      entries.splice(at, 1, [name, changeJson(random, value, other)])
  }
  return Object.fromEntries(entries)
}

function changeHex(random: Random, hex: string): string {
  const bytes = hexToBytes(hex)
  return bytesToHex(mutateBytes(random, bytes, bytes))
}

function changeScalar(random: Random, value: Json): Json {
  if (typeof value === 'string') {
    const isHex = /^0x([0-9a-f]{2})+$/.test(value)
    return isHex && !random.once(3) ? changeHex(random, value) : changeText(random, value, value)
  }
  if (typeof value === 'number') return value + random.pick([1, -1, 0.5, 2 ** 32])
  return random.pick(NASTY)
}

function someValue(random: Random, value: Json): Json {
  if (typeof value !== 'object' || value === null || random.once(4)) return value
  const inner = Object.values(value) as Json[]
  return inner.length === 0 ? value : someValue(random, random.pick(inner))
}
