/** Signatures of entities, in every form: what is accepted was made by the keys. */
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { recover, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import { decodeEntitySignature, encodeEntitySignature } from '@xln/shared/entity/signatureForm.ts'
import { DOMAIN } from '../../shared/support/arbitraries.ts'
import {
  boardOf,
  entityOf,
  SIGNERS,
  type Signer,
  signAsBoard,
  signAsRoot,
} from '../../shared/support/boards.ts'
import { mutateBytes } from '../mutate/bytes.ts'
import { codecTarget, showBytes, type Target, target } from '../target.ts'
import { uniqueUnless } from './wire.ts'

const digest = keccak256(Uint8Array.of(42))
const [alice] = SIGNERS as [Signer]
const board = boardOf(3n, [1n, 2n, 2n])
const entity = entityOf(board)
const sole = lazyEntityId(alice.address)
const PLACES = [
  { index: 0, count: 1, unanimous: false },
  { index: 2, count: 5, unanimous: false },
  { index: 2, count: 5, unanimous: true },
]
/** Who is enough of the board: of its weights 1, 2, 2 three. */
const QUORA = [0b011, 0b101, 0b110, 0b111]

const byBoard = [
  ...QUORA.map((bitmap) => signAsBoard(DOMAIN, board, bitmap, digest)),
  ...PLACES.map((place) =>
    signAsRoot(DOMAIN, entity, digest, place, (inner) => signAsBoard(DOMAIN, board, 0b111, inner)),
  ),
]
const bySole = [
  signDigest(digest, alice.key),
  ...PLACES.map((place) =>
    signAsRoot(DOMAIN, sole, digest, place, (inner) => signDigest(inner, alice.key)),
  ),
]

/** More of the same board, spliced from the samples, are genuine too: each with its own bits. */
const genuine = [
  ...byBoard,
  ...bySole,
  ...PLACES.flatMap((place) =>
    QUORA.filter((bitmap) => !place.unanimous || bitmap === 0b111).map((bitmap) =>
      signAsRoot(DOMAIN, entity, digest, place, (inner) =>
        signAsBoard(DOMAIN, board, bitmap, inner),
      ),
    ),
  ),
]

export const signatureTargets: readonly Target[] = [
  codecTarget({
    name: 'signature form',
    samples: () => [...byBoard, ...bySole].map((bytes) => decodeEntitySignature(bytes) ?? fail()),
    encode: encodeEntitySignature,
    decode: decodeEntitySignature,
    mutate: mutateBytes,
    kind: ({ form }) => form,
  }),
  target({
    name: 'entity signature',
    share: 8,
    samples: async () => {
      await installNativeCrypto()
      return [...byBoard, ...bySole]
    },
    mutate: mutateBytes,
    show: showBytes,
    judge: uniqueUnless(
      (bytes) =>
        verifyEntitySignature(DOMAIN, entity, digest, bytes) ||
        verifyEntitySignature(DOMAIN, sole, digest, bytes),
      () => genuine,
    ),
  }),
  target({
    name: 'signature',
    share: 8,
    samples: () => [signDigest(digest, alice.key)],
    mutate: mutateBytes,
    show: showBytes,
    judge: uniqueUnless(
      (bytes) => recover(digest, bytes) === alice.address,
      () => [signDigest(digest, alice.key)],
    ),
  }),
]

function fail(): never {
  throw new Error('a sample is no signature')
}
