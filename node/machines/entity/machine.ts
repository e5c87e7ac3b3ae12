/**
 * The entity machine: an account that a board decides for.
 *
 * Two tiers. Decisions (`propose`) need the board: a board of one decides with its proposal, whose
 * nonce is real. Everything else are machine rules that run by themselves: blocks of peers, locks to
 * forward, the chain, deadlines. What rules may do is policy, and policy is set by a decision.
 */
import type { EntityId } from '@xln/shared/ids.ts'
import { onChain, onDue, onFirstSight } from './chain.ts'
import { decide } from './decide.ts'
import type { EntityInput } from './messages.ts'
import { onChannelView } from './opening.ts'
import { onMessage } from './receive.ts'
import { onReleased } from './release.ts'
import { channelWith, receipt, type Turn, timeOf, toChannel, toDepository } from './turn.ts'

/** Applies one input within a turn. No default case: a new input does not compile until it is handled. */
export function execute(turn: Turn, input: EntityInput): void {
  switch (input.type) {
    case 'propose':
      propose(turn, input)
      return
    case 'message':
      onMessage(turn, input.peer, input.bytes)
      return
    case 'chain':
      onChain(turn, input.head, input.events)
      return
    case 'accountCorrected':
      toDepository(turn, { ...input, type: 'corrected' })
      return
    case 'firstSight':
      onFirstSight(turn, input.event)
      return
    case 'channelView':
      onChannelView(turn, input.peer, input.view)
      return
    case 'peersConnected':
      for (const peer of input.peers) setConnected(turn, peer, input.up)
      return
    case 'batchFailed':
      toDepository(turn, input)
      return
    case 'due':
      onDue(turn)
      return
    case 'released':
      onReleased(turn, input)
      return
    case 'lost':
      onLost(turn, input)
      return
  }
}

function propose(turn: Turn, input: Extract<EntityInput, { type: 'propose' }>): void {
  const { from, nonce, requestId, action } = input
  const entity = turn.records.entity()
  if (from !== entity.signer) {
    receipt(turn, requestId, { code: 'signer_unknown', signer: from })
    return
  }
  if (nonce !== entity.nonce) {
    receipt(turn, requestId, { code: 'nonce_wrong', nonce, expected: entity.nonce })
    return
  }
  turn.records.putEntity({ ...entity, nonce: nonce + 1 })
  const refusal = decide(turn, action, requestId)
  receipt(turn, requestId, refusal)
}

function setConnected(turn: Turn, peer: EntityId, up: boolean): void {
  const channel = channelWith(turn, peer)
  if (channel !== undefined) toChannel(turn, channel, { type: 'connected', up })
}

/** After a loss every channel must be shown again, those that were forgotten when they are opened. */
function onLost(turn: Turn, { peers }: Extract<EntityInput, { type: 'lost' }>): void {
  const restoring = peers.length > 0
  turn.records.putEntity({ ...turn.records.entity(), restoring, lostAt: timeOf(turn) })
  for (const peer of peers) {
    const channel = channelWith(turn, peer)
    if (channel === undefined) continue
    turn.records.setUnshown(channel.key, true)
    toChannel(turn, channel, { type: 'restore' })
  }
}
