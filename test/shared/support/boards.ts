/** Keys, boards and signatures in every form, for tests. */

import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { type Board, hashBoard, MemberKind, memberId } from '@xln/shared/entity/board.ts'
import { entitySignatureDigest, signedRootDigest } from '@xln/shared/entity/signature.ts'
import { encodeEntitySignature } from '@xln/shared/entity/signatureForm.ts'
import { treeOfDigests } from '@xln/shared/entity/signedRoot.ts'
import type { Address, EntityId, Hex } from '@xln/shared/ids.ts'

export interface Signer {
  readonly key: Uint8Array
  readonly address: Address
}

/** Signers as a board lists them: ascending by address. */
export const SIGNERS: readonly Signer[] = Array.from({ length: 4 }, (_, index) => {
  const key = keccak256(Uint8Array.of(index + 1))
  return { key, address: addressOf(key) }
}).sort((a, b) => (a.address < b.address ? -1 : 1))

/** The board of the first signers, one for each weight. */
export function boardOf(threshold: bigint, weights: readonly bigint[]): Board {
  const members = weights.map((weight, index) => ({
    kind: MemberKind.address,
    id: memberId((SIGNERS[index] as Signer).address),
    weight,
  }))
  return { threshold, members }
}

export const entityOf = (board: Board): EntityId => hashBoard(board) as Hex as EntityId

/** The board form, signed by the members of `bitmap`. */
export function signAsBoard(
  domain: ChainDomain,
  board: Board,
  bitmap: number,
  digest: Uint8Array,
  entity = entityOf(board),
): Uint8Array {
  const signed = entitySignatureDigest(domain, entity, digest)
  const signatures = SIGNERS.filter((_, index) => (bitmap >> index) & 1).map(({ key }) =>
    signDigest(signed, key),
  )
  return encodeEntitySignature({ form: 'board', board, bitmap, signatures })
}

/** The root form over `count` digests, of which `digest` is number `index`. */
export function signAsRoot(
  domain: ChainDomain,
  entity: EntityId,
  digest: Uint8Array,
  place: { readonly index: number; readonly count: number; readonly unanimous: boolean },
  sign: (digest: Uint8Array) => Uint8Array,
): Uint8Array {
  const { index, count, unanimous } = place
  const digests = Array.from({ length: count }, (_, at) =>
    at === index ? digest : keccak256(Uint8Array.of(at)),
  )
  const { root, pathOf } = treeOfDigests(digests)
  const inner = sign(signedRootDigest(domain, entity, root, unanimous))
  return encodeEntitySignature({ form: 'root', root, unanimous, index, path: pathOf(index), inner })
}
