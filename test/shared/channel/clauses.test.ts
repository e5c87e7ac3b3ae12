import { hexToBytes } from '@xln/shared/bytes.ts'
import {
  type ClauseFacts,
  encodeRatios,
  evaluateClause,
  NO_ARGUMENTS,
  swapPaid,
  swapReceived,
} from '@xln/shared/channel/clauses.ts'
import { proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import { RATIO_MAX } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { bytes, DOMAIN, idOf, mutual, ratio } from '../support/arbitraries.ts'
import {
  type DefaultSwap,
  type Payment,
  packClause,
  packLongClause,
  type Swap,
} from '../support/packed.ts'

const hashlock = idOf<never>('07')
const payment = (amount: bigint, revealBy = 100n, deltaIndex = 0) => ({
  fromLeft: amount < 0n,
  deltaIndex,
  amount: amount < 0n ? -amount : amount,
  hashlock,
  revealBy,
})
/** Left gives 100 of delta 1 for 10 of delta 0. */
const swap = (changes: object = {}) => ({
  ownerIsLeft: true,
  addDeltaIndex: 0,
  addAmount: 10n,
  subDeltaIndex: 1,
  subAmount: 100n,
  minFill: 1,
  fillBy: 100n,
  ...changes,
})
const batchOf = (payments: readonly Payment[], swaps: readonly Swap[]) =>
  hexToBytes(packClause(payments, swaps))

const facts = (changes: Partial<ClauseFacts> = {}): ClauseFacts => ({
  now: 50,
  revealedAt: () => 0,
  defaultedAt: () => 0,
  left: NO_ARGUMENTS,
  right: NO_ARGUMENTS,
  ...changes,
})
const given = (ratios: readonly number[], committedAt = 40) => ({
  data: encodeRatios(ratios),
  committedAt,
})
const judge = (
  payments: readonly Payment[],
  swaps: readonly Swap[],
  changes: Partial<ClauseFacts> = {},
) => {
  const evaluation = evaluateClause([0n, 0n], batchOf(payments, swaps), facts(changes))
  return evaluation && [...evaluation.deltas, evaluation.pendingUntil]
}

/** Right is paid 30 of delta 1 by left if the debtor has not paid 5. */
const protection: DefaultSwap = {
  buyerIsLeft: false,
  deltaIndex: 1,
  expiry: 100n,
  amount: 30n,
  debtor: idOf('0d'),
  token: idOf('0e'),
  threshold: 5n,
}
const judgeLong = (defaultSwaps: readonly DefaultSwap[], changes: Partial<ClauseFacts> = {}) => {
  const batch = hexToBytes(packLongClause([payment(1n)], [swap()], defaultSwaps))
  const evaluation = evaluateClause([0n, 0n], batch, facts(changes))
  return evaluation && [...evaluation.deltas, evaluation.pendingUntil]
}

describe('clause', () => {
  it('pays a protection when the default was recorded in time, up to the last second', () => {
    const resolved = { revealedAt: () => 1, right: given([]) }
    const recorded = (at: number) => judgeLong([protection], { ...resolved, defaultedAt: () => at })
    expect(recorded(100)).to.deep.equal([1n, -30n, 0n])
    expect(recorded(101)).to.deep.equal([1n, 0n, 0n])
    const bought = { ...protection, buyerIsLeft: true }
    const told: unknown[] = []
    const defaultedAt = (...named: unknown[]) => {
      told.push(...named)
      return 99
    }
    expect(judgeLong([bought], { ...resolved, defaultedAt })).to.deep.equal([1n, 30n, 0n])
    expect(told).to.deep.equal([protection.debtor, protection.token, 5n])
  })

  it('is pending until a protection has ended, while no default is recorded', () => {
    const late = { ...protection, expiry: 150n }
    expect(judgeLong([protection, late])).to.deep.equal([0n, 0n, 150n])
    expect(judgeLong([late], { now: 150 })).to.deep.equal([0n, 0n, 150n])
    expect(judgeLong([late], { now: 151 })).to.deep.equal([0n, 0n, 0n])
  })

  it('refuses a protection of a delta that is not there, and one that is not whole', () => {
    expect(judgeLong([{ ...protection, deltaIndex: 2 }])).to.equal(undefined)
    const batch = hexToBytes(packLongClause([], [], [protection]))
    expect(evaluateClause([0n, 0n], batch, facts())?.pendingUntil).to.equal(100n)
    expect(evaluateClause([0n, 0n], batch.subarray(1), facts())).to.equal(undefined)
    expect(evaluateClause([0n, 0n], batch.slice(0, -1), facts())).to.equal(undefined)
    expect(evaluateClause([], Uint8Array.of(0x80, 0, 0), facts())).to.equal(undefined)
    expect(evaluateClause([], Uint8Array.of(0x80, 1, 0, 0), facts())).to.equal(undefined)
    expect(evaluateClause([], Uint8Array.of(0x80, 0, 0, 1), facts())).to.equal(undefined)
  })

  it('pays when the secret was revealed in time, up to the last second', () => {
    const at = (revealed: number, now: number) =>
      judge([payment(-5n)], [], { now, revealedAt: () => revealed })
    expect(at(0, 100)).to.deep.equal([0n, 0n, 100n])
    expect(at(0, 101)).to.deep.equal([0n, 0n, 0n])
    expect(at(100, 500)).to.deep.equal([-5n, 0n, 0n])
    expect(at(101, 500)).to.deep.equal([0n, 0n, 0n])
  })

  it('is pending until the last of what is', () => {
    const all = [payment(1n, 60n), payment(1n, 90n), payment(1n, 70n)]
    expect(judge(all, [])).to.deep.equal([0n, 0n, 90n])
    expect(judge(all, [swap({ fillBy: 95n })])).to.deep.equal([0n, 0n, 95n])
  })

  it('fills at the ratio of the owner’s peer, both ways', () => {
    const half = 0x8000_0000
    expect(judge([], [swap()], { right: given([RATIO_MAX]) })).to.deep.equal([10n, -100n, 0n])
    expect(judge([], [swap({ ownerIsLeft: false })], { left: given([RATIO_MAX]) })).to.deep.equal([
      -10n,
      100n,
      0n,
    ])
    expect(
      judge([], [swap({ addAmount: 3n, subAmount: 3n })], { right: given([half]) }),
    ).to.deep.equal([2n, -1n, 0n])
    expect(judge([], [swap()], { left: given([RATIO_MAX]) })).to.deep.equal([0n, 0n, 100n])
  })

  it('counts ratios for the swaps of the other side only, in the order of the batch', () => {
    const swaps = [
      swap({ addAmount: 1n }),
      swap({ ownerIsLeft: false, addAmount: 2n }),
      swap({ addAmount: 4n }),
    ]
    const both = { right: given([0, RATIO_MAX]), left: given([RATIO_MAX]) }
    expect(judge([], swaps, both)).to.deep.equal([-2n + 4n, 100n - 100n, 0n])
  })

  it('does not fill late, below the least, or with half a ratio; what is committed ends the wait', () => {
    const nothing = [0n, 0n, 0n]
    expect(judge([], [swap()], { right: given([RATIO_MAX], 101) })).to.deep.equal(nothing)
    expect(judge([], [swap()], { right: given([RATIO_MAX], 100) })).to.deep.equal([10n, -100n, 0n])
    expect(judge([], [swap({ minFill: 8 })], { right: given([7]) })).to.deep.equal(nothing)
    expect(judge([], [swap({ minFill: 8 })], { right: given([8]) })).to.deep.equal([1n, 0n, 0n])
    const torn = { data: encodeRatios([RATIO_MAX]).slice(1), committedAt: 40 }
    expect(judge([], [swap()], { right: torn })).to.deep.equal(nothing)
    expect(judge([], [swap({ minFill: 0 })])).to.deep.equal(nothing)
    expect(judge([], [swap({ minFill: 0 })], { right: given([RATIO_MAX]) })).to.deep.equal(nothing)
    expect(judge([], [swap()], { now: 101 })).to.deep.equal(nothing)
  })

  it('rounds what the owner receives up and what it pays down, never beyond the whole', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 128n) - 1n), ratio, (amount, part) => {
        const [received, paid] = [swapReceived(amount, part), swapPaid(amount, part)]
        expect(received - paid === 0n || received - paid === 1n).to.equal(true)
        expect(
          paid <= amount &&
            received <= amount &&
            received * BigInt(RATIO_MAX) >= amount * BigInt(part),
        ).to.equal(true)
      }),
    )
  })

  it('refuses a delta that is not there, also where nothing would move', () => {
    expect(judge([payment(1n, 100n, 2)], [])).to.equal(undefined)
    expect(judge([], [swap({ addDeltaIndex: 2 })])).to.equal(undefined)
    expect(judge([], [swap({ subDeltaIndex: 2 })])).to.equal(undefined)
  })

  it('never throws for foreign bytes', () => {
    const near = fc.tuple(fc.boolean(), fc.nat(), fc.nat(255)).map(([long, at, byte]) => {
      const batch = long
        ? hexToBytes(packLongClause([payment(1n)], [swap()], [protection]))
        : batchOf([payment(1n)], [swap()])
      batch[at % batch.length] = byte
      return batch
    })
    fc.assert(
      fc.property(fc.oneof(bytes(400), near), (batch) => {
        evaluateClause([0n, 0n], batch, facts())
      }),
    )
    for (const length of [0, 1, 3, 46, 48]) {
      expect(evaluateClause([], new Uint8Array(length), facts())).to.equal(undefined)
    }
    expect(evaluateClause([], Uint8Array.of(0, 1), facts())).to.equal(undefined)
    expect(evaluateClause([], Uint8Array.of(0, 0), facts())).to.deep.equal({
      deltas: [],
      pendingUntil: 0n,
    })
  })

  it('of a state stays within its allowances, whatever becomes true', () => {
    const fact = fc.record({
      now: fc.nat(6),
      revealed: fc.nat(6),
      left: fc.array(ratio, { maxLength: 4 }),
      right: fc.array(ratio, { maxLength: 4 }),
    })
    fc.assert(
      fc.property(mutual, fact, (state, { now, revealed, left, right }) => {
        const { offdeltas, clauses } = proofBodyOf(state, DOMAIN.subcontractProvider)
        const [clause] = clauses
        fc.pre(clause !== undefined)
        const evaluation = evaluateClause(
          offdeltas,
          clause?.batch ?? new Uint8Array(0),
          facts({ now, revealedAt: () => revealed, left: given(left, 1), right: given(right, 1) }),
        )
        for (const [index, before] of offdeltas.entries()) {
          const moved = (evaluation?.deltas[index] as bigint) - before
          const allowance = clause?.allowances.find(({ deltaIndex }) => deltaIndex === index)
          expect(moved <= (allowance?.rightAllowance ?? 0n)).to.equal(true)
          expect(-moved <= (allowance?.leftAllowance ?? 0n)).to.equal(true)
        }
        expect((evaluation?.pendingUntil ?? 0n) <= BigInt(clause?.until ?? 0)).to.equal(true)
      }),
    )
  })
})
