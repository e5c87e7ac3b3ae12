import { INT128_MAX } from '@xln/shared/amounts.ts'
import { encodeProofBody, proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import type { Lock, Mutual, MutualToken, Offer } from '@xln/shared/channel/state.ts'
import { decodeMutual, encodeMutual, stateHash } from '@xln/shared/channel/stateCodec.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address } from '@xln/shared/ids.ts'
import {
  AMOUNT_MAX,
  ARGUMENTS_MAX,
  BODY_BYTES_MAX,
  BODY_GAS_MAX,
  CHANNEL_LOCKS_MAX,
  CHANNEL_OFFERS_MAX,
  CHANNEL_TOKENS_MAX,
  HEIGHT_MAX,
  MUTUAL_BYTES_MAX,
  TIME_MAX,
} from '@xln/shared/limits.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { DOMAIN, idOf, mutual } from '../support/arbitraries.ts'
import { itIsCanonical } from '../support/malformed.ts'

const tokenAt = (index: number): MutualToken => ({
  token: erc20TokenId(`0x${'ff'.repeat(19)}${(128 + index).toString(16)}` as Address),
  offdelta: -INT128_MAX - 1n,
  leftCreditLimit: AMOUNT_MAX,
  rightCreditLimit: AMOUNT_MAX,
})
const { token } = tokenAt(0)
const id = { term: TIME_MAX, height: HEIGHT_MAX, index: 0xffff }
const lock: Lock = {
  id,
  fromLeft: true,
  token,
  amount: AMOUNT_MAX,
  hashlock: idOf('05'),
  revealBy: TIME_MAX,
}
const offer: Offer = {
  id,
  ownerIsLeft: false,
  giveToken: token,
  giveAmount: AMOUNT_MAX,
  wantToken: token,
  wantAmount: AMOUNT_MAX,
  minFill: 0xffff_ffff,
  fillBy: TIME_MAX,
}
const many = <Item>(count: number, item: Item) => Array<Item>(count).fill(item)
const tokens = (count: number) => Array.from({ length: count }, (_, index) => tokenAt(index))

const state = (changes: Partial<Mutual> = {}): Mutual => ({
  left: idOf('01'),
  right: idOf('02'),
  chainId: 1n,
  depository: DOMAIN.depository,
  cooperativeNonce: 0n,
  namedNonce: 0n,
  term: 0,
  height: 3,
  prevBlockHash: idOf('09'),
  disputeWindow: 86_400,
  tokens: [tokenAt(0)],
  locks: [],
  offers: [],
  ...changes,
})
const isTaken = (changes: Partial<Mutual>) =>
  decodeMutual(encodeMutual(state(changes))) !== undefined

const fullest = state({
  tokens: tokens(CHANNEL_TOKENS_MAX),
  locks: many(CHANNEL_LOCKS_MAX, lock),
  offers: many(CHANNEL_OFFERS_MAX, offer),
})

describe('state codec', () => {
  itIsCanonical(mutual, encodeMutual, decodeMutual)

  it('hashes everything but the hash of the block that names the hash', () => {
    const before = stateHash(state())
    expect(stateHash(state({ prevBlockHash: idOf('0a') }))).to.equal(before)
    const changes: Partial<Mutual>[] = [
      { left: idOf('00') },
      { right: idOf('03') },
      { chainId: 2n },
      { depository: DOMAIN.entityProvider },
      { cooperativeNonce: 1n },
      { namedNonce: 1n },
      { term: 1 },
      { height: 4 },
      { disputeWindow: 86_401 },
      { tokens: [{ ...tokenAt(0), offdelta: 0n }] },
      { tokens: [{ ...tokenAt(0), leftCreditLimit: 0n }] },
      { tokens: [{ ...tokenAt(0), rightCreditLimit: 0n }] },
      { locks: [lock] },
      { offers: [offer] },
    ]
    const hashes = new Set([before, ...changes.map((change) => stateHash(state(change)))])
    expect(hashes.size).to.equal(1 + changes.length)
  })

  it('gives different states different hashes', () => {
    fc.assert(
      fc.property(mutual, mutual, (a, b) => {
        const same =
          encodeMutual({ ...a, prevBlockHash: b.prevBlockHash }).join() === encodeMutual(b).join()
        expect(stateHash(a) === stateHash(b)).to.equal(same)
      }),
    )
  })

  it('refuses sides and tokens out of order, and clauses in tokens that the channel lacks', () => {
    const other = tokenAt(1)
    expect(isTaken({ left: idOf('02') })).to.equal(false)
    expect(isTaken({ tokens: [tokenAt(0), other] })).to.equal(true)
    expect(isTaken({ tokens: [other, tokenAt(0)] })).to.equal(false)
    expect(isTaken({ tokens: [tokenAt(0), tokenAt(0)] })).to.equal(false)
    expect(isTaken({ locks: [lock], offers: [offer] })).to.equal(true)
    expect(isTaken({ locks: [{ ...lock, token: other.token }] })).to.equal(false)
    expect(isTaken({ offers: [{ ...offer, giveToken: other.token }] })).to.equal(false)
    expect(isTaken({ offers: [{ ...offer, wantToken: other.token }] })).to.equal(false)
  })

  it('takes as many tokens, locks and offers as the limits say, and no more', () => {
    expect(decodeMutual(encodeMutual(fullest))).to.deep.equal(fullest)
    expect(encodeMutual(fullest).length).to.be.at.most(MUTUAL_BYTES_MAX)
    expect(isTaken({ tokens: tokens(CHANNEL_TOKENS_MAX + 1) })).to.equal(false)
    expect(isTaken({ locks: many(CHANNEL_LOCKS_MAX + 1, lock) })).to.equal(false)
    expect(isTaken({ offers: many(CHANNEL_OFFERS_MAX + 1, offer) })).to.equal(false)
  })

  it('refuses amounts and offdeltas beyond their range', () => {
    expect(isTaken({ locks: [{ ...lock, amount: AMOUNT_MAX + 1n }] })).to.equal(false)
    expect(isTaken({ tokens: [{ ...tokenAt(0), offdelta: INT128_MAX }] })).to.equal(true)
    expect(isTaken({ tokens: [{ ...tokenAt(0), offdelta: INT128_MAX + 1n }] })).to.equal(false)
    expect(isTaken({ tokens: [{ ...tokenAt(0), offdelta: -INT128_MAX - 2n }] })).to.equal(false)
  })

  it('lets no state grow beyond what the Depository can finalise', () => {
    const [clause] = proofBodyOf(fullest, DOMAIN.subcontractProvider).clauses
    expect(clause?.batch.length).to.be.at.most(BODY_BYTES_MAX)
    expect(clause?.gasLimit).to.be.at.most(BODY_GAS_MAX)
    expect(4 * CHANNEL_OFFERS_MAX).to.be.at.most(ARGUMENTS_MAX)
    expect(encodeProofBody(proofBodyOf(fullest, DOMAIN.subcontractProvider)).length).to.be.below(
      131_072 - 8_192,
    )
  })
})
