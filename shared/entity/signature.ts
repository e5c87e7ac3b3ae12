/**
 * Whether an entity has signed: by the one key of a board of one, by several members of a board, who may be
 * lazy entities in their turn, or in either way over a Merkle root. Says what the EntityProvider says.
 */
import { UINT64_MAX } from '../amounts.ts'
import { bytesToHex, equalBytes, writeHex } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'
import { recover, SIGNATURE_LENGTH } from '../crypto/secp256k1.ts'
import { type ChainDomain, separatorsOf, typedDigest, typeHash } from '../depository/domain.ts'
import type { EntityId, Hash, Hex } from '../ids.ts'
import { BOARD_DEPTH_MAX, SIGNATURE_ENTITIES_MAX } from '../limits.ts'
import {
  hashBoard,
  isRegistered,
  isSeat,
  lazyEntityId,
  type Member,
  MemberKind,
  memberAddress,
} from './board.ts'
import {
  type BoardSignature,
  decodeEntitySignature,
  type EntitySignature,
  type RootSignature,
} from './signatureForm.ts'
import { rootOfPath } from './signedRoot.ts'

const entitySignatureWords = new Uint8Array(96)
entitySignatureWords.set(typeHash('EntitySignature(bytes32 entityId,bytes32 digest)'))
const signedRootWords = new Uint8Array(128)
signedRootWords.set(typeHash('SignedRoot(bytes32 entityId,bytes32 root,bool unanimous)'))

/** What each member of a board signs in place of `digest`. */
export function entitySignatureDigest(
  domain: ChainDomain,
  entity: EntityId,
  digest: Uint8Array,
): Uint8Array {
  writeHex(entitySignatureWords, 32, entity)
  entitySignatureWords.set(digest, 64)
  return typedDigest(separatorsOf(domain).entityProvider, keccak256(entitySignatureWords))
}

/** What an entity signs for all digests below `root`. */
export function signedRootDigest(
  domain: ChainDomain,
  entity: EntityId,
  root: Uint8Array,
  unanimous: boolean,
): Uint8Array {
  writeHex(signedRootWords, 32, entity)
  signedRootWords.set(root, 64)
  signedRootWords[127] = unanimous ? 1 : 0
  return typedDigest(separatorsOf(domain).entityProvider, keccak256(signedRootWords))
}

/**
 * Whether a lazy `entity` has signed the 32-byte `digest` for evidence. What this accepts,
 * `EntityProvider.isValidProofSignature` accepts; that also accepts what only the chain knows: boards of
 * registered entities (but see {@link verifyWithBoard}), BLS keys and boards of them. Never throws.
 */
export function verifyEntitySignature(
  domain: ChainDomain,
  entity: EntityId,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  // A board whose hash is below 2^64 would be a number, of which only the chain knows the board.
  if (isRegistered(entity)) return false
  return verifyWithBoard(domain, entity, entity as Hex as Hash, digest, signature)
}

/** The same for an entity whose board is known to have `boardHash`. Never throws. */
export function verifyWithBoard(
  domain: ChainDomain,
  entity: EntityId,
  boardHash: Hash,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length === SIGNATURE_LENGTH) return isSignedBySole(boardHash, digest, signature)
  const claim = { domain, entity, boardHash, digest, unanimous: false, depth: 0 }
  return isSigned({ ...claim, counted: new Set([entity]) }, signature)
}

/** What one entity, the outermost or a nested one, is said to have signed. */
interface Claim {
  readonly domain: ChainDomain
  readonly entity: EntityId
  readonly boardHash: Hash
  readonly digest: Uint8Array
  /** Whether no member may be absent, here and below. */
  readonly unanimous: boolean
  /** How many boards stand above this one. */
  readonly depth: number
  /** All entities that count so far; each counts once. */
  readonly counted: Set<EntityId>
}

function isSigned(claim: Claim, signature: Uint8Array): boolean {
  const decoded = decodeEntitySignature(signature)
  if (decoded === undefined) return false
  if (decoded.form === 'root') return isRootSigned(claim, decoded)
  // The digest of a nested entity does not name it: 65 bytes would count for every such seat.
  if (decoded.form === 'sole' && claim.depth !== 0) return false
  return isPlainlySigned(claim, decoded)
}

function isRootSigned(claim: Claim, form: RootSignature): boolean {
  const { domain, entity, boardHash, depth } = claim
  const reached = rootOfPath(claim.digest, form.index, form.path)
  if (reached === undefined || bytesToHex(reached) !== bytesToHex(form.root)) return false
  const digest = signedRootDigest(domain, entity, form.root, form.unanimous)
  const isKnown = depth === 0 && isSameRoot(boardHash, digest, form.inner)
  if (isKnown) return true
  const inner = decodeEntitySignature(form.inner)
  if (inner === undefined) return false
  // An inner root cannot take back what an outer one asks for.
  const unanimous = claim.unanimous || form.unanimous
  if (!isPlainlySigned({ ...claim, digest, unanimous }, inner)) return false
  if (depth === 0) lastRoot = { boardHash, innerDigest: digest, inner: form.inner }
  return true
}

/**
 * The root that was found to be signed last. A hub signs one for all that it says at once, so a server
 * with many of its channels would check the same signature again for each.
 */
let lastRoot: { boardHash: Hash; innerDigest: Uint8Array; inner: Uint8Array } | undefined

function isSameRoot(boardHash: Hash, innerDigest: Uint8Array, inner: Uint8Array): boolean {
  return (
    lastRoot?.boardHash === boardHash &&
    equalBytes(lastRoot.innerDigest, innerDigest) &&
    equalBytes(lastRoot.inner, inner)
  )
}

/** In one of the forms without a root: a root over a root would add nothing but depth. */
function isPlainlySigned(claim: Claim, signature: EntitySignature): boolean {
  switch (signature.form) {
    case 'sole':
      return isSignedBySole(claim.boardHash, claim.digest, signature.signature)
    case 'board':
      return isSignedByBoard(claim, signature)
    case 'root':
      return false
  }
}

/** The board of one is never incomplete, so `unanimous` asks nothing more of it. */
function isSignedBySole(boardHash: Hash, digest: Uint8Array, signature: Uint8Array): boolean {
  const address = recover(digest, signature)
  return address !== undefined && lazyEntityId(address) === (boardHash as Hex as EntityId)
}

function isSignedByBoard(claim: Claim, { board, bitmap, signatures }: BoardSignature): boolean {
  const { threshold, members } = board
  if (claim.unanimous && signatures.length !== members.length) return false
  if (hashBoard(board) !== claim.boardHash) return false

  const digest = entitySignatureDigest(claim.domain, claim.entity, claim.digest)
  let weight = 0n
  let previous: Hash | undefined
  let next = 0
  for (let i = 0; i < members.length; i++) {
    const member = members[i] as Member
    if (!isSeat(member, previous)) return false
    previous = member.id
    if (((bitmap >>> i) & 1) === 0) continue
    const slot = signatures[next++] as Uint8Array
    if (!isSignedByMember({ ...claim, digest }, member, slot)) return false
    weight += member.weight
  }
  return threshold >= 1n && threshold <= UINT64_MAX && threshold <= weight
}

function isSignedByMember(claim: Claim, { kind, id }: Member, slot: Uint8Array): boolean {
  if (kind === MemberKind.address) return recover(claim.digest, slot) === memberAddress(id)
  // What a contract answers is no evidence; of BLS keys only the chain knows which are registered.
  return kind === MemberKind.entity && isSignedByNested(claim, id as Hex as EntityId, slot)
}

/** A nested entity signs, in its turn, what the members of the board above it sign. */
function isSignedByNested(above: Claim, entity: EntityId, signature: Uint8Array): boolean {
  const { counted } = above
  const depth = above.depth + 1
  if (depth === BOARD_DEPTH_MAX || counted.has(entity)) return false
  if (counted.size === SIGNATURE_ENTITIES_MAX || isRegistered(entity)) return false
  counted.add(entity)
  return isSigned({ ...above, entity, boardHash: entity as Hex as Hash, depth }, signature)
}
