/** Where programs and the command line reach the node: `/api/v1/ws`, `/health` and `/metrics`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Policy } from '@xln/shared/entity/action.ts'
import { type WebSocket, WebSocketServer } from 'ws'
import type { NodeConfig } from '../shell/config/config.ts'
import type { Logger } from '../shell/log.ts'
import type { Backend } from './backend.ts'
import { Connection, type ConnectionParts } from './connection.ts'
import { ApiCounters } from './counters.ts'
import { Dispatcher } from './dispatcher.ts'
import { type Closed, Door, isClosed, type Visitor } from './door.ts'
import { ApiError } from './faults.ts'
import { handlersOf } from './handlers/handlers.ts'
import { Idempotency } from './idempotency.ts'
import { KeyStore, type KeyStoreOptions } from './keyStore.ts'
import { API_LIMITS, type ApiLimits } from './limits.ts'
import { RateLimits } from './rateLimits.ts'
import { StatusPage } from './status.ts'
import { Announcement } from './subscriptions.ts'
import { TokenBook } from './tokens.ts'

export const API_PATH = '/api/v1/ws'

export interface ApiOptions {
  readonly backend: Backend
  /** The API keeps its tokens and idempotency keys in `api/` below it. */
  readonly dataDir: string
  readonly config: NodeConfig['api']
  /** What an entity may do by itself, as far as its maker says nothing. */
  readonly defaultPolicy: Policy
  readonly log: Logger
  readonly limits?: Partial<ApiLimits>
  readonly keys?: KeyStoreOptions
}

/** How long clients are given to say goodbye. */
const LEAVE_MS = 1_000
/** How soon a token that was ended ends its connections. */
const SWEEP_MS = 1_000

export class ApiServer {
  readonly #options: ApiOptions
  readonly #limits: ApiLimits
  readonly #counters = new ApiCounters()
  readonly #tokens: TokenBook
  readonly #door: Door
  readonly #page: StatusPage
  readonly #http: Server
  readonly #webSockets: WebSocketServer
  readonly #connections = new Set<Connection>()
  readonly #timers: NodeJS.Timeout[] = []
  #keys: KeyStore | undefined
  #parts: ConnectionParts | undefined
  #unsubscribe: () => void = () => undefined

  constructor(options: ApiOptions) {
    const { backend, dataDir, config } = options
    const { requestsPerSecond, loopbackReads } = config
    this.#options = options
    this.#limits = { ...API_LIMITS, requestsPerSecond, ...options.limits }
    this.#tokens = new TokenBook(dataDir, (error) => {
      options.log.warn('tokens not read', { error })
    })
    this.#page = new StatusPage(backend, this.#counters)
    const tokens = this.#tokens
    const counters = this.#counters
    this.#door = new Door({ tokens, counters, limits: this.#limits, loopbackReads })
    this.#http = createServer({ maxHeaderSize: 8_192 }, (request, response) => {
      void this.#serve(request, response)
    })
    this.#webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: this.#limits.messageBytesMax,
      perMessageDeflate: false,
    })
    this.#configureHttp()
  }

  /** Throws `listen_failed`, or what the disk says. */
  async start(): Promise<{ url: string; port: number }> {
    await this.#tokens.refresh()
    const { dataDir, keys, log } = this.#options
    this.#keys = await KeyStore.open(dataDir, this.#tokens.ids(), keys)
    const { requestsPerSecond: rate } = this.#limits
    const dispatcher = new Dispatcher({
      durable: () => this.#options.backend.durable(),
      handlers: handlersOf({ ...this.#options, now: () => Math.floor(Date.now() / 1000) }),
      idempotency: new Idempotency(this.#keys),
      tokenRates: new RateLimits(rate, 2 * rate),
      addressRates: new RateLimits(2 * rate, 4 * rate),
      counters: this.#counters,
      log,
    })
    this.#parts = { dispatcher, limits: this.#limits, counters: this.#counters }
    const port = await this.#listen().catch(async (error: unknown) => {
      await this.#keys?.close()
      throw error
    })
    this.#unsubscribe = this.#options.backend.subscribe((event) => {
      if (this.#connections.size === 0) return
      const announcement = new Announcement(event)
      for (const connection of this.#connections) connection.announce(announcement)
    })
    this.#timers.push(setInterval(() => this.#beat(), this.#limits.heartbeatMs))
    this.#timers.push(setInterval(() => void this.#sweep(), SWEEP_MS))
    const { host } = this.#options.config
    const name = host.includes(':') ? `[${host}]` : host
    return { url: `ws://${name}:${port}${API_PATH}`, port }
  }

  /** Resolves when the port is free and nothing of the API runs any more. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#unsubscribe()
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    for (const connection of this.#connections) connection.leave()
    const impatient = setTimeout(() => {
      for (const connection of this.#connections) connection.terminate()
      this.#http.closeAllConnections()
    }, LEAVE_MS)
    this.#http.closeIdleConnections()
    await closed
    clearTimeout(impatient)
    await this.#keys?.close()
  }

  #configureHttp(): void {
    this.#http.headersTimeout = 5_000
    this.#http.requestTimeout = 10_000
    this.#http.keepAliveTimeout = 5_000
    this.#http.on('connection', (socket: Socket) => {
      if (!this.#door.enter(socket)) socket.destroy()
    })
    this.#http.on('clientError', (_, socket) => {
      this.#counters.ended.malformed++
      socket.destroy()
    })
    this.#http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#upgrade(request, socket, head)
    })
    this.#webSockets.on('wsClientError', (_, socket) => {
      this.#counters.ended.malformed++
      socket.destroy()
    })
  }

  #listen(): Promise<number> {
    const { host, port } = this.#options.config
    return new Promise((resolve, reject) => {
      this.#http.on('error', (cause) => {
        // Later errors are connections that the system could not give, for want of descriptors.
        if (this.#http.listening) this.#counters.ended.crowded++
        else reject(new ApiError({ code: 'listen_failed', host, port }, { cause }))
      })
      this.#http.listen(port, host, () => resolve((this.#http.address() as AddressInfo).port))
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = (request.url ?? '').split('?')
    // No request here has a body: whatever follows is not read.
    response.setHeader('connection', 'close')
    if (request.method !== 'GET') return json(response, 405, { code: 'method_not_allowed' })
    if (path === '/health') {
      const health = this.#page.health()
      return json(response, health.status === 'ok' ? 200 : 503, health)
    }
    if (path === '/metrics') {
      const visitor = await this.#door.identify(request)
      if (isClosed(visitor)) return json(response, visitor.status, visitor)
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
      response.end(this.#page.metrics())
      return
    }
    if (path === API_PATH) return json(response, 426, { code: 'upgrade_required' })
    json(response, 404, { code: 'path_unknown' })
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const isOurs = (request.url ?? '').split('?')[0] === API_PATH
    socket.on('error', () => socket.destroy())
    if (!isOurs) return refuse(socket, 404, { code: 'path_unknown' })
    const visitor = await this.#door.identify(request)
    if (isClosed(visitor)) return refuse(socket, visitor.status, visitor)
    if (socket.destroyed) return
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.#connect(webSocket, visitor),
    )
  }

  #connect(webSocket: WebSocket, { token, address }: Visitor): void {
    if (this.#parts === undefined) {
      webSocket.terminate()
      return
    }
    const connection = new Connection(webSocket, token, address, this.#parts)
    this.#connections.add(connection)
    this.#counters.connections = this.#connections.size
    // ws closes after a message that is too long or not in its form; this only has to be heard.
    webSocket.on('error', (error) => {
      const isLong = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
      this.#counters.ended[isLong ? 'oversized' : 'malformed']++
    })
    webSocket.on('close', () => {
      this.#connections.delete(connection)
      this.#counters.connections = this.#connections.size
    })
  }

  #beat(): void {
    for (const connection of this.#connections) connection.beat()
  }

  /** Ends the connections of tokens that were ended. */
  async #sweep(): Promise<void> {
    await this.#tokens.refresh()
    const ids = this.#tokens.ids()
    let subscriptions = 0
    for (const connection of this.#connections) {
      subscriptions += connection.subscriptions
      if (connection.token !== null && !ids.has(connection.token.id)) connection.revoke()
    }
    this.#counters.subscriptions = subscriptions
  }
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  404: 'Not Found',
  429: 'Too Many Requests',
}

function json(response: ServerResponse, status: number, body: object): void {
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {}
  response.writeHead(status, { 'content-type': 'application/json', ...challenge })
  response.end(`${JSON.stringify(body)}\n`)
}

/** Before there is a WebSocket, by hand. */
function refuse(socket: Duplex, status: 401 | 404 | 429, body: Closed | object): void {
  const text = `${JSON.stringify(body)}\n`
  const head = [
    `HTTP/1.1 ${status} ${reasons[status]}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}
