/** One thing that an entity wants done on chain; a batch is made of these, in the contract's order. */

import type { ProofBody } from '../channel/proofBody.ts'
import type { Forgiveness, TokenDiff } from '../channel/transaction.ts'
import type { Address, EntityId, Hash, Secret, TokenId } from '../ids.ts'

/** What both sides sign with a channel block; the channel key and cooperative nonce stand beside it. */
export interface Proof {
  /** `term · 2^48 + 2 · height + (proposed by left ? 1 : 0)`. */
  readonly disputeNonce: bigint
  /** Seconds. */
  readonly disputeWindow: number
  readonly proofBodyHash: Hash
  readonly blockHash: Hash
}

/** A signature that is there, or the digest that the shell must sign with the entity's key. */
export type SignatureSlot =
  | { readonly signature: Uint8Array; readonly digest?: undefined }
  | { readonly signature?: undefined; readonly digest: Hash }

export type BatchItem =
  | {
      readonly type: 'withdrawal'
      readonly token: TokenId
      readonly to: Address
      readonly amount: bigint
    }
  | {
      readonly type: 'transfer'
      readonly token: TokenId
      readonly to: EntityId
      readonly amount: bigint
    }
  | {
      readonly type: 'funding'
      readonly token: TokenId
      readonly receiver: EntityId
      readonly topUps: readonly { readonly peer: EntityId; readonly amount: bigint }[]
    }
  | {
      readonly type: 'settlement'
      readonly peer: EntityId
      readonly cooperativeNonce: bigint
      readonly newNonce: bigint
      readonly deadline: number
      readonly diffs: readonly TokenDiff[]
      readonly forgiveness: readonly Forgiveness[]
      readonly peerSignature: Uint8Array
    }
  | {
      readonly type: 'start'
      readonly peer: EntityId
      readonly cooperativeNonce: bigint
      readonly proof: Proof
      readonly peerSignature: Uint8Array
    }
  | {
      readonly type: 'counter'
      readonly left: EntityId
      readonly right: EntityId
      readonly cooperativeNonce: bigint
      readonly proof: Proof
      readonly leftSignature: SignatureSlot
      readonly rightSignature: SignatureSlot
    }
  | {
      readonly type: 'arguments'
      readonly peer: EntityId
      readonly proofBodyHash: Hash
      readonly data: Uint8Array
      readonly tokens: readonly TokenId[]
    }
  | {
      readonly type: 'finalise'
      readonly left: EntityId
      readonly right: EntityId
      readonly body: ProofBody
      readonly leftArguments: Uint8Array
      readonly rightArguments: Uint8Array
      readonly leftTokens: readonly TokenId[]
      readonly rightTokens: readonly TokenId[]
    }
  | { readonly type: 'secret'; readonly secret: Secret }

export type BatchItemType = BatchItem['type']
