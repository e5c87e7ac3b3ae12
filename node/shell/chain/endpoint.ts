/** One way to the chain: an RPC endpoint, its failures counted and answered with patience. */
import { isError } from 'ethers'
import type { Clock } from '../clock.ts'
import { type BackOff, backOffMs } from './backoff.ts'
import { ChainError, type ChainFault } from './faults.ts'
import { HttpProvider } from './provider.ts'
import { asBigint, MalformedAnswer } from './rpc.ts'
import { type ChainProvider, PortProvider, type RpcPort, TransportFailure } from './transport.ts'

export interface EndpointOptions {
  readonly url: string
  readonly chainId: bigint
  readonly timeoutMs: number
  readonly answerBytesMax: number
  readonly batchMax: number
  readonly backOff: BackOff
  readonly clock: Clock
  /** What is asked in place of the address. */
  readonly port: RpcPort | undefined
}

export interface EndpointHealth {
  /** Host and port only: addresses often hold keys. */
  readonly name: string
  readonly answers: boolean
  readonly failures: number
  readonly failuresInRow: number
  readonly lastFault: ChainFault | undefined
  /** Blocks in which its index left out logs that the block's receipts prove. */
  readonly blocksWithLogsOmitted: number
}

export class Endpoint {
  readonly name: string
  readonly provider: ChainProvider
  readonly #unknownMethods = new Set<string>()
  blocksWithLogsOmitted = 0
  readonly #chainId: bigint
  readonly #backOff: BackOff
  readonly #clock: Clock
  #chainVerified = false
  #failures = 0
  #failuresInRow = 0
  #restsUntil = 0
  #lastFault: ChainFault | undefined

  constructor(options: EndpointOptions) {
    this.name = new URL(options.url).host
    this.provider =
      options.port === undefined
        ? new HttpProvider(options)
        : new PortProvider(options.port, options)
    this.#chainId = options.chainId
    this.#backOff = options.backOff
    this.#clock = options.clock
  }

  /** Milliseconds until it should be asked again; 0 when it can be now. */
  get restsForMs(): number {
    return Math.max(0, this.#restsUntil - this.#clock.nowMs())
  }

  /** One call. Only inside {@link use}, which makes its errors faults. */
  send(method: string, params: readonly unknown[]): Promise<unknown> {
    return this.provider.send(method, [...params])
  }

  /** One call of a method that not every client has; undefined when this one does not. */
  async sendIfKnown(method: string, params: readonly unknown[]): Promise<unknown> {
    if (this.#unknownMethods.has(method)) return undefined
    try {
      return await this.send(method, params)
    } catch (error) {
      if (!isUnknownMethod(error)) throw error
      this.#unknownMethods.add(method)
      return undefined
    }
  }

  /**
   * Runs `task`, which asks only this endpoint. Throws a `ChainError` when the endpoint failed (then it
   * rests for a while), and the error itself when that is the chain's answer or a bug of ours.
   */
  async use<T>(task: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    try {
      await this.#verifyChain()
      const result = await task(this)
      this.#failuresInRow = 0
      return result
    } catch (error) {
      const failure = this.#failureOf(error)
      if (failure === undefined) throw error
      this.#fail(failure.fault)
      throw failure
    }
  }

  health(): EndpointHealth {
    return {
      name: this.name,
      answers: this.#failuresInRow === 0,
      failures: this.#failures,
      failuresInRow: this.#failuresInRow,
      lastFault: this.#lastFault,
      blocksWithLogsOmitted: this.blocksWithLogsOmitted,
    }
  }

  close(): void {
    this.provider.destroy()
  }

  async #verifyChain(): Promise<void> {
    if (this.#chainVerified) return
    const chainId = asBigint(await this.send('eth_chainId', []), 'eth_chainId')
    const expected = this.#chainId
    if (chainId !== expected) {
      throw new ChainError({ code: 'chain_wrong', endpoint: this.name, chainId, expected })
    }
    this.#chainVerified = true
  }

  #fail(fault: ChainFault): void {
    this.#failures += 1
    this.#failuresInRow += 1
    this.#lastFault = fault
    const pauseMs = backOffMs(this.#failuresInRow, this.#backOff, () => this.#clock.random())
    this.#restsUntil = this.#clock.nowMs() + pauseMs
  }

  #failureOf(error: unknown): ChainError | undefined {
    if (error instanceof ChainError) return error
    const endpoint = this.name
    if (error instanceof MalformedAnswer) {
      const { message: what } = error
      return new ChainError({ code: 'rpc_malformed', endpoint, what }, { cause: error })
    }
    if (error instanceof TransportFailure) {
      const { message: reason } = error
      return new ChainError({ code: 'rpc_failed', endpoint, reason }, { cause: error })
    }
    if (!isRpcError(error) || isAnswer(error)) return undefined
    const reason = rpcMessage(error)
    return new ChainError({ code: 'rpc_failed', endpoint, reason }, { cause: error })
  }
}

/** Every error of ethers has a code in words; bugs have none, or one that is not a string. */
function isRpcError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

/** Whether `error` is what the chain says, which another endpoint would say too. */
function isAnswer(error: Error): boolean {
  if (isError(error, 'CALL_EXCEPTION')) {
    // ethers calls everything that goes wrong in a call by this name, also a busy server.
    return error.data !== null || /revert|out of gas|gas required/i.test(rpcMessage(error))
  }
  return isError(error, 'INSUFFICIENT_FUNDS')
}

function isUnknownMethod(error: unknown): boolean {
  if (!isError(error, 'UNKNOWN_ERROR') && !isError(error, 'UNSUPPORTED_OPERATION')) return false
  return /method.*(not supported|not available|does not exist|not found)|(unsupported|unknown) method/i.test(
    rpcMessage(error),
  )
}

/** The endpoint's own words inside an error of ethers, or else those of ethers. */
export function rpcMessage(error: unknown): string {
  const { info, error: inner, shortMessage } = error as Record<string, unknown>
  for (const holder of [(info as { error?: unknown } | undefined)?.error, inner]) {
    if (typeof holder !== 'object' || holder === null) continue
    const { message } = holder as Record<string, unknown>
    if (typeof message === 'string') return message.slice(0, 300)
  }
  return String(shortMessage ?? error).slice(0, 300)
}
