/** What programs ask for: the parameters of every method, and whole requests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bearerOf, isLocalProgram } from '@xln/node/api/authorise.ts'
import { ApiCounters } from '@xln/node/api/counters.ts'
import { type Caller, Dispatcher } from '@xln/node/api/dispatcher.ts'
import { handlersOf } from '@xln/node/api/handlers/handlers.ts'
import { Idempotency } from '@xln/node/api/idempotency.ts'
import { KeyStore } from '@xln/node/api/keyStore.ts'
import { API_LIMITS } from '@xln/node/api/limits.ts'
import { RateLimits } from '@xln/node/api/rateLimits.ts'
import { Subscriptions } from '@xln/node/api/subscriptions.ts'
import { createLogger } from '@xln/node/shell/log.ts'
import { INTERNAL } from '@xln/shared/api/errors.ts'
import { fromJson, toJson } from '@xln/shared/api/schema.ts'
import { type MethodName, methodNames, methodOf } from '@xln/shared/api.ts'
import { MemoryBackend, policy } from '../../node/api/support/memoryBackend.ts'
import { mutateText } from '../mutate/text.ts'
import {
  accepted,
  Broken,
  jsonTarget,
  refused,
  showText,
  type Target,
  target,
  type Verdict,
} from '../target.ts'

const REASON_MAX = 400

/** Pairs of a method's name and its parameters. */
const params = jsonTarget({
  name: 'API parameters',
  share: 30,
  samples: () => methodNames.map((name) => [name, methodOf(name)?.example.params]),
  judge(text) {
    const [name, given] = pairOf(text)
    const method = typeof name === 'string' ? methodOf(name) : undefined
    if (method === undefined) return refused('method')
    const { value, invalid } = fromJson(method.params, given)
    if (invalid !== undefined) {
      if (invalid.where.length + invalid.reason.length > REASON_MAX)
        throw new Broken('a long reason')
      return refused(`${String(name)} ${invalid.reason.slice(0, 20)}`)
    }
    const written = toJson(method.params, value)
    const again = fromJson(method.params, JSON.parse(JSON.stringify(written.value ?? null)))
    if (written.invalid !== undefined || again.invalid !== undefined) {
      throw new Broken('what it takes it cannot write')
    }
    if (JSON.stringify(toJson(method.params, again.value)) !== JSON.stringify(written)) {
      throw new Broken('what it takes it reads as something else')
    }
    return accepted(`${String(name)}/${Object.keys(value).length}`)
  },
})

function pairOf(text: string): readonly unknown[] {
  try {
    const pair: unknown = JSON.parse(text)
    return Array.isArray(pair) ? pair : []
  } catch {
    return []
  }
}

const KEYS_MAX = 200
const ANSWER_MAX = 400_000

/** A dispatcher before an imagined node, with the real handlers and keys. */
async function startDispatcher() {
  const dataDir = mkdtempSync(join(tmpdir(), 'xln-fuzz-api-'))
  const keys = await KeyStore.open(dataDir, new Set(['fuzz']), { keysMax: KEYS_MAX })
  const backend = new MemoryBackend()
  const dispatcher = new Dispatcher({
    handlers: handlersOf({ backend, defaultPolicy: policy, now: () => 1_700_000_000 }),
    durable: () => backend.durable(),
    idempotency: new Idempotency(keys),
    tokenRates: new RateLimits(1e9, 1e9),
    addressRates: new RateLimits(1e9, 1e9),
    counters: new ApiCounters(),
    log: createLogger({ level: 'silent' }),
  })
  const token = { id: 'fuzz', level: 'server', entities: null, label: '', createdAt: 0 } as const
  const ask = (text: string) => {
    // What the imagined node remembers is not the API's.
    backend.decisions.length = 0
    backend.paid.length = 0
    backend.dialled.length = 0
    const subscriptions = new Subscriptions(token, API_LIMITS.subscriptionsMax)
    const caller: Caller = { token, address: '127.0.0.1', subscriptions }
    return dispatcher.answer(caller, text)
  }
  const close = async () => {
    await keys.close()
    rmSync(dataDir, { recursive: true })
  }
  return { ask, close }
}

let api: Awaited<ReturnType<typeof startDispatcher>> | undefined

function requests(): unknown[] {
  const plain = methodNames.map((method: MethodName, id) => ({
    jsonrpc: '2.0',
    id,
    method,
    params: methodOf(method)?.example.params,
  }))
  return plain.map((request, index) =>
    index % 8 === 0 ? { ...request, id: `r${index}` } : withoutKey(request),
  )
}

/** Each key is written to the disk, which is slow: most requests do without. */
function withoutKey<Request extends { readonly params?: object | undefined }>(
  request: Request,
): Request {
  const { key: _, ...params } = { key: undefined, ...request.params }
  return { ...request, params }
}

const dispatcher = jsonTarget({
  name: 'API request',
  share: 12,
  samples: async () => {
    api = await startDispatcher()
    return requests()
  },
  close: async () => {
    await api?.close()
    api = undefined
  },
  async judge(text) {
    return verdictOf((await api?.ask(text)) ?? '')
  },
})

interface Answer {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: {
    readonly code: number
    readonly message: string
    readonly data: { readonly code: string }
  }
}

function verdictOf(text: string): Verdict {
  if (text.length > ANSWER_MAX) throw new Broken(`an answer of ${text.length} letters`)
  const answer = JSON.parse(text) as Answer
  const { id, result, error } = answer
  if (id === undefined || (result === undefined) === (error === undefined)) {
    throw new Broken(`no answer: ${text.slice(0, 200)}`)
  }
  if (error === undefined) return accepted(Object.keys(answer).join())
  const { code, message, data } = error
  if (code === INTERNAL) throw new Broken('it has a bug, says the answer')
  if (typeof message !== 'string' || typeof data.code !== 'string') throw new Broken('no error')
  return refused(data.code)
}

/** The headers that decide who somebody is. */
const headers = target({
  name: 'API headers',
  share: 20,
  samples: () => ['Bearer xln_abc', 'localhost:7801', '127.0.0.1', '[::1]:80', '::ffff:127.0.0.1'],
  mutate: mutateText,
  show: showText,
  judge(text) {
    const token = bearerOf(text)
    const isLocal = isLocalProgram({ remoteAddress: '127.0.0.1', headers: { host: text } })
    if (isLocalProgram({ remoteAddress: '10.0.0.1', headers: { host: text } })) {
      throw new Broken('another machine is taken for this one')
    }
    return isLocal || token !== undefined ? accepted(String(isLocal)) : refused('')
  },
})

export const apiTargets: readonly Target[] = [params, dispatcher, headers]
