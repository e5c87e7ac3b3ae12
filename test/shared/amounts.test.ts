import {
  INT128_MAX,
  INT128_MIN,
  INT256_MAX,
  INT256_MIN,
  isInt128,
  isInt256,
  isUint128,
  isUint256,
  maxBigint,
  minBigint,
  mulDivDown,
  mulDivUp,
  UINT128_MAX,
  UINT256_MAX,
} from '@xln/shared/amounts.ts'
import { expect } from 'chai'
import fc from 'fast-check'

describe('amounts', () => {
  it('knows the ranges to the last unit', () => {
    const ranges: [(value: bigint) => boolean, bigint, bigint][] = [
      [isInt128, INT128_MIN, INT128_MAX],
      [isUint128, 0n, UINT128_MAX],
      [isInt256, INT256_MIN, INT256_MAX],
      [isUint256, 0n, UINT256_MAX],
    ]
    for (const [isInRange, min, max] of ranges) {
      expect([min - 1n, min, max, max + 1n].map(isInRange)).to.deep.equal([
        false,
        true,
        true,
        false,
      ])
    }
    expect(BigInt.asIntN(128, INT128_MAX + 1n)).to.equal(INT128_MIN)
    expect(BigInt.asUintN(256, -1n)).to.equal(UINT256_MAX)
  })

  it('rounds a quotient down and up, by at most one', () => {
    const small = fc.bigInt(0n, 7n)
    fc.assert(
      fc.property(small, small, fc.bigInt(1n, 7n), (a, b, divisor) => {
        const [down, up] = [mulDivDown(a, b, divisor), mulDivUp(a, b, divisor)]
        expect(down * divisor <= a * b && a * b < (down + 1n) * divisor).to.equal(true)
        expect(up).to.equal((a * b) % divisor === 0n ? down : down + 1n)
      }),
    )
  })

  it('chooses the smaller and the greater', () => {
    expect([minBigint(1n, 2n), minBigint(2n, 1n)]).to.deep.equal([1n, 1n])
    expect([maxBigint(1n, 2n), maxBigint(2n, 1n)]).to.deep.equal([2n, 2n])
  })
})
