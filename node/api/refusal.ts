/** What the API declines, as a value: it becomes the `error` of an answer. */
import {
  type ErrorObject,
  FAULT,
  FORBIDDEN,
  INTERNAL,
  INVALID_PARAMS,
  INVALID_REQUEST,
  KEY_REFUSED,
  NOT_FOUND,
  refusalNumberOf,
  TOO_MANY,
  UNKNOWN_METHOD,
} from '@xln/shared/api/errors.ts'
import type { Level } from '@xln/shared/api/method.ts'
import { NodeError } from '../shell/errors.ts'
import type { Declined } from './backend.ts'
import { plain } from './json.ts'

type Data = ErrorObject['data']

export class Refusal {
  readonly error: ErrorObject

  constructor(number: number, message: string, data: Data) {
    this.error = { code: number, message, data: plain(data) as Data }
  }
}

/** What the node declined in `method`. */
export function declined(method: string, reason: Declined): Refusal {
  const innermost = innermostOf(reason)
  return new Refusal(refusalNumberOf(method), `Declined: ${sentence(innermost)}.`, innermost)
}

/** A channel's own reason, when an entity only hands it on. */
function innermostOf(reason: Declined): Declined {
  const inner = reason['refusal']
  const isReason = typeof inner === 'object' && inner !== null && 'code' in inner
  return isReason ? innermostOf(inner as Declined) : reason
}

export function invalidRequest(reason: string): Refusal {
  const message = `Not a request: ${reason}. A request is {"id": 1, "method": "server.getInfo", "params": {}}.`
  return new Refusal(INVALID_REQUEST, message, { code: 'request_invalid', reason })
}

export function unknownMethod(method: string): Refusal {
  const name = method.slice(0, 100)
  return new Refusal(UNKNOWN_METHOD, `There is no method "${name}".`, {
    code: 'method_unknown',
    method: name,
  })
}

export function invalidParams(where: string, reason: string): Refusal {
  const data = { code: 'params_invalid', where, reason }
  return new Refusal(INVALID_PARAMS, `${where === '' ? 'params' : where}: ${reason}.`, data)
}

export function levelTooLow(has: Level, needs: Level): Refusal {
  const message = `This needs a token of level "${needs}"; this one is of level "${has}".`
  return new Refusal(FORBIDDEN, message, { code: 'level_too_low', has, needs })
}

export function outOfScope(entity: string): Refusal {
  return new Refusal(FORBIDDEN, `The token is not for entity ${entity}.`, {
    code: 'out_of_scope',
    entity,
  })
}

export function rateLimited(of: 'token' | 'address', retryAfterMs: number): Refusal {
  const message = `Too many requests of one ${of}. Try again in ${retryAfterMs} ms.`
  return new Refusal(TOO_MANY, message, { code: 'rate_limited', of, retryAfterMs })
}

export function tooManySubscriptions(max: number): Refusal {
  const message = `A connection has at most ${max} subscriptions. End one first.`
  return new Refusal(TOO_MANY, message, { code: 'subscriptions_full', max })
}

export function notFound(code: string, named: Readonly<Record<string, unknown>>): Refusal {
  const data = { ...named, code }
  return new Refusal(NOT_FOUND, `Not here: ${sentence(data)}.`, data)
}

export function keyReused(key: string): Refusal {
  const message = `The key "${key}" was used for another request. Use a new one.`
  return new Refusal(KEY_REFUSED, message, { code: 'key_reused', key })
}

export function outcomeUnknown(key: string): Refusal {
  const message = `The node stopped while it carried out the request with the key "${key}". See what became of it, and use a new key.`
  return new Refusal(KEY_REFUSED, message, { code: 'outcome_unknown', key })
}

export function keysFull(max: number, retryAfterMs: number): Refusal {
  const message = `The ${max} keys that are kept for a token are all younger than an hour. Try again in ${retryAfterMs} ms, or without a key.`
  return new Refusal(TOO_MANY, message, { code: 'keys_full', max, retryAfterMs })
}

/** What was thrown: a fault of the world says what it is; a bug of ours only that it is there. */
export function thrown(error: unknown): Refusal {
  if (error instanceof NodeError) {
    const fault = plain(error.fault) as Data
    return new Refusal(FAULT, error.message, fault)
  }
  const message = 'The node has a bug; its log has more.'
  return new Refusal(INTERNAL, message, { code: 'internal' })
}

/** `capacity_exceeded: amount 25, capacity 19`. */
function sentence({ code, ...numbers }: Data): string {
  const parts = Object.entries(numbers).map(([name, value]) => `${name} ${text(value)}`)
  return parts.length === 0 ? code : `${code}: ${parts.join(', ')}`
}

function text(value: unknown): string {
  const simple = plain(value)
  return typeof simple === 'object' ? JSON.stringify(simple) : String(simple)
}
