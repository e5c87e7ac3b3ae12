import type { AddOffer } from '@xln/shared/channel/transaction.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import { parseAddress } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { capacityOf } from '../../../../node/machines/channel/capacity.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import { ETHER, Pair, reported, START } from './support/pair.ts'
import { watch } from './support/rules.ts'

const GOLD = erc20TokenId(parseAddress(`0x${'60'.repeat(20)}`))
const FILL_BY = START + 600
const ALL = 0xffff_ffff

function offer(changes: Partial<AddOffer> = {}): AddOffer {
  return {
    type: 'offer',
    giveToken: GOLD,
    giveAmount: 10n,
    wantToken: ETHER,
    wantAmount: 20n,
    minFill: 0x4000_0000,
    fillBy: FILL_BY,
    ...changes,
  }
}

/** Left has 100 of gold on credit; of ether both have 50. */
function traders(): Pair {
  const pair = new Pair()
  watch(pair)
  pair.connect()
  pair.wish('right', { type: 'extendCredit', token: GOLD, limit: 100n })
  pair.settle()
  return pair
}

function offered(): Pair {
  const pair = traders()
  pair.wish('left', offer())
  pair.settle()
  return pair
}

function idOf(pair: Pair) {
  const [open] = pair.left.channel.mutual.offers
  if (open === undefined) throw new Error('no offer is open')
  return open.id
}

describe('an offer', () => {
  before(installNativeCrypto)

  it('holds what it gives of its owner, and what it wants of the peer', () => {
    const pair = offered()
    for (const side of ['left', 'right'] as const) {
      const { channel } = pair.party(side)
      expect(capacityOf(channel, GOLD, 'left')).to.equal(90n)
      expect(capacityOf(channel, ETHER, 'right')).to.equal(30n)
      expect(capacityOf(channel, ETHER, 'left')).to.equal(50n)
    }
  })

  it('is not made beyond what either side could pay', () => {
    const pair = traders()
    pair.wish(
      'left',
      offer({ giveAmount: 101n }),
      offer({ wantAmount: 51n }),
      offer({ wantToken: GOLD }),
    )
    expect(reported(pair.left, 'wishRefused').map(({ refusal }) => refusal.code)).to.deep.equal([
      'token_same',
      'capacity_exceeded',
      'capacity_exceeded',
    ])
  })

  it('holds it from the rest of its own block too', () => {
    const pair = traders()
    pair.wish(
      'left',
      offer({ wantAmount: 30n }),
      offer({ wantAmount: 30n }),
      offer({ wantAmount: 20n }),
    )
    pair.settle()
    expect(pair.right.channel.mutual.offers.map(({ wantAmount }) => wantAmount)).to.deep.equal([
      30n,
      20n,
    ])
  })

  it('is ended by a fill, also by a part: paid rounded down, received rounded up', () => {
    const pair = offered()
    pair.wish('right', { type: 'fill', offer: idOf(pair), ratio: 0x5555_5556 })
    pair.settle()
    for (const side of ['left', 'right'] as const) {
      const { mutual } = pair.party(side).channel
      expect(mutual.offers).to.deep.equal([])
      // A third of 10 and of 20: 3.33 and 6.67.
      expect(mutual.tokens.map(({ offdelta }) => offdelta)).to.deep.equal([7n, -3n])
      expect(reported(pair.party(side), 'offerEnded')[0]?.ratio).to.equal(0x5555_5556)
    }
  })

  it('is filled in full at the ratio of 2^32 − 1, and never below its least', () => {
    const full = offered()
    full.wish('right', { type: 'fill', offer: idOf(full), ratio: ALL })
    full.settle()
    expect(full.left.channel.mutual.tokens.map(({ offdelta }) => offdelta)).to.deep.equal([
      20n,
      -10n,
    ])
    const least = offered()
    least.wish('right', { type: 'fill', offer: idOf(least), ratio: 0x3fff_ffff })
    expect(reported(least.right, 'wishRefused')[0]?.refusal.code).to.equal('ratio_invalid')
  })

  it('is ended before its time by the peer only', () => {
    const pair = offered()
    pair.wish(
      'left',
      { type: 'release', offer: idOf(pair) },
      { type: 'fill', offer: idOf(pair), ratio: ALL },
    )
    expect(reported(pair.left, 'wishRefused').map(({ refusal }) => refusal.code)).to.deep.equal([
      'too_early',
      'not_filler',
    ])
    pair.wish('right', { type: 'release', offer: idOf(pair) })
    pair.settle()
    expect(pair.left.channel.mutual.offers).to.deep.equal([])
  })

  it('is released by its owner, by itself, when its time is over for both clocks', () => {
    const pair = offered()
    pair.right.now -= 30
    pair.advance(FILL_BY - START + 30)
    pair.settle()
    expect(pair.left.channel.mutual.offers.length).to.equal(1)
    pair.advance(1)
    pair.settle()
    expect(pair.right.channel.mutual.offers).to.deep.equal([])
    expect(pair.right.channel.mutual.tokens.map(({ offdelta }) => offdelta)).to.deep.equal([0n, 0n])
  })

  it('is not filled after its time, by the date of the block or by the clock of its owner', () => {
    for (const late of [0, 1]) {
      const pair = offered()
      pair.left.now = FILL_BY + late
      pair.wish('right', { type: 'fill', offer: idOf(pair), ratio: ALL })
      pair.settle()
      expect(pair.left.channel.mutual.offers.length).to.equal(late)
    }
    const pair = offered()
    pair.right.now = FILL_BY + 1
    pair.wish('right', { type: 'fill', offer: idOf(pair), ratio: ALL })
    expect(reported(pair.right, 'wishRefused')[0]?.refusal.code).to.equal('expired')
  })

  it('counts at most half of the places for one side', () => {
    const pair = traders()
    pair.wish(
      'left',
      ...Array.from({ length: 33 }, () => offer({ giveAmount: 1n, wantAmount: 1n })),
    )
    pair.settle()
    expect(pair.right.channel.mutual.offers.length).to.equal(32)
    expect(reported(pair.left, 'wishRefused')[0]?.refusal).to.deep.equal({
      code: 'offers_full',
      count: 32,
      max: 32,
    })
  })
})
