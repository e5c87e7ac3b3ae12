import { parseId, type Secret } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { pendingBlock, statusOf } from '../../../../node/machines/channel/channel.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import {
  forged,
  lock,
  openLock,
  Pair,
  pay,
  reported,
  SECRET,
  type SideName,
  START,
  submitted,
} from './support/pair.ts'
import { watch } from './support/rules.ts'

const REVEAL_BY = START + 3_600
const MARGIN = 600

/** Left has locked 10 for right. */
function locked(): Pair {
  const pair = new Pair()
  watch(pair)
  pair.connect()
  pair.wish('left', lock(10n, REVEAL_BY))
  pair.settle()
  return pair
}

function resolve(pair: Pair, by: SideName = 'right') {
  return { type: 'resolve', lock: openLock(pair.party(by)).id, secret: SECRET } as const
}

function reveal(pair: Pair, side: SideName, revealedAt: number, final = true): void {
  const { hashlock } = openLock(pair.party(side))
  pair.turn(side, { type: 'secretRevealed', hashlock, secret: SECRET, revealedAt, final })
}

describe('a lock', () => {
  before(installNativeCrypto)

  it('is named by term, height and index, so that one hash can be locked twice', () => {
    const pair = locked()
    pair.wish('left', lock(5n, REVEAL_BY), pay(1n), lock(6n, REVEAL_BY))
    pair.settle()
    const ids = pair.right.channel.mutual.locks.map(({ id }) => id)
    expect(ids).to.deep.equal([
      { term: 0, height: 1, index: 0 },
      { term: 0, height: 2, index: 0 },
      { term: 0, height: 2, index: 2 },
    ])
    pair.wish('right', { type: 'resolve', lock: ids[2] as (typeof ids)[0], secret: SECRET })
    pair.settle()
    expect(pair.left.channel.mutual.locks.map(({ amount }) => amount)).to.deep.equal([10n, 5n])
  })

  it('holds its amount, and can be resolved, cancelled or expired by the right side only', () => {
    const pair = locked()
    const { id } = openLock(pair.left)
    pair.wish('left', pay(41n))
    expect(reported(pair.left, 'wishRefused')[0]?.refusal.code).to.equal('capacity_exceeded')
    pair.wish(
      'left',
      { type: 'resolve', lock: id, secret: SECRET },
      { type: 'cancel', lock: id, reason: 1 },
    )
    pair.wish('right', { type: 'expire', lock: id, chainBlock: 1n })
    const codes = [
      ...reported(pair.left, 'wishRefused').slice(1),
      ...reported(pair.right, 'wishRefused'),
    ]
    expect(codes.map(({ refusal }) => refusal.code)).to.deep.equal([
      'not_payee',
      'not_payee',
      'not_payer',
    ])
  })

  it('gives its origin back with whatever becomes of it', () => {
    const pair = new Pair()
    watch(pair)
    pair.connect()
    const origin = { type: 'request', id: 5n } as const
    pair.turn('left', { type: 'wish', transaction: lock(10n, REVEAL_BY), origin })
    pair.settle()
    expect(reported(pair.left, 'lockAdded')[0]).to.deep.include({ origin, incoming: false })
    expect(reported(pair.right, 'lockAdded')[0]).to.deep.include({
      origin: null,
      onion: Uint8Array.of(1, 2, 3),
    })
    pair.wish('right', { type: 'cancel', lock: openLock(pair.right).id, reason: 4 })
    pair.settle()
    expect(reported(pair.left, 'lockEnded')[0]).to.deep.include({
      origin,
      reason: 4,
      incoming: false,
    })
    expect(pair.left.channel.notes).to.deep.equal([])
  })

  describe('is resolved only in time', () => {
    it('by the clock of its payer, however early the block is dated', () => {
      for (const late of [0, 1]) {
        const pair = locked()
        pair.left.now = REVEAL_BY + late
        pair.left.finalTimestamp = REVEAL_BY + 1
        pair.wish('right', resolve(pair))
        pair.settle()
        expect(pair.left.channel.mutual.locks.length).to.equal(late)
      }
    })

    it('by the date of the block, however slow the clock of its payer is', () => {
      const pair = locked()
      pair.right.now = REVEAL_BY + 1
      pair.right.finalTimestamp = REVEAL_BY + 1
      pair.wish('right', resolve(pair))
      expect(reported(pair.right, 'wishRefused')[0]?.refusal.code).to.equal('expired')
    })

    it('by the date of the block, however it was forged', () => {
      const pair = locked()
      pair.advance(REVEAL_BY - START - 20)
      pair.right.now += 20
      pair.wish('right', resolve(pair))
      pair.left.finalTimestamp = REVEAL_BY + 1
      pair.left.inbox = []
      pair.hand('left', {
        type: 'update',
        proposal: forged(pair, 'right', { timestamp: REVEAL_BY + 1 }),
      })
      expect(reported(pair.left, 'messageRefused')[0]?.refusal.code).to.equal('expired')
    })

    it('after that, if the chain saw the secret in time; held until that is certain', () => {
      const pair = locked()
      pair.advance(REVEAL_BY - START + 10)
      reveal(pair, 'right', REVEAL_BY)
      pair.settle()
      // Left’s final view is not past the deadline: a reveal in time may still come.
      expect(pair.left.channel.held).not.to.equal(null)
      reveal(pair, 'left', REVEAL_BY)
      pair.advance(1)
      pair.settle()
      expect(pair.left.channel.mutual.locks).to.deep.equal([])
      expect(pair.left.channel.mutual.tokens[0]?.offdelta).to.equal(-10n)
    })

    it('and not because the payee says that the chain saw it in time', () => {
      const pair = locked()
      pair.advance(REVEAL_BY - START + 31)
      // Nothing of left’s is under way that would stand in the way.
      pair.left.channel = { ...pair.left.channel, outstanding: [], queue: pair.right.channel.queue }
      pair.left.inbox = []
      pair.right.inbox = []
      reveal(pair, 'right', REVEAL_BY)
      const own = pair.left.inbox.shift() as Uint8Array
      reveal(pair, 'left', REVEAL_BY + 1)
      pair.left.channel = { ...pair.left.channel, outstanding: [], queue: pair.right.channel.queue }
      pair.hand('left', own)
      const codes = reported(pair.left, 'messageRefused').map(({ refusal }) => refusal.code)
      expect(codes).to.deep.equal(['expired'])
      expect(reported(pair.left, 'lockResolved')).to.deep.equal([])
    })

    it('and not after that, if the chain saw it too late', () => {
      const pair = locked()
      pair.advance(REVEAL_BY - START + 100)
      reveal(pair, 'right', REVEAL_BY + 1)
      reveal(pair, 'left', REVEAL_BY + 1)
      pair.settle()
      expect(pair.left.channel.mutual.locks).to.deep.equal([])
      expect(reported(pair.left, 'lockEnded')[0]?.reason).to.equal(0)
    })
  })

  describe('whose secret is known', () => {
    it('is shown to the chain when the peer has not resolved it shortly before its expiry', () => {
      const pair = locked()
      pair.disconnect()
      pair.wish('right', resolve(pair))
      pair.advance(REVEAL_BY - MARGIN - START - 1)
      expect(submitted(pair.right, 'secret')).to.deep.equal([])
      pair.advance(1)
      pair.advance(1)
      expect(submitted(pair.right, 'secret')).to.deep.equal([{ type: 'secret', secret: SECRET }])
      expect(statusOf(pair.right.channel)).to.equal('ready')
    })

    it('is shown too when it came late, after a little patience with the peer', () => {
      const pair = locked()
      pair.disconnect()
      pair.advance(REVEAL_BY - START - 100)
      pair.turn('right', { type: 'wish', transaction: resolve(pair) })
      expect(submitted(pair.right, 'secret')).to.deep.equal([])
      expect(pair.right.channel.scheduledAt).to.equal(REVEAL_BY - 85)
      pair.advance(15)
      expect(submitted(pair.right, 'secret').length).to.equal(1)
    })

    it('is shown in a dispute too, and again if the batch was not executed', () => {
      const pair = locked()
      pair.turn('right', { type: 'startDispute' })
      pair.wish('right', resolve(pair))
      pair.advance(REVEAL_BY - MARGIN - START)
      const [item] = submitted(pair.right, 'secret')
      pair.turn('right', { type: 'itemEnded', item: item as never, done: false })
      expect(submitted(pair.right, 'secret').length).to.equal(2)
    })

    it('is let go when it is worth less than is enforced', () => {
      const pair = new Pair({ policy: { revealMarginSeconds: MARGIN, enforceMin: 11n } })
      watch(pair)
      pair.connect()
      pair.wish('left', lock(10n, REVEAL_BY))
      pair.settle()
      pair.disconnect()
      pair.wish('right', resolve(pair))
      pair.advance(REVEAL_BY - START - 1)
      expect(submitted(pair.right, 'secret')).to.deep.equal([])
      expect(reported(pair.right, 'claimLetGo').length).to.equal(1)
    })

    it('is told to the payer at first sight on chain, once, and its money counts as gone', () => {
      const pair = locked()
      reveal(pair, 'left', START + 10, false)
      reveal(pair, 'left', START + 10, true)
      expect(reported(pair.left, 'lockResolved').length).to.equal(1)
      pair.wish('right', resolve(pair))
      pair.settle()
      expect(reported(pair.left, 'lockResolved').length).to.equal(1)
      expect(reported(pair.right, 'lockResolved').length).to.equal(1)
    })

    it('is resolved by the payee as soon as the chain has shown it', () => {
      const pair = locked()
      reveal(pair, 'right', START + 10)
      pair.settle()
      expect(pair.left.channel.mutual.locks).to.deep.equal([])
    })
  })

  describe('starts a dispute', () => {
    it('never by silence alone', () => {
      const pair = locked()
      pair.disconnect()
      pair.advance(100_000)
      pair.advance(100_000)
      expect([...submitted(pair.left, 'start'), ...submitted(pair.right, 'start')]).to.deep.equal(
        [],
      )
    })

    it('when the chain saw its secret in time and the peer still ignores it', () => {
      const pair = locked()
      pair.disconnect()
      reveal(pair, 'right', REVEAL_BY)
      pair.advance(REVEAL_BY - START + 3_600)
      expect(submitted(pair.right, 'start')).to.deep.equal([])
      pair.advance(1)
      expect(submitted(pair.right, 'start').length).to.equal(1)
    })
  })

  describe('that nobody collected', () => {
    it('is expired by its payer when a final block later than its deadline shows no reveal', () => {
      const pair = locked()
      pair.advance(REVEAL_BY - START + 30)
      expect(pair.left.channel.mutual.locks.length).to.equal(1)
      pair.advance(1)
      pair.settle()
      for (const side of ['left', 'right'] as const) {
        expect(pair.party(side).channel.mutual.locks).to.deep.equal([])
        expect(reported(pair.party(side), 'lockEnded')[0]?.reason).to.equal(0)
      }
    })

    it('gives its hold back within the block that expires it', () => {
      const pair = locked()
      pair.disconnect()
      pair.advance(REVEAL_BY - START + 31)
      pair.input('left', { type: 'wish', transaction: pay(50n) })
      pair.connect()
      pair.settle()
      expect(pair.right.channel.mutual.tokens[0]?.offdelta).to.equal(-50n)
    })

    it('is not expired before', () => {
      const pair = locked()
      pair.left.finalTimestamp = REVEAL_BY
      pair.wish('left', { type: 'expire', lock: openLock(pair.left).id, chainBlock: 1_000n })
      expect(reported(pair.left, 'wishRefused')[0]?.refusal.code).to.equal('too_early')
    })

    it('is not expired before, in the view of the payee', () => {
      const pair = locked()
      pair.left.finalTimestamp = REVEAL_BY + 1
      pair.wish('left', { type: 'expire', lock: openLock(pair.left).id, chainBlock: 1_000n })
      pair.settle()
      expect(reported(pair.right, 'messageRefused')[0]?.refusal.code).to.equal('too_early')
    })

    it('is expired only in the view of both: the block is held until the payee has seen as much', () => {
      const pair = locked()
      const before = pair.right.finalBlock
      pair.advance(REVEAL_BY - START + 31)
      pair.right.finalBlock = pair.headBlock - 64
      pair.right.finalTimestamp = REVEAL_BY
      pair.settle()
      expect(pair.right.channel.held).not.to.equal(null)
      expect(before).to.be.lessThan(pair.right.finalBlock)
      pair.see('right')
      pair.settle()
      expect(pair.left.channel.mutual.locks).to.deep.equal([])
    })

    it('is not expired when the payee is more than 64 blocks behind, or saw a reveal in time', () => {
      const far = locked()
      far.advance(REVEAL_BY - START + 31)
      far.right.finalBlock = far.headBlock - 65
      far.settle()
      expect(reported(far.right, 'messageRefused')[0]?.refusal.code).to.equal('chain_block_ahead')

      const seen = locked()
      reveal(seen, 'right', REVEAL_BY)
      seen.right.channel = { ...seen.right.channel, queue: seen.left.channel.queue }
      seen.disconnect()
      seen.advance(REVEAL_BY - START + 31)
      seen.right.channel = {
        ...seen.right.channel,
        connected: false,
        queue: { length: 0, last: null, rest: null },
      }
      seen.connected = true
      seen.turn('left', { type: 'connected', up: true })
      seen.deliver('right')
      expect(reported(seen.right, 'messageRefused')[0]?.refusal.code).to.equal('secret_revealed')
    })
  })

  it('is not insisted on at once by a side that was refused, nor with its last block', () => {
    const pair = locked()
    const outAt: number[] = []
    pair.advance(REVEAL_BY - START + 31)
    for (let head = 0; head < 200; head++) {
      const blockHash = pendingBlock(pair.left.channel)?.hash
      if (blockHash !== undefined) {
        outAt.push(head)
        pair.hand('left', { type: 'refuse', blockHash, reason: 37, transaction: 0 })
      }
      pair.right.inbox = []
      pair.advance(12)
    }
    expect(outAt).to.deep.equal([0, 50])
  })

  it('late in the queue is dropped', () => {
    const pair = new Pair()
    watch(pair)
    pair.wish('left', lock(10n, START + 5))
    pair.advance(6)
    pair.connect()
    expect(reported(pair.left, 'wishRefused')[0]?.refusal.code).to.equal('expired')
  })

  it('is not opened by a secret of another hash', () => {
    const pair = locked()
    const secret = parseId<Secret>(`0x${'01'.repeat(32)}`)
    pair.wish('right', { type: 'resolve', lock: openLock(pair.right).id, secret })
    expect(reported(pair.right, 'wishRefused')[0]?.refusal.code).to.equal('secret_wrong')
    expect(pair.right.channel.notes).to.deep.equal([])
  })

  it('keeps a time scheduled as long as it is open', () => {
    const pair = locked()
    pair.disconnect()
    for (let step = 0; step < 20; step++) {
      pair.advance(1_000)
      expect(pair.right.channel.scheduledAt).to.be.greaterThan(pair.right.now)
    }
    expect(pair.right.channel.waitsOnChain).to.equal(true)
  })
})
