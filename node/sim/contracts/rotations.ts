/** Registered entities: their boards, how one follows another, and their names. */

import { bytesToHex, readBigint } from '@xln/shared/bytes.ts'
import { blsKeyId, isBlsPossessed } from '@xln/shared/crypto/bls.ts'
import {
  type BlsMember,
  blsMemberBytes,
  faultOfBlsBoard,
  hashBlsBoard,
} from '@xln/shared/entity/blsBoard.ts'
import { numberedEntity } from '@xln/shared/entity/board.ts'
import {
  boardReplacementDigest,
  nameClaimDigest,
  nameTransferDigest,
} from '@xln/shared/entity/decisions.ts'
import { decodeName, encodeName } from '@xln/shared/entity/name.ts'
import { type EntityId, type Hash, ZERO_HASH } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_MAX } from '@xln/shared/limits.ts'
import type { ContractEvent } from './events.ts'
import type { Frame } from './frame.ts'
import { revert } from './reverts.ts'
import { hasSigned, isSole } from './signatures.ts'
import { conclude } from './votes.ts'

/** How long everybody can see a new board coming, seconds. */
const DELAY = 172_800
/** How long the outgoing board stays good for evidence, seconds. */
const GRACE = 2 * DISPUTE_WINDOW_MAX

const BLS_MEMBER_BYTES = blsMemberBytes({ key: new Uint8Array(96), weight: 1n }).length

function tell(frame: Frame, event: ContractEvent): void {
  frame.emitted.push({ address: frame.domain.entityProvider, event })
}

// ─── Boards and keys ────────────────────────────────────────────────────────────────────────────

/** The next number, left-padded; the first is 1. */
export function register(frame: Frame, boardHash: Hash): EntityId {
  frame.world.registered++
  const entity = numberedEntity(frame.world.registered)
  frame.world.tenures.set(entity, { ...frame.world.tenureOf(entity), board: boardHash })
  tell(frame, { type: 'entityRegistered', entity, boardHash })
  return entity
}

/** Notes that this board can decide. */
export function check(frame: Frame, boardHash: Hash): Hash {
  frame.world.checked.set(boardHash, true)
  tell(frame, { type: 'boardChecked', boardHash })
  return boardHash
}

/** Notes a BLS key of whose secret somebody is in possession. */
export function registerKey(frame: Frame, key: Uint8Array, proof: Uint8Array): Hash {
  if (!isBlsPossessed(key, proof)) revert('PossessionNotShown')
  const keyId = blsKeyId(key)
  if (frame.world.keys.get(keyId) !== undefined) return keyId
  frame.world.keys.set(keyId, true)
  tell(frame, { type: 'keyRegistered', keyId, key: bytesToHex(key) })
  return keyId
}

/** Notes that a board of registered BLS keys can decide: `key 96 ‖ weight 8` of each. */
export function checkKeys(frame: Frame, threshold: bigint, bytes: Uint8Array): Hash {
  const members: BlsMember[] = []
  for (let at = 0; at < bytes.length; at += BLS_MEMBER_BYTES) {
    const member = bytes.subarray(at, at + BLS_MEMBER_BYTES)
    if (member.length !== BLS_MEMBER_BYTES) revert('BoardInvalid')
    members.push({ key: member.subarray(0, 96), weight: readBigint(member, 96, 104) })
  }
  const areKnown = members.every(({ key }) => frame.world.keys.get(blsKeyId(key)) !== undefined)
  const board = { threshold, members }
  if (!areKnown || faultOfBlsBoard(board) !== undefined) revert('BoardInvalid')
  return check(frame, hashBlsBoard(board))
}

// ─── Decisions ──────────────────────────────────────────────────────────────────────────────────

/** Uses up the nonce; reverts unless the board has signed `digest`, or is the caller, who then needs no signature. */
function authorise(
  frame: Frame,
  entity: EntityId,
  nonce: bigint,
  digest: Uint8Array,
  signature: Uint8Array,
): void {
  const isDecided =
    signature.length === 0
      ? isSole(frame, entity, frame.sender)
      : hasSigned(frame, entity, digest, signature)
  if (!isDecided) revert('SignatureInvalid', entity, digest)
  const tenure = frame.world.tenureOf(entity)
  if (tenure.board === ZERO_HASH) revert('NotRegistered', entity)
  if (tenure.nonce !== nonce) revert('NonceWrong', nonce, tenure.nonce)
  frame.world.tenures.set(entity, { ...tenure, nonce: nonce + 1n })
}

/** Notes the board that is to follow; zero takes back what was decided before. */
export function replaceBoard(
  frame: Frame,
  entity: EntityId,
  boardHash: Hash,
  nonce: bigint,
  signature: Uint8Array,
): void {
  const digest = boardReplacementDigest(frame.domain, { entity, boardHash, nonce })
  authorise(frame, entity, nonce, digest, signature)
  const tenure = frame.world.tenureOf(entity)
  const isNone = boardHash === ZERO_HASH
  const isChecked = frame.world.checked.get(boardHash) === true
  if (!isNone && (!isChecked || boardHash === tenure.board)) revert('BoardInvalid')
  const nextFrom = isNone ? 0 : frame.now + DELAY
  frame.world.tenures.set(entity, { ...tenure, next: boardHash, nextFrom })
  tell(frame, { type: 'boardDecided', entity, boardHash, nextFrom, nonce: tenure.nonce })
}

/** Lets the board take over that the shareholders have decided on, if they have, or the board in office. */
export function activateBoard(frame: Frame, entity: EntityId): void {
  const tenure = frame.world.tenureOf(entity)
  const elected = conclude(frame, entity)
  const { boardHash, nextFrom } = elected ?? { boardHash: tenure.next, nextFrom: tenure.nextFrom }
  if (boardHash === ZERO_HASH) revert('NothingDecided', entity)
  // Of two outgoing boards one would be forgotten.
  const from = Math.max(nextFrom, tenure.outgoingUntil)
  if (frame.now < from) revert('TooEarly', from)

  const outgoing = tenure.board
  const outgoingUntil = frame.now + GRACE
  const replaced = { board: boardHash, outgoing, outgoingUntil, next: ZERO_HASH, nextFrom: 0 }
  frame.world.tenures.set(entity, { ...tenure, ...replaced })
  tell(frame, { type: 'boardReplaced', entity, boardHash, outgoing, outgoingUntil })
}

// ─── Names ──────────────────────────────────────────────────────────────────────────────────────

/** Takes a name that nobody has. */
export function claimName(
  frame: Frame,
  entity: EntityId,
  name: Hash,
  nonce: bigint,
  signature: Uint8Array,
): void {
  const digest = nameClaimDigest(frame.domain, { entity, name, nonce })
  authorise(frame, entity, nonce, digest, signature)
  if (encodeName(decodeName(name)) !== name) revert('NameInvalid', name)
  const owner = frame.world.owners.get(name)
  if (owner !== undefined) revert('NameTaken', name, owner)
  own(frame, name, entity, nonce)
}

/** Gives a name to another registered entity. */
export function transferName(
  frame: Frame,
  entity: EntityId,
  name: Hash,
  to: EntityId,
  nonce: bigint,
  signature: Uint8Array,
): void {
  const digest = nameTransferDigest(frame.domain, { entity, name, to, nonce })
  authorise(frame, entity, nonce, digest, signature)
  const owner = frame.world.owners.get(name) ?? ZERO_HASH
  if (owner !== entity) revert('NameTaken', name, owner)
  if (frame.world.tenureOf(to).board === ZERO_HASH) revert('NotRegistered', to)
  own(frame, name, to, nonce)
}

function own(frame: Frame, name: Hash, entity: EntityId, nonce: bigint): void {
  frame.world.owners.set(name, entity)
  tell(frame, { type: 'nameOwned', name, entity, nonce: nonce + 1n })
}
