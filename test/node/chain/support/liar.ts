import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Question {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/**
 * What an endpoint can do wrong. `down`: it does not accept connections' requests and closes them;
 * `silent`: it takes them and never answers.
 */
export type Behaviour = 'honest' | 'down' | 'silent' | 'garbage' | 'http500'

/** Changes an answer on its way; undefined leaves it. */
export type Lie = (method: string, params: readonly unknown[], result: unknown) => unknown

/** An endpoint between the node and the chain, on real sockets, that fails and lies as it is told. */
export class Liar {
  behaviour: Behaviour = 'honest'
  lie: Lie | undefined
  /** Answers with an error in these words instead. */
  refusal: ((method: string, params: readonly unknown[]) => string | undefined) | undefined
  /** All questions so far. */
  readonly asked: { readonly method: string; readonly atMs: number }[] = []
  readonly #server: Server
  readonly #target: string

  private constructor(target: string) {
    this.#target = target
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  static async before(target: string): Promise<Liar> {
    const liar = new Liar(target)
    await new Promise<void>((resolve) => liar.#server.listen(0, '127.0.0.1', resolve))
    return liar
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    const body = Buffer.concat(chunks).toString()
    const questions = [JSON.parse(body)].flat() as Question[]
    const atMs = performance.now()
    for (const { method } of questions) this.asked.push({ method, atMs })
    switch (this.behaviour) {
      case 'down':
        response.destroy()
        return
      case 'silent':
        return
      case 'garbage':
        response.end('<html>Service temporarily unavailable</html>')
        return
      case 'http500':
        response.writeHead(500).end('{"jsonrpc":"2.0"}')
        return
      case 'honest': {
        const headers = { 'content-type': 'application/json' }
        const answer = await fetch(this.#target, { method: 'POST', headers, body })
        const text = await answer.text()
        response.writeHead(answer.status, headers).end(this.#changed(text, questions))
      }
    }
  }

  #changed(text: string, questions: readonly Question[]): string {
    if (this.lie === undefined && this.refusal === undefined) return text
    const parsed: unknown = JSON.parse(text)
    const change = (answer: { id: number; result?: unknown }) => {
      const question = questions.find(({ id }) => id === answer.id)
      if (question === undefined || answer.result === undefined) return answer
      const { method, params } = question
      const { id } = answer
      const message = this.refusal?.(method, params)
      if (message !== undefined) return { jsonrpc: '2.0', id, error: { code: -32_005, message } }
      const result = this.lie?.(method, params, answer.result)
      return result === undefined ? answer : { ...answer, result }
    }
    return JSON.stringify(Array.isArray(parsed) ? parsed.map(change) : change(parsed as never))
  }
}
