/**
 * What the API's methods answer. What is not named here is left out: a record of the node may hold more
 * than its owner's programs may see, and a newer node may say more than an older client knows.
 */
import * as z from 'zod'
import {
  BODY_BYTES_MAX,
  MEMO_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  MUTUAL_BYTES_MAX,
  SIGNATURE_BYTES_MAX,
} from '../limits.ts'
import {
  address,
  amount,
  bigCounter,
  bytes,
  chainAmount,
  channelKey,
  count,
  counter,
  entityId,
  hash,
  hashlock,
  list,
  secret,
  signedAmount,
  time,
  tokenId,
} from './fields.ts'
import type { Schema } from './schema.ts'

/** A page of a listing: give `next` as `from` to go on; null at the end. */
export function page<Value, Json>(item: Schema<Value, Json>) {
  return z.object({ items: list(item), next: z.string().nullable() })
}

export const nodeInfo = z.object({
  version: z.string(),
  server: address,
  network: z.object({
    chainId: counter,
    depository: address,
    entityProvider: address,
    subcontractProvider: address,
  }),
  block: z.object({ number: count, timestampMs: count, stateHash: hash }),
  chain: z.object({
    block: count,
    timestamp: time,
    healthy: z.boolean(),
    detail: z.string(),
  }),
  listening: z.string().nullable(),
  peers: count,
  counters: z.record(z.string(), z.number()),
  restoring: z.boolean(),
})

export const peer = z.object({ server: address, entities: list(entityId) })

export const policy = z.object({
  feeBase: amount,
  feePpm: amount,
  forwards: z.boolean(),
  acceptsChannels: z.boolean(),
  hopMarginSeconds: count,
  revealMarginSeconds: count,
  enforceMin: amount,
})

export const reserve = z.object({ token: tokenId, amount: chainAmount })

export const debt = z.object({
  debtor: entityId,
  creditor: entityId,
  token: tokenId,
  index: bigCounter,
  remaining: chainAmount,
})

export const entitySummary = z.object({ id: entityId, signer: address })

export const entityState = z.object({
  id: entityId,
  signer: address,
  nonce: count,
  policy,
  restoring: z.boolean(),
  reserves: list(reserve),
  debts: list(debt),
  waitingItems: count,
  batchesInFlight: list(z.object({ nonce: count, validUntil: time, items: list(z.string()) })),
})

export const channelToken = z.object({
  token: tokenId,
  collateral: chainAmount,
  ondelta: signedAmount,
  offdelta: signedAmount,
  leftCreditLimit: amount,
  rightCreditLimit: amount,
  /** What this entity can send and receive now; below zero only after a limit was lowered. */
  canSend: signedAmount,
  canReceive: signedAmount,
})

export const channelState = z.object({
  key: channelKey,
  peer: entityId,
  side: z.enum(['left', 'right']),
  status: z.string(),
  connected: z.boolean(),
  term: count,
  height: count,
  cooperativeNonce: counter,
  disputeWindow: count,
  locks: count,
  tokens: list(channelToken),
  disputeDeadline: time.nullable(),
})

const clause = z.object({
  provider: address,
  gasLimit: count,
  until: time,
  batch: bytes(BODY_BYTES_MAX),
  allowances: list(z.object({ deltaIndex: count, leftAllowance: amount, rightAllowance: amount })),
})

/** What a court, or a watchtower, needs: the newest state that both sides have signed. */
export const channelProof = z.object({
  left: entityId,
  right: entityId,
  cooperativeNonce: counter,
  proof: z.object({
    disputeNonce: bigCounter,
    disputeWindow: count,
    proofBodyHash: hash,
    blockHash: hash,
  }),
  leftSignature: bytes(SIGNATURE_BYTES_MAX),
  rightSignature: bytes(SIGNATURE_BYTES_MAX),
  body: z.object({
    tokenIds: list(tokenId),
    offdeltas: list(signedAmount),
    clauses: list(clause),
  }),
  /** The mutual state in its own encoding (`shared/channel/stateCodec.ts`). */
  mutual: bytes(MUTUAL_BYTES_MAX),
})

/** A bug of the node, with what it happened at. */
export const quarantinedInput = z.object({
  /** The channel that waits for its operator; null for an own input of an entity. */
  entity: entityId.nullable(),
  peer: entityId.nullable(),
  /** The server block that it was left out of. */
  block: count,
  /** Empty when it was one that cannot be left out, such as an event of the chain. */
  input: bytes(MESSAGE_BYTES_MAX),
  cause: z.string(),
})

export const hop = z.object({ entity: entityId, fee: amount })

export const paymentState = z.object({
  hashlock,
  token: tokenId,
  amount,
  route: list(hop),
  status: z.enum(['sending', 'locked', 'settled', 'failed', 'forgotten']),
  /** Why it failed: a cancel reason; 0 while there is none; 255 when the first channel did not take it. */
  reason: count,
  /** The receipt: whoever knows it was paid, or is the payer. Null before. */
  secret: secret.nullable(),
  createdAt: time,
})

export const invoiceState = z.object({
  hashlock,
  token: tokenId,
  amount,
  expiresAt: time,
  memo: bytes(MEMO_BYTES_MAX),
  status: z.enum(['open', 'paid']),
  /** What a payer is given: see `shared/invoice.ts`. */
  invoice: z.string(),
})

/** The decision is durable: it was carried out, or is on its way. */
export const accepted = z.object({ accepted: z.literal(true) })
