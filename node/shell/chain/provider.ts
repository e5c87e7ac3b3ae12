/** JSON-RPC over HTTP for ethers, with bounds: no answer is waited for too long or read beyond a size. */
import {
  FetchRequest,
  type JsonRpcPayload,
  JsonRpcProvider,
  type JsonRpcResult,
  Network,
} from 'ethers'
import { TransportFailure } from './transport.ts'

export interface ProviderOptions {
  readonly url: string
  readonly chainId: bigint
  readonly timeoutMs: number
  readonly answerBytesMax: number
  /** Requests that go in one HTTP request. */
  readonly batchMax: number
}

export class HttpProvider extends JsonRpcProvider {
  readonly #url: string
  readonly #headers: Record<string, string> = { 'content-type': 'application/json' }
  readonly #timeoutMs: number
  readonly #answerBytesMax: number

  constructor({ url, chainId, timeoutMs, answerBytesMax, batchMax }: ProviderOptions) {
    // The network is given and nothing is cached: what is asked is asked, and nothing else is.
    super(new FetchRequest(url), Network.from(chainId), {
      staticNetwork: true,
      batchMaxCount: batchMax,
      batchStallTime: 0,
      cacheTimeout: -1,
    })
    const { username, password, ...parts } = readUrl(url)
    this.#url = parts.bare
    if (username !== '') {
      const credentials = Buffer.from(`${username}:${password}`).toString('base64')
      this.#headers['authorization'] = `Basic ${credentials}`
    }
    this.#timeoutMs = timeoutMs
    this.#answerBytesMax = answerBytesMax
  }

  /** What it gives may be errors too: ethers' own type leaves them out. */
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const answer = parse(await this.#post(JSON.stringify(payload)))
    const answers = Array.isArray(answer) ? answer : [answer]
    // ethers looks into each of them, and throws for what it cannot look into.
    if (!answers.every(isAnswer)) throw new TransportFailure('its answer is not JSON-RPC')
    return answers
  }

  async #post(body: string): Promise<string> {
    const signal = AbortSignal.timeout(this.#timeoutMs)
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body,
        signal,
      })
      const text = await readBounded(response, this.#answerBytesMax)
      if (!response.ok) throw new TransportFailure(`HTTP status ${response.status}`)
      return text
    } catch (error) {
      if (error instanceof TransportFailure) throw error
      const reason = signal.aborted ? `no answer within ${this.#timeoutMs} ms` : reasonOf(error)
      throw new TransportFailure(reason, { cause: error })
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new TransportFailure('its answer is not JSON', { cause: error })
  }
}

/** Whether it is an object and its error, if it has one, is one too. */
function isAnswer(answer: unknown): answer is JsonRpcResult {
  if (typeof answer !== 'object' || answer === null || !isShallow(answer, DEPTH_MAX)) return false
  return !('error' in answer) || (typeof answer.error === 'object' && answer.error !== null)
}

/** What ethers complains of it writes out, by recursion. No answer is half as deep. */
const DEPTH_MAX = 32

function isShallow(value: unknown, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depthMax > 0 && Object.values(value).every((inner) => isShallow(inner, depthMax - 1))
}

async function readBounded(response: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > bytesMax) throw new TransportFailure(`its answer is longer than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `fetch` hides what happened in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

/** `fetch` refuses an address that holds a name and a password. */
function readUrl(text: string): { bare: string; username: string; password: string } {
  const url = new URL(text)
  const username = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  url.username = ''
  url.password = ''
  return { bare: url.href, username, password }
}
