/** What the chain, or the way to it, failed at. */
import type { Address, Hash, TokenId } from '@xln/shared/ids.ts'
import { NodeError } from '../errors.ts'
import type { RevertReason } from './revert.ts'

export type ChainFault =
  /** No endpoint answers; it will be tried again. */
  | { readonly code: 'rpc_unreachable'; readonly endpoints: number; readonly retryInMs: number }
  | { readonly code: 'rpc_failed'; readonly endpoint: string; readonly reason: string }
  /** It answered what no chain could have said. */
  | { readonly code: 'rpc_malformed'; readonly endpoint: string; readonly what: string }
  /** Its answers contradict each other, or what they must add up to. */
  | {
      readonly code: 'rpc_inconsistent'
      readonly endpoint: string
      readonly block: number
      readonly what: string
    }
  | {
      readonly code: 'rpc_behind'
      readonly endpoint: string
      readonly head: number
      readonly needed: number
    }
  | {
      readonly code: 'chain_wrong'
      readonly endpoint: string
      readonly chainId: bigint
      readonly expected: bigint
    }
  /** Two endpoints show different blocks where no difference is left to expect. */
  | {
      readonly code: 'endpoints_disagree'
      readonly block: number
      readonly hash: Hash
      readonly other: string
      readonly otherHash: Hash
    }
  /** Nothing that was followed before is on this chain: it is another one. */
  | { readonly code: 'chain_replaced'; readonly block: number; readonly hash: Hash }
  | { readonly code: 'address_empty'; readonly address: Address }
  | {
      readonly code: 'gas_key_poor'
      readonly address: Address
      readonly balance: bigint
      readonly needed: bigint
    }
  | {
      readonly code: 'fee_capped'
      readonly nonce: number
      readonly needed: bigint
      readonly maxFeePerGas: bigint
    }
  | { readonly code: 'call_reverted'; readonly error: RevertReason }
  | { readonly code: 'transaction_lost'; readonly status: string }
  | { readonly code: 'token_unsupported'; readonly token: TokenId }

export class ChainError extends NodeError<ChainFault> {
  constructor(fault: ChainFault, options?: ErrorOptions) {
    super(fault, explain(fault), options)
  }
}

/** One sentence on what happened, one on what to do about it. */
function explain(fault: ChainFault): string {
  switch (fault.code) {
    case 'rpc_unreachable':
      return `None of the ${fault.endpoints} chain endpoints answers. They are tried again in ${fault.retryInMs} ms; check their addresses and the network.`
    case 'rpc_failed':
      return `${fault.endpoint} failed: ${fault.reason}. It is tried again by itself.`
    case 'rpc_malformed':
      return `${fault.endpoint} answered nonsense: ${fault.what}. Is it an Ethereum endpoint?`
    case 'rpc_inconsistent':
      return `${fault.endpoint} contradicts itself at block ${fault.block}: ${fault.what}. It is asked again; if that persists, use another endpoint.`
    case 'rpc_behind':
      return `${fault.endpoint} is at block ${fault.head}, but block ${fault.needed} is known. It is waited for.`
    case 'chain_wrong':
      return `${fault.endpoint} serves chain ${fault.chainId}, not ${fault.expected}. Correct the address or the chain id.`
    case 'endpoints_disagree':
      return `Block ${fault.block} is ${fault.hash} at one endpoint and ${fault.otherHash} at ${fault.other}. Nothing is taken for final until they agree; remove the wrong one.`
    case 'chain_replaced':
      return `Block ${fault.block} (${fault.hash}) and everything before it is not on this chain. Point the node at the chain that it was started on.`
    case 'address_empty':
      return `There is no contract at ${fault.address}. Check the addresses of the deployment.`
    case 'gas_key_poor':
      return `${fault.address} pays for the gas and holds ${fault.balance} wei, but ${fault.needed} are needed. Send ether to it; what waits is sent by itself.`
    case 'fee_capped':
      return `The transaction with nonce ${fault.nonce} is stuck: it would need ${fault.needed} wei a gas, the cap is ${fault.maxFeePerGas}. Raise the cap or wait.`
    case 'call_reverted':
      return `The contract refuses: ${fault.error.text}.`
    case 'token_unsupported':
      return `${fault.token} is neither ether nor an ERC-20. Only those can be deposited.`
    case 'transaction_lost':
      return `The transaction will not be on the chain (${fault.status}). Look at what the key has done meanwhile, then ask again.`
  }
}
