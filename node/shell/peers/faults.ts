import { NodeError } from '../errors.ts'

export type PeerFault =
  | { readonly code: 'peer_url_invalid'; readonly url: string }
  | { readonly code: 'listen_failed'; readonly host: string; readonly port: number }

export class PeerError extends NodeError<PeerFault> {
  constructor(fault: PeerFault, options?: ErrorOptions) {
    super(fault, explain(fault), options)
  }
}

/** One sentence on what happened, one on what to do about it. */
function explain(fault: PeerFault): string {
  switch (fault.code) {
    case 'peer_url_invalid':
      return `"${fault.url}" is not the address of a peer. Give one like ws://host:port.`
    case 'listen_failed':
      return `${fault.host}:${fault.port} cannot be listened on. Choose another port, or stop what uses it.`
  }
}
