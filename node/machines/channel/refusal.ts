/**
 * Why a channel declines something, with the numbers that decided it. What concerns a block travels to
 * the peer as a number; the rest stays at home.
 */
import type { TokenId } from '@xln/shared/ids.ts'

export type Refusal = BlockRefusal | TransactionRefusal | LocalRefusal

/** A block as a whole. */
export type BlockRefusal =
  | { readonly code: 'signature_invalid' }
  | { readonly code: 'timestamp_backward'; readonly timestamp: number; readonly previous: number }
  | { readonly code: 'timestamp_ahead'; readonly timestamp: number; readonly now: number }
  | { readonly code: 'chain_ahead'; readonly block: number; readonly finalBlock: number }
  | { readonly code: 'chain_differs'; readonly block: number; readonly finalBlock: number }
  | { readonly code: 'state_differs' }
  | { readonly code: 'body_differs' }
  | { readonly code: 'block_empty' }
  | { readonly code: 'previous_differs' }
  /** Its proposer has forgotten it. */
  | { readonly code: 'block_forgotten' }

/** One transaction. */
export type TransactionRefusal =
  | { readonly code: 'amount_invalid'; readonly amount: bigint; readonly max: bigint }
  | { readonly code: 'capacity_exceeded'; readonly amount: bigint; readonly capacity: bigint }
  | { readonly code: 'balance_out_of_range'; readonly offdelta: bigint }
  | { readonly code: 'tokens_full'; readonly token: TokenId; readonly max: number }
  | { readonly code: 'token_same'; readonly token: TokenId }
  | { readonly code: 'locks_full'; readonly count: number; readonly max: number }
  | { readonly code: 'offers_full'; readonly count: number; readonly max: number }
  | { readonly code: 'bytes_too_many'; readonly length: number; readonly max: number }
  | { readonly code: 'clause_unknown'; readonly height: number; readonly index: number }
  | { readonly code: 'not_payee' }
  | { readonly code: 'not_payer' }
  | { readonly code: 'not_filler' }
  | { readonly code: 'secret_wrong' }
  | { readonly code: 'reason_invalid'; readonly reason: number; readonly max: number }
  | { readonly code: 'expired'; readonly deadline: number; readonly now: number }
  | { readonly code: 'deadline_too_far'; readonly deadline: number; readonly max: number }
  | { readonly code: 'too_early'; readonly deadline: number; readonly now: number }
  | { readonly code: 'chain_block_ahead'; readonly chainBlock: bigint; readonly finalBlock: number }
  | { readonly code: 'secret_revealed'; readonly revealedAt: number; readonly revealBy: number }
  | { readonly code: 'ratio_invalid'; readonly ratio: number; readonly minFill: number }
  | { readonly code: 'open_misplaced' }
  | { readonly code: 'window_invalid'; readonly window: number }
  | { readonly code: 'settle_not_alone' }
  | { readonly code: 'settle_nonce_wrong'; readonly newNonce: bigint; readonly expected: bigint }
  | { readonly code: 'settle_unbalanced'; readonly token: TokenId }
  | { readonly code: 'settle_out_of_range'; readonly token: TokenId }
  | { readonly code: 'settle_declined'; readonly token: TokenId }
  | { readonly code: 'settle_unsecured'; readonly token: TokenId }
  | { readonly code: 'settle_new_proof_missing' }
  | { readonly code: 'settle_too_long'; readonly diffs: number; readonly forgiveness: number }
  | { readonly code: 'time_invalid'; readonly time: number; readonly max: number }

/** What never leaves this side. */
export type LocalRefusal =
  | { readonly code: 'queue_full'; readonly max: number }
  | { readonly code: 'refused_by_peer'; readonly reason: number }
  | { readonly code: 'disputed' }
  | { readonly code: 'settling' }
  | { readonly code: 'settled' }
  | { readonly code: 'restoring' }
  /** It may have been carried out in the time that was lost. */
  | { readonly code: 'state_lost' }
  | { readonly code: 'era_ended' }
  | { readonly code: 'clauses_open'; readonly count: number }
  | { readonly code: 'nothing_to_dispute' }
  | { readonly code: 'block_stale'; readonly height: number; readonly expected: number }
  | { readonly code: 'height_gap'; readonly height: number; readonly expected: number }
  | { readonly code: 'term_unexpected'; readonly term: number; readonly expected: number }
  | { readonly code: 'proposer_wrong' }
  | { readonly code: 'channel_wrong' }
  | { readonly code: 'outranked'; readonly nonce: bigint; readonly standing: bigint }
  | { readonly code: 'acknowledgement_unknown' }
  | { readonly code: 'acknowledgement_invalid' }
  | { readonly code: 'refusal_unknown' }
  | { readonly code: 'settlement_signature_unexpected' }
  | { readonly code: 'show_unproven' }
  | { readonly code: 'below_enforced'; readonly amount: bigint; readonly min: bigint }

/** The numbers on the wire; never given anew. */
const reasons: Record<(BlockRefusal | TransactionRefusal)['code'], number> = {
  signature_invalid: 1,
  timestamp_backward: 2,
  timestamp_ahead: 3,
  chain_ahead: 4,
  chain_differs: 5,
  state_differs: 6,
  body_differs: 7,
  block_empty: 8,
  previous_differs: 9,
  block_forgotten: 10,
  amount_invalid: 20,
  capacity_exceeded: 21,
  balance_out_of_range: 22,
  tokens_full: 23,
  token_same: 24,
  locks_full: 25,
  offers_full: 26,
  bytes_too_many: 27,
  clause_unknown: 28,
  not_payee: 29,
  not_payer: 30,
  not_filler: 31,
  secret_wrong: 32,
  reason_invalid: 33,
  expired: 34,
  deadline_too_far: 35,
  too_early: 36,
  chain_block_ahead: 37,
  secret_revealed: 38,
  ratio_invalid: 39,
  open_misplaced: 40,
  window_invalid: 41,
  settle_not_alone: 42,
  settle_nonce_wrong: 43,
  settle_unbalanced: 44,
  settle_out_of_range: 45,
  settle_declined: 46,
  settle_new_proof_missing: 47,
  settle_too_long: 48,
  time_invalid: 49,
  settle_unsecured: 50,
}

/** The number that tells the peer why its block was refused. */
export function reasonOf(refusal: BlockRefusal | TransactionRefusal): number {
  return reasons[refusal.code]
}

/** The reason of a refusal by time: what else falls at the same time is not worth another try. */
export const EXPIRED_REASON = reasons.expired
