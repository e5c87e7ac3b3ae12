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
      return `"${fault.text}" is no token. Say ether, a contract's address, or a name under "tokens" in the configuration.`
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
    case 'passwords_differ':
      return 'The two passwords differ. Try again.'
    case 'timed_out':
      return `After ${fault.seconds} s, ${fault.waitingFor} is still under way. It goes on; see "xln status" and "xln channels".`
    default:
      return explainBoard(fault)
  }
}
