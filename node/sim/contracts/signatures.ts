/** Whether an entity has signed: what the EntityProvider and the Depository's short cut say together. */
import { UINT64_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { BLS_KEY_LENGTH, blsKeyId, isBlsSigned } from '@xln/shared/crypto/bls.ts'
import {
  hashBoard,
  isRegistered,
  isSeat,
  lazyEntityId,
  type Member,
  MemberKind,
  memberAddress,
} from '@xln/shared/entity/board.ts'
import { entitySignatureDigest, signedRootDigest } from '@xln/shared/entity/signature.ts'
import { type BoardSignature, decodeEntitySignature } from '@xln/shared/entity/signatureForm.ts'
import { rootOfPath } from '@xln/shared/entity/signedRoot.ts'
import type { Address, EntityId, Hash, Hex } from '@xln/shared/ids.ts'
import { BOARD_DEPTH_MAX, SIGNATURE_ENTITIES_MAX } from '@xln/shared/limits.ts'
import { attempt, callAs, type Frame } from './frame.ts'

/** What a contract answers that says it has signed (ERC-1271). */
export const SIGNED = '0x1626ba7e'

/** The board that decides for an entity: of a lazy one its id; zero for a number that is not registered. */
export function boardHashOf({ world }: Frame, entity: EntityId): Hash {
  return isRegistered(entity) ? world.tenureOf(entity).board : (entity as Hex as Hash)
}

/** Whether `member` alone is the board of `entity`. */
export function isSole(frame: Frame, entity: EntityId, member: Address): boolean {
  return (lazyEntityId(member) as Hex) === boardHashOf(frame, entity)
}

/** Whether `entity` has signed `digest`, for an entity action or a settlement. */
export function hasSigned(
  frame: Frame,
  entity: EntityId,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  return judge(frame, entity, digest, signature, false).signed
}

/** Whether it has signed a proof; and whether that rests on a board which has been replaced, at any depth. */
export function hasProven(
  frame: Frame,
  entity: EntityId,
  digest: Uint8Array,
  signature: Uint8Array,
): { readonly signed: boolean; readonly outgoing: boolean } {
  return judge(frame, entity, digest, signature, true)
}

/** One question, from the outermost entity down to the last key. */
interface Inquiry {
  readonly frame: Frame
  /** Whether only what cannot be taken back counts. */
  readonly evidence: boolean
  outgoing: boolean
  /** The entities that count so far, each of them once. */
  readonly counted: Set<EntityId>
}

/** What one entity is said to have signed. */
interface Claim {
  readonly entity: EntityId
  readonly digest: Uint8Array
  /** Whether no member may be absent, here and below. */
  readonly unanimous: boolean
  /** How many boards stand above this one. */
  readonly depth: number
}

function judge(
  frame: Frame,
  entity: EntityId,
  digest: Uint8Array,
  signature: Uint8Array,
  evidence: boolean,
) {
  const inquiry: Inquiry = { frame, evidence, outgoing: false, counted: new Set([entity]) }
  const claim = { entity, digest, unanimous: false, depth: 0 }
  const signed = isSigned(inquiry, claim, signature)
  return { signed, outgoing: signed && inquiry.outgoing }
}

function isSigned(inquiry: Inquiry, claim: Claim, signature: Uint8Array): boolean {
  const form = decodeEntitySignature(signature)
  if (form?.form !== 'root') {
    // The digest of a nested entity does not name it: 65 bytes would count for every such seat.
    const isNamed = claim.depth === 0 || form?.form !== 'sole'
    return isNamed && isSignedByBoard(inquiry, claim, signature)
  }
  const { root, index, path, inner } = form
  const reached = rootOfPath(claim.digest, index, path)
  if (reached === undefined || bytesToHex(reached) !== bytesToHex(root)) return false
  const digest = signedRootDigest(inquiry.frame.domain, claim.entity, root, form.unanimous)
  // An inner root cannot take back what an outer one asks for.
  const unanimous = claim.unanimous || form.unanimous
  return isSignedByBoard(inquiry, { ...claim, digest, unanimous }, inner)
}

/** In one of the forms without a root; that of a board of BLS keys is none that the model reads. */
function isSignedByBoard(inquiry: Inquiry, claim: Claim, signature: Uint8Array): boolean {
  const form = decodeEntitySignature(signature)
  if (form === undefined || form.form === 'root') return false
  if (form.form === 'board') return isSignedByListed(inquiry, claim, form)
  const signer = inquiry.frame.recover(claim.digest, signature)
  return signer !== undefined && decides(inquiry, claim.entity, lazyEntityId(signer) as Hex as Hash)
}

/** Whoever is shown must be right: one wrong signature makes the whole worthless. */
function isSignedByListed(inquiry: Inquiry, claim: Claim, form: BoardSignature): boolean {
  const { board, bitmap, signatures } = form
  const { threshold, members } = board
  if (claim.unanimous && signatures.length !== members.length) return false
  if (!members.every((member, place) => isSeat(member, members[place - 1]?.id))) return false

  const digest = entitySignatureDigest(inquiry.frame.domain, claim.entity, claim.digest)
  const signers = members.filter((_, index) => (bitmap >>> index) & 1)
  const areRight = signers.every((member, place) => {
    return isSignedByMember(inquiry, { ...claim, digest }, member, signatures[place])
  })
  const weight = signers.reduce((sum, member) => sum + member.weight, 0n)
  const reaches = threshold >= 1n && threshold <= UINT64_MAX && threshold <= weight
  return areRight && reaches && decides(inquiry, claim.entity, hashBoard(board))
}

function isSignedByMember(
  inquiry: Inquiry,
  claim: Claim,
  { kind, id }: Member,
  signature: Uint8Array = new Uint8Array(0),
): boolean {
  const { frame, evidence } = inquiry
  switch (kind) {
    case MemberKind.address:
      return frame.recover(claim.digest, signature) === memberAddress(id)
    case MemberKind.entity:
      return isSignedByNested(inquiry, claim, id as Hex as EntityId, signature)
    case MemberKind.blsKey:
      return isSignedByKey(frame, id, claim.digest, signature)
    default:
      return !evidence && isSignedByContract(frame, id, claim.digest, signature)
  }
}

/** A nested entity signs, in its turn, what the members of the board above it sign. */
function isSignedByNested(
  inquiry: Inquiry,
  above: Claim,
  entity: EntityId,
  signature: Uint8Array,
): boolean {
  const { counted } = inquiry
  const depth = above.depth + 1
  if (depth === BOARD_DEPTH_MAX || counted.has(entity)) return false
  if (counted.size === SIGNATURE_ENTITIES_MAX) return false
  counted.add(entity)
  return isSigned(inquiry, { ...above, entity, depth }, signature)
}

/** A registered key is shown in front of its signature. */
function isSignedByKey({ world }: Frame, id: Hash, digest: Uint8Array, shown: Uint8Array): boolean {
  const key = shown.subarray(0, BLS_KEY_LENGTH)
  if (world.keys.get(id) === undefined || blsKeyId(key) !== id) return false
  return isBlsSigned(key, digest, shown.subarray(BLS_KEY_LENGTH))
}

function isSignedByContract(
  frame: Frame,
  id: Hash,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { entityProvider } = frame.domain
  let answer: unknown
  const reverted = attempt(frame, () => {
    const question = [bytesToHex(digest), bytesToHex(signature)]
    const member = memberAddress(id) as Address
    const asked = 'isValidSignature(bytes32,bytes)'
    answer = callAs(frame, entityProvider, member, asked, ...question)[0]
  })
  return reverted === undefined && answer === SIGNED
}

/** Whether this board decides for `entity`, or, where evidence is asked for, did so lately. */
function decides(inquiry: Inquiry, entity: EntityId, boardHash: Hash): boolean {
  const { frame, evidence } = inquiry
  if (boardHashOf(frame, entity) === boardHash) return true
  const { outgoing, outgoingUntil } = frame.world.tenureOf(entity)
  if (!evidence || outgoing !== boardHash || frame.now >= outgoingUntil) return false
  inquiry.outgoing = true
  return true
}
