/** Signatures in every form, sound and damaged, under one domain. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { type Board, lazyEntityId, MemberKind } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import {
  boardOf,
  entityOf,
  SIGNERS,
  type Signer,
  signAsBoard,
  signAsRoot,
} from '../shared/support/boards.ts'
import { nestedUnder } from './nestedSignatures.ts'

export interface NamedSignature {
  readonly name: string
  readonly entity: EntityId
  readonly digest: Uint8Array
  readonly signature: Uint8Array
}

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** The other signature of the same key over the same digest, with the high s. */
function twinOf(signature: Uint8Array): Uint8Array {
  const s = ORDER - BigInt(bytesToHex(signature, 32, 64))
  const twin = signature.slice()
  twin.set(hexToBytes(`0x${s.toString(16).padStart(64, '0')}`), 32)
  twin[64] = 55 - (signature[64] as number)
  return twin
}

/** `bytes` with one byte changed; counts from the end when `at` is negative. */
function changed(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = bytes.slice()
  copy[(at + copy.length) % copy.length] = byte
  return copy
}

export function signaturesUnder(domain: ChainDomain): readonly NamedSignature[] {
  const [alice, bob] = SIGNERS as [Signer, Signer]
  const digest = keccak256(new TextEncoder().encode('what is signed'))
  const sole = lazyEntityId(alice.address)
  const board = boardOf(3n, [1n, 2n, 2n])
  const entity = entityOf(board)
  const plain = signDigest(digest, alice.key)
  const byBoard =
    (bitmap: number, of: Board = board) =>
    (hash: Uint8Array) =>
      signAsBoard(domain, of, bitmap, hash)
  const byAlice = (hash: Uint8Array) => signDigest(hash, alice.key)
  const root = (
    by: EntityId,
    unanimous: boolean,
    sign: (hash: Uint8Array) => Uint8Array,
    count = 5,
  ) => signAsRoot(domain, by, digest, { index: count - 1, count, unanimous }, sign)

  const quorum = byBoard(3)(digest)
  const soleRoot = root(sole, false, byAlice)
  const boardRoot = root(entity, false, byBoard(3))
  const signatures: [string, EntityId, Uint8Array][] = [
    ['sole', sole, plain],
    ['sole, by another key', sole, signDigest(digest, bob.key)],
    ['sole, high s', sole, twinOf(plain)],
    ['sole, other v', sole, changed(plain, 64, 55 - (plain[64] as number))],
    ['sole, v of 0', sole, changed(plain, 64, 0)],
    ['sole, zero', sole, new Uint8Array(65)],
    ['sole, one byte short', sole, plain.slice(0, 64)],
    ['sole, one byte long', sole, Uint8Array.of(...plain, 0)],
    ['nothing', sole, new Uint8Array(0)],
    ['sole, of an entity with a board', entity, plain],
    ['sole, as a board', sole, byBoard(1, boardOf(1n, [1n]))(digest)],
    ['sole, of a registered number', `0x${'00'.repeat(31)}01` as EntityId, plain],
    ['board, quorum', entity, quorum],
    ['board, all', entity, byBoard(7)(digest)],
    ['board, too few', entity, byBoard(1)(digest)],
    ['board, nobody', entity, byBoard(0)(digest)],
    ['board, another board', entity, byBoard(3, boardOf(2n, [1n, 2n, 2n]))(digest)],
    ['board, threshold of 0', entityOf(boardOf(0n, [1n])), byBoard(1, boardOf(0n, [1n]))(digest)],
    [
      'board, weight of 0',
      entityOf(boardOf(1n, [1n, 0n])),
      byBoard(1, boardOf(1n, [1n, 0n]))(digest),
    ],
    ['board, signed for another entity', entity, signAsBoard(domain, board, 3, digest, sole)],
    ['board, a bit beyond the members', entity, changed(quorum, 13, 0x0b)],
    ['board, a bit more than signatures', entity, changed(quorum, 13, 7)],
    ['board, a bit less than signatures', entity, changed(byBoard(7)(digest), 13, 3)],
    ['board, another kind', entity, changed(quorum, 14, MemberKind.contract)],
    ['board, another weight', entity, changed(quorum, 15, 1)],
    ['board, another threshold', entity, changed(quorum, 8, 2)],
    ['board, one member less', entity, changed(quorum, 9, 2)],
    ['board, one member more', entity, changed(quorum, 9, 4)],
    ['board, one word more', entity, Uint8Array.of(...quorum, ...new Uint8Array(32))],
    ['board, one byte less', entity, quorum.slice(0, -1)],
    ['board, another tag', entity, changed(quorum, 0, 2)],
    ['root, by a sole member', sole, soleRoot],
    ['root, unanimous, by a sole member', sole, root(sole, true, byAlice)],
    ['root, of one digest', sole, root(sole, false, byAlice, 1)],
    ['root, by a quorum', entity, boardRoot],
    ['root, by too few', entity, root(entity, false, byBoard(2))],
    ['root, unanimous, by a quorum', entity, root(entity, true, byBoard(3))],
    ['root, unanimous, by all', entity, root(entity, true, byBoard(7))],
    [
      'root, called unanimous afterwards',
      entity,
      changed(root(entity, false, byBoard(7)), 1 + 63, 1),
    ],
    ['root, unanimous of 2', entity, changed(boardRoot, 1 + 63, 2)],
    ['root, another index', sole, changed(soleRoot, 1 + 95, 3)],
    ['root, an index beyond the path', sole, changed(soleRoot, 1 + 95, 12)],
    ['root, another path', sole, changed(soleRoot, 1 + 32 * 6, 1)],
    ['root, dirty padding', sole, changed(soleRoot, -1, 1)],
    ['root, one word more', sole, Uint8Array.of(...soleRoot, ...new Uint8Array(32))],
    ['root, signed for another entity', sole, root(entity, false, byAlice)],
    [
      'root, over a root',
      sole,
      root(sole, false, (hash) =>
        signAsRoot(domain, sole, hash, { index: 0, count: 1, unanimous: false }, byAlice),
      ),
    ],
  ]
  return [...signatures, ...nestedUnder(domain, digest)].map(([name, by, signature]) => ({ name, entity: by, digest, signature }))
}
