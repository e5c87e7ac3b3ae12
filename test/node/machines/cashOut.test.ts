import { genesis } from '@xln/node/machines/channel/channel.ts'
import { cashOutDiff } from '@xln/node/machines/entity/cashOut.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import { lazyEntityId, orderSides } from '@xln/shared/entity/board.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { domain, keyOf, token } from '../support/world.ts'

const usd = token(1)
const sides = orderSides(lazyEntityId(addressOf(keyOf(1))), lazyEntityId(addressOf(keyOf(2))))
const small = fc.bigInt({ min: -6n, max: 12n })

/** A channel of `side` with this much of one token, credit included in the delta. */
function channelOf(side: 'left' | 'right', collateral: bigint, ondelta: bigint, offdelta: bigint) {
  const view = {
    ...sides,
    cooperativeNonce: 0n,
    tokens: [{ token: usd, collateral, ondelta }],
    position: { block: 1, logIndex: 0 },
    dispute: null,
    arguments: [],
    named: [],
  }
  const channel = genesis(view, side, domain)
  const entry = { token: usd, offdelta, leftCreditLimit: 100n, rightCreditLimit: 100n }
  return { ...channel, mutual: { ...channel.mutual, tokens: [entry] } }
}

describe('cashing out of a channel', () => {
  const world = fc.record({
    side: fc.constantFrom('left' as const, 'right' as const),
    collateral: fc.bigInt({ min: 0n, max: 6n }),
    ondelta: small,
    offdelta: small,
    amount: fc.bigInt({ min: -1n, max: 14n }),
  })

  it('turns own claim into own reserve, to the unit, and leaves the other side what it had', () => {
    fc.assert(
      fc.property(world, ({ side, collateral, ondelta, offdelta, amount }) => {
        const made = cashOutDiff(channelOf(side, collateral, ondelta, offdelta), usd, amount)
        const claim = side === 'left' ? ondelta + offdelta : collateral - ondelta - offdelta
        if ('code' in made) {
          expect(amount <= 0n || amount > claim).to.equal(true)
          return
        }
        const [diff] = made.diffs
        if (diff === undefined) throw new Error('no diff')
        const { leftDiff, rightDiff, collateralDiff, ondeltaDiff } = diff
        expect(leftDiff + rightDiff + collateralDiff).to.equal(0n)
        expect(collateral + collateralDiff >= 0n).to.equal(true)
        // Reserve and claim of each side together are what they were.
        expect(leftDiff + ondeltaDiff).to.equal(0n)
        expect(rightDiff + collateralDiff - ondeltaDiff).to.equal(0n)
        expect(side === 'left' ? leftDiff : rightDiff).to.equal(amount)
      }),
    )
  })

  it('takes first what is owed on credit, then collateral', () => {
    const made = cashOutDiff(channelOf('left', 5n, 0n, 8n), usd, 4n)
    expect('code' in made ? undefined : made.diffs).to.deep.equal([
      { token: usd, leftDiff: 4n, rightDiff: -3n, collateralDiff: -1n, ondeltaDiff: -4n },
    ])
  })
})
