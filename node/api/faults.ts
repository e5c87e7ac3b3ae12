import { isRefusalNumber } from '@xln/shared/api/errors.ts'
import { NodeError } from '../shell/errors.ts'

export type ApiFault =
  | { readonly code: 'listen_failed'; readonly host: string; readonly port: number }
  | { readonly code: 'tokens_full'; readonly max: number }

/** What the API of this node failed at. */
export class ApiError extends NodeError<ApiFault> {
  constructor(fault: ApiFault, options?: ErrorOptions) {
    super(fault, explain(fault), options)
  }
}

function explain(fault: ApiFault): string {
  switch (fault.code) {
    case 'listen_failed':
      return `The API cannot listen at ${fault.host}:${fault.port}. Is another node running? Name another port with --api-listen.`
    case 'tokens_full':
      return `There are ${fault.max} tokens already. End one with "xln token revoke".`
  }
}

/** Why a request to a node failed: the node's own words, or what became of the connection. */
export interface RequestFault {
  readonly code: string
  /** The number of the node's error; null when it gave none. */
  readonly number: number | null
  readonly [name: string]: unknown
}

/** What a client of the API throws. */
export class RequestError extends NodeError<RequestFault> {
  /** Whether the node declined, with a reason; else it, the connection or the request is at fault. */
  get isRefusal(): boolean {
    return this.fault.number !== null && isRefusalNumber(this.fault.number)
  }
}
