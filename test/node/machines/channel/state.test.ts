import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, TokenId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { deltaOf } from '../../../../node/machines/channel/capacity.ts'
import { pendingBlock, statusOf } from '../../../../node/machines/channel/channel.ts'
import {
  decodeChannel,
  encodeChannel,
  RULES_VERSION,
} from '../../../../node/machines/channel/record.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import {
  credit,
  ETHER,
  entities,
  lock,
  Pair,
  pay,
  reported,
  START,
  uncommitted,
} from './support/pair.ts'
import { watch } from './support/rules.ts'

function tokenNumber(index: number): TokenId {
  return erc20TokenId(`0x${index.toString(16).padStart(40, '0')}` as Address)
}

function connected(): Pair {
  const pair = new Pair()
  watch(pair)
  pair.connect()
  return pair
}

function deposit(pair: Pair, token: TokenId, collateral: bigint): void {
  pair.mine({ type: 'channelUpdated', ...entities, token, collateral, ondelta: 0n })
  pair.see('left')
  pair.see('right')
}

describe('a channel’s record', () => {
  before(installNativeCrypto)

  it('begins with the version of its rules, and no other version is read', () => {
    const record = encodeChannel(new Pair().left.channel)
    expect(record[0]).to.equal(RULES_VERSION)
    record[0] = RULES_VERSION + 1
    expect(() => decodeChannel(record)).to.throw(TypeError)
    expect(() => decodeChannel(record.subarray(0, 20))).to.throw(TypeError)
  })

  it('takes at most 450 bytes at rest', () => {
    const pair = connected()
    pair.wish('left', credit(10n ** 24n), pay(1n))
    pair.settle()
    pair.wish('right', credit(10n ** 24n), pay(1n))
    pair.settle()
    expect(encodeChannel(pair.left.channel).length).to.be.lessThanOrEqual(450)
  })

  it('read back after a restart, the channel goes on as if nothing had happened', () => {
    const pair = connected()
    pair.wish('left', lock(1n, START + 100), pay(2n))
    pair.left.channel = decodeChannel(encodeChannel(pair.left.channel))
    pair.settle()
    pair.wish('right', pay(3n))
    pair.right.channel = decodeChannel(encodeChannel(pair.right.channel))
    pair.settle()
    expect(pair.left.channel.mutual).to.deep.equal(pair.right.channel.mutual)
    expect(pair.left.channel.mutual.height).to.equal(2)
  })
})

describe('a channel’s status', () => {
  before(installNativeCrypto)

  it('is ready, pending, and ready again', () => {
    const pair = connected()
    expect(statusOf(pair.left.channel)).to.equal('ready')
    pair.wish('left', pay(1n))
    expect(statusOf(pair.left.channel)).to.equal('pending')
    pair.settle()
    expect(statusOf(pair.left.channel)).to.equal('ready')
  })
})

describe('a channel’s first block', () => {
  before(installNativeCrypto)

  it('may agree on the dispute window, first and only then', () => {
    const pair = connected()
    pair.wish('left', pay(1n), { type: 'open', disputeWindow: 700 })
    expect(reported(pair.left, 'wishRefused')[0]?.refusal.code).to.equal('open_misplaced')
    const agreed = connected()
    agreed.wish('left', { type: 'open', disputeWindow: 600 }, pay(1n))
    agreed.settle()
    expect(agreed.right.channel.mutual.disputeWindow).to.equal(600)
    agreed.wish('left', { type: 'open', disputeWindow: 700 })
    expect(reported(agreed.left, 'wishRefused')[0]?.refusal.code).to.equal('open_misplaced')
  })

  it('agrees on no window beyond those of the contract', () => {
    for (const disputeWindow of [599, 604_801, 1.5]) {
      const pair = connected()
      pair.wish('left', { type: 'open', disputeWindow })
      expect(reported(pair.left, 'wishRefused')[0]?.refusal.code).to.equal('window_invalid')
    }
  })
})

describe('credit', () => {
  before(installNativeCrypto)

  it('lowered below its use stops new use, and erases nothing', () => {
    const pair = new Pair()
    watch(pair, { limitsFall: true })
    pair.connect()
    pair.wish('left', credit(30n))
    pair.settle()
    pair.wish('right', pay(70n))
    pair.settle()
    pair.wish('left', credit(5n))
    pair.settle()
    expect(deltaOf(pair.right.channel, ETHER).offdelta).to.equal(70n)
    pair.wish('right', pay(1n))
    expect(reported(pair.right, 'wishRefused')[0]?.refusal).to.deep.equal({
      code: 'capacity_exceeded',
      amount: 1n,
      capacity: 0n,
    })
    pair.wish('left', pay(16n))
    pair.settle()
    pair.wish('right', pay(1n))
    pair.settle()
    expect(deltaOf(pair.left.channel, ETHER).offdelta).to.equal(55n)
  })
})

describe('collateral', () => {
  before(installNativeCrypto)

  it('that was asked for is paid for when it is seen, and not when the asker deposits itself', () => {
    const pair = connected()
    pair.wish('left', { type: 'requestCollateral', token: ETHER, amount: 50n, fee: 3n })
    pair.settle()
    expect(reported(pair.right, 'collateralRequested')[0]).to.deep.include({
      amount: 50n,
      fee: 3n,
      incoming: true,
    })
    // Left's own share grows.
    pair.mine({
      type: 'channelUpdated',
      ...entities,
      token: ETHER,
      collateral: 160n,
      ondelta: 110n,
    })
    pair.see('left')
    pair.see('right')
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(1)
    // Right's share grows: by 49, and by one more.
    for (const collateral of [209n, 210n]) {
      pair.mine({ type: 'channelUpdated', ...entities, token: ETHER, collateral, ondelta: 110n })
      pair.see('left')
      pair.see('right')
      pair.settle()
    }
    expect(pair.right.channel.mutual.tokens[0]?.offdelta).to.equal(-3n)
    expect(pair.left.channel.collateralRequest).to.equal(null)
  })

  it('of strangers, in tokens that nobody named, is kept for 8 tokens and then creates no state', () => {
    const pair = connected()
    for (let index = 1; index <= 20; index++) deposit(pair, tokenNumber(index), 1n)
    // Ether is one of the eight: nobody has named it yet.
    expect(pair.left.channel.view.tokens.length).to.equal(8)
    expect(pair.left.channel.view.position.block).to.equal(pair.headBlock)
  })

  it('of a token left out is asked for when the token is named, and nothing overtakes it', () => {
    const pair = connected()
    for (let index = 1; index <= 20; index++) deposit(pair, tokenNumber(index), 9n)
    const token = tokenNumber(20)
    pair.wish('right', { type: 'pay', token, amount: 9n, memo: new Uint8Array(0) }, pay(1n))
    expect(pair.right.effects.filter(({ type }) => type === 'readChannel').length).to.equal(1)
    expect(pendingBlock(pair.right.channel)).to.equal(undefined)
    const view = {
      ...entities,
      cooperativeNonce: 0n,
      position: pair.right.channel.view.position,
      tokens: Array.from({ length: 20 }, (_, index) => ({
        token: tokenNumber(index + 1),
        collateral: 9n,
        ondelta: 0n,
      })),
      dispute: null,
      ...uncommitted,
    }
    pair.turn('right', { type: 'view', view })
    pair.settle()
    // Left must ask too, and holds the block until it has read.
    expect(pair.left.channel.held).not.to.equal(null)
    pair.turn('left', { type: 'view', view })
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(1)
    expect(deltaOf(pair.left.channel, token).offdelta).to.equal(9n)
  })

  it('read before an event that has come meanwhile is read again', () => {
    const pair = connected()
    deposit(pair, ETHER, 5n)
    const view = {
      ...entities,
      cooperativeNonce: 0n,
      position: { block: 1, logIndex: 0 },
      tokens: [],
      dispute: null,
      ...uncommitted,
    }
    pair.turn('left', { type: 'view', view })
    expect(pair.left.effects.at(-1)).to.deep.equal({ type: 'readChannel' })
    expect(deltaOf(pair.left.channel, ETHER).collateral).to.equal(5n)
  })
})

describe('a wish of any form', () => {
  before(installNativeCrypto)

  it('is refused when no state could take it, and never throws', () => {
    const nothing = new Uint8Array(0)
    const id = { term: 0, height: 1, index: 0 }
    const diff = {
      token: ETHER,
      leftDiff: 1n << 300n,
      rightDiff: 0n,
      collateralDiff: 0n,
      ondeltaDiff: 0n,
    }
    const offer = {
      type: 'offer',
      giveToken: ETHER,
      giveAmount: 1n,
      wantToken: tokenNumber(1),
      wantAmount: 1n,
      minFill: 1,
      fillBy: START + 9,
    } as const
    const wishes = [
      pay(0n),
      pay(-1n),
      pay(1n << 118n),
      { ...offer, giveAmount: -1n },
      { ...offer, wantToken: ETHER },
      { ...offer, minFill: 0 },
      { type: 'pay', token: ETHER, amount: 1n, memo: new Uint8Array(257) },
      { ...lock(1n, START + 9), revealBy: -1 },
      { ...lock(1n, START + 9), revealBy: 2 ** 60 },
      { ...lock(1n, START + 9), onion: new Uint8Array(2_049) },
      { type: 'cancel', lock: id, reason: 0 },
      { type: 'cancel', lock: id, reason: 65_536 },
      { type: 'expire', lock: id, chainBlock: -1n },
      { type: 'cancel', lock: { ...id, term: -1 }, reason: 1 },
      { type: 'fill', offer: id, ratio: 2 ** 32 },
      { type: 'fill', offer: id, ratio: 0 },
      { type: 'note', data: new Uint8Array(1_025) },
      { type: 'extendCredit', token: ETHER, limit: -1n },
      { type: 'requestCollateral', token: ETHER, amount: 1n, fee: -1n },
      { type: 'settle', newNonce: 1n, deadline: START, diffs: [], forgiveness: [] },
      { type: 'pay', token: ETHER, amount: 1n, memo: nothing },
    ] as const
    const pair = connected()
    for (const transaction of wishes) pair.input('left', { type: 'wish', transaction })
    expect(reported(pair.left, 'wishRefused').length).to.equal(wishes.length - 1)
    pair.turn('left', {
      type: 'settle',
      transaction: { ...wishes[19], diffs: [diff] },
      requestId: 1n,
    })
    expect(reported(pair.left, 'wishRefused').at(-1)?.refusal.code).to.equal('settle_out_of_range')
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(1)
  })

  it('carries a message to the peer', () => {
    const pair = connected()
    pair.wish('left', { type: 'note', data: Uint8Array.of(7) })
    pair.settle()
    expect(reported(pair.right, 'noted')).to.deep.equal([
      { type: 'noted', data: Uint8Array.of(7), incoming: true },
    ])
  })

  it('is refused when too many wait', () => {
    const pair = new Pair()
    for (let count = 0; count < 65_536; count++)
      pair.input('left', { type: 'wish', transaction: pay(1n) })
    const before = pair.left.channel
    pair.input('left', { type: 'wish', transaction: pay(1n) })
    expect(pair.left.channel).to.equal(before)
    expect(reported(pair.left, 'wishRefused')[0]?.refusal).to.deep.equal({
      code: 'queue_full',
      max: 65_536,
    })
  })
})

describe('a block’s limits', () => {
  before(installNativeCrypto)

  it('count nothing of what is refused: what stands behind it is proposed all the same', () => {
    const pair = new Pair()
    pair.connect()
    // More than one block could hold, and none of them can be paid for.
    const unpayable = (count: number) => lock(1_000n + BigInt(count), START + 3_600)
    for (let count = 0; count < 513; count++)
      pair.input('left', { type: 'wish', transaction: unpayable(count) })
    for (let count = 0; count < 30_000; count++)
      pair.input('left', { type: 'wish', transaction: pay(1_000n) })
    pair.wish('left', pay(1n))
    pair.settle()
    expect(reported(pair.left, 'wishRefused')).to.have.length(30_513)
    expect(reported(pair.right, 'paid')).to.have.length(1)
  })

  it('leave room in the queue for a block that is taken back', () => {
    const pair = new Pair()
    pair.connect()
    let longest = 0
    pair.onState = ({ channel }) => {
      longest = Math.max(longest, channel.queue.length)
    }
    // Both propose: one of the two blocks gives way.
    for (const side of ['left', 'right'] as const) pair.wish(side, pay(1n), pay(1n))
    for (const side of ['left', 'right'] as const) {
      for (let count = 0; count < 65_536; count++)
        pair.input(side, { type: 'wish', transaction: pay(1n) })
      expect(reported(pair.party(side), 'wishRefused')).to.have.length(2)
    }
    pair.deliver('left')
    pair.deliver('right')
    expect(longest).to.equal(65_536)
  })

  it('split what waits over as many blocks as it takes', () => {
    const pair = new Pair()
    pair.connect()
    pair.wish('right', credit(1n << 60n))
    pair.settle()
    for (let count = 0; count < 9_000; count++)
      pair.input('left', { type: 'wish', transaction: pay(1n) })
    for (let count = 0; count < 600; count++) {
      pair.input('left', {
        type: 'wish',
        transaction: { type: 'note', data: new Uint8Array(1_000) },
      })
    }
    pair.turn('left')
    pair.settle()
    expect(pair.left.channel.queue.length).to.equal(0)
    expect(pair.right.channel.mutual.tokens[0]?.offdelta).to.equal(-9_000n)
    expect(reported(pair.right, 'noted').length).to.equal(600)
    expect(pair.right.channel.mutual.term).to.equal(0)
  })
})
