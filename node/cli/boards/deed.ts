/**
 * Deeds: what entities sign by hand, and what each has signed of it. A deed travels as a file from whoever
 * makes it to the members who vote on it, and to whoever brings it to the chain.
 */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import {
  DEFAULT_SWAPS_MAX,
  type DefaultSwap,
  defaultSwapClause,
} from '@xln/shared/channel/defaultSwaps.ts'
import { disputeNonce, disputeProofDigest } from '@xln/shared/channel/digests.ts'
import { type ProofBody, proofBodyHash } from '@xln/shared/channel/proofBody.ts'
import { batchDigest } from '@xln/shared/depository/batch.ts'
import type { Proof } from '@xln/shared/depository/batchItem.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import {
  type Articles,
  articlesDigest,
  boardReplacementDigest,
  nameClaimDigest,
  nameTransferDigest,
} from '@xln/shared/entity/decisions.ts'
import { ARTICLES_DELAY_MAX, ARTICLES_DELAY_MIN } from '@xln/shared/entity/shares.ts'
import { type Address, type EntityId, type Hash, parseId, type TokenId } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_MAX, DISPUTE_WINDOW_MIN, HEIGHT_MAX, TIME_MAX } from '@xln/shared/limits.ts'
import { z } from 'zod'
import { field, readJsonFile, writeJsonFile } from './jsonFile.ts'

interface Signed {
  readonly domain: ChainDomain
  /** Of each that has signed. */
  readonly signatures: ReadonlyMap<EntityId, Uint8Array>
}

/** Everything that an entity wants done on chain at once. */
export interface BatchDeed extends Signed {
  readonly type: 'batch'
  readonly entity: EntityId
  /** As `encodeBatch` gives it. */
  readonly batch: Uint8Array
  readonly nonce: bigint
  /** Unix seconds. */
  readonly validUntil: number
}

/** A state of a channel that no node runs. */
export interface ProofDeed extends Signed {
  readonly type: 'proof'
  readonly left: EntityId
  readonly right: EntityId
  readonly cooperativeNonce: bigint
  readonly height: number
  readonly byLeft: boolean
  /** Seconds. */
  readonly disputeWindow: number
  /** Ascending. */
  readonly tokens: readonly { readonly token: TokenId; readonly offdelta: bigint }[]
  /** Each pays in one of the tokens. */
  readonly defaultSwaps: readonly DefaultSwap[]
}

export interface ReplacementDeed extends Signed {
  readonly type: 'replacement'
  readonly entity: EntityId
  readonly boardHash: Hash
  readonly nonce: bigint
}

export interface NameDeed extends Signed {
  readonly type: 'name'
  readonly entity: EntityId
  readonly name: Hash
  /** Null: it is claimed. */
  readonly to: EntityId | null
  readonly nonce: bigint
}

/** The shares of a numbered entity. */
export interface ArticlesDeed extends Signed, Articles {
  readonly type: 'articles'
}

export type Deed = BatchDeed | ProofDeed | ReplacementDeed | NameDeed | ArticlesDeed

// ─── What is signed ─────────────────────────────────────────────────────────────────────────────

/** Whose signatures it takes. */
export function signersOf(deed: Deed): readonly EntityId[] {
  return deed.type === 'proof' ? [deed.left, deed.right] : [deed.entity]
}

/** What each of them signs, 32 bytes. */
export function digestOf(deed: Deed): Uint8Array {
  const { domain } = deed
  switch (deed.type) {
    case 'batch':
      return batchDigest(domain, deed.entity, deed.batch, deed.nonce, deed.validUntil)
    case 'proof':
      return disputeProofDigest(domain, {
        ...proofOf(deed),
        channelKey: channelKeyOf(deed.left, deed.right),
        cooperativeNonce: deed.cooperativeNonce,
      })
    case 'replacement':
      return boardReplacementDigest(domain, deed)
    case 'name':
      return deed.to === null
        ? nameClaimDigest(domain, deed)
        : nameTransferDigest(domain, { ...deed, to: deed.to })
    case 'articles':
      return articlesDigest(domain, deed)
  }
}

/** No channel block stands behind it. */
const NO_BLOCK = parseId<Hash>(`0x${'00'.repeat(32)}`)

export function proofOf(deed: ProofDeed): Proof {
  return {
    disputeNonce: disputeNonce(0, deed.height, deed.byLeft),
    disputeWindow: deed.disputeWindow,
    proofBodyHash: proofBodyHash(bodyOf(deed)),
    blockHash: NO_BLOCK,
  }
}

export function bodyOf({ tokens, defaultSwaps, domain }: ProofDeed): ProofBody {
  const tokenIds = tokens.map(({ token }) => token)
  const clause = () => defaultSwapClause(domain.subcontractProvider, tokenIds, defaultSwaps)
  return {
    tokenIds,
    offdeltas: tokens.map(({ offdelta }) => offdelta),
    clauses: defaultSwaps.length === 0 ? [] : [clause()],
  }
}

export function withSignature(deed: Deed, entity: EntityId, signature: Uint8Array): Deed {
  return { ...deed, signatures: new Map(deed.signatures).set(entity, signature) }
}

// ─── The file ───────────────────────────────────────────────────────────────────────────────────

const entityId = field.id.transform((id) => parseId<EntityId>(id))
const hash = field.id.transform((id) => parseId<Hash>(id))
const address = field.address.transform((text) => text as Address)
const bytes = field.bytes.transform(hexToBytes)
const uint64 = field.natural.refine((value) => value < 2n ** 64n, 'more than 64 bits')
const validUntil = z.int().min(0)
const int128 = field.integer.refine(
  (value) => value >= -(2n ** 127n) && value < 2n ** 127n,
  'more than 128 bits',
)
/** Where signatures count. */
export const domainSchema = z.strictObject({
  chainId: field.natural,
  depository: address,
  entityProvider: address,
  subcontractProvider: address,
})
const signed = {
  domain: domainSchema,
  signatures: z.record(field.id, bytes).transform((all) => {
    return new Map(Object.entries(all).map(([entity, each]) => [parseId<EntityId>(entity), each]))
  }),
}
const tokenId = field.id.transform((id) => parseId<TokenId>(id))
// So many together stay below 128 bits.
const swapAmount = field.natural.refine((value) => value > 0n && value < 2n ** 120n, {
  error: 'nothing, or more than 120 bits',
})
const defaultSwap = z.strictObject({
  buyerIsLeft: z.boolean(),
  token: tokenId,
  amount: swapAmount,
  debtor: entityId,
  owedToken: tokenId,
  threshold: swapAmount,
  expiry: z.int().min(1).max(TIME_MAX),
})
const tokens = z
  .array(z.strictObject({ token: tokenId, offdelta: int128 }))
  .min(1)
  .max(32)
  .refine((all) => all.every(({ token }, at) => at === 0 || token > (all[at - 1]?.token ?? '')), {
    error: 'not ascending',
  })

const schema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('batch'),
    entity: entityId,
    batch: bytes,
    nonce: uint64,
    validUntil,
    ...signed,
  }),
  z
    .strictObject({
      type: z.literal('proof'),
      left: entityId,
      right: entityId,
      cooperativeNonce: uint64,
      height: z.int().min(1).max(HEIGHT_MAX),
      byLeft: z.boolean(),
      disputeWindow: z.int().min(DISPUTE_WINDOW_MIN).max(DISPUTE_WINDOW_MAX),
      tokens,
      defaultSwaps: z.array(defaultSwap).max(DEFAULT_SWAPS_MAX).default([]),
      ...signed,
    })
    .refine(({ left, right }) => left < right, { error: 'left is not below right' })
    .refine(
      ({ tokens, defaultSwaps }) =>
        defaultSwaps.every((swap) => tokens.some(({ token }) => token === swap.token)),
      { error: 'a default swap pays in a token that the state lacks' },
    ),
  z.strictObject({
    type: z.literal('replacement'),
    entity: entityId,
    boardHash: hash,
    nonce: uint64,
    ...signed,
  }),
  z.strictObject({
    type: z.literal('name'),
    entity: entityId,
    name: hash,
    to: entityId.nullable(),
    nonce: uint64,
    ...signed,
  }),
  z.strictObject({
    type: z.literal('articles'),
    entity: entityId,
    delay: z.int().min(ARTICLES_DELAY_MIN).max(ARTICLES_DELAY_MAX),
    allotments: z.array(z.strictObject({ to: address, control: uint64, dividend: uint64 })).min(1),
    validUntil,
    ...signed,
  }),
])

/** Throws `file_unreadable` or `file_malformed`. */
export async function readDeed(path: string): Promise<Deed> {
  return await readJsonFile(path, 'deed', schema)
}

/** Throws `file_exists`, if it is to be `new`, or `file_unwritable`. */
export async function writeDeed(path: string, deed: Deed, as: 'new' | 'replacing'): Promise<void> {
  await writeJsonFile(path, deed, as)
}

/** What tells this deed from every other, whoever has signed it. */
export function deedId(deed: Deed): string {
  return bytesToHex(digestOf(deed))
}
