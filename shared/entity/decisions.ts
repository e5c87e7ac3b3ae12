/**
 * What registered entities sign for their EntityProvider and its Shares: EIP-712 under the EntityProvider's
 * domain. Mirrors IEntityProvider and IShares.
 */
import { writeBigint, writeHex, writeNumber } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'
import { type ChainDomain, separatorsOf, typedDigest, typeHash } from '../depository/domain.ts'
import type { Address, EntityId, Hash } from '../ids.ts'

/** Another board shall follow; `boardHash` zero: none. */
export interface BoardReplacement {
  readonly entity: EntityId
  readonly boardHash: Hash
  /** The entity's next at the EntityProvider. */
  readonly nonce: bigint
}

/** The entity takes a name that nobody has. */
export interface NameClaim {
  readonly entity: EntityId
  /** Its characters, filled up with zero bytes behind. */
  readonly name: Hash
  readonly nonce: bigint
}

/** The entity gives a name to another registered one. */
export interface NameTransfer extends NameClaim {
  readonly to: EntityId
}

/** To whom shares are issued; 0 … 2^64 − 1 of each kind. */
export interface Allotment {
  readonly to: Address
  readonly control: bigint
  readonly dividend: bigint
}

/** The shares of an entity, issued once. */
export interface Articles {
  readonly entity: EntityId
  /** From the shareholders' decision on a board to its taking over, seconds. */
  readonly delay: number
  readonly allotments: readonly Allotment[]
  /** Unix seconds; issued at or before. */
  readonly validUntil: number
}

const ALLOTMENT = 'Allotment(address to,uint64 control,uint64 dividend)'
const ARTICLES = 'Articles(bytes32 entityId,uint64 delay,Allotment[] allotments,uint64 validUntil)'

const boardReplacementType = typeHash(
  'BoardReplacement(bytes32 entityId,bytes32 boardHash,uint64 nonce)',
)
const nameClaimType = typeHash('NameClaim(bytes32 entityId,bytes32 name,uint64 nonce)')
const nameTransferType = typeHash(
  'NameTransfer(bytes32 entityId,bytes32 name,bytes32 to,uint64 nonce)',
)
const articlesType = typeHash(ARTICLES + ALLOTMENT)
const allotmentType = typeHash(ALLOTMENT)

/** What the board signs to be replaced. */
export function boardReplacementDigest(domain: ChainDomain, item: BoardReplacement): Uint8Array {
  return decisionDigest(domain, boardReplacementType, [item.entity, item.boardHash], item.nonce)
}

/** What the board signs to take a name. */
export function nameClaimDigest(domain: ChainDomain, item: NameClaim): Uint8Array {
  return decisionDigest(domain, nameClaimType, [item.entity, item.name], item.nonce)
}

/** What the board signs to give a name away. */
export function nameTransferDigest(domain: ChainDomain, item: NameTransfer): Uint8Array {
  return decisionDigest(domain, nameTransferType, [item.entity, item.name, item.to], item.nonce)
}

/** What the board signs to issue shares. */
export function articlesDigest(domain: ChainDomain, articles: Articles): Uint8Array {
  const words = new Uint8Array(32 * 5)
  words.set(articlesType)
  writeHex(words, 32, articles.entity)
  writeNumber(words, 64 + 24, 8, articles.delay)
  words.set(hashAllotments(articles.allotments), 96)
  writeNumber(words, 128 + 24, 8, articles.validUntil)
  return typed(domain, words)
}

/** Of a type, some words of 32 bytes, and a nonce. */
function decisionDigest(
  domain: ChainDomain,
  type: Uint8Array,
  fields: readonly (EntityId | Hash)[],
  nonce: bigint,
): Uint8Array {
  const words = new Uint8Array(32 * (2 + fields.length))
  words.set(type)
  for (const [index, field] of fields.entries()) writeHex(words, 32 * (1 + index), field)
  writeBigint(words, words.length - 32, 32, nonce)
  return typed(domain, words)
}

function hashAllotments(allotments: readonly Allotment[]): Uint8Array {
  const hashes = new Uint8Array(32 * allotments.length)
  const words = new Uint8Array(32 * 4)
  words.set(allotmentType)
  for (const [index, { to, control, dividend }] of allotments.entries()) {
    writeHex(words, 32 + 12, to)
    writeBigint(words, 64, 32, control)
    writeBigint(words, 96, 32, dividend)
    hashes.set(keccak256(words), 32 * index)
  }
  return keccak256(hashes)
}

function typed(domain: ChainDomain, words: Uint8Array): Uint8Array {
  return typedDigest(separatorsOf(domain).entityProvider, keccak256(words))
}
