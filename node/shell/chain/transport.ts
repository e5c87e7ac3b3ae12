/** How one JSON-RPC call reaches an endpoint, and how something else can stand in its place. */
import { JsonRpcProvider, type JsonRpcResult, Network } from 'ethers'

/** The endpoint did not answer, or not with JSON-RPC. */
export class TransportFailure extends Error {}

/** What an endpoint answers to one call. */
export type RpcAnswer =
  | { readonly result: unknown }
  | {
      readonly error: {
        readonly code: number
        readonly message: string
        readonly data?: unknown
      }
    }

/**
 * One call to the endpoint at `url`. Values are as JSON would give them. Rejects with a
 * {@link TransportFailure} when no answer comes; it is waited for as long as the port lets it.
 */
export type RpcPort = (
  url: string,
  method: string,
  params: readonly unknown[],
) => Promise<RpcAnswer>

/** What asks an endpoint, also on behalf of the contracts' bindings. */
export type ChainProvider = JsonRpcProvider

/** A provider whose calls go straight to a port, each by itself and at once. */
export class PortProvider extends JsonRpcProvider {
  readonly #port: RpcPort
  readonly #url: string
  #calls = 0

  constructor(port: RpcPort, { url, chainId }: { url: string; chainId: bigint }) {
    super(url, Network.from(chainId), { staticNetwork: true, cacheTimeout: -1 })
    this.#port = port
    this.#url = url
  }

  override async send(
    method: string,
    params: unknown[] | Record<string, unknown>,
  ): Promise<unknown> {
    const list = Array.isArray(params) ? params : [params]
    const answer = await this.#port(this.#url, method, list)
    if (!('error' in answer)) return answer.result
    const id = ++this.#calls
    throw this.getRpcError({ id, method, params: list, jsonrpc: '2.0' }, { id, ...answer })
  }

  /** Nothing is queued, so nothing is ever sent together. */
  override _send(): Promise<JsonRpcResult[]> {
    throw new Error('calls go to the port, one by one')
  }
}
