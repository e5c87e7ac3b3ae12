import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { blsKeyOf } from '@xln/shared/crypto/bls.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { seatedBlsMembers } from '@xln/shared/entity/blsBoard.ts'
import { verifyBlsBoard } from '@xln/shared/entity/blsSignature.ts'
import { MemberKind, memberId, soleBoard } from '@xln/shared/entity/board.ts'
import { decodeName, encodeName } from '@xln/shared/entity/name.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import {
  type Ballot,
  castVote,
  combineVotes,
  hashKeyBoard,
  isVote,
  type KeyBoard,
  voterOf,
  weightOfVotes,
} from '@xln/shared/entity/votes.ts'
import type { Address, EntityId, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'

const address = (byte: string) => `0x${byte.repeat(20)}` as Address
const domain: ChainDomain = {
  chainId: 1n,
  depository: address('d0'),
  entityProvider: address('e0'),
  subcontractProvider: address('50'),
}
const digest = keccak256(Uint8Array.of(7))
const secrets = ['1a', '1b', '1c'].map((byte) => hexToBytes(`0x${byte.repeat(32)}`))

const bls: KeyBoard = {
  kind: 'bls',
  threshold: 2n,
  members: seatedBlsMembers(secrets.map((secret) => ({ key: blsKeyOf(secret), weight: 1n }))),
}
const listed: KeyBoard = {
  kind: 'listed',
  threshold: 2n,
  members: secrets
    .map((secret) => ({ kind: MemberKind.address, id: memberId(addressOf(secret)), weight: 1n }))
    .sort((a, b) => (a.id < b.id ? -1 : 1)),
}
const ballotOf = (board: KeyBoard, over = digest): Ballot => {
  return { domain, entity: hashKeyBoard(board) as Hex as EntityId, board, digest: over }
}

describe('votes', () => {
  for (const board of [bls, listed]) {
    it(`of any two of three make the signature of a board (${board.kind})`, () => {
      const ballot = ballotOf(board)
      const votes = secrets.map((secret) => castVote(ballot, voterOf(board, secret)))
      for (const vote of votes) {
        expect(isVote(ballot, vote)).to.equal(true)
        expect(isVote(ballotOf(board, keccak256(digest)), vote)).to.equal(false)
      }
      for (let absent = 0; absent < 3; absent++) {
        const some = votes.filter((_, at) => at !== absent)
        // The same vote again changes nothing.
        const signature = combineVotes(ballot, [...some, ...some])
        expect(weightOfVotes(board, [...some, ...some])).to.equal(2n)
        const { entity } = ballot
        const counts =
          board.kind === 'bls'
            ? verifyBlsBoard(domain, entity, board, digest, signature)
            : verifyEntitySignature(domain, entity, digest, signature)
        expect(counts, `without ${absent}`).to.equal(true)
      }
    })
  }

  it('of one who decides alone are the 65 bytes over the digest itself', () => {
    const [secret] = secrets as [Uint8Array]
    const board: KeyBoard = { kind: 'listed', ...soleBoard(addressOf(secret)) }
    const ballot = ballotOf(board)
    const signature = combineVotes(ballot, [castVote(ballot, voterOf(board, secret))])
    expect(signature).to.have.length(65)
    expect(verifyEntitySignature(domain, ballot.entity, digest, signature)).to.equal(true)
  })

  it('of strangers, and under another name, are none', () => {
    const [first, second] = secrets as [Uint8Array, Uint8Array]
    const stranger = hexToBytes(`0x${'2a'.repeat(32)}`)
    for (const board of [bls, listed]) {
      const ballot = ballotOf(board)
      expect(isVote(ballot, castVote(ballot, voterOf(board, stranger)))).to.equal(false)
      const { member } = voterOf(board, second)
      const { signature } = castVote(ballot, voterOf(board, first))
      expect(isVote(ballot, { member, signature }), bytesToHex(signature)).to.equal(false)
      expect(isVote(ballot, { member, signature: new Uint8Array(0) })).to.equal(false)
    }
  })

  it('of a contract are up to 65,535 bytes, which the chain judges', () => {
    const contract = memberId(address('cc'))
    const sole = { kind: MemberKind.contract, id: contract, weight: 1n }
    const ballot = ballotOf({ kind: 'listed', threshold: 1n, members: [sole] })
    const voteOf = (length: number) => ({ member: contract, signature: new Uint8Array(length) })
    expect(isVote(ballot, voteOf(65_535))).to.equal(true)
    expect(isVote(ballot, voteOf(65_536))).to.equal(false)
  })
})

describe('a name', () => {
  it('has 3 to 32 of a-z, 0-9 and "-", with none at its ends', () => {
    for (const name of ['abc', '0-1', 'a'.repeat(32), 'the-guild']) {
      expect(decodeName(encodeName(name) ?? ('0x' as never)), name).to.equal(name)
    }
    expect(encodeName('abc')).to.equal(`0x${'616263'.padEnd(64, '0')}`)
    for (const none of ['', 'ab', 'a'.repeat(33), '-ab', 'ab-', 'Abc', 'a_c', 'a c', 'äbc']) {
      expect(encodeName(none), none).to.equal(undefined)
    }
  })
})
