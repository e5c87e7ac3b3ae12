/**
 * How the signatures of a board's members become the signature of its entity. Members sign apart, each with
 * his own key, and whoever has enough of their votes puts them together.
 */
import { concatBytes } from '../bytes.ts'
import {
  addBlsSignatures,
  BLS_KEY_LENGTH,
  blsKeyId,
  blsKeyOf,
  isBlsSecret,
  isBlsSigned,
  signBls,
} from '../crypto/bls.ts'
import { addressOf, recover, signDigest } from '../crypto/secp256k1.ts'
import type { ChainDomain } from '../depository/domain.ts'
import type { EntityId, Hash } from '../ids.ts'
import { type BlsBoard, hashBlsBoard, headOfBlsBoard } from './blsBoard.ts'
import { absentMembersOf, encodeBlsBoardSignature } from './blsSignature.ts'
import { type Board, hashBoard, MemberKind, memberAddress, memberId } from './board.ts'
import { entitySignatureDigest } from './signature.ts'
import { encodeEntitySignature } from './signatureForm.ts'

/**
 * A board of either kind: members that are listed, or BLS keys alone, in a sum. How entities vote that are members
 * of a listed one, nestedVotes.ts knows.
 */
export type KeyBoard = ({ readonly kind: 'listed' } & Board) | ({ readonly kind: 'bls' } & BlsBoard)

/** One member's signature. */
export interface Vote {
  /** What the member is called on chain: an address left-padded, or the id of a BLS key. */
  readonly member: Hash
  readonly signature: Uint8Array
}

/** A member with his key at hand. */
export interface Voter {
  readonly member: Hash
  /** His signature over 32 bytes; of a contract whatever it wants to see. */
  sign(digest: Uint8Array): Uint8Array
  /** Whether it answers for itself (ERC-1271). */
  readonly isContract?: boolean
}

/** What is signed, by whom, and where it counts. */
export interface Ballot {
  readonly domain: ChainDomain
  readonly entity: EntityId
  readonly board: KeyBoard
  /** What the entity signs, 32 bytes. */
  readonly digest: Uint8Array
  /** Whether it signs as a member of another: the 65 bytes of an address alone do not count there. */
  readonly isNested?: boolean
}

/** The board's hash, and the id of its lazy entity. Throws for a BLS board whose keys have no sum. */
export function hashKeyBoard(board: KeyBoard): Hash {
  return board.kind === 'bls' ? hashBlsBoard(board) : hashBoard(board)
}

const known = new WeakMap<KeyBoard, readonly Hash[]>()

/** The members' ids in the order in which they sit, computed once for each object. */
export function memberIdsOf(board: KeyBoard): readonly Hash[] {
  let ids = known.get(board)
  if (ids === undefined) {
    ids =
      board.kind === 'listed'
        ? board.members.map(({ id }) => id)
        : board.members.map(({ key }) => blsKeyId(key))
    known.set(board, ids)
  }
  return ids
}

/**
 * Who a secret of 32 bytes is on a board: the member with that BLS key, or an address, who need not be one.
 * Throws for an impossible secret.
 */
export function voterOf(board: KeyBoard, secret: Uint8Array): Voter {
  if (board.kind === 'bls') {
    return { member: blsKeyId(blsKeyOf(secret)), sign: (digest) => signBls(digest, secret) }
  }
  const voter = listedKeyVoter(board, secret)
  if (voter !== undefined) return voter
  return { member: memberId(addressOf(secret)), sign: (digest) => signDigest(digest, secret) }
}

/** On a listed board a BLS key is shown in front of its own signature. */
function listedKeyVoter({ members }: Board, secret: Uint8Array): Voter | undefined {
  const ids = members.filter(({ kind }) => kind === MemberKind.blsKey).map(({ id }) => id)
  if (ids.length === 0 || !isBlsSecret(secret)) return undefined
  const key = blsKeyOf(secret)
  const member = blsKeyId(key)
  if (!ids.includes(member)) return undefined
  return { member, sign: (digest) => concatBytes(key, signBls(digest, secret)) }
}

/**
 * Whether a voter may sit there where the board has his id: an address is none of the contracts that answer for
 * themselves, and an entity votes through its own board.
 */
export function isSeated(board: KeyBoard, { member, isContract = false }: Voter): boolean {
  const place = memberIdsOf(board).indexOf(member)
  if (place < 0 || board.kind === 'bls') return place >= 0
  const kind = board.members[place]?.kind
  if (isContract) return kind === MemberKind.contract
  return kind === MemberKind.address || kind === MemberKind.blsKey
}

/** A vote; asks not whether the voter is a member. */
export function castVote(ballot: Ballot, { member, sign }: Voter): Vote {
  return { member, signature: sign(votedDigest(ballot)) }
}

/** Whether a member of the board made this vote; of a contract's only the chain can say more. Never throws. */
export function isVote(ballot: Ballot, { member, signature }: Vote): boolean {
  const { board } = ballot
  const place = memberIdsOf(board).indexOf(member)
  if (place < 0) return false
  const digest = votedDigest(ballot)
  if (board.kind === 'bls') return isBlsSigned(keyAt(board, place), digest, signature)
  const kind = board.members[place]?.kind
  if (kind === MemberKind.address) return recover(digest, signature) === memberAddress(member)
  if (kind === MemberKind.contract) return signature.length <= CONTRACT_SLOT_MAX
  return kind === MemberKind.blsKey && isListedKeySigned(member, digest, signature)
}

/** Bytes: their length has two. */
const CONTRACT_SLOT_MAX = 0xffff

function keyAt({ members }: BlsBoard, place: number): Uint8Array {
  return (members[place] as BlsBoard['members'][number]).key
}

function isListedKeySigned(member: Hash, digest: Uint8Array, slot: Uint8Array): boolean {
  const key = slot.subarray(0, BLS_KEY_LENGTH)
  return blsKeyId(key) === member && isBlsSigned(key, digest, slot.subarray(BLS_KEY_LENGTH))
}

/** What the members who voted weigh, each counted once. */
export function weightOfVotes(board: KeyBoard, votes: readonly Vote[]): bigint {
  const voters = new Set(votes.map(({ member }) => member))
  const ids = memberIdsOf(board)
  return board.members.reduce((sum, { weight }, at) => {
    return voters.has(ids[at] as Hash) ? sum + weight : sum
  }, 0n)
}

/**
 * The signature of the entity, as the chain takes it. The votes are of members, right, and reach the
 * threshold: see {@link isVote} and {@link weightOfVotes}; one more of the same member changes nothing.
 * Throws when there is none at all.
 */
export function combineVotes(ballot: Ballot, votes: readonly Vote[]): Uint8Array {
  const { board } = ballot
  const byMember = new Map(votes.map(({ member, signature }) => [member, signature]))
  if (board.kind === 'bls') return combineBls(board, byMember)
  const [only] = byMember.values()
  if (isPlain(ballot) && byMember.size === 1 && only !== undefined) return only
  return combineListed(board, byMember)
}

function combineBls(board: BlsBoard & { kind: 'bls' }, votes: ReadonlyMap<Hash, Uint8Array>) {
  const absent = memberIdsOf(board).flatMap((id, at) => (votes.has(id) ? [] : [at]))
  const signature = addBlsSignatures([...votes.values()])
  if (signature === undefined) throw new RangeError('no votes, or one that is no signature')
  const shown = absentMembersOf(board, absent)
  return encodeBlsBoardSignature({ head: headOfBlsBoard(board), signature, absent: shown })
}

function combineListed(board: Board, votes: ReadonlyMap<Hash, Uint8Array>): Uint8Array {
  let bitmap = 0
  const signatures: Uint8Array[] = []
  for (const [at, { id }] of board.members.entries()) {
    const signature = votes.get(id)
    if (signature === undefined) continue
    bitmap |= 1 << at
    signatures.push(signature)
  }
  return encodeEntitySignature({ form: 'board', board, bitmap: bitmap >>> 0, signatures })
}

/** What members sign, 32 bytes: for their entity, but for one address that decides alone and signs as it. */
export function votedDigest(ballot: Ballot): Uint8Array {
  const { domain, entity, digest } = ballot
  return isPlain(ballot) ? digest : entitySignatureDigest(domain, entity, digest)
}

function isPlain({ board, isNested = false }: Ballot): boolean {
  return board.kind === 'listed' && !isNested && isSole(board)
}

function isSole({ threshold, members }: Board): boolean {
  const [only] = members
  const isOne = members.length === 1 && threshold === 1n
  return isOne && only?.kind === MemberKind.address && only.weight === 1n
}

/** For people: an address as it is, anything else as its id. */
export function nameOfMember(member: Hash): string {
  return memberAddress(member) ?? member
}
