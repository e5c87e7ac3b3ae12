/** The settlement that empties a channel. */
import { delta } from '@xln/shared/channel/delta.ts'
import type { TokenDiff } from '@xln/shared/channel/transaction.ts'
import type { TokenId } from '@xln/shared/ids.ts'
import { deltaOf } from './capacity.ts'
import type { Channel } from './channel.ts'

/**
 * What brings every token's collateral and delta to zero: each side gets what it claims of the
 * collateral, and what it is owed beyond from the other side's reserve. Only for a channel without
 * open locks and offers: the machine declines the settlement otherwise.
 */
export function closingDiffs(channel: Channel): readonly TokenDiff[] {
  const tokens = new Set<TokenId>()
  for (const { token } of channel.mutual.tokens) tokens.add(token)
  for (const { token } of channel.view.tokens) tokens.add(token)
  const diffs: TokenDiff[] = []
  for (const token of [...tokens].sort()) {
    const d = deltaOf(channel, token)
    const claim = delta(d)
    if (d.collateral === 0n && claim === 0n) continue
    // The diffs of the reserves are the whole claims: negative for who owes.
    diffs.push({
      token,
      leftDiff: claim,
      rightDiff: d.collateral - claim,
      collateralDiff: -d.collateral,
      ondeltaDiff: -claim,
    })
  }
  return diffs
}
