/** What is kept of the chain's state: each token by events, or everything read anew. */
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import type { TokenId } from '@xln/shared/ids.ts'
import { CHANNEL_TOKENS_MAX } from '@xln/shared/limits.ts'
import {
  type Channel,
  committedOf,
  disputeOfView,
  eraOf,
  isLater,
  noDispute,
  UNNAMED_TOKENS_MAX,
} from './channel.ts'
import { onDisputeGone, onStanding } from './dispute.ts'
import { endEra } from './finalise.ts'
import { loseState } from './loss.ts'
import type { ChannelContext, ChannelView } from './messages.ts'
import type { OnchainToken, View } from './parts.ts'
import { wishesOf } from './queue.ts'
import { releaseHeld } from './receive.ts'
import { onViewWhileRestoring } from './restore.ts'
import { settled } from './settle.ts'
import { inOrder, type Step, still } from './step.ts'

/**
 * The chain was read anew, or has changed its past: what it says replaces what was known. A reading
 * older than an event that has come meanwhile is made again.
 */
export function onView(channel: Channel, view: ChannelView, context: ChannelContext): Step {
  const { position } = channel.view
  // Events beyond the final head are those that a reorganisation has taken back.
  const isStale = isLater(position, view.position) && position.block <= context.finalBlock
  if (isStale) return { channel, outputs: [{ type: 'readChannel' }] }
  const seen = { ...channel, view: viewOf(channel, view) }
  return inOrder(seen, context, [
    (next) => onViewWhileRestoring(next, view.cooperativeNonce, context),
    (next) => followNonce(next, view.cooperativeNonce, context),
    (next) => followDispute(next, view, context),
    releaseHeld,
  ])
}

/** The nonce on chain is another than ours: an end of the era, or a settlement, has come or gone. */
function followNonce(channel: Channel, cooperativeNonce: bigint, context: ChannelContext): Step {
  const { mutual, restoring } = channel
  if (cooperativeNonce === mutual.cooperativeNonce) return still(channel)
  const era = eraOf(cooperativeNonce)
  const own = eraOf(mutual.cooperativeNonce)
  // A court that is open again waits for nobody who restores.
  if (restoring !== null && era >= own) return still(channel)
  if (era !== own) return endEra(channel, cooperativeNonce, null, context)
  return settled(channel, cooperativeNonce, context) ?? loseState(channel, context)
}

function followDispute(channel: Channel, view: ChannelView, context: ChannelContext): Step {
  const known = channel.dispute?.standing ?? null
  const standing = disputeOfView(view)
  if (standing !== null) {
    const dispute = { ...(channel.dispute ?? noDispute), ...committedOf(view) }
    const next = { ...channel, dispute }
    return known?.nonce === standing.nonce && known.final
      ? still(next)
      : onStanding(next, standing, context)
  }
  if (channel.dispute === null || known === null || !known.final) return still(channel)
  return onDisputeGone(channel, channel.dispute, context)
}

/** Keeps every token that the channel names or is about to, with zero for what the chain lacks. */
function viewOf(channel: Channel, { tokens, position }: ChannelView): View {
  const wanted = new Set(channel.mutual.tokens.map(({ token }) => token))
  for (const transaction of channel.held?.block.transactions ?? []) addTokens(wanted, transaction)
  for (const { transaction } of wishesOf(channel.queue)) addTokens(wanted, transaction)
  const kept: OnchainToken[] = []
  let unnamed = 0
  let incomplete = false
  for (const entry of tokens) {
    if (wanted.delete(entry.token)) kept.push(entry)
    else if (unnamed < UNNAMED_TOKENS_MAX) {
      kept.push(entry)
      unnamed++
    } else incomplete = true
  }
  for (const token of [...wanted].slice(0, CHANNEL_TOKENS_MAX)) {
    kept.push({ token, collateral: 0n, ondelta: 0n })
  }
  return { position, tokens: sorted(kept), incomplete }
}

type Transaction = ChannelBlock['transactions'][number]

function addTokens(wanted: Set<TokenId>, transaction: Transaction): void {
  switch (transaction.type) {
    case 'pay':
    case 'lock':
    case 'extendCredit':
    case 'requestCollateral':
      wanted.add(transaction.token)
      return
    case 'offer':
      wanted.add(transaction.giveToken)
      wanted.add(transaction.wantToken)
      return
    case 'settle':
      for (const { token } of transaction.diffs) wanted.add(token)
      return
    default:
  }
}

/**
 * A token that the channel names is always kept. Of the others only a few: strangers' deposits of
 * tokens that nobody named must not grow the state.
 */
export function withToken(channel: Channel, entry: OnchainToken): View {
  const { view } = channel
  const { token, collateral, ondelta } = entry
  const others = view.tokens.filter((known) => known.token !== token)
  const named = isNamed(channel, token)
  if (!named && collateral === 0n && ondelta === 0n) {
    return others.length === view.tokens.length ? view : { ...view, tokens: others }
  }
  const isKnown = others.length < view.tokens.length
  if (!named && !isKnown && countUnnamed(channel, others) >= UNNAMED_TOKENS_MAX) {
    return { ...view, incomplete: true }
  }
  return { ...view, tokens: sorted([...others, entry]) }
}

function isNamed({ mutual }: Channel, token: TokenId): boolean {
  return mutual.tokens.some((entry) => entry.token === token)
}

function countUnnamed(channel: Channel, tokens: readonly OnchainToken[]): number {
  return tokens.filter(({ token }) => !isNamed(channel, token)).length
}

function sorted(tokens: readonly OnchainToken[]): OnchainToken[] {
  return [...tokens].sort((a, b) => (a.token < b.token ? -1 : 1))
}
