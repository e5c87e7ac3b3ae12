/** Whether an entity has signed: what the EntityProvider and the Depository's short cut say together. */
import { UINT64_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { type Board, hashBoard, isRegistered, lazyEntityId } from '@xln/shared/entity/board.ts'
import { entitySignatureDigest, signedRootDigest } from '@xln/shared/entity/signature.ts'
import { type BoardSignature, decodeEntitySignature } from '@xln/shared/entity/signatureForm.ts'
import { rootOfPath } from '@xln/shared/entity/signedRoot.ts'
import { type Address, type EntityId, type Hash, type Hex, ZERO_HASH } from '@xln/shared/ids.ts'
import type { Frame } from './frame.ts'

const ADDRESS_KIND = 0
const ADDRESS_PADDING = `0x${'00'.repeat(12)}`

/** The board that decides for an entity: of a lazy one its id; zero for a number that is not registered. */
export function boardHashOf(frame: Frame, entity: EntityId): Hash {
  if (!isRegistered(entity)) return entity as Hex as Hash
  return frame.world.boardHashes.get(entity) ?? ZERO_HASH
}

/** Whether `member` alone is the board of `entity`. */
export function isSole(frame: Frame, entity: EntityId, member: Address): boolean {
  return (lazyEntityId(member) as Hex) === boardHashOf(frame, entity)
}

/** Whether `entity` has signed `digest`, for whatever purpose: no form built yet can be taken back. */
export function hasSigned(
  frame: Frame,
  entity: EntityId,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const form = decodeEntitySignature(signature)
  if (form?.form !== 'root') return isSignedByBoard(frame, entity, digest, signature, false)

  const { root, unanimous, index, path, inner } = form
  const reached = rootOfPath(digest, index, path)
  if (reached === undefined || bytesToHex(reached) !== bytesToHex(root)) return false
  const rootDigest = signedRootDigest(frame.domain, entity, root, unanimous)
  return isSignedByBoard(frame, entity, rootDigest, inner, unanimous)
}

/** In one of the forms without a root: a root over a root counts as no signature. */
function isSignedByBoard(
  frame: Frame,
  entity: EntityId,
  digest: Uint8Array,
  signature: Uint8Array,
  unanimous: boolean,
): boolean {
  const form = decodeEntitySignature(signature)
  if (form === undefined || form.form === 'root') return false
  if (form.form === 'sole') {
    const signer = frame.recover(digest, signature)
    return signer !== undefined && isSole(frame, entity, signer)
  }
  if (hashBoard(form.board) !== boardHashOf(frame, entity)) return false
  const { threshold, members } = form.board
  if (unanimous && form.signatures.length !== members.length) return false
  if (!members.every((_, index) => isSeat(form.board, index))) return false
  const weight = weightOf(frame, entitySignatureDigest(frame.domain, entity, digest), form)
  return threshold >= 1n && threshold <= UINT64_MAX && threshold <= weight
}

/** Addresses only, strictly ascending, each with a weight. */
function isSeat({ members }: Board, index: number): boolean {
  const member = members[index]
  const previous = members[index - 1]?.id ?? ZERO_HASH
  return (
    member !== undefined &&
    member.kind === ADDRESS_KIND &&
    member.id > previous &&
    member.id.startsWith(ADDRESS_PADDING) &&
    member.weight >= 1n &&
    member.weight <= UINT64_MAX
  )
}

/** What the members that signed weigh together; 0 if a signature is not its member's. */
function weightOf(
  frame: Frame,
  digest: Uint8Array,
  { board, bitmap, signatures }: BoardSignature,
): bigint {
  const signers = board.members.filter((_, index) => (bitmap >>> index) & 1)
  let weight = 0n
  for (const [index, member] of signers.entries()) {
    const signature = signatures[index] ?? new Uint8Array(0)
    const signer = frame.recover(digest, signature)
    if (signer === undefined || `${ADDRESS_PADDING}${signer.slice(2)}` !== member.id) return 0n
    weight += member.weight
  }
  return weight
}
