/** What the submitter is asked, and what it answers. */
import type { Hash } from '@xln/shared/ids.ts'
import type { ChainCall } from './calls.ts'
import type { RevertReason } from './revert.ts'

export interface SubmitRequest {
  /** The caller's name for it; while it is being worked on, the same again changes nothing. */
  readonly id: string
  /** Goes before everything that is not, at a higher price. */
  readonly urgent: boolean
  readonly call: ChainCall
}

/** What became of a request, for good but for reorganisations beyond the confirmations. */
export type SubmitResult = { readonly id: string } & SubmitOutcome

export type SubmitOutcome =
  /** Done, in a final block. */
  | { readonly status: 'included'; readonly block: number; readonly txHash: Hash }
  /** In a final block, where it failed. */
  | {
      readonly status: 'reverted'
      readonly block: number
      readonly txHash: Hash
      readonly error: RevertReason
    }
  /** It would fail as the chain is now: not sent. */
  | { readonly status: 'refused'; readonly error: RevertReason }
  /**
   * The batch nonce is used up, in a final block: by this very batch if `same` (sent before a restart,
   * or relayed by somebody), else by another one, and this batch can never execute.
   */
  | { readonly status: 'nonceUsed'; readonly block: number; readonly same: boolean }
  /** A final block is past `validUntil`, and the nonce unused: this batch can never execute. */
  | { readonly status: 'expired' }
  /** Its place was taken by a transaction that the submitter did not send. Not sent again. */
  | { readonly status: 'lost' }

/** In a block that need not be final; a reorganisation may move it or undo it. */
export interface Sighting {
  readonly id: string
  readonly block: number
  readonly txHash: Hash
  readonly succeeded: boolean
}
