/**
 * One RPC endpoint over a chain in the bottle. The node reaches it through `RpcPort`, in the place of HTTP.
 *
 * The simulator's core makes one for each address that its servers know, and changes `faults` and
 * `chain` whenever its seed says so; both hold from the next question on:
 *
 *     const endpoint = new SimEndpoint({ chain, wait: (ms) => waitFor(clock, ms) })
 *     const port = portOf(new Map([['http://a.sim', endpoint]]))
 *     const endpoints = new Endpoints({ urls: ['http://a.sim'], chainId, clock, port })
 *     endpoint.faults = { ...FAULTLESS, lagBlocks: 3 }
 */
import { type RpcAnswer, type RpcPort, TransportFailure } from '../../shell/chain/transport.ts'
import type { SimChain } from './chain.ts'
import { type EndpointFaults, FAULTLESS, faultsFor, refusalOf, spoiled } from './faults.ts'
import { answerOf } from './methods.ts'
import type { ChainView } from './view.ts'

export interface SimEndpointOptions {
  readonly chain: SimChain
  /** Resolves after so many milliseconds of the simulator's time. */
  readonly wait: (ms: number) => Promise<void>
  /** How long a node waits for an answer, milliseconds. Default: 10,000. */
  readonly timeoutMs?: number
  /** Of the blocks that only this endpoint shows, when it runs ahead; not 0. Default: 1. */
  readonly forkName?: number
}

const SECONDS_PER_BLOCK = 12

export class SimEndpoint {
  faults: EndpointFaults = FAULTLESS
  /** What it shows: another one than other endpoints do, in a split. */
  chain: SimChain
  /** Questions that arrived, by method. */
  readonly asked = new Map<string, number>()
  readonly #wait: (ms: number) => Promise<void>
  readonly #timeoutMs: number
  readonly #forkName: number
  /** The chain with blocks that are not there, and the head and count that it was made for. */
  #invented: { readonly chain: SimChain; readonly made: string } | undefined

  constructor({ chain, wait, timeoutMs = 10_000, forkName = 1 }: SimEndpointOptions) {
    this.chain = chain
    this.#wait = wait
    this.#timeoutMs = timeoutMs
    this.#forkName = forkName
  }

  /** One question. Rejects with a `TransportFailure` when no answer comes, after the time for one. */
  async answer(method: string, parameters: readonly unknown[]): Promise<RpcAnswer> {
    const { line, questionMs, answerMs } = faultsFor(this.faults, method)
    if (line === 'refused') throw new TransportFailure('connection refused')
    await this.#travel(0, line === 'deaf' ? this.#timeoutMs : questionMs)
    const answer = this.#reply(method, parameters)
    await this.#travel(questionMs, line === 'mute' ? this.#timeoutMs : answerMs)
    if (answer === undefined) throw new TransportFailure('its answer is not JSON')
    return answer
  }

  /** Lets `ms` pass after `pastMs`; throws when the node's patience ends before. */
  async #travel(pastMs: number, ms: number): Promise<void> {
    const left = this.#timeoutMs - pastMs
    if (ms > 0) await this.#wait(Math.min(ms, left))
    if (ms >= left) throw new TransportFailure(`no answer within ${this.#timeoutMs} ms`)
  }

  #reply(method: string, parameters: readonly unknown[]): RpcAnswer | undefined {
    this.asked.set(method, (this.asked.get(method) ?? 0) + 1)
    // Those of this moment: they may have changed while the question was on its way.
    const faults = faultsFor(this.faults, method)
    const error = refusalOf(faults, method, parameters)
    if (error !== undefined) return { error }
    return spoiled(faults, method, answerOf(this.#view(faults, method), method, parameters))
  }

  #view({ lagBlocks, aheadBlocks }: EndpointFaults, method: string): ChainView {
    const { chain } = this
    // What it is given really goes to the network.
    if (aheadBlocks === 0 || method === 'eth_sendRawTransaction') {
      return { chain, tip: Math.max(0, chain.head.number - lagBlocks) }
    }
    const invented = this.#invent(aheadBlocks)
    return { chain: invented, tip: invented.head.number }
  }

  #invent(blocks: number): SimChain {
    const made = `${this.chain.head.hash}/${blocks}`
    if (this.#invented?.made === made) return this.#invented.chain
    const chain = this.chain.fork(this.#forkName)
    for (let count = 0; count < blocks; count++) {
      chain.mine(chain.head.timestamp + SECONDS_PER_BLOCK)
    }
    this.#invented = { chain, made }
    return chain
  }
}

/** The way to each endpoint by its address, as a node knows it. */
export function portOf(endpoints: ReadonlyMap<string, SimEndpoint>): RpcPort {
  return async (url, method, parameters) => {
    const endpoint = endpoints.get(url)
    if (endpoint === undefined) throw new TransportFailure(`nobody is at ${url}`)
    return endpoint.answer(method, parameters)
  }
}
