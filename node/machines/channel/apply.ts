/**
 * Applies a block's transactions to the mutual state: the same code for who proposes and who receives.
 * No default cases: a new transaction does not compile until it is handled.
 */
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import type { Mutual } from '@xln/shared/channel/state.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import type { ChannelFact, Origin } from './messages.ts'
import type { TransactionRefusal } from './refusal.ts'
import { checkForm } from './transactions/form.ts'
import { applyCancel, applyExpire, applyLock, applyResolve } from './transactions/locks.ts'
import { applyFill, applyOffer, applyRelease } from './transactions/offers.ts'
import {
  applyCredit,
  applyNote,
  applyOpen,
  applyPay,
  applyRequest,
} from './transactions/payments.ts'
import { applySettle } from './transactions/settle.ts'
import { freeze, type Sight, type Verdict, type Wait, type Working, workOn } from './working.ts'

/** What a block leads to. `mutual.prevBlockHash` is still that of the block before. */
export interface Applied {
  readonly mutual: Mutual
  readonly facts: readonly ChannelFact[]
}

export type Application =
  | { readonly type: 'applied'; readonly applied: Applied }
  | { readonly type: 'refused'; readonly refusal: TransactionRefusal; readonly transaction: number }
  | { readonly type: 'wait'; readonly wait: Wait }

/** Applies one transaction, the block's `index`th, or leaves `working` as it is and says why not. */
export function applyTransaction(
  working: Working,
  transaction: ChannelTransaction,
  index: number,
  origin: Origin | null,
): Verdict {
  const malformed = checkForm(transaction)
  if (malformed !== null) return malformed
  switch (transaction.type) {
    case 'pay':
      return applyPay(working, transaction, origin)
    case 'lock':
      return applyLock(working, transaction, index, origin)
    case 'resolve':
      return applyResolve(working, transaction)
    case 'cancel':
      return applyCancel(working, transaction)
    case 'expire':
      return applyExpire(working, transaction)
    case 'offer':
      return applyOffer(working, transaction, index)
    case 'fill':
      return applyFill(working, transaction)
    case 'release':
      return applyRelease(working, transaction)
    case 'extendCredit':
      return applyCredit(working, transaction, origin)
    case 'requestCollateral':
      return applyRequest(working, transaction)
    case 'open':
      return applyOpen(working, transaction, index)
    case 'settle':
      return applySettle(working, transaction)
    case 'note':
      return applyNote(working, transaction)
  }
}

/**
 * Applies all of a block's transactions. With `sight` they are judged by it; without, a block that
 * this side has signed is only computed again. `origins` belong to own blocks.
 */
export function applyBlock(
  base: Mutual,
  block: ChannelBlock,
  sight: Sight | null,
  viewerIsLeft: boolean,
  origins: readonly (Origin | null)[] = [],
): Application {
  const { term, height, timestamp, proposedByLeft: byLeft, transactions } = block
  const working = workOn(base, { term, height, timestamp, byLeft }, sight, viewerIsLeft)
  for (let index = 0; index < transactions.length; index++) {
    const transaction = transactions[index] as ChannelTransaction
    if (transaction.type === 'settle' && transactions.length !== 1) {
      return { type: 'refused', refusal: { code: 'settle_not_alone' }, transaction: index }
    }
    const verdict = applyTransaction(working, transaction, index, origins[index] ?? null)
    if (verdict === null) continue
    if (verdict.code === 'wait') return { type: 'wait', wait: verdict }
    return { type: 'refused', refusal: verdict, transaction: index }
  }
  return { type: 'applied', applied: { mutual: freeze(working), facts: working.facts } }
}
