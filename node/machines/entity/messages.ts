/** What the entity machine takes and gives. */

import type { LocatedEvent } from '@xln/shared/depository/events.ts'
import type { Action } from '@xln/shared/entity/action.ts'
import type { Address, ChannelKey, EntityId, Hashlock, Secret, TokenId } from '@xln/shared/ids.ts'
import type { ChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import type { ChannelFact, ChannelView, OutgoingShow, OutgoingUpdate } from '../channel/messages.ts'
import type { Refusal } from '../channel/refusal.ts'
import type { AccountView, ChainHead } from '../depository/depository.ts'
import type { DepositoryOutput } from '../depository/machine.ts'

export type EntityInput =
  /** A signer's transaction: an action that it proposes. A board of one decides at once. */
  | {
      readonly type: 'propose'
      readonly from: Address
      readonly nonce: number
      readonly requestId: bigint
      readonly action: Action
    }
  /** Every final event of this entity after the last head, up to `head`, in chain order. */
  | { readonly type: 'chain'; readonly head: ChainHead; readonly events: readonly LocatedEvent[] }
  /** What the own account is as of `head`, after a reorganisation deeper than the confirmations. */
  | { readonly type: 'accountCorrected'; readonly head: ChainHead; readonly account: AccountView }
  /** An event not yet final that cannot wait. */
  | { readonly type: 'firstSight'; readonly event: LocatedEvent }
  | { readonly type: 'channelView'; readonly peer: EntityId; readonly view: ChannelView }
  | { readonly type: 'peersConnected'; readonly peers: readonly EntityId[]; readonly up: boolean }
  /** The chain would not take a batch (nobody has seen it), or has reverted it (`sent`). */
  | { readonly type: 'batchFailed'; readonly nonce: number; readonly sent: boolean }
  /** A deadline may have come: look. */
  | { readonly type: 'due' }
  /** State was lost: these are the peers of all channels that are known. */
  | { readonly type: 'lost'; readonly peers: readonly EntityId[] }
  /** The channel with `peer` is under quarantine no more; `messages`: those at which its machine threw. */
  | { readonly type: 'released'; readonly peer: EntityId; readonly messages: readonly Uint8Array[] }
  /** The raw message of a channel's peer. */
  | { readonly type: 'message'; readonly peer: EntityId; readonly bytes: Uint8Array }

export type EntityOutput =
  | {
      readonly type: 'sendUpdate'
      readonly peer: EntityId
      readonly update: OutgoingUpdate
    }
  | { readonly type: 'sendShow'; readonly peer: EntityId; readonly show: OutgoingShow }
  | { readonly type: 'send'; readonly peer: EntityId; readonly message: ChannelMessage }
  | { readonly type: 'depository'; readonly output: DepositoryOutput }
  | { readonly type: 'readChannel'; readonly peer: EntityId }
  /** Wants a `due` input at this unix second at the latest. */
  | { readonly type: 'wake'; readonly at: number }
  /** The request was taken (null) or declined. */
  | { readonly type: 'receipt'; readonly requestId: bigint; readonly refusal: EntityRefusal | null }
  | {
      readonly type: 'channelFact'
      readonly channelKey: ChannelKey
      readonly peer: EntityId
      readonly fact: ChannelFact
    }
  | { readonly type: 'channelOpened'; readonly channelKey: ChannelKey; readonly peer: EntityId }
  | {
      readonly type: 'invoicePaid'
      readonly hashlock: Hashlock
      readonly token: TokenId
      readonly amount: bigint
    }
  | { readonly type: 'paymentSettled'; readonly hashlock: Hashlock; readonly secret: Secret }
  | {
      readonly type: 'paymentFailed'
      readonly hashlock: Hashlock
      readonly reason: number
      readonly refusal: Refusal | null
    }
  /** A peer's message was declined before any channel saw it. */
  | {
      readonly type: 'messageDropped'
      readonly peer: EntityId
      readonly code: 'malformed' | 'unknown_channel' | 'openings_full' | 'quarantined'
    }

/** Why a decision was not carried out, with the numbers that decided it. */
export type EntityRefusal =
  | { readonly code: 'nonce_wrong'; readonly nonce: number; readonly expected: number }
  | { readonly code: 'entity_unknown'; readonly entity: EntityId }
  | { readonly code: 'action_malformed' }
  | { readonly code: 'signer_unknown'; readonly signer: Address }
  | { readonly code: 'self_channel' }
  | {
      readonly code: 'window_invalid'
      readonly window: number
      readonly min: number
      readonly max: number
    }
  | { readonly code: 'channel_unknown'; readonly peer: EntityId }
  | { readonly code: 'channel_exists'; readonly peer: EntityId }
  | { readonly code: 'channel_quarantined'; readonly peer: EntityId }
  | { readonly code: 'channel_refused'; readonly refusal: Refusal }
  | { readonly code: 'route_invalid'; readonly hops: number; readonly max: number }
  | { readonly code: 'amount_not_positive'; readonly amount: bigint }
  | { readonly code: 'payment_exists'; readonly hashlock: Hashlock; readonly status: string }
  | { readonly code: 'invoice_exists'; readonly hashlock: Hashlock }
  | { readonly code: 'invoice_expired'; readonly expiresAt: number; readonly now: number }
  | {
      readonly code: 'reserve_exceeded'
      readonly token: TokenId
      readonly amount: bigint
      readonly reserve: bigint
    }
  | { readonly code: 'claim_exceeded'; readonly amount: bigint; readonly claim: bigint }
  | { readonly code: 'queue_full' }
  | { readonly code: 'restoring' }
  | { readonly code: 'policy_invalid'; readonly field: string }
  | { readonly code: 'fault'; readonly reference: string }
