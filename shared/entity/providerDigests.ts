/** What an entity signs for the EntityProvider: its next board, its names. Mirrors IEntityProvider. */
import { writeBigint, writeHex } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'
import { type ChainDomain, separatorsOf, typedDigest, typeHash } from '../depository/domain.ts'
import type { EntityId, Hash, Hex } from '../ids.ts'

const replacementType = typeHash(
  'BoardReplacement(bytes32 entityId,bytes32 boardHash,uint64 nonce)',
)
const claimType = typeHash('NameClaim(bytes32 entityId,bytes32 name,uint64 nonce)')
const transferType = typeHash('NameTransfer(bytes32 entityId,bytes32 name,bytes32 to,uint64 nonce)')

const NAME_BYTES_MIN = 3
const NAME_BYTES_MAX = 32

/** The 32-byte digest under which the board with `boardHash` is to follow; zero: none. */
export function boardReplacementDigest(
  domain: ChainDomain,
  entity: EntityId,
  boardHash: Hash,
  nonce: bigint,
): Uint8Array {
  return digestOf(domain, replacementType, [entity, boardHash], nonce)
}

/** The 32-byte digest under which `entity` takes a name that nobody has. */
export function nameClaimDigest(
  domain: ChainDomain,
  entity: EntityId,
  name: Hash,
  nonce: bigint,
): Uint8Array {
  return digestOf(domain, claimType, [entity, name], nonce)
}

/** The 32-byte digest under which `entity` gives a name of its own to `to`. */
export function nameTransferDigest(
  domain: ChainDomain,
  entity: EntityId,
  name: Hash,
  to: EntityId,
  nonce: bigint,
): Uint8Array {
  return digestOf(domain, transferType, [entity, name, to], nonce)
}

function digestOf(
  domain: ChainDomain,
  type: Uint8Array,
  words: readonly Hex[],
  nonce: bigint,
): Uint8Array {
  const bytes = new Uint8Array(32 * (words.length + 2))
  bytes.set(type)
  for (const [index, word] of words.entries()) writeHex(bytes, 32 * (index + 1), word)
  writeBigint(bytes, bytes.length - 32, 32, nonce)
  return typedDigest(separatorsOf(domain).entityProvider, keccak256(bytes))
}

/**
 * A name as the chain holds it: its characters, filled up with zero bytes behind. `undefined` unless it has
 * 3 to 32 of `a-z`, `0-9` and `-`, with no `-` at its ends.
 */
export function encodeName(name: string): Hash | undefined {
  const isName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name)
  if (!isName || name.length < NAME_BYTES_MIN || name.length > NAME_BYTES_MAX) return undefined
  const digits = Array.from(name, (letter) => letter.charCodeAt(0).toString(16))
  return `0x${digits.join('').padEnd(64, '0')}` as Hash
}

/** The characters of a name that the chain holds. */
export function decodeName(name: Hash): string {
  const pairs = name.slice(2).match(/../g) ?? []
  const codes = pairs.map((pair) => Number.parseInt(pair, 16)).filter((code) => code !== 0)
  return String.fromCharCode(...codes)
}
