/** What the server machine takes and gives. */
import type { ChainCursor, LocatedEvent } from '@xln/shared/depository/events.ts'
import type { Policy } from '@xln/shared/entity/action.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import type { ChannelView } from '../channel/messages.ts'
import type { AccountView, ChainHead } from '../depository/depository.ts'
import type { EntityOutput } from '../entity/messages.ts'

/** The server's own inputs; those for its entities go down the tree (see mempool.ts). */
export type ServerInput =
  /** A key whose entity lives here from now on: signer and entity are made in one step. */
  | { readonly type: 'createEntity'; readonly signer: Address; readonly policy: Policy }
  /** Final chain blocks up to `head`: every event of every entity here, and how far the reader has come. */
  | {
      readonly type: 'chain'
      readonly head: ChainHead
      readonly cursor: ChainCursor
      readonly events: readonly LocatedEvent[]
    }
  /**
   * Blocks that were final were replaced, from the one after `head` on. The views hold as of `head`;
   * `chain` inputs go on from there.
   */
  | {
      readonly type: 'chainCorrected'
      readonly head: ChainHead
      readonly cursor: ChainCursor
      readonly channels: readonly ChannelView[]
      readonly accounts: readonly { readonly entity: EntityId; readonly account: AccountView }[]
    }
  | { readonly type: 'firstSight'; readonly event: LocatedEvent }
  /**
   * What the chain says of a channel, as of the newest `chain` input: it stands among those, in their
   * order, so that no event can fall between the two.
   */
  | {
      readonly type: 'channelView'
      readonly entity: EntityId
      readonly peer: EntityId
      readonly view: ChannelView
    }
  /** A peer server speaks for these entities, or no longer. */
  | { readonly type: 'peersConnected'; readonly peers: readonly EntityId[]; readonly up: boolean }
  /** How far the messages of a peer server have been taken; they are in this block. */
  | {
      readonly type: 'peerPosition'
      readonly server: Address
      readonly incarnation: number
      readonly nonce: number
    }
  /** The process has started. `lost`: every entity with all its channels when state was lost, else null. */
  | {
      readonly type: 'started'
      readonly incarnation: number
      readonly lost: readonly LostChannels[] | null
    }
  /** A machine threw at a message of this channel: it signs nothing until an operator has looked. */
  | { readonly type: 'quarantine'; readonly entity: EntityId; readonly peer: EntityId }
  /** The operator has looked; `messages`: those at which it threw, to be taken again. */
  | {
      readonly type: 'release'
      readonly entity: EntityId
      readonly peer: EntityId
      readonly messages: readonly Uint8Array[]
    }

export interface LostChannels {
  readonly entity: EntityId
  readonly peers: readonly EntityId[]
}

/** What the inputs of one entity look like inside the tree. */
export type OwnEntityInput =
  | {
      readonly type: 'propose'
      readonly from: Address
      readonly nonce: number
      readonly requestId: bigint
      readonly action: Uint8Array
    }
  /** The chain would not take a batch (nobody has seen it), or has reverted it (`sent`). */
  | { readonly type: 'batchFailed'; readonly nonce: number; readonly sent: boolean }
  | { readonly type: 'due' }

export interface ServerOutput {
  readonly entity: EntityId
  readonly output: EntityOutput
}
