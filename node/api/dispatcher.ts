/** From the text of a request to the text of its answer. Whatever the text is, there is an answer. */

import { FAULT, INTERNAL } from '@xln/shared/api/errors.ts'
import { isKeyed, type Method } from '@xln/shared/api/method.ts'
import { fromJson, type Schema, toJson } from '@xln/shared/api/schema.ts'
import { type MethodName, methodOf } from '@xln/shared/api.ts'
import * as z from 'zod'
import { NodeError } from '../shell/errors.ts'
import type { Logger } from '../shell/log.ts'
import { checkLevel, checkScope } from './authorise.ts'
import type { ApiCounters, Outcome } from './counters.ts'
import type { Context, Handlers } from './handlers/handler.ts'
import { handlerOf } from './handlers/handlers.ts'
import type { Body, Idempotency } from './idempotency.ts'
import type { RateLimits } from './rateLimits.ts'
import * as refusals from './refusal.ts'
import { Refusal } from './refusal.ts'

export interface DispatcherParts {
  readonly handlers: Handlers
  /** See `Backend.durable`. */
  readonly durable: () => Promise<void>
  readonly idempotency: Idempotency
  readonly tokenRates: RateLimits
  readonly addressRates: RateLimits
  readonly counters: ApiCounters
  readonly log: Logger
}

/** A request's context, and the address it came from. */
export interface Caller extends Context {
  readonly address: string
}

interface Request {
  readonly id: string | number
  readonly method: string
  readonly params: unknown
}

const requestSchema = z.strictObject({
  jsonrpc: z.literal('2.0').optional(),
  id: z.union([z.string().max(64), z.int()]),
  method: z.string(),
  params: z.unknown().optional(),
})

export class Dispatcher {
  readonly #parts: DispatcherParts

  constructor(parts: DispatcherParts) {
    this.#parts = parts
  }

  /** Never rejects. */
  async answer(caller: Caller, text: string): Promise<string> {
    const { counters } = this.#parts
    const request = this.#limit(caller) ?? parse(text)
    if (request instanceof Refusal) {
      counters.count('', 'refused')
      return `{"id":${JSON.stringify(idIn(text))},${errorBody(request)}}`
    }
    const body = await this.#bodyFor(caller, request)
    counters.count(request.method, outcomeOf(body))
    return `{"id":${JSON.stringify(request.id)},${body}}`
  }

  #limit({ token, address }: Caller): Refusal | undefined {
    const { tokenRates, addressRates } = this.#parts
    const ofToken = token === null ? 0 : tokenRates.take(token.id)
    if (ofToken > 0) return refusals.rateLimited('token', ofToken)
    const ofAddress = addressRates.take(address)
    return ofAddress > 0 ? refusals.rateLimited('address', ofAddress) : undefined
  }

  async #bodyFor(caller: Caller, request: Request): Promise<Body> {
    const method = methodOf(request.method)
    if (method === undefined) return errorBody(refusals.unknownMethod(request.method))
    try {
      const answer = await this.#perform(caller, request, method)
      return answer instanceof Refusal ? errorBody(answer) : answer
    } catch (error) {
      return this.#bodyOfThrown(request.method, error)
    }
  }

  async #perform(caller: Caller, request: Request, method: Method): Promise<Body | Refusal> {
    const refusal = checkLevel(caller.token, method)
    if (refusal !== undefined) return refusal
    const params = decodeParams(method, request.params ?? {})
    if (params instanceof Refusal) return params
    const outOfScope = checkScope(caller.token, params)
    if (outOfScope !== undefined) return outOfScope

    const name = request.method as MethodName
    const { key, ...asked } = params
    const execute = () => this.#execute(name, method, params, caller)
    if (!isKeyed(method) || typeof key !== 'string' || caller.token === null) return execute()
    const whole = name + jsonOf(method.params, asked)
    return this.#parts.idempotency.once(caller.token.id, key, whole, execute)
  }

  /** Runs the handler. A fault is an answer too: a repeated key must not try again. */
  async #execute(name: MethodName, method: Method, params: object, caller: Caller): Promise<Body> {
    try {
      await this.#parts.durable()
      const result = await handlerOf(this.#parts.handlers, name)(params, caller)
      if (result instanceof Refusal) return errorBody(result)
      return `"result":${jsonOf(method.result, result)}`
    } catch (error) {
      return this.#bodyOfThrown(name, error)
    }
  }

  #bodyOfThrown(method: string, error: unknown): Body {
    const isFault = error instanceof NodeError
    this.#parts.log[isFault ? 'warn' : 'error']('request failed', { method, error })
    return errorBody(refusals.thrown(error))
  }
}

function parse(text: string): Request | Refusal {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refusals.invalidRequest('it is not JSON')
  }
  if (Array.isArray(json)) return refusals.invalidRequest('it is a list; send one by one')
  const { value, invalid } = fromJson<z.output<typeof requestSchema>>(requestSchema, json)
  if (invalid === undefined) return { params: undefined, ...value }
  const { where, reason } = invalid
  return refusals.invalidRequest(where === '' ? reason : `${where}: ${reason}`)
}

/** The id of what is no request otherwise, so that its sender knows which one it was. */
function idIn(text: string): string | number | null {
  try {
    const { id } = JSON.parse(text) as { id?: unknown }
    const isId = (typeof id === 'string' && id.length <= 64) || Number.isSafeInteger(id)
    return isId ? (id as string | number) : null
  } catch {
    return null
  }
}

type Decoded = Readonly<Record<string, unknown>>

function decodeParams(method: Method, json: unknown): Decoded | Refusal {
  const { value, invalid } = fromJson<Decoded>(method.params, json)
  return invalid === undefined ? value : refusals.invalidParams(invalid.where, invalid.reason)
}

/** Throws for what the schema does not hold: what the node answered itself is then a bug of ours. */
function jsonOf(schema: Schema<unknown>, value: unknown): string {
  const { value: json, invalid } = toJson(schema, value)
  if (invalid !== undefined) throw new TypeError(`${invalid.where}: ${invalid.reason}`)
  return JSON.stringify(json)
}

function outcomeOf(body: Body): Outcome {
  const number = /^"error":\{"code":(-\d+)/.exec(body)?.[1]
  if (number === undefined) return 'answered'
  const isFailed = Number(number) === INTERNAL || Number(number) === FAULT
  return isFailed ? 'failed' : 'refused'
}

function errorBody({ error }: Refusal): Body {
  return `"error":${JSON.stringify(error)}`
}
