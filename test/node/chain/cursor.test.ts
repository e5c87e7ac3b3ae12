import { BACK_OFF, backOffMs } from '@xln/node/shell/chain/backoff.ts'
import { advance, cursorAt } from '@xln/node/shell/chain/cursor.ts'
import { firstFees, raisedFees } from '@xln/node/shell/chain/fees.ts'
import { decodeRevert } from '@xln/node/shell/chain/revert.ts'
import type { BlockReference, ChainCursor } from '@xln/shared/depository/events.ts'
import type { Hash } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { depositoryInterface } from './support/world.ts'

const reference = (block: number): BlockReference => {
  return { block, hash: `0x${block.toString(16).padStart(64, '0')}` as Hash }
}

describe('cursor', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 200 })
  const walk = (gaps: readonly number[]): ChainCursor => {
    return gaps.reduce(
      (cursor, gap) => advance(cursor, reference(cursor.block + gap)),
      cursorAt(reference(7)),
    )
  }

  it('keeps a trail that goes back to its beginning, newest first', () => {
    fc.assert(
      fc.property(steps, (gaps) => {
        const { block, trail } = walk(gaps)
        const blocks = [block, ...trail.map((each) => each.block)]
        expect(blocks).to.deep.equal([...blocks].sort((a, b) => b - a))
        expect(new Set(blocks).size).to.equal(blocks.length)
        expect(blocks.at(-1)).to.equal(7)
      }),
    )
  })

  it('keeps few, and one near every distance: four times as far is never left out', () => {
    const { block, trail } = walk(Array(5_000).fill(1))
    expect(trail.length).to.be.at.most(2 + Math.log2(5_000))
    const distances = trail.map((each) => block - each.block)
    for (const [index, distance] of distances.entries()) {
      expect(distance).to.be.at.most(4 * (distances[index - 1] ?? 1))
    }
  })
})

describe('back-off', () => {
  it('doubles up to its longest, less at most a half', () => {
    const { minMs, maxMs } = BACK_OFF
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (n, r) => {
          const whole = Math.min(maxMs, minMs * 2 ** (n - 1))
          const wait = backOffMs(n, BACK_OFF, () => r)
          expect(wait)
            .to.be.at.most(whole)
            .and.at.least(Math.floor(whole / 2))
        },
      ),
    )
  })
})

describe('fees', () => {
  const amount = fc.bigInt({ min: 0n, max: 40n })

  it('never go beyond the cap, and the tip never beyond the whole', () => {
    fc.assert(
      fc.property(amount, amount, amount, fc.boolean(), (base, tip, cap, urgent) => {
        const fees = firstFees({ baseFeePerGas: base, tip }, urgent, cap)
        expect(fees.maxFeePerGas <= cap).to.equal(true)
        expect(fees.maxPriorityFeePerGas <= fees.maxFeePerGas).to.equal(true)
      }),
    )
  })

  it('rise by more than an eighth, as every client asks of a replacement, or not at all', () => {
    fc.assert(
      fc.property(amount, amount, amount, amount, amount, (whole, tip, least, leastTip, cap) => {
        const before = { maxFeePerGas: whole + tip, maxPriorityFeePerGas: tip }
        const floor = { maxFeePerGas: least, maxPriorityFeePerGas: leastTip }
        const fees = raisedFees(before, floor, cap)
        if (fees === undefined) {
          expect(cap < before.maxFeePerGas + before.maxFeePerGas / 8n + 1n).to.equal(true)
          return
        }
        expect(fees.maxFeePerGas <= cap).to.equal(true)
        expect(fees.maxFeePerGas * 8n > before.maxFeePerGas * 9n).to.equal(true)
        expect(fees.maxPriorityFeePerGas * 8n > before.maxPriorityFeePerGas * 9n).to.equal(true)
      }),
    )
  })
})

describe('reason of a revert', () => {
  it('is the custom error of any of our contracts, with its arguments', () => {
    const data = depositoryInterface.encodeErrorResult('BatchExpired', [5n, 9n])
    expect(decodeRevert(data)).to.deep.equal({
      name: 'BatchExpired',
      selector: data.slice(0, 10),
      args: { validUntil: '5', timestamp: '9' },
      text: 'BatchExpired(validUntil 5, timestamp 9)',
    })
  })

  it('is nothing, or unknown, for other bytes, whatever they are', () => {
    expect(decodeRevert('0x').text).to.equal('no reason given')
    expect(decodeRevert('0x12345678').text).to.equal('unknown error 0x12345678')
    const short = depositoryInterface.encodeErrorResult('BatchExpired', [5n, 9n]).slice(0, 20)
    expect(decodeRevert(short).name).to.equal('')
  })

  it('is the text of a plain require', () => {
    const text = `0x08c379a0${'20'.padStart(64, '0')}${'2'.padStart(64, '0')}${'6869'.padEnd(64, '0')}`
    expect(decodeRevert(text)).to.deep.include({ name: 'Error', text: 'Error(hi)' })
  })
})
