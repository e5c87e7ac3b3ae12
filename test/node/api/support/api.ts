/** An API with real sockets before an imagined node, and ways to talk to it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiClient, connectApi } from '@xln/node/api/client.ts'
import { RequestError } from '@xln/node/api/faults.ts'
import { type ApiOptions, ApiServer } from '@xln/node/api/server.ts'
import { createToken } from '@xln/node/api/tokens.ts'
import { createLogger } from '@xln/node/shell/log.ts'
import type { Level } from '@xln/shared/api/method.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { MemoryBackend, policy } from './memoryBackend.ts'

export interface World {
  readonly backend: MemoryBackend
  readonly dataDir: string
  /** Warnings and errors of the API. */
  readonly log: string[]
  url(): string
  http(path: string, headers?: Record<string, string>): Promise<Response>
  /** A new token. */
  token(level: Level, entities?: readonly EntityId[] | null): Promise<string>
  client(level: Level, entities?: readonly EntityId[] | null): Promise<ApiClient>
  raw(token?: string, headers?: Record<string, string>): Promise<Raw>
  restart(options?: Partial<ApiOptions>): Promise<void>
}

/** A socket that may send anything. */
export interface Raw {
  readonly socket: WebSocket
  send(data: string | Uint8Array): void
  /** The next message, parsed. */
  next(): Promise<Message>
  readonly closed: Promise<number>
}

export interface Message {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data: object }
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
}

/** Runs `test` in a world of its own. */
export async function withApi(
  options: Partial<ApiOptions>,
  test: (world: World) => Promise<void>,
): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'xln-api-'))
  const backend = new MemoryBackend()
  const log: string[] = []
  const clients: ApiClient[] = []
  const sockets: WebSocket[] = []
  let server: ApiServer | undefined
  let url = ''

  const start = async (more: Partial<ApiOptions>) => {
    server = new ApiServer({
      backend,
      dataDir,
      config: { host: '127.0.0.1', port: 0, loopbackReads: false, requestsPerSecond: 100_000 },
      defaultPolicy: policy,
      log: createLogger({ level: 'warn', write: (line) => log.push(line) }),
      ...options,
      ...more,
    })
    ;({ url } = await server.start())
  }
  const token = async (level: Level, entities: readonly EntityId[] | null = null) =>
    (await createToken(dataDir, { level, entities, label: '' })).text

  const world: World = {
    backend,
    dataDir,
    log,
    url: () => url,
    http: (path, headers = {}) => fetch(new URL(path, url.replace('ws:', 'http:')), { headers }),
    token,
    client: async (level, entities) => {
      const client = await connectApi({ url, token: await token(level, entities) })
      clients.push(client)
      return client
    },
    raw: async (text, headers = {}) => {
      const authorization = text === undefined ? {} : { authorization: `Bearer ${text}` }
      // Node's own WebSocket takes headers, though a browser's does not.
      const init = { headers: { ...authorization, ...headers } } as unknown as string[]
      const socket = new WebSocket(url, init)
      sockets.push(socket)
      return await rawOf(socket)
    },
    restart: async (more = {}) => {
      await server?.stop()
      await start(more)
    },
  }
  try {
    await start({})
    await test(world)
  } finally {
    for (const client of clients) await client.close()
    for (const socket of sockets) socket.close()
    await server?.stop()
    rmSync(dataDir, { recursive: true })
  }
}

async function rawOf(socket: WebSocket): Promise<Raw> {
  const arrived: string[] = []
  const waiting: ((text: string) => void)[] = []
  socket.addEventListener('message', ({ data }) => {
    const give = waiting.shift()
    if (give === undefined) arrived.push(String(data))
    else give(String(data))
  })
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve(code))
  })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error('The connection was refused.')))
  })
  const next = () =>
    new Promise<string>((resolve) => {
      const text = arrived.shift()
      if (text === undefined) waiting.push(resolve)
      else resolve(text)
    })
  return {
    socket,
    closed,
    send: (data) => socket.send(data),
    next: async () => JSON.parse(await next()) as Message,
  }
}

/** The fault with which `promise` fails. */
export async function faultOf(promise: Promise<unknown>): Promise<RequestError['fault']> {
  try {
    await promise
  } catch (error) {
    if (error instanceof RequestError) return error.fault
    throw error
  }
  throw new Error('It did not fail.')
}

/** Waits until `check` holds. */
export async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; !check(); tries++) {
    if (tries > 500) throw new Error('It does not come to pass.')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
