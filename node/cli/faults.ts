import { NodeError } from '../shell/errors.ts'
import { type BoardFault, explainBoard } from './boards/faults.ts'

export type CliFault =
  | BoardFault
  | { readonly code: 'usage'; readonly reason: string; readonly command: string }
  | { readonly code: 'amount_malformed'; readonly text: string; readonly reason: string }
  | { readonly code: 'token_malformed'; readonly text: string }
  | { readonly code: 'entity_malformed'; readonly text: string }
  | { readonly code: 'entity_ambiguous'; readonly count: number }
  | { readonly code: 'file_unreadable'; readonly path: string }
  | { readonly code: 'key_malformed'; readonly path: string }
  | { readonly code: 'passwords_differ' }
  | { readonly code: 'deployment_failed'; readonly reason: string }
  | { readonly code: 'verification_failed'; readonly reason: string }
  | { readonly code: 'deployment_unknown'; readonly path: string }
  | { readonly code: 'network_unknown'; readonly name: string; readonly known: readonly string[] }
  | {
      readonly code: 'chain_other'
      readonly network: string
      readonly expected: number
      readonly chainId: number
    }
  | {
      readonly code: 'balance_insufficient'
      readonly payer: string
      readonly balanceWei: bigint
      readonly costWei: bigint
    }
  | { readonly code: 'timed_out'; readonly seconds: number; readonly waitingFor: string }

/** What a command line failed at before, or beside, the node. */
export class CliError extends NodeError<CliFault> {
  constructor(fault: CliFault, options?: ErrorOptions) {
    super(fault, explain(fault), options)
  }
}

function explain(fault: CliFault): string {
  switch (fault.code) {
    case 'usage':
      return `${fault.reason}. See "xln ${fault.command}${fault.command === '' ? '' : ' '}--help".`
    case 'amount_malformed':
      return `"${fault.text}" is no amount: ${fault.reason}.`
    case 'token_malformed':
      return `"${fault.text}" is no token. Say ether, a contract's address, erc721:<collection>:<id> or erc1155:<collection>:<id>, or a name under "tokens" in the configuration.`
    case 'entity_malformed':
      return `"${fault.text}" is no entity. Give its id (0x and 64 hex digits), a name under "names" in the configuration, that of a key, or the number of a registered one.`
    case 'entity_ambiguous':
      return fault.count === 0
        ? 'The node has no entity yet. Make one with "xln entity create <name>".'
        : `The node has ${fault.count} entities. Say which with --entity.`
    case 'file_unreadable':
      return `${fault.path} cannot be read. Check the path and its permissions.`
    case 'key_malformed':
      return `${fault.path} holds no private key: 0x and 64 hex digits, on one line.`
    case 'deployment_failed':
      return `The contracts were not deployed: ${fault.reason} Run it again: what stands already is kept.`
    case 'verification_failed':
      return `The contracts were not compared: ${fault.reason}`
    case 'deployment_unknown':
      return `${fault.path} holds no finished deployment. Run "xln deploy" first, or name another folder with --addresses.`
    case 'network_unknown':
      return `There is no network "${fault.name}": ${fault.known.join(', ')} are known. Write it under "networks" in the configuration, with rpc and chainId.`
    case 'chain_other':
      return `The endpoint serves chain ${fault.chainId}, and ${fault.network} is chain ${fault.expected}. Nothing was sent. Correct the URL or the chain id.`
    case 'balance_insufficient':
      return `${fault.payer} has ${inEther(fault.balanceWei)} ether, and this costs ${inEther(fault.costWei)} at the present price. Nothing was sent. Send it more, or name another key.`
    case 'passwords_differ':
      return 'The two passwords differ. Try again.'
    case 'timed_out':
      return `After ${fault.seconds} s, ${fault.waitingFor} is still under way. It goes on; see "xln status" and "xln channels".`
    default:
      return explainBoard(fault)
  }
}

/** Six places, rounded up. */
export function inEther(wei: bigint): string {
  const millionths = (wei + 10n ** 12n - 1n) / 10n ** 12n
  return `${millionths / 1_000_000n}.${String(millionths % 1_000_000n).padStart(6, '0')}`
}
