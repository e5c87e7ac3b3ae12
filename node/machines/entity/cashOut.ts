/** A settlement that turns a part of the own claim in a channel into own reserve. */
import { delta } from '@xln/shared/channel/delta.ts'
import type { Forgiveness, TokenDiff } from '@xln/shared/channel/transaction.ts'
import type { TokenId } from '@xln/shared/ids.ts'
import { deltaOf } from '../channel/capacity.ts'
import type { Channel } from '../channel/channel.ts'
import type { EntityRefusal } from './messages.ts'

interface Moves {
  readonly diffs: readonly TokenDiff[]
  readonly forgiveness: readonly Forgiveness[]
}

/**
 * Moves `amount` of what `channel`'s own side claims into its reserve: first what is owed on credit,
 * from the peer's reserve, then from the collateral. The claim of the other side stays what it was.
 */
export function cashOutDiff(
  channel: Channel,
  token: TokenId,
  amount: bigint,
): Moves | EntityRefusal {
  if (amount <= 0n) return { code: 'amount_not_positive', amount }
  const d = deltaOf(channel, token)
  const isLeft = channel.side === 'left'
  const claim = isLeft ? delta(d) : d.collateral - delta(d)
  if (amount > claim) return { code: 'claim_exceeded', amount, claim: claim > 0n ? claim : 0n }

  const onCredit = claim > d.collateral ? claim - d.collateral : 0n
  const fromPeer = amount < onCredit ? amount : onCredit
  const fromCollateral = amount - fromPeer
  const diff: TokenDiff = isLeft
    ? {
        token,
        leftDiff: amount,
        rightDiff: -fromPeer,
        collateralDiff: -fromCollateral,
        ondeltaDiff: -amount,
      }
    : {
        token,
        leftDiff: -fromPeer,
        rightDiff: amount,
        collateralDiff: -fromCollateral,
        ondeltaDiff: fromPeer,
      }
  return { diffs: [diff], forgiveness: [] }
}
