import { bytesToHex } from '@xln/shared/bytes.ts'
import { evaluateClause, NO_ARGUMENTS } from '@xln/shared/channel/clauses.ts'
import {
  DEFAULT_SWAPS_MAX,
  type DefaultSwap,
  defaultSwapClause,
} from '@xln/shared/channel/defaultSwaps.ts'
import type { Address, EntityId, TokenId } from '@xln/shared/ids.ts'
import { BODY_BYTES_MAX, BODY_GAS_MAX } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { packLongClause } from '../support/packed.ts'

const provider = `0x${'50'.repeat(20)}` as Address
const tokenIds = ['01', '02', '03'].map((byte) => `0x${byte.repeat(32)}` as TokenId)
const debtors = ['d1', 'd2'].map((byte) => `0x${byte.repeat(32)}` as EntityId)

/** A small world: amounts, times and parties that meet. */
const swap: fc.Arbitrary<DefaultSwap> = fc.record({
  buyerIsLeft: fc.boolean(),
  token: fc.constantFrom(...tokenIds),
  amount: fc.bigInt(1n, 6n),
  debtor: fc.constantFrom(...debtors),
  owedToken: fc.constantFrom(...tokenIds),
  threshold: fc.bigInt(1n, 3n),
  expiry: fc.integer({ min: 1, max: 6 }),
})
const swaps = fc.array(swap, { minLength: 1, maxLength: 4 })

const packed = (all: readonly DefaultSwap[]) =>
  packLongClause(
    [],
    [],
    all.map(({ token, owedToken, expiry, ...terms }) => {
      return {
        ...terms,
        token: owedToken,
        deltaIndex: tokenIds.indexOf(token),
        expiry: BigInt(expiry),
      }
    }),
  )

describe('the clause of default swaps', () => {
  it('is packed as courts read it', () => {
    fc.assert(
      fc.property(swaps, (all) => {
        const { batch } = defaultSwapClause(provider, tokenIds, all)
        expect(bytesToHex(batch)).to.equal(packed(all))
      }),
    )
  })

  it('may move each delta as far as its swaps can, and lasts until the last of them', () => {
    fc.assert(
      fc.property(swaps, fc.integer({ min: 0, max: 7 }), (all, recordedAt) => {
        const clause = defaultSwapClause(provider, tokenIds, all)
        expect(clause.until).to.equal(Math.max(...all.map(({ expiry }) => expiry)))
        const facts = {
          now: 7,
          revealedAt: () => 0,
          defaultedAt: () => recordedAt,
          left: NO_ARGUMENTS,
          right: NO_ARGUMENTS,
        }
        const paid = all.filter(({ expiry }) => recordedAt > 0 && recordedAt <= expiry)
        const moved = evaluateClause([0n, 0n, 0n], clause.batch, facts)?.deltas ?? []
        for (const [index, token] of tokenIds.entries()) {
          const sum = (list: readonly DefaultSwap[], left: boolean) =>
            list
              .filter((each) => each.token === token && each.buyerIsLeft === left)
              .reduce((total, { amount }) => total + amount, 0n)
          const { leftAllowance = 0n, rightAllowance = 0n } =
            clause.allowances.find(({ deltaIndex }) => deltaIndex === index) ?? {}
          expect([leftAllowance, rightAllowance]).to.deep.equal([sum(all, false), sum(all, true)])
          expect(moved[index]).to.equal(sum(paid, true) - sum(paid, false))
        }
      }),
    )
  })

  it('fits into what is granted to a body, with as many as one state may have', () => {
    const one: DefaultSwap = {
      ...{ buyerIsLeft: true, token: tokenIds[0] as TokenId, amount: 2n ** 120n - 1n },
      ...{ debtor: debtors[0] as EntityId, owedToken: tokenIds[0] as TokenId, threshold: 1n },
      expiry: 1,
    }
    const all = Array.from({ length: DEFAULT_SWAPS_MAX }, () => one)
    const { gasLimit, batch } = defaultSwapClause(provider, tokenIds, all)
    expect(gasLimit).to.be.at.most(BODY_GAS_MAX)
    expect(batch.length).to.be.at.most(BODY_BYTES_MAX)
    const large = { ...one, amount: 2n ** 127n }
    expect(() => defaultSwapClause(provider, tokenIds, [large, large])).to.throw(/128 bits/)
    expect(() => defaultSwapClause(provider, [], [one])).to.throw(/the channel lacks/)
  })
})
