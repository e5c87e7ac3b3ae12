import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import {
  type Board,
  channelKeyOf,
  hashBoard,
  isRegistered,
  isValidBoard,
  lazyEntityId,
  MemberKind,
  memberAddress,
  memberId,
  orderSides,
  sideOf,
  soleBoard,
} from '@xln/shared/entity/board.ts'
import type { Address, EntityId, Hash, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { encodeAbiParameters, parseAbiParameters } from 'viem'
import { address, hex, idOf } from '../support/arbitraries.ts'
import { boardOf } from '../support/boards.ts'

const parameters = parseAbiParameters([
  'uint8 kind, Board board',
  'struct Board { uint64 threshold; Member[] members; }',
  'struct Member { uint8 kind; bytes32 id; uint64 weight; }',
])
const uint64 = fc.oneof(fc.bigInt(0n, 6n), fc.constant((1n << 64n) - 1n))
const anyBoard: fc.Arbitrary<Board> = fc.record({
  threshold: uint64,
  members: fc.array(fc.record({ kind: fc.nat(3), id: hex<Hash>(32), weight: uint64 }), {
    maxLength: 4,
  }),
})

describe('board', () => {
  it('hashes as abi.encode(uint8(1), board)', () => {
    fc.assert(
      fc.property(anyBoard, (board) => {
        const encoded = hexToBytes(encodeAbiParameters(parameters, [1, board]))
        expect(hashBoard(board)).to.equal(bytesToHex(keccak256(encoded)))
      }),
    )
  })

  it('names the lazy entity of an address by its board of one', () => {
    fc.assert(
      fc.property(address, (member) => {
        expect(lazyEntityId(member)).to.equal(hashBoard(soleBoard(member)))
      }),
    )
  })

  it('decides only with members, weights and a threshold that can be reached', () => {
    const [a, b] = boardOf(1n, [1n, 1n]).members as [Board['members'][0], Board['members'][0]]
    const most = (1n << 64n) - 1n
    const board = (threshold: bigint, ...members: Board['members']) => ({ threshold, members })
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        ...a,
        id: memberId(`0x${(index + 1).toString(16).padStart(40, '0')}` as Address),
      }))
    const sound = [
      board(1n, a),
      board(2n, a, b),
      board(most, { ...a, weight: most }),
      board(1n, ...many(32)),
      board(1n, { ...a, kind: MemberKind.contract }),
      board(1n, { ...a, kind: MemberKind.entity, id: idOf<Hash>('01') }),
      board(1n, { ...a, kind: MemberKind.blsKey, id: idOf<Hash>('01') }),
    ]
    const unsound = [
      board(0n, a),
      board(2n, a),
      board(1n),
      board(2n, a, a),
      board(2n, b, a),
      board(1n, { ...a, weight: 0n }, b),
      board(1n, { ...a, weight: most + 1n }),
      board(most + 1n, { ...a, weight: most }, { ...b, weight: most }),
      board(1n, { ...a, kind: 4 }),
      board(2n, a, { ...a, kind: MemberKind.contract }),
      board(1n, { ...a, kind: MemberKind.contract, id: idOf<Hash>('01') }),
      board(1n, { ...a, kind: MemberKind.entity, id: idOf<Hash>('00') }),
      board(1n, { ...a, id: idOf<Hash>('00') }),
      board(1n, { ...a, id: idOf<Hash>('01') }),
      board(1n, ...many(33)),
    ]
    expect(sound.map(isValidBoard)).to.deep.equal(sound.map(() => true))
    expect(unsound.map(isValidBoard)).to.deep.equal(unsound.map(() => false))
  })

  it('takes an address for a member’s id and back', () => {
    const member = `0x${'ab'.repeat(20)}` as Address
    expect(memberAddress(memberId(member))).to.equal(member)
    expect(memberAddress(idOf<Hash>('ab'))).to.equal(undefined)
  })

  it('tells a number below 2^64 from the hash of a board', () => {
    const number = `0x${'00'.repeat(24)}${'ff'.repeat(8)}` as EntityId
    const beyond = `0x${'00'.repeat(23)}01${'00'.repeat(8)}` as EntityId
    expect([isRegistered(number), isRegistered(beyond)]).to.deep.equal([true, false])
  })
})

describe('channel key', () => {
  const pair = parseAbiParameters('bytes32, bytes32')

  it('is the hash of the two ids, the smaller first, whoever asks', () => {
    fc.assert(
      fc.property(hex<EntityId>(32), hex<EntityId>(32), (a, b) => {
        fc.pre(a !== b)
        const [left, right] = BigInt(a) < BigInt(b) ? [a, b] : [b, a]
        const encoded = hexToBytes(encodeAbiParameters(pair, [left as Hex, right as Hex]))
        expect(channelKeyOf(a, b)).to.equal(bytesToHex(keccak256(encoded)))
        expect(channelKeyOf(b, a)).to.equal(channelKeyOf(a, b))
        expect(orderSides(a, b)).to.deep.equal({ left, right })
        expect([sideOf(left, right), sideOf(right, left)]).to.deep.equal(['left', 'right'])
      }),
    )
  })
})
