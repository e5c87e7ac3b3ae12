/** Moves value between the reserves and the collateral of two entities that both want it. */
import { isInt128, UINT128_MAX } from '@xln/shared/amounts.ts'
import { settlementDigest } from '@xln/shared/channel/digests.ts'
import type { Forgiveness, TokenDiff } from '@xln/shared/channel/transaction.ts'
import type { Settlement } from '@xln/shared/depository/settlementForm.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { type Pair, pairOf, renew, setHolding } from './channels.ts'
import { emit, type Frame } from './frame.ts'
import { credit, forgive, hasRoom, refuseExit, spend } from './reserves.ts'
import { type Refusal, refuse } from './reverts.ts'
import { hasSigned } from './signatures.ts'
import type { Holding } from './world.ts'

/** Executes a settlement of `actor` with `item.peer`. */
export function settle(frame: Frame, actor: EntityId, item: Settlement): Refusal | undefined {
  if (actor === item.peer) return refuse('SelfChannel', actor)
  const pair = pairOf(actor, item.peer)
  const refusal =
    refuseTerms(frame, pair, item) ??
    refuseForgiveness(frame, pair, item.forgiveness) ??
    refuseDiffs(frame, pair, item) ??
    refuseSignature(frame, pair, item)
  if (refusal !== undefined) return refusal

  // Forgiven debts go first: they no more stand in the way of what is spent here.
  for (const { token, leftOwes, index } of item.forgiveness) {
    forgive(frame, leftOwes ? pair.left : pair.right, token, index)
  }
  for (const diff of item.diffs) move(frame, pair, diff)
  renew(frame, pair.key, item.newNonce)
  const { left, right } = pair
  emit(frame, { type: 'settled', left, right, cooperativeNonce: item.newNonce })
  return undefined
}

function refuseTerms(frame: Frame, pair: Pair, item: Settlement): Refusal | undefined {
  const { cooperativeNonce, newNonce, deadline } = item
  const stored = frame.world.channelOf(pair.key).cooperativeNonce
  if (cooperativeNonce !== stored) return refuse('CooperativeNonceWrong', cooperativeNonce, stored)
  // Within one era, which only the end of a dispute closes.
  if (newNonce <= stored || newNonce >> 32n !== stored >> 32n) {
    return refuse('NewNonceInvalid', newNonce, stored)
  }
  return frame.now > deadline ? refuse('DeadlinePassed', deadline, frame.now) : undefined
}

function refuseSignature(frame: Frame, pair: Pair, item: Settlement): Refusal | undefined {
  const digest = settlementDigest(frame.domain, { channelKey: pair.key, ...item })
  if (hasSigned(frame, item.peer, digest, item.peerSignature)) return undefined
  return refuse('SignatureInvalid', item.peer, digest)
}

// ─── Forgiveness ────────────────────────────────────────────────────────────────────────────────

function refuseForgiveness(
  frame: Frame,
  pair: Pair,
  forgiveness: readonly Forgiveness[],
): Refusal | undefined {
  for (const [place, item] of forgiveness.entries()) {
    const previous = forgiveness[place - 1]
    const isOrdered = previous === undefined || isBefore(previous, item)
    if (!isOrdered || owedFor(frame, pair, item) === 0n) {
      return refuse('DebtNotBetween', item.token, item.index)
    }
  }
  return undefined
}

/** By token, then what right owes before what left owes, then index. */
function isBefore(a: Forgiveness, b: Forgiveness): boolean {
  if (a.token !== b.token) return a.token < b.token
  if (a.leftOwes !== b.leftOwes) return b.leftOwes
  return a.index < b.index
}

/** The amount of the debt that `item` names; 0 if there is no such debt between the two. */
function owedFor(frame: Frame, { left, right }: Pair, item: Forgiveness): bigint {
  const [debtor, creditor] = item.leftOwes ? [left, right] : [right, left]
  const debt = frame.world.debtAt(debtor, item.token, item.index)
  return debt.creditor === creditor ? debt.amount : 0n
}

function forgivenTo(
  frame: Frame,
  pair: Pair,
  forgiveness: readonly Forgiveness[],
  token: TokenId,
  toLeft: boolean,
): bigint {
  return forgiveness
    .filter((item) => item.token === token && item.leftOwes === toLeft)
    .reduce((sum, item) => sum + owedFor(frame, pair, item), 0n)
}

// ─── Diffs ──────────────────────────────────────────────────────────────────────────────────────

function refuseDiffs(frame: Frame, pair: Pair, item: Settlement): Refusal | undefined {
  for (const [place, diff] of item.diffs.entries()) {
    const { token } = diff
    const previous = item.diffs[place - 1]
    if (previous !== undefined && previous.token >= token) return refuse('TokensInvalid')
    const refusal =
      refuseDiff(frame.world.holdingOf(pair.key, token), diff) ??
      refuseSide(frame, pair, item.forgiveness, token, diff.leftDiff, true) ??
      refuseSide(frame, pair, item.forgiveness, token, diff.rightDiff, false)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** Whether the parts fit together, and the channel can hold what it is to hold. */
function refuseDiff(held: Holding, diff: TokenDiff): Refusal | undefined {
  const { token, leftDiff, rightDiff, collateralDiff, ondeltaDiff } = diff
  const tooLarge = [leftDiff, rightDiff, collateralDiff].find((part) => !isInt248(part))
  if (tooLarge !== undefined) return refuse('AmountTooLarge', token, tooLarge)
  if (leftDiff + rightDiff + collateralDiff !== 0n) return refuse('DiffsNotBalanced', token)
  const collateral = held.collateral + collateralDiff
  if (collateral < 0n) return refuse('CollateralExceeded', token, collateralDiff, held.collateral)
  if (collateral > UINT128_MAX) return refuse('AmountTooLarge', token, collateral)
  if (!isInt128(held.ondelta + ondeltaDiff)) return refuse('OndeltaOutOfRange', token)
  return undefined
}

function refuseSide(
  frame: Frame,
  pair: Pair,
  forgiveness: readonly Forgiveness[],
  token: TokenId,
  amount: bigint,
  left: boolean,
): Refusal | undefined {
  const entity = left ? pair.left : pair.right
  if (amount === 0n) return undefined
  if (amount > 0n) {
    return hasRoom(frame, entity, token, amount)
      ? undefined
      : refuse('AmountTooLarge', token, amount)
  }
  const forgiven = forgivenTo(frame, pair, forgiveness, token, left)
  return refuseExit(frame, entity, token, -amount, forgiven)
}

function move(frame: Frame, pair: Pair, diff: TokenDiff): void {
  const { token, leftDiff, rightDiff, collateralDiff, ondeltaDiff } = diff
  moveReserve(frame, pair.left, token, leftDiff)
  moveReserve(frame, pair.right, token, rightDiff)
  if (collateralDiff === 0n && ondeltaDiff === 0n) return
  const { collateral, ondelta } = frame.world.holdingOf(pair.key, token)
  setHolding(frame, pair, token, {
    collateral: collateral + collateralDiff,
    ondelta: ondelta + ondeltaDiff,
  })
}

function moveReserve(frame: Frame, entity: EntityId, token: TokenId, diff: bigint): void {
  if (diff > 0n) credit(frame, entity, token, diff)
  else if (diff < 0n) spend(frame, entity, token, -diff)
}

function isInt248(value: bigint): boolean {
  return BigInt.asIntN(248, value) === value
}
