/** Names and sides of channels, their collateral, and how a dispute ends. */
import { INT128_MAX, UINT128_MAX } from '@xln/shared/amounts.ts'
import type { Poster } from '@xln/shared/depository/events.ts'
import { channelKeyOf, orderSides } from '@xln/shared/entity/board.ts'
import type { ChannelKey, EntityId, TokenId } from '@xln/shared/ids.ts'
import { emit, type Frame } from './frame.ts'
import { type Refusal, refuse } from './reverts.ts'
import { type Holding, NO_DISPUTE } from './world.ts'

/** Two different entities in their order, and the name of their channel. */
export interface Pair {
  readonly left: EntityId
  readonly right: EntityId
  readonly key: ChannelKey
}

export function pairOf(a: EntityId, b: EntityId): Pair {
  return { ...orderSides(a, b), key: channelKeyOf(a, b) }
}

/** Which side of the channel `entity` is; `anyone` if it is none, as nobody is. */
export function posterOf(pair: Pair, entity: EntityId | undefined): Poster {
  if (entity === pair.left) return 'left'
  return entity === pair.right ? 'right' : 'anyone'
}

/** Why `amount` cannot be added to the collateral between two entities as the share of `receiver`, if so. */
export function refuseCollateral(
  frame: Frame,
  receiver: EntityId,
  peer: EntityId,
  token: TokenId,
  amount: bigint,
): Refusal | undefined {
  const { left, key } = pairOf(receiver, peer)
  const { collateral, ondelta } = frame.world.holdingOf(key, token)
  if (collateral + amount > UINT128_MAX) return refuse('AmountTooLarge', token, amount)
  if (receiver === left && ondelta + amount > INT128_MAX) return refuse('OndeltaOutOfRange', token)
  return undefined
}

/** Sets what the chain holds of one token of a channel. */
export function setHolding(frame: Frame, pair: Pair, token: TokenId, holding: Holding): void {
  const { left, right, key } = pair
  frame.world.holdings.set(`${key}/${token}`, holding)
  emit(frame, { type: 'channelUpdated', left, right, token, ...holding })
}

/** Ends a dispute if there is one, and with it everything signed under the old nonce. */
export function renew(frame: Frame, key: ChannelKey, cooperativeNonce: bigint): void {
  frame.world.channels.set(key, { cooperativeNonce, ...NO_DISPUTE })
}
