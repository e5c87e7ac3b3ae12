/** Ends a dispute: applies the clauses, divides each token, makes debts, raises the nonce. */

import { equalBytes } from '@xln/shared/bytes.ts'
import { type Arguments, evaluateClause, NO_ARGUMENTS } from '@xln/shared/channel/clauses.ts'
import { type Split, split } from '@xln/shared/channel/delta.ts'
import { type Allowance, type ProofBody, proofBodyHash } from '@xln/shared/channel/proofBody.ts'
import type { DisputeFinalise } from '@xln/shared/depository/batch.ts'
import { type EntityId, type TokenId, ZERO_HASH } from '@xln/shared/ids.ts'
import {
  BODY_BYTES_MAX,
  BODY_GAS_MAX,
  CHANNEL_TOKENS_MAX,
  PENDING_MAX,
} from '@xln/shared/limits.ts'
import { type Pair, pairOf, posterOf, renew, setHolding } from './channels.ts'
import { clauseGas } from './clauseGas.ts'
import { defaultedAt } from './defaults.ts'
import { heightOf, refuseWithoutDispute } from './disputes.ts'
import { emit, type Frame } from './frame.ts'
import { credit, DEBTS_PER_EXIT_MAX, owe } from './reserves.ts'
import { type Refusal, refuse } from './reverts.ts'
import { type Channel, placeOf } from './world.ts'

export const BODY_CLAUSES_MAX = 4

const EMPTY_BODY: ProofBody = { tokenIds: [], offdeltas: [], clauses: [] }
const EMPTY_BODY_HASH = proofBodyHash(EMPTY_BODY)

/** Ends the dispute by `item`, at the request of `actor`, who may be nobody. */
export function finalise(
  frame: Frame,
  actor: EntityId | undefined,
  item: DisputeFinalise,
): Refusal | undefined {
  const { left, right } = item
  if (left >= right) return refuse('LeftNotBelowRight', left, right)
  const pair = pairOf(left, right)
  const channel = frame.world.channelOf(pair.key)
  const refusal =
    refuseState(frame, pair, channel, actor, item.body) ??
    refuseTokens(frame, pair, channel, item.leftTokens, true) ??
    refuseTokens(frame, pair, channel, item.rightTokens, false) ??
    refuseArguments(frame, pair, channel, item.leftArguments, true) ??
    refuseArguments(frame, pair, channel, item.rightArguments, false)
  if (refusal !== undefined) return refusal

  const judged = judge(frame, pair, channel, item.body)
  if ('pendingUntil' in judged) return refuse('ClausePending', judged.pendingUntil)
  conclude(frame, pair, channel, item, judged.deltas)
  return undefined
}

/** Before the deadline only the side opposite to the poster may end it: then both have agreed. */
function refuseState(
  frame: Frame,
  pair: Pair,
  channel: Channel,
  actor: EntityId | undefined,
  body: ProofBody,
): Refusal | undefined {
  const refusal = refuseWithoutDispute(pair, channel)
  if (refusal !== undefined) return refusal
  const by = posterOf(pair, actor)
  const isAgreed = by !== 'anyone' && channel.poster !== 'anyone' && by !== channel.poster
  if (!isAgreed && frame.now < channel.deadline) return refuse('DisputeOpen', channel.deadline)
  const hash = proofBodyHash(body)
  const standing = channel.standingNonce === 0n ? EMPTY_BODY_HASH : channel.proofBodyHash
  return hash === standing ? refuseBody(body) : refuse('ProofBodyWrong', hash, standing)
}

/** Why the body is not one that both sides could sign, if so. */
function refuseBody({ tokenIds, offdeltas, clauses }: ProofBody): Refusal | undefined {
  const count = tokenIds.length
  if (count > CHANNEL_TOKENS_MAX || clauses.length > BODY_CLAUSES_MAX) {
    return refuse('ProofBodyTooLarge')
  }
  const ascends = tokenIds.every((token, i) => i === 0 || (tokenIds[i - 1] ?? token) < token)
  const areAllowed = clauses.every(({ allowances }) => areAllowances(allowances, count))
  if (count !== offdeltas.length || !ascends || !areAllowed) return refuse('ProofBodyInvalid')
  const size = clauses.reduce((sum, { batch }) => sum + batch.length, 0)
  const gas = clauses.reduce((sum, { gasLimit }) => sum + gasLimit, 0)
  return size > BODY_BYTES_MAX || gas > BODY_GAS_MAX ? refuse('ProofBodyTooLarge') : undefined
}

function areAllowances(allowances: readonly Allowance[], count: number): boolean {
  return allowances.every(({ deltaIndex }, place) => {
    const previous = allowances[place - 1]?.deltaIndex ?? -1
    return deltaIndex > previous && deltaIndex < count
  })
}

// ─── What was committed is shown again ──────────────────────────────────────────────────────────

function refuseTokens(
  frame: Frame,
  pair: Pair,
  { cooperativeNonce }: Channel,
  shown: readonly TokenId[],
  left: boolean,
): Refusal | undefined {
  const named = frame.world.named.get(placeOf(pair.key, cooperativeNonce, left)) ?? []
  const isRight = shown.length === named.length && shown.every((token, i) => token === named[i])
  return isRight ? undefined : refuse('TokensWrong', left)
}

function refuseArguments(
  frame: Frame,
  pair: Pair,
  channel: Channel,
  shown: Uint8Array,
  left: boolean,
): Refusal | undefined {
  const { data } = argumentsOf(frame, pair, channel, left)
  return equalBytes(shown, data) ? undefined : refuse('ArgumentsWrong', left)
}

/** What a side gave for the body that stands. */
function argumentsOf(frame: Frame, pair: Pair, channel: Channel, left: boolean): Arguments {
  const { proofBodyHash: body, cooperativeNonce } = channel
  if (body === ZERO_HASH) return NO_ARGUMENTS
  const place = placeOf(pair.key, cooperativeNonce, left)
  return frame.world.commitments.get(`${place}/${body}`) ?? NO_ARGUMENTS
}

// ─── Clauses ────────────────────────────────────────────────────────────────────────────────────

/** The off-chain deltas after all clauses, in their order; or until when one of them holds the end up. */
function judge(
  frame: Frame,
  pair: Pair,
  channel: Channel,
  body: ProofBody,
): { readonly deltas: readonly bigint[] } | { readonly pendingUntil: number } {
  const facts = {
    now: frame.now,
    revealedAt: (hashlock: string) => frame.world.revealedAt.get(hashlock) ?? 0,
    defaultedAt: (debtor: EntityId, token: TokenId, threshold: bigint) => {
      const { depository } = frame.domain
      return defaultedAt(frame, { depository, debtor, token, threshold })
    },
    left: argumentsOf(frame, pair, channel, true),
    right: argumentsOf(frame, pair, channel, false),
  }
  let deltas = body.offdeltas
  for (const { provider, gasLimit, until, batch, allowances } of body.clauses) {
    // A stranger's address answers nothing, and nothing is what a call that fails changes.
    if (provider !== frame.domain.subcontractProvider || gasLimit < clauseGas(batch)) continue
    const answer = evaluateClause(deltas, batch, facts)
    if (answer === undefined) continue
    const latest = Math.min(until, channel.deadline + PENDING_MAX)
    if (answer.pendingUntil !== 0n && frame.now <= latest) return { pendingUntil: latest }
    if (isAllowed(allowances, deltas, answer.deltas)) deltas = answer.deltas
  }
  return { deltas }
}

/** Up by at most the right's allowance, down by at most the left's. */
function isAllowed(
  allowances: readonly Allowance[],
  before: readonly bigint[],
  after: readonly bigint[],
): boolean {
  return before.every((delta, index) => {
    const allowance = allowances.find(({ deltaIndex }) => deltaIndex === index)
    const moved = (after[index] ?? delta) - delta
    return moved <= (allowance?.rightAllowance ?? 0n) && -moved <= (allowance?.leftAllowance ?? 0n)
  })
}

// ─── Payouts ────────────────────────────────────────────────────────────────────────────────────

/** What is known once every clause is judged. */
interface Verdict {
  readonly pair: Pair
  readonly isFraud: boolean
  readonly startedByLeft: boolean
  readonly leftOutgoing: boolean
  readonly rightOutgoing: boolean
  /** How many older debts may still be paid: one bound for the whole finalise. */
  debtsLeft: bigint
}

/** Everything from here on only writes, and cannot fail. */
function conclude(
  frame: Frame,
  pair: Pair,
  channel: Channel,
  item: DisputeFinalise,
  deltas: readonly bigint[],
): void {
  const { left, right, key } = pair
  const { standingNonce: disputeNonce, startHeight } = channel
  // Whoever signed height h + 2 held its peer's signature on h + 1 before.
  const isFraud = heightOf(disputeNonce) >= startHeight + 2n
  const verdict: Verdict = { ...channel, pair, isFraud, debtsLeft: DEBTS_PER_EXIT_MAX }
  // The next multiple of 2^32: no settlement can name it, so nothing signed before lives on.
  const cooperativeNonce = ((channel.cooperativeNonce >> 32n) + 1n) << 32n
  renew(frame, key, cooperativeNonce)

  for (const [index, token] of item.body.tokenIds.entries()) {
    divide(frame, verdict, token, deltas[index] ?? 0n)
  }
  // A token that is divided already has nothing left, so naming it too does nothing.
  for (const token of [...item.leftTokens, ...item.rightTokens]) divide(frame, verdict, token, 0n)
  const fraud = isFraud
  emit(frame, { type: 'disputeFinalised', left, right, disputeNonce, cooperativeNonce, fraud })
}

function divide(frame: Frame, verdict: Verdict, token: TokenId, offdelta: bigint): void {
  const { pair, isFraud, startedByLeft, leftOutgoing, rightOutgoing } = verdict
  const { left, right } = pair
  const { collateral, ondelta } = frame.world.holdingOf(pair.key, token)
  if (collateral === 0n && ondelta === 0n && offdelta === 0n) return

  const due = split(collateral, ondelta + offdelta)
  // A board that was replaced can no more sign its entity into debt.
  const leftDebt = leftOutgoing ? 0n : due.leftDebt
  const rightDebt = rightOutgoing ? 0n : due.rightDebt
  // The starter forfeits half of what it gets to the other side.
  const forfeit = isFraud ? (startedByLeft ? due.toLeft : due.toRight) / 2n : 0n
  const toRightMore = startedByLeft ? forfeit : -forfeit
  const [toLeft, toRight] = [due.toLeft - toRightMore, due.toRight + toRightMore]
  const given = { toLeft, toRight, leftDebt, rightDebt }
  setHolding(frame, pair, token, { collateral: 0n, ondelta: 0n })
  emit(frame, { type: 'tokenSplit', left, right, token, ...given, forfeit })
  payOut(frame, verdict, token, given)
}

/** First what both get, so that a debt is paid out of it too. */
function payOut(
  frame: Frame,
  verdict: Verdict,
  token: TokenId,
  { toLeft, toRight, leftDebt, rightDebt }: Split,
): void {
  const { left, right } = verdict.pair
  if (toLeft !== 0n) credit(frame, left, token, toLeft)
  if (toRight !== 0n) credit(frame, right, token, toRight)
  const [debtor, creditor] = leftDebt !== 0n ? [left, right] : [right, left]
  const debt = leftDebt + rightDebt
  if (debt === 0n) return
  verdict.debtsLeft -= owe(frame, debtor, creditor, token, debt, verdict.debtsLeft)
}
