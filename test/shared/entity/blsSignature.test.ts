import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { addBlsSignatures, blsKeyId, blsKeyOf, signBls } from '@xln/shared/crypto/bls.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import {
  type BlsBoard,
  type BlsMember,
  blsMembersBytes,
  faultOfBlsBoard,
  hashBlsBoard,
  headOfBlsBoard,
  seatedBlsMembers,
} from '@xln/shared/entity/blsBoard.ts'
import {
  absentMembersOf,
  decodeBlsBoardSignature,
  encodeBlsBoardSignature,
  verifyBlsBoard,
} from '@xln/shared/entity/blsSignature.ts'
import { entitySignatureDigest } from '@xln/shared/entity/signature.ts'
import type { Address, EntityId, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'

const address = (byte: string) => `0x${byte.repeat(20)}` as Address
const domain: ChainDomain = {
  chainId: 1n,
  depository: address('d0'),
  entityProvider: address('e0'),
  subcontractProvider: address('50'),
}
const digest = keccak256(Uint8Array.of(1))
const secretOf = (at: number) => {
  const secret = keccak256(Uint8Array.of(at))
  secret[0] = 0
  return secret
}
const secrets = new Map(
  Array.from({ length: 3 }, (_, at) => [bytesToHex(blsKeyOf(secretOf(at))), secretOf(at)]),
)
/** Weights 1, 2 and 3, of which 4 decide. */
const members = seatedBlsMembers(
  [...secrets.keys()].map((key) => ({ key: hexToBytes(key), weight: 1n })),
)
const board: BlsBoard = {
  threshold: 4n,
  members: members.map(({ key }, at) => ({ key, weight: BigInt(at + 1) })),
}
const entity = hashBlsBoard(board) as Hex as EntityId

function signed(of: BlsBoard, absent: readonly number[], shown = absent): Uint8Array {
  const wrapped = entitySignatureDigest(domain, entity, digest)
  const signatures = of.members.flatMap(({ key }, at) => {
    const secret = secrets.get(bytesToHex(key)) as Uint8Array
    return absent.includes(at) ? [] : [signBls(wrapped, secret)]
  })
  const signature = addBlsSignatures(signatures) as Uint8Array
  return encodeBlsBoardSignature({
    head: headOfBlsBoard(of),
    signature,
    absent: absentMembersOf(of, shown),
  })
}
const accepts = (signature: Uint8Array, by = entity, over = digest, of = board) =>
  verifyBlsBoard(domain, by, of, over, signature)

describe('a board of BLS keys', () => {
  it('has signed when those who are not absent reach the threshold, whoever they are', () => {
    for (const absent of [[], [0], [1], [2], [0, 1], [0, 2], [1, 2]]) {
      const weight = 6 - absent.reduce((sum, at) => sum + at + 1, 0)
      expect(accepts(signed(board, absent)), `without ${absent}`).to.equal(weight >= 4)
    }
  })

  it('has one size when all sign, and shows only who is absent', () => {
    expect(signed(board, [])).to.have.length(339)
    expect(signed(board, [1])).to.have.length(339 + 4 + 104 + 2 * 32)
    // Who sits beside an absent member is no more shown where he is absent himself.
    expect(signed(board, [0, 1])).to.have.length(339 + 2 * (4 + 104) + 32)
    expect(signed(board, [0, 2])).to.have.length(339 + 2 * (4 + 104) + 2 * 32)
  })

  it('has not signed when someone is shown as absent who is not, or not shown', () => {
    expect(accepts(signed(board, [], [0]))).to.equal(false)
    expect(accepts(signed(board, [0], []))).to.equal(false)
    expect(accepts(signed(board, [0], [1]))).to.equal(false)
  })

  it('has not signed for another entity, digest, domain or board', () => {
    const signature = signed(board, [])
    const heavier = { ...board, threshold: 5n }
    expect(accepts(signature)).to.equal(true)
    expect(accepts(signature, `0x${'01'.repeat(32)}` as EntityId)).to.equal(false)
    expect(accepts(signature, entity, keccak256(digest))).to.equal(false)
    expect(accepts(signature, entity, digest, heavier)).to.equal(false)
    const other = { ...domain, chainId: 2n }
    expect(verifyBlsBoard(other, entity, board, digest, signature)).to.equal(false)
  })

  it('has not signed when any byte is changed, cut off or put behind', () => {
    const signature = signed(board, [0])
    // Pairings take their time: some bytes of each part.
    for (const at of [0, 8, 16, 17, 112, 113, 144, 145, 240, 336, 338, 342, 344, 446, 447, 510]) {
      const changed = signature.slice()
      changed[at] = (changed[at] as number) ^ 1
      expect(accepts(changed), `byte ${at}`).to.equal(false)
    }
    expect(accepts(signature.subarray(0, -1))).to.equal(false)
    expect(accepts(Uint8Array.of(...signature, 0))).to.equal(false)
    for (const length of [0, 1, 65, 337, 338, 339, 447])
      expect(accepts(signature.subarray(0, length))).to.equal(false)
  })

  it('is read as it was written', () => {
    for (const absent of [[], [2], [0, 1]]) {
      const signature = signed(board, absent)
      const decoded = decodeBlsBoardSignature(signature)
      expect(decoded?.absent.members.map(({ index }) => index)).to.deep.equal(absent)
      if (decoded === undefined) throw new Error('not decoded')
      expect(encodeBlsBoardSignature(decoded)).to.deep.equal(signature)
    }
  })

  it('says why it cannot decide', () => {
    const [a, b] = board.members as [BlsMember, BlsMember]
    const most = 2n ** 64n - 1n
    const none = { key: new Uint8Array(96), weight: 1n }
    const faults = [
      [{ threshold: 1n, members: [] }, 'empty'],
      [{ threshold: 1n, members: [b, a] }, 'order'],
      [{ threshold: 1n, members: [a, a] }, 'order'],
      [{ threshold: 1n, members: [a, { ...b, weight: 0n }] }, 'weight'],
      [{ threshold: 1n, members: [a, { ...b, weight: most }] }, 'weight'],
      [{ threshold: 0n, members: [a, b] }, 'threshold'],
      [{ threshold: 4n, members: [a, b] }, 'threshold'],
      [{ threshold: 1n, members: seatedBlsMembers([a, none]) }, 'keys'],
    ] as const
    for (const [wrong, fault] of faults) expect(faultOfBlsBoard(wrong)).to.equal(fault)
    expect(faultOfBlsBoard({ threshold: 3n, members: [a, b] })).to.equal(undefined)
    expect(faultOfBlsBoard({ threshold: 1n, members: [{ ...a, weight: most }] })).to.equal(
      undefined,
    )
  })

  it('seats its members by the ids of their keys', () => {
    const seated = seatedBlsMembers(board.members.toReversed())
    expect(seated).to.deep.equal(board.members)
    const ids = seated.map(({ key }) => blsKeyId(key))
    expect(ids).to.deep.equal([...ids].sort())
    expect(blsMembersBytes(board)).to.have.length(3 * 104)
  })
})
