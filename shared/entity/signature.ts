/**
 * Whether an entity has signed: by the one key of a board of one, by several members of a board, or
 * in either way over a Merkle root. Says what the EntityProvider says.
 */
import { UINT64_MAX } from '../amounts.ts'
import { bytesToHex, equalBytes, writeHex } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'
import { recover, SIGNATURE_LENGTH } from '../crypto/secp256k1.ts'
import { type ChainDomain, separatorsOf, typedDigest, typeHash } from '../depository/domain.ts'
import type { EntityId, Hash, Hex } from '../ids.ts'
import {
  hashBoard,
  isRegistered,
  lazyEntityId,
  type Member,
  MemberKind,
  memberAddress,
} from './board.ts'
import {
  type BoardSignature,
  decodeEntitySignature,
  type EntitySignature,
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
 * Whether a lazy `entity` has signed the 32-byte `digest`: exactly what
 * `EntityProvider.isValidProofSignature` says. Registered entities need {@link verifyWithBoard}.
 * Never throws.
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
  const decoded = decodeEntitySignature(signature)
  if (decoded === undefined) return false
  if (decoded.form !== 'root') return isSigned(domain, entity, boardHash, digest, decoded, false)

  const { root, unanimous, index, path } = decoded
  const reached = rootOfPath(digest, index, path)
  if (reached === undefined || bytesToHex(reached) !== bytesToHex(root)) return false
  const innerDigest = signedRootDigest(domain, entity, root, unanimous)
  if (isSameRoot(boardHash, innerDigest, decoded.inner)) return true
  const inner = decodeEntitySignature(decoded.inner)
  if (inner === undefined) return false
  if (!isSigned(domain, entity, boardHash, innerDigest, inner, unanimous)) return false
  lastRoot = { boardHash, innerDigest, inner: decoded.inner }
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

function isSigned(
  domain: ChainDomain,
  entity: EntityId,
  boardHash: Hash,
  digest: Uint8Array,
  signature: EntitySignature,
  unanimous: boolean,
): boolean {
  switch (signature.form) {
    case 'sole':
      return isSignedBySole(boardHash, digest, signature.signature)
    case 'board': {
      const signed = entitySignatureDigest(domain, entity, digest)
      return isSignedByBoard(boardHash, signed, signature, unanimous)
    }
    case 'root':
      // A root over a root would add nothing but depth.
      return false
  }
}

/** The board of one is never incomplete, so `unanimous` asks nothing more of it. */
function isSignedBySole(boardHash: Hash, digest: Uint8Array, signature: Uint8Array): boolean {
  const address = recover(digest, signature)
  return address !== undefined && lazyEntityId(address) === (boardHash as Hex as EntityId)
}

function isSignedByBoard(
  boardHash: Hash,
  digest: Uint8Array,
  { board, bitmap, signatures }: BoardSignature,
  unanimous: boolean,
): boolean {
  const { threshold, members } = board
  if (unanimous && signatures.length !== members.length) return false
  if (hashBoard(board) !== boardHash) return false

  let weight = 0n
  let previous: Hash | undefined
  let next = 0
  for (let i = 0; i < members.length; i++) {
    const member = members[i] as Member
    const address = seatOf(member, previous)
    if (address === undefined) return false
    previous = member.id
    if (((bitmap >>> i) & 1) === 0) continue
    if (recover(digest, signatures[next++] as Uint8Array) !== address) return false
    weight += member.weight
  }
  return threshold >= 1n && threshold <= UINT64_MAX && threshold <= weight
}

/** The member's address, if it may sit after the one with the id `previous`. */
function seatOf({ kind, id, weight }: Member, previous: Hash | undefined): Hex | undefined {
  const address = memberAddress(id)
  const isSeat =
    kind === MemberKind.address &&
    weight >= 1n &&
    weight <= UINT64_MAX &&
    id > (previous ?? NO_MEMBER)
  return isSeat ? address : undefined
}

const NO_MEMBER = `0x${'00'.repeat(32)}`
