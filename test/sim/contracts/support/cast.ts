/** Who plays: three lazy entities and a registered one, each signing in every way it can. */
import type { Random } from '@xln/node/sim/random.ts'
import { concatBytes } from '@xln/shared/bytes.ts'
import { blsKeyId, blsKeyOf, signBls } from '@xln/shared/crypto/bls.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import {
  type Board,
  hashBoard,
  lazyEntityId,
  type Member,
  MemberKind,
  memberId,
  numberedEntity,
  soleBoard,
} from '@xln/shared/entity/board.ts'
import { entitySignatureDigest } from '@xln/shared/entity/signature.ts'
import { encodeEntitySignature } from '@xln/shared/entity/signatureForm.ts'
import type { Address, EntityId, Hash, Hex } from '@xln/shared/ids.ts'
import {
  boardOf,
  entityOf,
  SIGNERS,
  type Signer,
  signAsBoard,
  signAsRoot,
} from '../../../shared/support/boards.ts'

/** Those who send transactions: the entities' signers. */
export const ACCOUNTS: readonly Address[] = SIGNERS.map(({ address }) => address)

export interface Entity {
  readonly id: EntityId
  readonly board: Board
  /** Of its members, in their order. */
  readonly signers: readonly Signer[]
}

const [first, second, third, fourth] = SIGNERS as [Signer, Signer, Signer, Signer]
const majority = boardOf(2n, [1n, 1n, 1n])

function sole(signer: Signer, id = lazyEntityId(signer.address)): Entity {
  return { id, board: soleBoard(signer.address), signers: [signer] }
}

/** The last is the first entity to be registered, and what it has here is its first board. */
export const ENTITIES: readonly Entity[] = [
  sole(first),
  sole(second),
  { id: entityOf(majority), board: majority, signers: SIGNERS.slice(0, 3) },
  sole(fourth, numberedEntity(1n)),
]

/** The secret and the key of a BLS member. */
export const BLS_SECRET = new Uint8Array(32).fill(7)
export const BLS_KEY: Uint8Array = blsKeyOf(BLS_SECRET)

/** Of an address, a nested entity and a BLS key: any two of them. */
const committee: Board = {
  threshold: 2n,
  members: [
    { kind: MemberKind.address, id: memberId(third.address), weight: 1n },
    { kind: MemberKind.entity, id: hashBoard(majority), weight: 1n },
    { kind: MemberKind.blsKey, id: blsKeyId(BLS_KEY), weight: 1n },
  ].sort((a, b) => (a.id < b.id ? -1 : 1)),
}

/** Of an address and of one that says it is a contract, and says nothing more. */
const doubtful: Board = {
  threshold: 1n,
  members: [
    { kind: MemberKind.contract, id: memberId(first.address), weight: 1n },
    { kind: MemberKind.address, id: memberId(fourth.address), weight: 1n },
  ].sort((a, b) => (a.id < b.id ? -1 : 1)),
}

/** Boards that entities can have, by their hash. */
export const BOARDS: ReadonlyMap<Hash, Board> = new Map(
  [...SIGNERS.map(({ address }) => soleBoard(address)), majority, committee, doubtful].map(
    (board) => [hashBoard(board), board],
  ),
)

/** What signs for an entity, right or nearly so. */
export function signAs(
  random: Random,
  domain: ChainDomain,
  entity: Pick<Entity, 'id' | 'board'>,
  digest: Uint8Array,
): Uint8Array {
  if (!random.chance(0.3)) return sign(random, domain, entity, digest)
  const count = random.between(1, 5)
  const place = { count, index: random.between(0, count - 1), unanimous: random.chance(0.5) }
  return signAsRoot(domain, entity.id, digest, place, (root) => {
    return sign(random, domain, entity, root)
  })
}

/** A board of one signs the digest itself, or as any board does. */
function sign(
  random: Random,
  domain: ChainDomain,
  { id, board }: Pick<Entity, 'id' | 'board'>,
  digest: Uint8Array,
): Uint8Array {
  const [only] = board.members
  const key = only === undefined ? undefined : keyOf(only)
  const isSole = board.members.length === 1 && key !== undefined
  if (isSole && random.chance(0.8)) return signDigest(digest, key)
  const wrapped = entitySignatureDigest(domain, id, digest)
  const bitmap = drawBitmap(random, board)
  const signatures = board.members
    .filter((_, index) => (bitmap >> index) & 1)
    .map((member) => signAsMember(random, domain, member, wrapped))
  return encodeEntitySignature({ form: 'board', board, bitmap, signatures })
}

/** All, or all but one as long as they reach the threshold. */
function drawBitmap(random: Random, { threshold, members }: Board): number {
  const all = 2 ** members.length - 1
  const absent = random.between(0, members.length)
  return BigInt(members.length - 1) >= threshold ? all & ~(1 << absent) : all
}

function signAsMember(
  random: Random,
  domain: ChainDomain,
  member: Member,
  digest: Uint8Array,
): Uint8Array {
  const nested = BOARDS.get(member.id)
  if (nested !== undefined) {
    return signAs(random, domain, { id: member.id as Hex as EntityId, board: nested }, digest)
  }
  if (member.kind === MemberKind.blsKey) return concatBytes(BLS_KEY, signBls(digest, BLS_SECRET))
  const key = member.kind === MemberKind.address ? keyOf(member) : undefined
  return key === undefined ? new Uint8Array(0) : signDigest(digest, key)
}

function keyOf({ id }: Member): Uint8Array | undefined {
  return SIGNERS.find(({ address }) => memberId(address) === id)?.key
}

/** A signature that must not count: another's, over other bytes, damaged, or too few. */
export function signWrongly(
  random: Random,
  domain: ChainDomain,
  entity: Pick<Entity, 'id' | 'board'>,
  digest: Uint8Array,
): Uint8Array {
  switch (random.between(0, 3)) {
    case 0: {
      const others = ENTITIES.filter(({ id }) => id !== entity.id)
      return signAs(random, domain, random.pick(others), digest)
    }
    case 1:
      return signAs(
        random,
        domain,
        entity,
        digest.map((byte) => byte ^ 1),
      )
    case 2:
      return damaged(random, signAs(random, domain, entity, digest))
    default:
      return random.chance(0.5)
        ? signAsBoard(domain, majority, 0b001, digest)
        : random.bytes(random.pick([1, 64, 66, 100]))
  }
}

function damaged(random: Random, signature: Uint8Array): Uint8Array {
  const copy = signature.slice()
  const at = random.between(0, copy.length - 1)
  copy[at] = (copy[at] as number) ^ (1 << random.between(0, 7))
  return copy
}
