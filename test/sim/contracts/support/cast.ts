/** Who plays: three lazy entities and a registered one, each signing in every way it can. */
import type { Random } from '@xln/node/sim/random.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { type Board, lazyEntityId, soleBoard } from '@xln/shared/entity/board.ts'
import { entitySignatureDigest } from '@xln/shared/entity/signature.ts'
import { encodeEntitySignature } from '@xln/shared/entity/signatureForm.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { toBeHex } from 'ethers'
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

const [first, second, , fourth] = SIGNERS as [Signer, Signer, Signer, Signer]
const majority = boardOf(2n, [1n, 1n, 1n])

function sole(signer: Signer, id = lazyEntityId(signer.address)): Entity {
  return { id, board: soleBoard(signer.address), signers: [signer] }
}

/** The last is the first entity to be registered. */
export const ENTITIES: readonly Entity[] = [
  sole(first),
  sole(second),
  { id: entityOf(majority), board: majority, signers: SIGNERS.slice(0, 3) },
  sole(fourth, toBeHex(1, 32) as EntityId),
]

/** What signs for an entity, right or nearly so. */
export function signAs(
  random: Random,
  domain: ChainDomain,
  entity: Entity,
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
function sign(random: Random, domain: ChainDomain, entity: Entity, digest: Uint8Array) {
  const { id, board, signers } = entity
  const [only] = signers
  const isSole = signers.length === 1 && only !== undefined
  if (isSole && random.chance(0.8)) return signDigest(digest, only.key)
  const all = 2 ** signers.length - 1
  const bitmap = isSole ? 1 : random.pick([all, all, 0b011, 0b101, 0b110])
  const wrapped = entitySignatureDigest(domain, id, digest)
  const signatures = signers
    .filter((_, index) => (bitmap >> index) & 1)
    .map(({ key }) => signDigest(wrapped, key))
  return encodeEntitySignature({ form: 'board', board, bitmap, signatures })
}

/** A signature that must not count: another's, over other bytes, damaged, or too few. */
export function signWrongly(
  random: Random,
  domain: ChainDomain,
  entity: Entity,
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
