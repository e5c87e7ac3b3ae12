/** An entity's own records: who decides, what its rules may do, what it expects and what it has sent. */
import type { Hop, Policy } from '@xln/shared/entity/action.ts'
import type { Address, ChannelKey, EntityId, Hashlock, Secret, TokenId } from '@xln/shared/ids.ts'

export interface Entity {
  readonly id: EntityId
  /** The one member of its board. */
  readonly signer: Address
  /** The nonce that the signer's next transaction must bear: replays and gaps are refused. */
  readonly nonce: number
  readonly policy: Policy
  /** Whether state was lost and not all of it has been shown again (channel.md, "Losing state"). */
  readonly restoring: boolean
  /**
   * When state was last found to be lost, unix seconds; 0: never. A channel that is opened after it may
   * be one that was forgotten.
   */
  readonly lostAt: number
}

/** What this entity is ready to be paid. */
export interface Invoice {
  readonly hashlock: Hashlock
  readonly secret: Secret
  readonly token: TokenId
  readonly amount: bigint
  /** Unix seconds. */
  readonly expiresAt: number
  readonly memo: Uint8Array
  readonly status: 'open' | 'paid'
}

/**
 * `forgotten`: state was lost while it was under way. Only the payee knows whether it was paid, so it is
 * not sent again.
 */
export type PaymentStatus = 'sending' | 'locked' | 'settled' | 'failed' | 'forgotten'

/** What this entity has sent. */
export interface Payment {
  readonly hashlock: Hashlock
  readonly token: TokenId
  /** What the payee receives; the fees of the route come on top. */
  readonly amount: bigint
  readonly route: readonly Hop[]
  readonly status: PaymentStatus
  /** A CancelReason, 0 while none, {@link PAYMENT_REFUSED} when it never left. */
  readonly reason: number
  readonly secret: Secret | null
  /** Unix seconds. */
  readonly createdAt: number
}

/** A secret that stands on chain, by a final block. */
export interface Reveal {
  readonly secret: Secret
  /** Unix seconds. */
  readonly revealedAt: number
}

/** A channel whose chain view is being read: what waits for it. */
export interface Opening {
  readonly key: ChannelKey
  readonly peer: EntityId
  /** Seconds, 0 when the peer opens. */
  readonly disputeWindow: number
  /** The peer's first message, raw; one at most. */
  readonly message: Uint8Array | null
}

/** The reason of a payment that its first channel did not take. */
export const PAYMENT_REFUSED = 255

/** How far ahead the last hop's lock expires, seconds. */
export const FINAL_EXPIRY_SECONDS = 3_600
/** The furthest `revealBy` that a lock is forwarded with, seconds ahead. */
export const EXPIRY_MAX_SECONDS = 7 * 86_400
/** How many channels may be in the making at once; strangers beyond it are refused. */
export const OPENINGS_MAX = 10_000
/** The largest first message of a stranger that is kept while the chain is read, bytes. */
export const OPENING_MESSAGE_MAX = 16_384

export const DEFAULT_POLICY: Policy = {
  feeBase: 0n,
  feePpm: 0n,
  forwards: true,
  acceptsChannels: true,
  hopMarginSeconds: 1_200,
  revealMarginSeconds: 600,
  enforceMin: 0n,
}

/** What `policy` asks for forwarding `amount`, rounded up. */
export function feeOf(policy: Policy, amount: bigint): bigint {
  return policy.feeBase + (amount * policy.feePpm + 999_999n) / 1_000_000n
}
