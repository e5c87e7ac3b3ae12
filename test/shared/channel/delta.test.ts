import {
  capacity,
  type Delta,
  delta,
  isWithinLimits,
  otherSide,
  split,
} from '@xln/shared/channel/delta.ts'
import { expect } from 'chai'
import fc from 'fast-check'

// A small world: amounts as small as the collateral, so that boundaries are hit, not skirted.
const small = fc.bigInt(0n, 6n)
const signed = fc.bigInt(-6n, 6n)
const anyDelta: fc.Arbitrary<Delta> = fc.record({
  collateral: small,
  ondelta: signed,
  offdelta: signed,
  leftCreditLimit: small,
  rightCreditLimit: small,
})
const moved = (d: Delta, by: bigint): Delta => ({ ...d, offdelta: d.offdelta + by })

describe('delta', () => {
  it('is the sum of what the chain and what the two have fixed', () => {
    fc.assert(fc.property(anyDelta, (d) => void expect(delta(d)).to.equal(d.ondelta + d.offdelta)))
  })

  it('lets each side pay exactly its capacity within the limits, and no unit more', () => {
    fc.assert(
      fc.property(anyDelta, fc.constantFrom('left', 'right'), (d, side) => {
        fc.pre(isWithinLimits(d))
        const sign = side === 'left' ? -1n : 1n
        const most = capacity(d, side)
        expect(isWithinLimits(moved(d, sign * most))).to.equal(true)
        expect(isWithinLimits(moved(d, sign * (most + 1n)))).to.equal(false)
      }),
    )
  })

  it('makes one side’s outbound the other’s inbound: together collateral and both limits', () => {
    fc.assert(
      fc.property(anyDelta, (d) => {
        fc.pre(isWithinLimits(d))
        const whole = d.collateral + d.leftCreditLimit + d.rightCreditLimit
        expect(capacity(d, 'left') + capacity(d, 'right')).to.equal(whole)
      }),
    )
  })

  it('takes holds off each side’s own capacity, down to nothing', () => {
    const d = {
      collateral: 5n,
      ondelta: 2n,
      offdelta: 1n,
      leftCreditLimit: 4n,
      rightCreditLimit: 1n,
    }
    expect([capacity(d, 'left'), capacity(d, 'right')]).to.deep.equal([4n, 6n])
    const holds = { left: 3n, right: 7n }
    expect([capacity(d, 'left', holds), capacity(d, 'right', holds)]).to.deep.equal([1n, 0n])
  })

  it('leaves no capacity to the side beyond a lowered limit, and the other its own', () => {
    const d = {
      collateral: 0n,
      ondelta: 0n,
      offdelta: -5n,
      leftCreditLimit: 0n,
      rightCreditLimit: 2n,
    }
    expect(isWithinLimits(d)).to.equal(false)
    expect([capacity(d, 'left'), capacity(d, 'right')]).to.deep.equal([0n, 5n])
  })

  it('splits as the table says, at and around both ends', () => {
    const rows = [-1n, 0n, 1n, 4n, 5n, 6n].map((claim) => {
      const { toLeft, toRight, leftDebt, rightDebt } = split(5n, claim)
      return [toLeft, toRight, leftDebt, rightDebt].join(' ')
    })
    expect(rows).to.deep.equal(['0 5 1 0', '0 5 0 0', '1 4 0 0', '4 1 0 0', '5 0 0 0', '5 0 0 1'])
  })

  it('conserves the collateral, and owes only beyond it', () => {
    fc.assert(
      fc.property(small, fc.bigInt(-9n, 9n), (collateral, claim) => {
        const { toLeft, toRight, leftDebt, rightDebt } = split(collateral, claim)
        expect(toLeft + toRight).to.equal(collateral)
        expect(toLeft - leftDebt + rightDebt).to.equal(claim)
        expect(leftDebt === 0n || rightDebt === 0n).to.equal(true)
      }),
    )
  })

  it('knows the other side', () => {
    expect([otherSide('left'), otherSide('right')]).to.deep.equal(['right', 'left'])
  })
})
