/** A typed client of the API: of the command line, of tests, of programs. It does not connect again. */

import type { ErrorObject } from '@xln/shared/api/errors.ts'
import { fromJson, type Invalid, type Schema, toJson } from '@xln/shared/api/schema.ts'
import { api, type MethodName, type Params, type Result, type Topic } from '@xln/shared/api.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { WebSocket } from 'ws'
import { RequestError, type RequestFault } from './faults.ts'

/** What a subscription brings; amounts in `data` are decimal strings, as in JSON. */
export interface ApiEvent {
  readonly topic: Topic
  readonly type: string
  readonly entity: EntityId | null
  readonly data: Readonly<Record<string, unknown>>
}

export interface ClientOptions {
  /** `ws://host:port/api/v1/ws`. */
  readonly url: string
  readonly token?: string
  /** For the connection. Default: 10,000. */
  readonly connectTimeoutMs?: number
  /** Between two pings. Default: 15,000. */
  readonly heartbeatMs?: number
}

export interface ApiClient {
  /** Throws {@link RequestError}: what the node declined, or what became of the connection. */
  call<Name extends MethodName>(method: Name, params: Params<Name>): Promise<Result<Name>>
  /** Calls `listener` for every event, from the moment this resolves until the returned function is called. */
  subscribe(
    wanted: { readonly topics: readonly Topic[]; readonly entity?: EntityId },
    listener: (event: ApiEvent) => void,
  ): Promise<() => Promise<void>>
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** Throws {@link RequestError}: `unreachable`, `token_missing`, `token_unknown`, `rate_limited`. */
export async function connectApi(options: ClientOptions): Promise<ApiClient> {
  const { url, token, connectTimeoutMs = 10_000 } = options
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const socket = new WebSocket(url, {
    headers: authorization,
    handshakeTimeout: connectTimeoutMs,
    perMessageDeflate: false,
    maxPayload: 67_108_864,
  })
  await opened(socket, url)
  return new Client(socket, url, options.heartbeatMs ?? 15_000)
}

interface Pending {
  readonly done: (result: unknown) => void
  readonly failed: (error: RequestError) => void
}

interface Message {
  readonly id?: number | null
  readonly result?: unknown
  readonly error?: ErrorObject
  readonly method?: string
  readonly params?: ApiEvent & { readonly subscription: string }
}

class Client implements ApiClient {
  readonly closed: Promise<void>
  readonly #socket: WebSocket
  readonly #url: string
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<string, (event: ApiEvent) => void>()
  #nextId = 1
  #isAlive = true

  constructor(socket: WebSocket, url: string, heartbeatMs: number) {
    this.#socket = socket
    this.#url = url
    const timer = setInterval(() => this.#beat(), heartbeatMs)
    socket.on('message', (data) => this.#receive(data.toString()))
    socket.on('pong', () => {
      this.#isAlive = true
    })
    // 'close' follows, and says it to whoever waits.
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      socket.on('close', (_, reason) => {
        clearInterval(timer)
        this.#failAll(lost(url, reason.toString()))
        resolve()
      })
    })
  }

  async call<Name extends MethodName>(method: Name, params: Params<Name>): Promise<Result<Name>> {
    const { params: asked, result } = api[method] as { params: unknown; result: unknown }
    const json = toJson(asked as Schema<Params<Name>>, params)
    if (json.invalid !== undefined) throw malformed('params_invalid', method, json.invalid)
    const answer = fromJson(result as Schema<Result<Name>>, await this.#ask(method, json.value))
    if (answer.invalid !== undefined) throw malformed('answer_invalid', method, answer.invalid)
    return answer.value
  }

  async subscribe(
    wanted: { readonly topics: readonly Topic[]; readonly entity?: EntityId },
    listener: (event: ApiEvent) => void,
  ): Promise<() => Promise<void>> {
    const subscribed = await this.#ask('subscribe', wanted, (result) => {
      // At once, as the next message may be an event already.
      this.#listeners.set((result as { subscription: string }).subscription, listener)
    })
    const { subscription } = subscribed as { subscription: string }
    return async () => {
      this.#listeners.delete(subscription)
      if (this.#socket.readyState !== WebSocket.OPEN) return
      await this.#ask('unsubscribe', { subscription })
    }
  }

  async close(): Promise<void> {
    this.#socket.close()
    await this.closed
  }

  #ask(method: string, params: unknown, onResult?: (result: unknown) => void): Promise<unknown> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.reject(lost(this.#url, ''))
    const id = this.#nextId++
    return new Promise((resolve, failed) => {
      const done = (result: unknown) => {
        onResult?.(result)
        resolve(result)
      }
      this.#pending.set(id, { done, failed })
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }

  #receive(text: string): void {
    const message = parse(text)
    if (message?.method === 'event' && message.params !== undefined) {
      const { subscription, ...event } = message.params
      this.#listeners.get(subscription)?.(event)
      return
    }
    const id = message?.id ?? -1
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    if (message?.error !== undefined) pending.failed(errorOf(message.error))
    else pending.done(message?.result)
  }

  #beat(): void {
    if (!this.#isAlive) {
      this.#socket.terminate()
      return
    }
    this.#isAlive = false
    this.#socket.ping()
  }

  #failAll(error: RequestError): void {
    for (const { failed } of this.#pending.values()) failed(error)
    this.#pending.clear()
    this.#listeners.clear()
  }
}

function parse(text: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(text)
    return typeof message === 'object' && message !== null ? message : undefined
  } catch {
    return undefined
  }
}

/** Resolves when the socket is open; else says why the node did not let it in. */
function opened(socket: WebSocket, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: unknown) =>
      reject(
        new RequestError(
          { code: 'unreachable', number: null, url },
          `No node answers at ${url}. Start it with "xln node", or name another with --api.`,
          { cause },
        ),
      )
    socket.once('open', () => {
      socket.off('error', unreachable)
      resolve()
    })
    socket.once('error', unreachable)
    socket.once('unexpected-response', (request, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        if (body.length < 4_096) body += chunk.toString()
      })
      response.on('end', () => {
        request.destroy()
        const { code = 'unreachable', message = `HTTP ${response.statusCode}` } =
          (parse(body) as { code?: string; message?: string } | undefined) ?? {}
        reject(new RequestError({ code, number: null, url }, `${url}: ${message}`))
      })
    })
  })
}

function lost(url: string, reason: string): RequestError {
  const fault: RequestFault = { code: 'connection_lost', number: null, url }
  const why = reason === '' ? '' : ` ${reason}`
  return new RequestError(fault, `The connection to ${url} has ended.${why}`)
}

function errorOf({ code: number, message, data }: ErrorObject): RequestError {
  return new RequestError({ ...data, number }, message)
}

function malformed(code: string, method: string, { where, reason }: Invalid): RequestError {
  const fault = { code, number: null, method, where, reason }
  return new RequestError(fault, `${method}: ${where === '' ? '' : `${where}: `}${reason}.`)
}
