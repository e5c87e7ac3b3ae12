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
    const text = await this.#post(JSON.stringify(payload))
    try {
      const answer: unknown = JSON.parse(text)
      return (Array.isArray(answer) ? answer : [answer]) as JsonRpcResult[]
    } catch (error) {
      throw new TransportFailure('its answer is not JSON', { cause: error })
    }
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
