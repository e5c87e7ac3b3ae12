import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { capacity, type Delta, isWithinLimits } from '@xln/shared/channel/delta.ts'
import {
  encodeProofBody,
  type ProofBody,
  proofBodyHash,
  proofBodyOf,
} from '@xln/shared/channel/proofBody.ts'
import type { Lock, Mutual, Offer } from '@xln/shared/channel/state.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { proofBodyValue } from '@xln/shared/depository/batch.ts'
import { erc20TokenId, etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { encodeAbiParameters, parseAbiParameters } from 'viem'
import { address, bytes, DOMAIN, hex, idOf, mutual } from '../support/arbitraries.ts'
import { packClause, unpackClause } from '../support/packed.ts'

const PROVIDER = DOMAIN.subcontractProvider
const bodyParameters = parseAbiParameters([
  'ProofBody body',
  'struct ProofBody { bytes32[] tokenIds; int128[] offdeltas; Clause[] clauses; }',
  'struct Clause { address provider; uint64 gasLimit; uint64 until; bytes batch; Allowance[] allowances; }',
  'struct Allowance { uint16 deltaIndex; uint128 leftAllowance; uint128 rightAllowance; }',
])
const uint128 = fc.oneof(fc.bigInt(0n, 6n), fc.constant((1n << 128n) - 1n))
const anyBody: fc.Arbitrary<ProofBody> = fc.record({
  tokenIds: fc.array(hex(32), { maxLength: 3 }),
  offdeltas: fc.array(fc.bigInt(-(1n << 127n), (1n << 127n) - 1n), { maxLength: 3 }),
  clauses: fc.array(
    fc.record({
      provider: address,
      gasLimit: fc.nat(),
      until: fc.maxSafeNat(),
      batch: bytes(70),
      allowances: fc.array(
        fc.record({ deltaIndex: fc.nat(0xffff), leftAllowance: uint128, rightAllowance: uint128 }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
})
const reference = (body: ProofBody) => encodeAbiParameters(bodyParameters, [proofBodyValue(body)])

const usd = erc20TokenId(`0x${'11'.repeat(20)}` as Address)
const id = { term: 0, height: 1, index: 0 }
const lock = (fromLeft: boolean, amount: bigint, token = usd, revealBy = 100): Lock => ({
  id,
  fromLeft,
  token,
  amount,
  hashlock: idOf('07'),
  revealBy,
})
const offer = (
  ownerIsLeft: boolean,
  giveAmount: bigint,
  wantAmount: bigint,
  fillBy = 200,
): Offer => ({
  id,
  ownerIsLeft,
  giveToken: etherTokenId,
  giveAmount,
  wantToken: usd,
  wantAmount,
  minFill: 1,
  fillBy,
})
const state = (locks: readonly Lock[], offers: readonly Offer[]): Mutual => ({
  left: idOf('01'),
  right: idOf('02'),
  chainId: 1n,
  depository: DOMAIN.depository,
  cooperativeNonce: 0n,
  namedNonce: 0n,
  term: 0,
  height: 1,
  prevBlockHash: idOf('03'),
  disputeWindow: 600,
  tokens: [
    { token: etherTokenId, offdelta: -5n, leftCreditLimit: 0n, rightCreditLimit: 9n },
    { token: usd, offdelta: 7n, leftCreditLimit: 9n, rightCreditLimit: 0n },
  ],
  locks,
  offers,
})
const clauseOf = (locks: readonly Lock[], offers: readonly Offer[]) => {
  const [clause] = proofBodyOf(state(locks, offers), PROVIDER).clauses
  if (clause === undefined) throw new TypeError('no clause')
  return clause
}
const termsOf = (batch: Uint8Array) => unpackClause(bytesToHex(batch))

describe('proof body', () => {
  it('is encoded and hashed as Solidity does it, whatever it holds', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        const expected = reference(body)
        expect(bytesToHex(encodeProofBody(body))).to.equal(expected)
        expect(proofBodyHash(body)).to.equal(bytesToHex(keccak256(hexToBytes(expected))))
      }),
    )
  })

  it('hashes a small body right after a large one', () => {
    const small: ProofBody = { tokenIds: [], offdeltas: [], clauses: [] }
    const before = proofBodyHash(small)
    const large = proofBodyOf(state(Array<Lock>(300).fill(lock(true, 1n)), []), PROVIDER)
    expect(proofBodyHash(large)).to.equal(bytesToHex(keccak256(encodeProofBody(large))))
    expect(proofBodyHash(small)).to.equal(before)
  })

  it('of a state is encoded as Solidity does it, its clause too', () => {
    fc.assert(
      fc.property(mutual, (value) => {
        const body = proofBodyOf(value, PROVIDER)
        expect(bytesToHex(encodeProofBody(body))).to.equal(reference(body))
        for (const { batch } of body.clauses) {
          const { payments, swaps } = termsOf(batch)
          expect(bytesToHex(batch)).to.equal(packClause(payments, swaps))
          expect([payments.length, swaps.length]).to.deep.equal([
            value.locks.length,
            value.offers.length,
          ])
        }
      }),
    )
  })

  it('names every token with its offdelta, and has no clause without locks and offers', () => {
    expect(proofBodyOf(state([], []), PROVIDER)).to.deep.equal({
      tokenIds: [etherTokenId, usd],
      offdeltas: [-5n, 7n],
      clauses: [],
    })
    const none: Mutual = { ...state([], []), tokens: [] }
    expect(proofBodyHash(proofBodyOf(none, PROVIDER))).to.equal(
      bytesToHex(keccak256(hexToBytes(reference({ tokenIds: [], offdeltas: [], clauses: [] })))),
    )
  })

  it('moves the delta down for a lock of left and up for one of right', () => {
    const clause = clauseOf([lock(true, 3n), lock(false, 4n)], [])
    const common = { deltaIndex: 1, hashlock: idOf('07'), revealBy: 100n }
    expect(termsOf(clause.batch).payments).to.deep.equal([
      { ...common, fromLeft: true, amount: 3n },
      { ...common, fromLeft: false, amount: 4n },
    ])
    expect(clause.allowances).to.deep.equal([
      { deltaIndex: 1, leftAllowance: 3n, rightAllowance: 4n },
    ])
  })

  it('lets an offer’s owner pay what it gives and receive what it wants', () => {
    const clause = clauseOf([], [offer(true, 3n, 4n), offer(false, 5n, 6n)])
    const common = { addDeltaIndex: 1, subDeltaIndex: 0, minFill: 1, fillBy: 200n }
    expect(termsOf(clause.batch).swaps).to.deep.equal([
      { ...common, ownerIsLeft: true, addAmount: 4n, subAmount: 3n },
      { ...common, ownerIsLeft: false, addAmount: 6n, subAmount: 5n },
    ])
    // Left gives 3 ether: down. Right gives 5 ether: up. Left wants 4 usd: up. Right wants 6 usd: down.
    expect(clause.allowances).to.deep.equal([
      { deltaIndex: 0, leftAllowance: 3n, rightAllowance: 5n },
      { deltaIndex: 1, leftAllowance: 6n, rightAllowance: 4n },
    ])
  })

  it('adds up the allowances of all clauses for each token, and leaves out tokens without', () => {
    const clause = clauseOf([lock(true, 3n), lock(true, 4n), lock(false, 5n)], [])
    expect(clause.allowances).to.deep.equal([
      { deltaIndex: 1, leftAllowance: 7n, rightAllowance: 5n },
    ])
  })

  it('holds enough: no outcome within the allowances leaves the limits', () => {
    const small = fc.bigInt(0n, 4n)
    const world = fc.record({
      collateral: small,
      offdelta: fc.bigInt(-4n, 4n),
      leftCreditLimit: small,
      rightCreditLimit: small,
      locks: fc.array(fc.tuple(fc.boolean(), small), { maxLength: 4 }),
    })
    fc.assert(
      fc.property(world, fc.infiniteStream(fc.boolean()), (given, paid) => {
        const { collateral, offdelta, leftCreditLimit, rightCreditLimit } = given
        const d: Delta = { collateral, ondelta: 0n, offdelta, leftCreditLimit, rightCreditLimit }
        fc.pre(isWithinLimits(d))
        const locks: Lock[] = []
        for (const [fromLeft, amount] of given.locks) {
          const held = locks.length === 0 ? undefined : clauseOf(locks, []).allowances[0]
          const holds = { left: held?.leftAllowance ?? 0n, right: held?.rightAllowance ?? 0n }
          if (amount <= capacity(d, fromLeft ? 'left' : 'right', holds))
            locks.push(lock(fromLeft, amount))
        }
        const moved = locks
          .filter(() => paid.next().value === true)
          .reduce((sum, { fromLeft, amount }) => sum + (fromLeft ? -amount : amount), offdelta)
        expect(isWithinLimits({ ...d, offdelta: moved })).to.equal(true)
      }),
    )
  })

  it('waits for the last of all locks and offers, and grants gas for each', () => {
    const clause = clauseOf(
      [lock(true, 1n, usd, 300), lock(true, 1n, usd, 100)],
      [offer(true, 1n, 1n, 200)],
    )
    expect(clause.until).to.equal(300)
    expect(clauseOf([lock(true, 1n)], [offer(true, 1n, 1n, 400)]).until).to.equal(400)
    expect(clause.gasLimit).to.equal(50_000 + 2 * 4_000 + 8_000)
    expect(clause.provider).to.equal(PROVIDER)
  })

  it('throws for a lock in a token that the channel lacks', () => {
    const stranger = erc20TokenId(`0x${'22'.repeat(20)}` as Address)
    expect(() => proofBodyOf(state([lock(true, 1n, stranger)], []), PROVIDER)).to.throw(RangeError)
  })
})
