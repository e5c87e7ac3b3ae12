/** What each side can pay: derived from the mutual state and this side's view of the chain. */
import { capacity, type Delta, type Holds, type Side } from '@xln/shared/channel/delta.ts'
import type { Mutual } from '@xln/shared/channel/state.ts'
import type { TokenId } from '@xln/shared/ids.ts'
import { type Channel, onchainOf } from './channel.ts'

/** One token of the channel; zeros for one that it does not have. */
export function deltaOf(channel: Channel, token: TokenId): Delta {
  const onchain = onchainOf(channel.view, token)
  const entry = channel.mutual.tokens.find((other) => other.token === token)
  return {
    collateral: onchain?.collateral ?? 0n,
    ondelta: onchain?.ondelta ?? 0n,
    offdelta: entry?.offdelta ?? 0n,
    leftCreditLimit: entry?.leftCreditLimit ?? 0n,
    rightCreditLimit: entry?.rightCreditLimit ?? 0n,
  }
}

/** What open locks and offers set aside of each side's capacity. */
export function holdsOf(mutual: Mutual, token: TokenId): Holds {
  let left = 0n
  let right = 0n
  const hold = (ofLeft: boolean, held: TokenId, amount: bigint): void => {
    if (held !== token) return
    if (ofLeft) left += amount
    else right += amount
  }
  for (const lock of mutual.locks) hold(lock.fromLeft, lock.token, lock.amount)
  for (const offer of mutual.offers) {
    hold(offer.ownerIsLeft, offer.giveToken, offer.giveAmount)
    hold(!offer.ownerIsLeft, offer.wantToken, offer.wantAmount)
  }
  return { left, right }
}

/** The most that `side` can pay now, at least 0. */
export function capacityOf(channel: Channel, token: TokenId, side: Side): bigint {
  return capacity(deltaOf(channel, token), side, holdsOf(channel.mutual, token))
}
