import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { MemberKind, memberId } from '@xln/shared/entity/board.ts'
import {
  ballotWithin,
  castEverywhere,
  type DeepBallot,
  isSeatedVote,
  type SeatedVote,
  seatsOf,
  tallyVotes,
} from '@xln/shared/entity/nestedVotes.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import { hashKeyBoard, type KeyBoard, voterOf } from '@xln/shared/entity/votes.ts'
import type { Address, EntityId, Hash, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'

const address = (byte: string) => `0x${byte.repeat(20)}` as Address
const domain: ChainDomain = {
  chainId: 1n,
  depository: address('d0'),
  entityProvider: address('e0'),
  subcontractProvider: address('50'),
}
const digest = keccak256(Uint8Array.of(7))
const secrets = Array.from({ length: 6 }, (_, at) => new Uint8Array(32).fill(at + 1))

type Seat = readonly [kind: number, id: string]
const key = (at: number): Seat => {
  return [MemberKind.address, memberId(addressOf(secrets[at] as Uint8Array))]
}
const nested = (board: KeyBoard): Seat => [MemberKind.entity, hashKeyBoard(board)]
const contract: Seat = [MemberKind.contract, memberId(address('cc'))]

function boardOf(threshold: bigint, ...seats: readonly Seat[]): KeyBoard {
  const members = seats.map(([kind, id]) => ({ kind, id: id as Hash, weight: 1n }))
  return { kind: 'listed', threshold, members: members.sort((a, b) => (a.id < b.id ? -1 : 1)) }
}
const entityOf = (board: KeyBoard) => hashKeyBoard(board) as Hex as EntityId

function ballotOf(board: KeyBoard, below: readonly KeyBoard[], isProof = true): DeepBallot {
  const boards = new Map(below.map((each) => [entityOf(each), each]))
  return { domain, entity: entityOf(board), board, digest, boards, isProof }
}

function votesOf(ballot: DeepBallot, ...keys: readonly number[]): SeatedVote[] {
  return keys.flatMap((at) => {
    return castEverywhere(ballot, (board) => voterOf(board, secrets[at] as Uint8Array))
  })
}

/** Whether the chain takes it. */
function counts(ballot: DeepBallot, signature: Uint8Array | undefined): boolean {
  if (signature === undefined) return false
  return verifyEntitySignature(domain, ballot.entity, digest, signature)
}

describe('votes of nested boards', () => {
  const guild = boardOf(2n, key(0), key(1), key(2))
  const single = boardOf(1n, key(3))
  const top = boardOf(2n, nested(guild), nested(single), key(4))

  it('make the signature of the outermost entity, in which each member signed for his own', () => {
    const ballot = ballotOf(top, [guild, single])
    const votes = votesOf(ballot, 0, 2, 3)
    expect(votes.every((vote) => isSeatedVote(ballot, vote))).to.equal(true)
    const { signature, weight, short } = tallyVotes(ballot, votes)
    expect(counts(ballot, signature)).to.equal(true)
    expect({ weight, short }).to.deep.equal({ weight: 2n, short: [] })
  })

  it('count for nobody above whose own board has not decided', () => {
    const ballot = ballotOf(top, [guild, single])
    const tally = tallyVotes(ballot, votesOf(ballot, 1, 4))
    expect(tally.signature).to.equal(undefined)
    expect(tally.weight).to.equal(1n)
    const short = { entity: entityOf(guild), weight: 1n, threshold: 2n }
    expect(tally.short).to.deep.equal([short])
    // With others who suffice, the undecided are absent.
    const enough = tallyVotes(ballot, votesOf(ballot, 1, 3, 4))
    expect(counts(ballot, enough.signature)).to.equal(true)
  })

  it('count at the seat where they were cast and at no other', () => {
    const other = boardOf(1n, key(0), key(5))
    const both = boardOf(2n, nested(guild), nested(other))
    const ballot = ballotOf(both, [guild, other])
    const votes = votesOf(ballot, 0)
    expect(votes.map(({ within }) => within)).to.have.deep.members([
      [entityOf(guild)],
      [entityOf(other)],
    ])
    const [one, two] = votes as [SeatedVote, SeatedVote]
    expect(isSeatedVote(ballot, { ...one, within: two.within })).to.equal(false)
    expect(isSeatedVote(ballot, { ...one, within: [] })).to.equal(false)
    expect(isSeatedVote(ballot, { ...one, within: [entityOf(single)] })).to.equal(false)
  })

  it('count an entity once that sits on two boards', () => {
    const house = boardOf(1n, nested(single), key(5))
    const ballot = ballotOf(boardOf(2n, nested(house), nested(single)), [house, single])
    const votes = votesOf(ballot, 3)
    expect(votes).to.have.length(2)
    expect(tallyVotes(ballot, votes).signature).to.equal(undefined)
    const { signature } = tallyVotes(ballot, [...votes, ...votesOf(ballot, 5)])
    expect(counts(ballot, signature)).to.equal(true)
  })

  it('go down as far as the chain does, four boards, and no further', () => {
    const third = boardOf(1n, nested(single))
    const second = boardOf(1n, nested(third))
    const first = boardOf(1n, nested(second))
    const deep = ballotOf(second, [third, single])
    expect(counts(deep, tallyVotes(deep, votesOf(deep, 3)).signature)).to.equal(true)
    const four = ballotOf(first, [second, third, single])
    expect(seatsOf(four)).to.have.length(4)
    expect(counts(four, tallyVotes(four, votesOf(four, 3)).signature)).to.equal(true)
    const five = ballotOf(boardOf(1n, nested(first)), [first, second, third, single])
    expect(seatsOf(five)).to.have.length(4)
    expect(votesOf(five, 3)).to.deep.equal([])
  })

  it('end where a numbered entity would sit below itself', () => {
    const number = `0x${'00'.repeat(31)}05` as EntityId
    const cyclic = boardOf(1n, [MemberKind.entity, number], key(0))
    const boards = new Map([[number, cyclic]])
    const ballot: DeepBallot = { ...ballotOf(cyclic, []), entity: number, boards }
    expect(seatsOf(ballot)).to.have.length(1)
    expect(ballotWithin(ballot, [number])).to.equal(undefined)
  })

  it('of contracts count for what an entity does, and never for proofs', () => {
    const mixed = boardOf(2n, contract, key(0))
    const voter = { member: contract[1] as Hash, sign: () => new Uint8Array(0), isContract: true }
    for (const isProof of [false, true]) {
      const ballot = ballotOf(mixed, [], isProof)
      const votes = [...votesOf(ballot, 0), ...castEverywhere(ballot, () => voter)]
      expect(votes).to.have.length(2)
      const { signature, weight } = tallyVotes(ballot, votes)
      expect(signature === undefined, `proof: ${isProof}`).to.equal(isProof)
      expect(weight).to.equal(isProof ? 1n : 2n)
    }
    const keyed = boardOf(1n, [MemberKind.address, contract[1]], key(0))
    expect(castEverywhere(ballotOf(keyed, []), () => voter)).to.deep.equal([])
  })

  it('make a signature that the chain takes, or none, whoever votes in whatever boards', () => {
    const seats = fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 })
    const small = fc.tuple(seats, fc.bigInt(1n, 2n)).map(([keys, threshold]) => {
      return boardOf(threshold > BigInt(keys.length) ? 1n : threshold, ...keys.map(key))
    })
    const tree = fc.tuple(small, small, small, fc.bigInt(1n, 3n), fc.nat(4))
    fc.assert(
      fc.property(tree, fc.subarray([0, 1, 2, 3, 4]), ([a, b, c, threshold, at], voters) => {
        const middle = distinct(1n, nested(a), nested(b))
        const outer = distinct(threshold, nested(middle), nested(b), nested(c), key(at))
        const ballot = ballotOf(outer, [a, b, c, middle])
        const votes = votesOf(ballot, ...voters)
        const { signature, weight } = tallyVotes(ballot, votes)
        expect(signature !== undefined).to.equal(weight >= ballot.board.threshold)
        if (signature !== undefined) expect(counts(ballot, signature)).to.equal(true)
      }),
      { numRuns: 60 },
    )
  })
})

/** Nobody sits twice; the threshold can be reached. */
function distinct(threshold: bigint, ...seats: readonly Seat[]): KeyBoard {
  const once = [...new Map(seats.map((seat) => [seat[1], seat])).values()]
  const most = BigInt(once.length)
  return boardOf(threshold > most ? most : threshold, ...once)
}
