/**
 * The rules of a channel once more, in few words and without the machine's code: what a block makes of
 * a state, and whether it may. Slow, and judges by the state alone.
 */
import { maxBigint } from '@xln/shared/amounts.ts'
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import type { Lock, Mutual, MutualToken } from '@xln/shared/channel/state.ts'
import type { ChannelTransaction, ClauseId } from '@xln/shared/channel/transaction.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import type { TokenId } from '@xln/shared/ids.ts'

/** What the chain holds of one token of the channel. */
export interface OnChain {
  readonly collateral: bigint
  readonly ondelta: bigint
}

/** What a side could know of the world, at best, when it signed. */
export interface Look {
  /** Unix seconds, and not later than when it signed. */
  readonly now: number
  /** Of the newest block that can be final. */
  readonly finalTimestamp: number
  /** Whether the chain had the secret of the lock in time. */
  isRevealed(lock: Lock): boolean
  /** All that the chain held of a token since the block before: one of it must do. */
  onchain(token: TokenId): readonly OnChain[]
}

/** A block that no honest side may sign. */
export class Unlawful extends Error {}

type Draft = { -readonly [Key in keyof Mutual]: Mutual[Key] }

/** What `block` makes of `before`. Throws {@link Unlawful}. */
export function applyByTheRules(before: Mutual, block: ChannelBlock, look: Look): Mutual {
  const { transactions, term, height } = block
  demand(height === before.height + 1 && term >= before.term, 'it is out of place')
  demand(block.prevBlockHash === before.prevBlockHash, 'it is not built on the one before')
  demand(transactions.length > 0 || term > before.term, 'it says nothing')
  const state: Draft = { ...before, term, height }
  transactions.forEach((transaction, index) => {
    applyOne(state, transaction, { block, look, index })
  })
  return state
}

interface Where {
  readonly block: ChannelBlock
  readonly look: Look
  readonly index: number
}

function demand(isLawful: boolean, text: string): void {
  if (!isLawful) throw new Unlawful(text)
}

function applyOne(state: Draft, transaction: ChannelTransaction, where: Where): void {
  const { proposedByLeft: byLeft } = where.block
  switch (transaction.type) {
    case 'pay': {
      const { token, amount } = transaction
      demand(amount > 0n && isFree(state, token, byLeft, amount, where.look), 'it pays too much')
      move(state, token, byLeft, amount)
      return
    }
    case 'lock': {
      const { token, amount, hashlock, revealBy } = transaction
      demand(amount > 0n && isFree(state, token, byLeft, amount, where.look), 'it locks too much')
      const { term, height } = where.block
      const id = { term, height, index: where.index }
      const lock = { id, fromLeft: byLeft, token, amount, hashlock, revealBy }
      state.locks = [...state.locks, lock]
      change(state, token, (entry) => entry)
      return
    }
    case 'resolve':
    case 'cancel':
    case 'expire':
      end(state, transaction, where)
      return
    case 'extendCredit': {
      const { token, limit } = transaction
      const changed = byLeft ? { leftCreditLimit: limit } : { rightCreditLimit: limit }
      change(state, token, (entry) => ({ ...entry, ...changed }))
      return
    }
    case 'requestCollateral':
      change(state, transaction.token, (entry) => entry)
      return
    case 'open':
      demand(where.block.height === 1 && where.index === 0, 'it opens in the middle')
      state.disputeWindow = transaction.disputeWindow
      return
    case 'settle': {
      demand(where.block.transactions.length === 1, 'it settles among other things')
      const { namedNonce, cooperativeNonce } = state
      const named = maxBigint(namedNonce, cooperativeNonce)
      demand(transaction.newNonce === named + 1n, 'it settles under a wrong nonce')
      for (const { leftDiff, rightDiff, collateralDiff } of transaction.diffs) {
        demand(leftDiff + rightDiff + collateralDiff === 0n, 'it settles what is not there')
      }
      state.namedNonce = transaction.newNonce
      return
    }
    case 'note':
      return
    case 'offer':
    case 'fill':
    case 'release':
      throw new Error('nobody in these worlds swaps: write the rule before')
  }
}

type End = Extract<ChannelTransaction, { type: 'resolve' | 'cancel' | 'expire' }>

/** The four ways in which a lock leaves the state, and no other. */
function end(state: Draft, transaction: End, { block, look }: Where): void {
  const lock = state.locks.find(({ id }) => isSame(id, transaction.lock))
  if (lock === undefined) throw new Unlawful('it ends a lock that is not there')
  state.locks = state.locks.filter((other) => other !== lock)
  const isPayee = lock.fromLeft !== block.proposedByLeft
  if (transaction.type === 'expire') {
    demand(!isPayee, 'the payee lets a lock expire')
    demand(look.finalTimestamp > lock.revealBy, 'a lock expires before a final block shows it')
    demand(!look.isRevealed(lock), 'a lock expires whose secret was shown')
    return
  }
  demand(isPayee, 'the payer ends a lock')
  if (transaction.type === 'cancel') return
  demand(hashlockOf(transaction.secret) === lock.hashlock, 'a lock is resolved by a wrong secret')
  const now = Math.max(look.now, block.timestamp)
  demand(now <= lock.revealBy || look.isRevealed(lock), 'a lock is resolved too late')
  move(state, lock.token, lock.fromLeft, lock.amount)
}

function isSame(a: ClauseId, b: ClauseId): boolean {
  return a.term === b.term && a.height === b.height && a.index === b.index
}

function move(state: Draft, token: TokenId, fromLeft: boolean, amount: bigint): void {
  const down = fromLeft ? amount : -amount
  change(state, token, (entry) => ({ ...entry, offdelta: entry.offdelta - down }))
}

function change(state: Draft, token: TokenId, to: (entry: MutualToken) => MutualToken): void {
  const entry = entryOf(state, token)
  const others = state.tokens.filter((other) => other.token !== token)
  state.tokens = [...others, to(entry)].sort((a, b) => (a.token < b.token ? -1 : 1))
}

function entryOf({ tokens }: Mutual, token: TokenId): MutualToken {
  const known = tokens.find((entry) => entry.token === token)
  return known ?? { token, offdelta: 0n, leftCreditLimit: 0n, rightCreditLimit: 0n }
}

/** Whether a side has `amount` to give, by what it owns, was lent, and has promised already. */
function isFree(
  state: Mutual,
  token: TokenId,
  ofLeft: boolean,
  amount: bigint,
  { onchain }: Look,
): boolean {
  const { offdelta, leftCreditLimit, rightCreditLimit } = entryOf(state, token)
  let held = 0n
  for (const lock of state.locks) {
    if (lock.token === token && lock.fromLeft === ofLeft) held += lock.amount
  }
  return onchain(token).some(({ collateral, ondelta }) => {
    const claim = ondelta + offdelta
    const owns = ofLeft ? claim + rightCreditLimit : collateral + leftCreditLimit - claim
    return amount <= owns - held
  })
}
