/** All ways to the chain: one is asked, the next when it fails, and the others to compare. */
import { type Clock, systemClock } from '../clock.ts'
import { BACK_OFF, type BackOff } from './backoff.ts'
import { Endpoint, type EndpointHealth } from './endpoint.ts'
import { ChainError } from './faults.ts'
import type { RpcPort } from './transport.ts'

export interface EndpointsOptions {
  /** HTTP addresses, the preferred first; at least one. */
  readonly urls: readonly string[]
  readonly chainId: bigint
  /** For one HTTP request. Default: 10,000. */
  readonly timeoutMs?: number
  /** Of one HTTP answer. Default: 64 MiB. */
  readonly answerBytesMax?: number
  /** Requests in one HTTP request; 1 for endpoints that take no batches. Default: 100. */
  readonly batchMax?: number
  readonly backOff?: BackOff
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** What is asked in place of each address. Default: HTTP. */
  readonly port?: RpcPort
}

const MIB = 1024 * 1024

export class Endpoints {
  readonly all: readonly Endpoint[]
  readonly chainId: bigint

  constructor(options: EndpointsOptions) {
    if (options.urls.length === 0) throw new TypeError('no endpoint given')
    this.chainId = options.chainId
    this.all = options.urls.map(
      (url) =>
        new Endpoint({
          url,
          chainId: options.chainId,
          timeoutMs: options.timeoutMs ?? 10_000,
          answerBytesMax: options.answerBytesMax ?? 64 * MIB,
          batchMax: options.batchMax ?? 100,
          backOff: options.backOff ?? BACK_OFF,
          clock: options.clock ?? systemClock,
          port: options.port,
        }),
    )
  }

  /**
   * Runs `task` on the first endpoint that does not rest, and on the next when that fails. Throws
   * `rpc_unreachable` when none is left, caused by what the last one failed at; and at once what is
   * the chain's own answer.
   */
  async ask<T>(task: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    let cause: unknown
    for (const endpoint of this.all) {
      if (endpoint.restsForMs > 0) continue
      try {
        return await endpoint.use(task)
      } catch (error) {
        if (!(error instanceof ChainError)) throw error
        cause = error
      }
    }
    const retryInMs = Math.max(1, Math.min(...this.all.map(({ restsForMs }) => restsForMs)))
    const fault = { code: 'rpc_unreachable', endpoints: this.all.length, retryInMs } as const
    throw new ChainError(fault, { cause })
  }

  /** Runs `task` on every endpoint but `one` that does not rest; those that fail are left out. */
  async askOthers<T>(one: Endpoint, task: (endpoint: Endpoint) => Promise<T>): Promise<T[]> {
    const others = this.all.filter((each) => each !== one && each.restsForMs === 0)
    const answers = await Promise.all(
      others.map(async (endpoint) => {
        try {
          return { value: await endpoint.use(task) }
        } catch (error) {
          if (error instanceof ChainError) return undefined
          throw error
        }
      }),
    )
    return answers.flatMap((answer) => (answer === undefined ? [] : [answer.value]))
  }

  health(): EndpointHealth[] {
    return this.all.map((endpoint) => endpoint.health())
  }

  /** Ends what is still asked. */
  close(): void {
    for (const endpoint of this.all) endpoint.close()
  }
}
