/** The items of a batch that take from the reserve of the acting entity alone. */
import type { Funding, TopUp, Transfer, Withdrawal } from '@xln/shared/depository/batch.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import { type EntityId, parseId, type TokenId } from '@xln/shared/ids.ts'
import { pairOf, refuseCollateral, setHolding } from './channels.ts'
import { attempt, type Frame } from './frame.ts'
import { isAtGate, release } from './gate.ts'
import { credit, hasRoom, payDebts, refuseExit, spend } from './reserves.ts'
import { type Refusal, refuse, revert } from './reverts.ts'
import { push } from './tokens.ts'

/** In the place of a receiver: whoever sends the batch. */
const RELAYER = parseId<EntityId>(`0x${'00'.repeat(32)}`)

/** Gives tokens to an address outside. If that fails, debts may be paid but nothing else is done. */
export function withdraw(frame: Frame, entity: EntityId, item: Withdrawal): Refusal | undefined {
  const { token, to, amount } = item
  if (amount === 0n) revert('AmountZero')
  const failed = refuse('TransferFailed', token, to, amount)
  // What the Depository sends to itself would belong to nobody.
  if (to === frame.domain.depository) return failed
  const refusal = refuseExit(frame, entity, token, amount)
  if (refusal !== undefined) return refusal

  payDebts(frame, entity, token)
  const reverted = attempt(frame, () => {
    credit(frame, entity, token, -amount)
    if (isAtGate(token)) release(frame, token, to, amount)
    else push(frame, token, to, amount)
  })
  return reverted === undefined ? undefined : failed
}

/** Moves from reserve to reserve; to nobody means to the lazy entity of who sends the batch: his fee. */
export function transfer(frame: Frame, entity: EntityId, item: Transfer): Refusal | undefined {
  const { token, amount } = item
  const to = item.to === RELAYER ? lazyEntityId(frame.sender) : item.to
  if (amount === 0n) revert('AmountZero')
  const refusal = refuseExit(frame, entity, token, amount)
  if (refusal !== undefined) return refusal
  if (!hasRoom(frame, to, token, amount)) return refuse('AmountTooLarge', token, amount)

  spend(frame, entity, token, amount)
  credit(frame, to, token, amount)
  return undefined
}

/** Moves from the reserve into channels of `item.receiver`: into all of them, or none. */
export function fund(frame: Frame, entity: EntityId, item: Funding): Refusal | undefined {
  const { token, receiver, topUps } = item
  const total = topUps.reduce((sum, { amount }) => sum + amount, 0n)
  if (total === 0n) revert('AmountZero')
  const refusal =
    refuseExit(frame, entity, token, total) ?? refuseTopUps(frame, receiver, token, topUps, total)
  if (refusal !== undefined) return refusal

  spend(frame, entity, token, total)
  for (const topUp of topUps) topUpOne(frame, receiver, token, topUp)
  return undefined
}

/** Asks whether each channel has room for the total, so that one named twice has room for both. */
function refuseTopUps(
  frame: Frame,
  receiver: EntityId,
  token: TokenId,
  topUps: readonly TopUp[],
  total: bigint,
): Refusal | undefined {
  for (const { peer } of topUps) {
    if (peer === receiver) revert('SelfChannel', peer)
    const refusal = refuseCollateral(frame, receiver, peer, token, total)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** Collateral rises, and left's claim only if left is the receiver: its share grows, its peer's stays. */
function topUpOne(frame: Frame, receiver: EntityId, token: TokenId, { peer, amount }: TopUp): void {
  const pair = pairOf(receiver, peer)
  const { collateral, ondelta } = frame.world.holdingOf(pair.key, token)
  const gain = receiver === pair.left ? amount : 0n
  const holding = { collateral: collateral + amount, ondelta: ondelta + gain }
  setHolding(frame, pair, token, holding)
}
