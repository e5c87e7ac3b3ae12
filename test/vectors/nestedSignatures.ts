/** Signatures of boards on which entities, contracts and keys sit, sound and damaged. */
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import {
  type Board,
  hashBoard,
  lazyEntityId,
  type Member,
  MemberKind,
  memberId,
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
} from '../shared/support/boards.ts'

type Named = [name: string, entity: EntityId, signature: Uint8Array]
type Sign = (digest: Uint8Array) => Uint8Array

/** A member of a board with how he signs; without, he is absent. */
interface Seated {
  readonly member: Member
  readonly sign?: Sign
}

const [alice, bob, carol, dave] = SIGNERS as [Signer, Signer, Signer, Signer]
const byKey =
  ({ key }: Signer): Sign =>
  (digest) =>
    signDigest(digest, key)

const seat = (kind: number, id: Hash, sign?: Sign): Seated => ({
  member: { kind, id, weight: 1n },
  ...(sign === undefined ? {} : { sign }),
})
const keySeat = (signer: Signer, signs = true) =>
  seat(MemberKind.address, memberId(signer.address), signs ? byKey(signer) : undefined)
const entitySeat = (entity: EntityId, sign?: Sign) =>
  seat(MemberKind.entity, entity as Hex as Hash, sign)

function boardOfSeats(threshold: bigint, seats: readonly Seated[]): Board {
  return { threshold, members: inOrder(seats).map(({ member }) => member) }
}

function inOrder(seats: readonly Seated[]): Seated[] {
  return [...seats].sort((a, b) => (a.member.id < b.member.id ? -1 : 1))
}

/** How the entity of a board of these signs, as all who are not absent. */
function signerOf(domain: ChainDomain, threshold: bigint, seats: readonly Seated[]) {
  const board = boardOfSeats(threshold, seats)
  const entity = hashBoard(board) as Hex as EntityId
  const sign: Sign = (digest) => {
    const wrapped = entitySignatureDigest(domain, entity, digest)
    let bitmap = 0
    const signatures = inOrder(seats).flatMap(({ sign: own }, index) => {
      if (own === undefined) return []
      bitmap |= 1 << index
      return [own(wrapped)]
    })
    return encodeEntitySignature({ form: 'board', board, bitmap, signatures })
  }
  return { entity, sign }
}

/** A tower of `height` boards above each other, each with the one below as its only member. */
function towerOf(domain: ChainDomain, height: number) {
  let top = signerOf(domain, 1n, [keySeat(alice)])
  for (let level = 1; level < height; level++) {
    top = signerOf(domain, 1n, [entitySeat(top.entity, top.sign)])
  }
  return top
}

export function nestedUnder(domain: ChainDomain, digest: Uint8Array): readonly Named[] {
  const inner = boardOf(3n, [1n, 2n, 2n])
  const innerEntity = entityOf(inner)
  const byInner =
    (bitmap: number): Sign =>
    (hash) =>
      signAsBoard(domain, inner, bitmap, hash)
  const nested = (sign?: Sign) =>
    signerOf(domain, 2n, [keySeat(dave), entitySeat(innerEntity, sign)])
  const [all, some, few, nobody] = [byInner(7), byInner(3), byInner(1), undefined].map(nested) as [
    Made,
    Made,
    Made,
    Made,
  ]
  const outer = all.entity
  const solo = lazyEntityId(carol.address)
  const soloSeated = (sign: Sign) => signerOf(domain, 1n, [entitySeat(solo, sign)])
  const plain = soloSeated(byKey(carol))
  const underRoot = (by: EntityId, unanimous: boolean, sign: Sign) => (hash: Uint8Array) =>
    signAsRoot(domain, by, hash, { index: 2, count: 5, unanimous }, sign)
  const rooted = soloSeated(underRoot(solo, false, byKey(carol)))
  const loose = nested(underRoot(innerEntity, false, byInner(3)))
  const strict = nested(underRoot(innerEntity, true, byInner(3)))
  const contract = signerOf(domain, 1n, [
    seat(MemberKind.contract, memberId(`0x${'c0'.repeat(20)}` as Address), () => new Uint8Array(7)),
  ])
  const beside = signerOf(domain, 1n, [
    keySeat(alice),
    seat(MemberKind.contract, memberId(`0x${'c0'.repeat(20)}` as Address)),
  ])
  const key = signerOf(domain, 1n, [
    seat(MemberKind.blsKey, hashBoard(inner), () => new Uint8Array(288)),
  ])
  const twins = twiceCounted(domain)
  const number = signerOf(domain, 1n, [
    entitySeat(`0x${'00'.repeat(31)}07` as EntityId, byInner(7)),
  ])
  const foreign = nested((hash) => byInner(7)(keccak256(hash)))
  const unwrapped = nested(() => byInner(7)(digest))
  return [
    ['nested, all sign', outer, all.sign(digest)],
    ['nested, a quorum of the inner board signs', outer, some.sign(digest)],
    ['nested, too few of the inner board sign', outer, few.sign(digest)],
    ['nested, the entity is absent', outer, nobody.sign(digest)],
    ['nested, over another digest', outer, foreign.sign(digest)],
    ['nested, over the digest from outside', outer, unwrapped.sign(digest)],
    ['nested, a tower of four', ...madeBy(towerOf(domain, 4), digest)],
    ['nested, a tower of five', ...madeBy(towerOf(domain, 5), digest)],
    ['nested, a board of one with 65 bytes', ...madeBy(plain, digest)],
    ['nested, a board of one with 65 bytes under a root', ...madeBy(rooted, digest)],
    ['nested, one entity below two', ...madeBy(twins, digest)],
    ['nested, a number that is not registered', ...madeBy(number, digest)],
    ['nested, unanimous, by all', outer, underRoot(outer, true, all.sign)(digest)],
    ['nested, unanimous, by a quorum within', outer, underRoot(outer, true, some.sign)(digest)],
    ['nested, unanimous, a root within says no', outer, underRoot(outer, true, loose.sign)(digest)],
    ['nested, a root within, by a quorum', outer, loose.sign(digest)],
    ['nested, a unanimous root within, by a quorum', outer, strict.sign(digest)],
    ['mixed, a contract without code', ...madeBy(contract, digest)],
    ['mixed, a contract that is absent', ...madeBy(beside, digest)],
    ['mixed, a key that is not registered', ...madeBy(key, digest)],
    ['mixed, one byte less', outer, all.sign(digest).slice(0, -1)],
    ['mixed, one byte more', outer, Uint8Array.of(...all.sign(digest), 0)],
    ['keys, zeros', outer, Uint8Array.of(2, ...new Uint8Array(337))],
  ]
}

type Made = ReturnType<typeof signerOf>

function madeBy({ entity, sign }: Made, digest: Uint8Array): [EntityId, Uint8Array] {
  return [entity, sign(digest)]
}

/** An entity that sits on the boards of two others, which sit on one. */
function twiceCounted(domain: ChainDomain): Made {
  const common = signerOf(domain, 1n, [keySeat(alice)])
  const [left, right] = [bob, carol].map((own) =>
    signerOf(domain, 1n, [keySeat(own, false), entitySeat(common.entity, common.sign)]),
  ) as [Made, Made]
  return signerOf(domain, 2n, [
    entitySeat(left.entity, left.sign),
    entitySeat(right.entity, right.sign),
  ])
}
