/** Facts, refusals, items and events in the words of their types, one line each. */
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { CancelReason } from '@xln/shared/channel/transaction.ts'
import {
  cooperativeNonceWord,
  disputeNonceWord,
  type Names,
  numberWord,
  placeWord,
} from './names.ts'

const depository = IDepository__factory.createInterface()
const SELECTOR_LENGTH = 10

type Fields = Readonly<Record<string, unknown>>

/** What says nothing that another word does not say, or only a hash. */
const SILENT = new Set(['type', 'code', 'token', 'left', 'right', 'origin', 'onion', 'requestId'])
/** Amounts of the token that stands beside them. */
const AMOUNTS = new Set([
  'limit',
  'fee',
  'reserve',
  'collateral',
  'ondelta',
  'remaining',
  'toLeft',
  'toRight',
  'leftDebt',
  'rightDebt',
  'forfeit',
  'leftDiff',
  'rightDiff',
  'collateralDiff',
  'ondeltaDiff',
])
const ERA_NONCES = new Set(['cooperativeNonce', 'newNonce'])
const DISPUTE_NONCES = new Set(['disputeNonce', 'outranked', 'standing'])

/** An object by its type or code, then its fields as the type names them. `around`: the token of its amounts. */
export function wordsOf(value: object, names: Names, around?: string): string {
  const fields = value as Fields
  const name = fields['type'] ?? fields['code']
  const own = typeof fields['token'] === 'string' ? names.of(fields['token']) : undefined
  const parts = partsOf(fields, names, own ?? around)
  const head = [name, channelOf(fields, names)].filter((each) => each !== undefined).join(' ')
  if (head === '') return parts.join(', ')
  return parts.length === 0 ? head : `${head} ${parts.join(', ')}`
}

function channelOf({ left, right }: Fields, names: Names): string | undefined {
  if (typeof left !== 'string' || typeof right !== 'string') return undefined
  return `${names.of(left)}–${names.of(right)}`
}

function partsOf(fields: Fields, names: Names, token: string | undefined): string[] {
  const parts: string[] = []
  for (const [key, value] of Object.entries(fields)) {
    if (SILENT.has(key)) continue
    // A batch has a nonce too, of another kind.
    const isOutranked = key === 'nonce' && 'standing' in fields
    const word = wordOf(isOutranked ? 'outranked' : key, value, token, names)
    if (word !== undefined) parts.push(word)
  }
  return parts
}

/** One field, or undefined when there is nothing to say. */
function wordOf(
  key: string,
  value: unknown,
  token: string | undefined,
  names: Names,
): string | undefined {
  if (value === true) return key
  if (typeof value === 'bigint') return bigWord(key, value, token)
  if (typeof value === 'number') return numberField(key, value)
  if (typeof value === 'string') return textWord(key, value, names)
  if (value instanceof Uint8Array) return undefined
  if (Array.isArray(value)) return listWord(key, value, token, names)
  if (typeof value !== 'object' || value === null) return undefined
  return objectWord(key, value, token, names)
}

function bigWord(key: string, value: bigint, token: string | undefined): string {
  if (token !== undefined && key === 'amount') return `${value} ${token}`
  if (token !== undefined && AMOUNTS.has(key)) return `${key} ${value} ${token}`
  if (ERA_NONCES.has(key)) return `${key} ${cooperativeNonceWord(value)}`
  if (DISPUTE_NONCES.has(key))
    return `${key === 'outranked' ? 'nonce' : key} ${disputeNonceWord(value)}`
  return `${key} ${numberWord(value)}`
}

function numberField(key: string, value: number): string {
  return `${key} ${numberWord(value)}`
}

/** Ids by their names, words as they are; any other hash is left out. */
function textWord(key: string, value: string, names: Names): string | undefined {
  const name = names.of(value)
  if (name !== undefined) return `${key} ${name}`
  if (!value.startsWith('0x')) return `${key} ${value}`
  return value.length === SELECTOR_LENGTH ? `${key} ${errorWord(value)}` : undefined
}

function listWord(
  key: string,
  values: readonly unknown[],
  token: string | undefined,
  names: Names,
): string | undefined {
  if (values.length === 0) return undefined
  const words = values.map((value) => {
    if (typeof value === 'string') return names.of(value) ?? value
    return typeof value === 'object' && value !== null ? wordsOf(value, names, token) : `${value}`
  })
  return `${key} [${words.join('; ')}]`
}

function objectWord(
  key: string,
  value: object,
  token: string | undefined,
  names: Names,
): string | undefined {
  if (isClauseId(value)) return `${key} ${clauseWord(value)}`
  const words = wordsOf(value, names, token)
  return words === '' ? undefined : `${key} (${words})`
}

interface ClauseLike {
  readonly term: number
  readonly height: number
  readonly index: number
}

function isClauseId(value: object): value is ClauseLike {
  return 'term' in value && 'height' in value && 'index' in value
}

/** A lock's or an offer's id: where it was made. */
export function clauseWord({ term, height, index }: ClauseLike): string {
  return `#${placeWord(term, height)}.${index}`
}

/** What the contract calls an error; a selector that it does not have, as it is. */
export function errorWord(selector: string): string {
  return depository.getError(selector)?.name ?? selector
}

/** Why a payee gave a lock back, by name. */
export function cancelWord(reason: number): string {
  const [name] = Object.entries(CancelReason).find(([, number]) => number === reason) ?? []
  return name ?? `${reason}`
}
