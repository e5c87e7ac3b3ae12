import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import {
  type Board,
  hashBoard,
  lazyEntityId,
  type Member,
  MemberKind,
  memberId,
  soleBoard,
} from '@xln/shared/entity/board.ts'
import {
  entitySignatureDigest,
  signedRootDigest,
  verifyEntitySignature,
  verifyWithBoard,
} from '@xln/shared/entity/signature.ts'
import {
  decodeEntitySignature,
  type EntitySignature,
  encodeEntitySignature,
} from '@xln/shared/entity/signatureForm.ts'
import type { Address, EntityId, Hash, Hex } from '@xln/shared/ids.ts'
import { SIGNATURE_BYTES_MAX } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { concatHex, encodeAbiParameters, encodePacked, parseAbiParameters } from 'viem'
import { bytes, DOMAIN, hex, idOf } from '../support/arbitraries.ts'
import {
  boardOf,
  entityOf,
  SIGNERS,
  type Signer,
  signAsBoard,
  signAsRoot,
} from '../support/boards.ts'
import { itIsCanonical } from '../support/malformed.ts'

const digest = keccak256(Uint8Array.of(42))
const [alice, bob] = SIGNERS as [Signer, Signer]
const sole = lazyEntityId(alice.address)
const soleSignature = signDigest(digest, alice.key)
const board = boardOf(3n, [1n, 2n, 2n])
const entity = entityOf(board)

const verify = (signature: Uint8Array, by = entity, signed = digest) =>
  verifyEntitySignature(DOMAIN, by, signed, signature)
const root = (
  place: Partial<Parameters<typeof signAsRoot>[3]>,
  sign: (digest: Uint8Array) => Uint8Array,
  by = entity,
) => signAsRoot(DOMAIN, by, digest, { index: 2, count: 5, unanimous: false, ...place }, sign)
const byBoard =
  (bitmap: number, by: Board = board) =>
  (hash: Uint8Array) =>
    signAsBoard(DOMAIN, by, bitmap, hash)
const byAlice = (hash: Uint8Array) => signDigest(hash, alice.key)

describe('entity signature', () => {
  describe('of a board of one', () => {
    it('is its key’s over the digest itself', () => {
      expect(verify(soleSignature, sole)).to.equal(true)
      expect(verify(soleSignature, sole, keccak256(digest))).to.equal(false)
      expect(verify(soleSignature, lazyEntityId(bob.address))).to.equal(false)
      expect(verify(signDigest(digest, bob.key), sole)).to.equal(false)
    })

    it('may come as that of a board, too', () => {
      expect(verify(signAsBoard(DOMAIN, soleBoard(alice.address), 1, digest), sole)).to.equal(true)
    })

    it('does not count for a board that needs more, or weighs otherwise', () => {
      for (const other of [boardOf(1n, [2n]), boardOf(2n, [2n]), boardOf(1n, [1n, 1n])]) {
        expect(verify(soleSignature, entityOf(other))).to.equal(false)
      }
    })
  })

  describe('of a board', () => {
    it('counts when the weights of those who sign reach the threshold', () => {
      const counts = Array.from({ length: 8 }, (_, bitmap) => verify(byBoard(bitmap)(digest)))
      expect(counts).to.deep.equal([false, false, false, true, false, true, true, true])
    })

    it('is over a digest that names the entity and the chain', () => {
      const signed = byBoard(3)(digest)
      expect(verify(signed, entityOf(boardOf(2n, [1n, 2n, 2n])))).to.equal(false)
      expect(verifyEntitySignature({ ...DOMAIN, chainId: 1n }, entity, digest, signed)).to.equal(
        false,
      )
      const plain = encodeEntitySignature({
        form: 'board',
        board,
        bitmap: 3,
        signatures: [alice, bob].map(({ key }) => signDigest(digest, key)),
      })
      expect(verify(plain)).to.equal(false)
    })

    it('refuses one wrong signature even where the others suffice', () => {
      const signed = decodeEntitySignature(byBoard(7)(digest))
      if (signed?.form !== 'board') throw new TypeError('not a board signature')
      for (let at = 0; at < 3; at++) {
        const signatures = signed.signatures.with(at, soleSignature)
        expect(verify(encodeEntitySignature({ ...signed, signatures }))).to.equal(false)
      }
      expect(verify(encodeEntitySignature(signed))).to.equal(true)
    })

    it('refuses more or fewer bits than signatures', () => {
      const signed = decodeEntitySignature(byBoard(3)(digest))
      if (signed?.form !== 'board') throw new TypeError('not a board signature')
      for (const bitmap of [1, 2, 7, 11]) {
        expect(verify(encodeEntitySignature({ ...signed, bitmap })), `${bitmap}`).to.equal(false)
      }
    })

    it('refuses a board that could not decide, whatever its hash', () => {
      const [first, second] = board.members as [Board['members'][0], Board['members'][0]]
      const boards: Board[] = [
        { threshold: 0n, members: [first] },
        { threshold: 1n, members: [{ ...first, weight: 0n }, second] },
        { threshold: 1n, members: [{ ...first, kind: MemberKind.contract }] },
        { threshold: 1n, members: [first, first] },
        { threshold: 1n, members: [{ ...first, id: idOf<Hash>('00') }, second] },
      ]
      for (const unsound of boards) {
        expect(verify(signAsBoard(DOMAIN, unsound, 1, digest), entityOf(unsound))).to.equal(false)
      }
      const descending = { threshold: 1n, members: [second, first] }
      const signed = entitySignatureDigest(DOMAIN, entityOf(descending), digest)
      const signature = encodeEntitySignature({
        form: 'board',
        board: descending,
        bitmap: 1,
        signatures: [signDigest(signed, bob.key)],
      })
      expect(verify(signature, entityOf(descending))).to.equal(false)
    })

    it('is packed: threshold, number, bitmap, then each member and his signature', () => {
      const signature = byBoard(5)(digest)
      const decoded = decodeEntitySignature(signature)
      if (decoded?.form !== 'board') throw new TypeError('not a board signature')
      const [first, third] = decoded.signatures.map((part) => bytesToHex(part)) as [Hex, Hex]
      const slots: readonly Hex[] = [first, '0x', third]
      const members = board.members.map(({ kind, id, weight }, at) =>
        encodePacked(
          ['uint8', 'uint64', 'address', 'bytes'],
          [kind, weight, `0x${id.slice(26)}`, slots[at] as Hex],
        ),
      )
      const head = encodePacked(
        ['bytes1', 'uint64', 'uint8', 'uint32'],
        ['0x01', board.threshold, members.length, 5],
      )
      expect(bytesToHex(signature)).to.equal(concatHex([head, ...members]))
    })
  })

  describe('over a root', () => {
    it('counts for every digest below it, by a board of one and by a larger one', () => {
      for (let index = 0; index < 5; index++) {
        expect(verify(root({ index }, byAlice, sole), sole)).to.equal(true)
        expect(verify(root({ index }, byBoard(3)))).to.equal(true)
      }
      expect(verify(root({ count: 1, index: 0 }, byAlice, sole), sole)).to.equal(true)
    })

    it('does not count for another digest or another entity', () => {
      const signed = root({}, byBoard(3))
      expect(verify(signed, entity, keccak256(digest))).to.equal(false)
      expect(verify(signed, entityOf(boardOf(1n, [1n, 2n, 2n])))).to.equal(false)
      expect(verify(root({}, byBoard(1)))).to.equal(false)
    })

    it('counts as unanimous only if no member is absent', () => {
      const unanimous = [3, 5, 6, 7].map((bitmap) =>
        verify(root({ unanimous: true }, byBoard(bitmap))),
      )
      expect(unanimous).to.deep.equal([false, false, false, true])
      expect(verify(root({ unanimous: true }, byAlice, sole), sole)).to.equal(true)
    })

    it('does not change whether it is unanimous', () => {
      const signed = decodeEntitySignature(root({ unanimous: false }, byBoard(7)))
      if (signed?.form !== 'root') throw new TypeError('not a root signature')
      expect(verify(encodeEntitySignature(signed))).to.equal(true)
      expect(verify(encodeEntitySignature({ ...signed, unanimous: true }))).to.equal(false)
    })

    it('refuses a root over a root', () => {
      const twice = root(
        {},
        (hash) =>
          root({ index: 0, count: 1 }, byBoard(7)) &&
          signAsRoot(DOMAIN, entity, hash, { index: 0, count: 1, unanimous: false }, byBoard(7)),
      )
      expect(verify(twice)).to.equal(false)
    })

    it('is laid out as abi.encode does it', () => {
      const signature = root({ unanimous: true }, byBoard(7))
      const decoded = decodeEntitySignature(signature)
      if (decoded?.form !== 'root') throw new TypeError('not a root signature')
      const encoded = encodeAbiParameters(
        parseAbiParameters(
          'bytes32 root, bool unanimous, uint256 index, bytes32[] path, bytes inner',
        ),
        [
          bytesToHex(decoded.root),
          true,
          2n,
          decoded.path.map((node) => bytesToHex(node)),
          bytesToHex(decoded.inner),
        ],
      )
      expect(bytesToHex(signature)).to.equal(`0x04${encoded.slice(2)}`)
    })
  })

  describe('codec', () => {
    const slotOf = (kind: number) =>
      ({
        [MemberKind.address]: bytes(65, 65),
        [MemberKind.blsKey]: bytes(288, 288),
      })[kind] ?? bytes(70)
    const member_ = fc
      .record({
        kind: fc.nat(3),
        id: hex<Hash>(32),
        weight: fc.bigInt(0n, (1n << 64n) - 1n),
      })
      .map((member): Member => {
        const isWide = member.kind === MemberKind.entity || member.kind === MemberKind.blsKey
        return isWide ? member : { ...member, id: memberId(`0x${member.id.slice(26)}` as Address) }
      })
    const board_ = fc
      .tuple(fc.array(member_, { minLength: 2, maxLength: 4 }), fc.bigInt(0n, 6n), fc.nat(15))
      .chain(([members, threshold, bits]) => {
        const bitmap = bits & (2 ** members.length - 1)
        const signers = members.filter((_, index) => (bitmap >> index) & 1)
        return fc.record({
          form: fc.constant('board' as const),
          board: fc.constant({ threshold, members }),
          bitmap: fc.constant(bitmap),
          signatures: fc.tuple(...signers.map(({ kind }) => slotOf(kind))),
        })
      })
    const root_ = fc.array(bytes(32, 32), { maxLength: 4 }).chain((path) =>
      fc.record({
        form: fc.constant('root' as const),
        root: bytes(32, 32),
        unanimous: fc.boolean(),
        index: fc.nat(2 ** path.length - 1),
        path: fc.constant(path),
        inner: bytes(70),
      }),
    )
    const sole_ = fc.record({ form: fc.constant('sole' as const), signature: bytes(65, 65) })

    // Any 65 bytes are a plain signature, also those with which another form begins.
    const decodeTagged = (given: Uint8Array) => {
      const decoded = decodeEntitySignature(given)
      return decoded?.form === 'sole' ? undefined : decoded
    }
    itIsCanonical<EntitySignature>(fc.oneof(board_, root_), encodeEntitySignature, decodeTagged)

    it('takes any 65 bytes for a plain signature', () => {
      fc.assert(
        fc.property(sole_, (value) => {
          expect(decodeEntitySignature(encodeEntitySignature(value))).to.deep.equal(value)
        }),
      )
    })

    it('takes two full boards below a root with the longest path, and no byte above its limit', () => {
      const full = (innermost: Uint8Array | undefined) =>
        encodeEntitySignature({
          form: 'board',
          board: {
            threshold: 1n,
            members: Array.from({ length: 32 }, (_, at) => ({
              kind: at === 31 && innermost !== undefined ? MemberKind.entity : MemberKind.address,
              id: idOf<Hash>('11'),
              weight: 1n,
            })),
          },
          bitmap: 0xffff_ffff,
          signatures: Array.from({ length: 32 }, (_, at) =>
            at === 31 && innermost !== undefined ? innermost : soleSignature,
          ),
        })
      const inner = full(full(undefined))
      const longest = encodeEntitySignature({
        form: 'root',
        root: digest,
        unanimous: true,
        index: 2 ** 32 - 1,
        path: Array(32).fill(digest),
        inner,
      })
      expect(longest.length).to.be.at.most(SIGNATURE_BYTES_MAX)
      const decoded = decodeEntitySignature(longest)
      if (decoded?.form !== 'root') throw new TypeError('not a root signature')
      expect(decodeEntitySignature(decoded.inner)).to.deep.include({ bitmap: 0xffff_ffff })
      const beyond = (length: number) =>
        decodeEntitySignature(
          encodeEntitySignature({ ...decoded, path: [], index: 0, inner: new Uint8Array(length) }),
        )
      const room = SIGNATURE_BYTES_MAX - 225
      expect(beyond(room - (room % 32))).to.not.equal(undefined)
      expect(beyond(room + 32)).to.equal(undefined)
    })

    it('throws for what the limits do not let it encode', () => {
      const path = Array<Uint8Array>(33).fill(digest)
      const tooLong: EntitySignature = {
        form: 'root',
        root: digest,
        unanimous: false,
        index: 0,
        path,
        inner: soleSignature,
      }
      expect(() => encodeEntitySignature(tooLong)).to.throw(RangeError)
      const nobody: EntitySignature = {
        form: 'board',
        board: boardOf(1n, []),
        bitmap: 0,
        signatures: [],
      }
      expect(() => encodeEntitySignature(nobody)).to.throw(RangeError)
    })
  })

  it('never counts, and never throws, for foreign bytes', () => {
    const prefixed = fc
      .tuple(fc.constantFrom(0x00, 0x01, 0x02, 0x03, 0x04), bytes(700))
      .map(([form, rest]) => Uint8Array.of(form, ...rest))
    fc.assert(fc.property(fc.oneof(bytes(70), prefixed), (signature) => !verify(signature)))
  })

  it('of a registered entity needs its board', () => {
    const number = `0x${'00'.repeat(31)}07` as EntityId
    const signature = signAsBoard(DOMAIN, board, 7, digest, number)
    expect(verify(signature, number)).to.equal(false)
    expect(verifyWithBoard(DOMAIN, number, hashBoard(board), digest, signature)).to.equal(true)
    expect(
      verifyWithBoard(DOMAIN, number, hashBoard(boardOf(1n, [1n])), digest, signature),
    ).to.equal(false)
  })

  it('of no entity is over a digest that another form would sign', () => {
    const inner = signedRootDigest(DOMAIN, entity, digest, false)
    const digests = [
      digest,
      inner,
      entitySignatureDigest(DOMAIN, entity, digest),
      hexToBytes(entity),
    ]
    expect(new Set(digests.map((each) => bytesToHex(each))).size).to.equal(4)
  })
})
