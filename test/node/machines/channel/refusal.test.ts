import { expect } from 'chai'
import { pendingBlock, statusOf } from '../../../../node/machines/channel/channel.ts'
import { digestOf, proofOf } from '../../../../node/machines/channel/proofs.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import {
  credit,
  domain,
  forged,
  lock,
  Pair,
  pay,
  reported,
  type SideName,
  START,
  signAs,
} from './support/pair.ts'
import { watch } from './support/rules.ts'

function connected(): Pair {
  const pair = new Pair()
  watch(pair)
  pair.connect()
  return pair
}

function codes(pair: Pair, of: SideName): string[] {
  return reported(pair.party(of), 'messageRefused').map(({ refusal }) => refusal.code)
}

describe('a refused block', () => {
  before(installNativeCrypto)

  /** Left proposes a lock that expires on the way, and right refuses it. */
  function refusedOnce(): Pair {
    const pair = connected()
    pair.wish('left', lock(1n, START + 10), pay(3n))
    pair.disconnect()
    pair.advance(11)
    pair.connect()
    return pair
  }

  it('changes nothing, and is made again without its fault in a new term: the unix second', () => {
    const pair = refusedOnce()
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(1)
    expect(pair.left.channel.mutual.term).to.equal(START + 11)
    expect(pair.right.channel.mutual.tokens[0]?.offdelta).to.equal(-3n)
    expect(reported(pair.left, 'wishRefused').length).to.equal(1)
  })

  it('leaves later blocks in the new term', () => {
    const pair = refusedOnce()
    pair.settle()
    pair.advance(100)
    pair.wish('right', pay(1n))
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(2)
    expect(pair.left.channel.mutual.term).to.equal(START + 11)
  })

  it('stays refused when it comes again, with the same answer', () => {
    const pair = refusedOnce()
    const [message] = pair.right.inbox
    pair.deliver('right')
    const [answer] = pair.left.inbox
    pair.hand('right', message as Uint8Array)
    expect(pair.left.inbox).to.deep.equal([answer, answer])
    expect(pair.right.channel.mutual.height).to.equal(0)
  })

  it('is followed by the greater of term + 1 and the second in which the term is opened', () => {
    const pair = refusedOnce()
    pair.deliver('right')
    // Step a second time within the same second.
    pair.wish('left', lock(1n, START + 20))
    pair.deliver('left')
    expect(pendingBlock(pair.left.channel)?.block.term).to.equal(START + 11)
    pair.right.now += 30
    pair.deliver('right')
    pair.deliver('left')
    expect(pendingBlock(pair.left.channel)?.block.term).to.equal(START + 12)
    pair.settle()
    expect(pair.left.channel.mutual.term).to.equal(START + 12)
  })

  it('opens no term more than 30 s ahead of the clock of who opens it', () => {
    const pair = refusedOnce()
    pair.deliver('right')
    pair.left.now -= 42
    pair.deliver('left')
    expect(pendingBlock(pair.left.channel)?.block.term).to.equal(1_699_999_969)
    pair.left.now -= 1_000
    const own = pendingBlock(pair.left.channel)
    pair.turn('left', {
      type: 'receive',
      message: { type: 'refuse', blockHash: own?.hash as never, reason: 34, transaction: 0xffff },
    })
    pair.left.now += 61
    pair.turn('left', { type: 'timer' })
    expect(pendingBlock(pair.left.channel)).to.equal(undefined)
  })

  it('gives way to a term only where something was refused', () => {
    const pair = connected()
    pair.wish('left', pay(1n))
    const proposal = forged(pair, 'left', { term: START })
    pair.hand('right', { type: 'update', proposal })
    expect(codes(pair, 'right')).to.deep.equal(['term_unexpected'])
    expect(pair.right.channel.mutual.height).to.equal(0)
    expect(pair.right.channel.refused).to.equal(null)
  })

  it('gives way to no term more than 30 s ahead of the receiver', () => {
    for (const ahead of [30, 31]) {
      const pair = refusedOnce()
      pair.deliver('right')
      pair.left.now += ahead
      pair.deliver('left')
      pair.deliver('right')
      expect(pair.right.channel.mutual.height).to.equal(ahead > 30 ? 0 : 1)
    }
  })

  it('lets a term of up to ten minutes ahead wait until its clock has come there', () => {
    for (const ahead of [31, 600]) {
      const pair = refusedOnce()
      pair.deliver('right')
      pair.left.now += ahead
      pair.deliver('left')
      pair.deliver('right')
      expect(pair.right.channel.mutual.height).to.equal(0)
      expect(pair.right.channel.scheduledAt).to.equal(pair.right.now + ahead - 30)
      pair.right.now += ahead - 31
      pair.turn('right', { type: 'timer' })
      expect(pair.right.channel.mutual.height).to.equal(0)
      pair.right.now += 1
      pair.turn('right', { type: 'timer' })
      expect(pair.right.channel.mutual.height).to.equal(1)
    }
  })

  it('gives way to no term further ahead, however its block is dated', () => {
    const pair = refusedOnce()
    pair.deliver('right')
    pair.deliver('left')
    const term = pair.right.now + 601
    pair.hand('right', { type: 'update', proposal: forged(pair, 'left', { term }) })
    expect(codes(pair, 'right').at(-1)).to.equal('term_unexpected')
    expect(pair.right.channel.held).to.equal(null)
    expect(pair.right.channel.refused?.term).to.equal(0)
  })

  it('takes with it all of its kind that were as late, so that one refusal is enough', () => {
    const pair = connected()
    pair.wish('left', lock(1n, START + 10), pay(2n), lock(3n, START + 9), lock(4n, START + 500))
    pair.disconnect()
    pair.right.now += 20
    pair.connect()
    pair.settle()
    expect(codes(pair, 'right')).to.deep.equal(['expired'])
    expect(pair.right.channel.mutual.locks.map(({ amount }) => amount)).to.deep.equal([4n])
    expect(pair.right.channel.mutual.tokens[0]?.offdelta).to.equal(-2n)
  })

  it('can be followed by two more, and then its side waits for the peer', () => {
    const pair = connected()
    for (let round = 0; round < 5; round++) {
      pair.turn('left', { type: 'wish', transaction: lock(1n, pair.left.now + 10) })
      pair.right.now = pair.left.now + 20
      pair.settle()
      pair.left.now += 1
    }
    expect(pair.left.channel.outstanding.length).to.equal(3)
    expect(pendingBlock(pair.left.channel)).to.equal(undefined)
    expect(statusOf(pair.left.channel)).to.equal('ready')
    // A block of the peer's frees it.
    pair.wish('right', pay(1n))
    pair.settle()
    expect(pair.left.channel.outstanding).to.deep.equal([])
    pair.wish('left', pay(1n))
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(2)
  })

  it('does not count when its signature comes after all: a higher nonce stands above it', () => {
    const pair = refusedOnce()
    const first = pair.left.channel.outstanding[0] as NonNullable<ReturnType<typeof pendingBlock>>
    pair.deliver('right')
    pair.deliver('left')
    expect(pair.left.channel.outstanding.length).to.equal(2)
    const proof = proofOf(first.block, first.hash, 86_400)
    const signature = signAs('right', digestOf(domain, pair.left.channel.key, 0n, proof))
    pair.hand('left', { type: 'update', ack: { blockHash: first.hash, signature } })
    expect(pair.left.channel.mutual.height).to.equal(0)
    expect(reported(pair.left, 'lockAdded')).to.deep.equal([])
  })
})

describe('limits of a block', () => {
  before(installNativeCrypto)

  it('of the contract refuse it: half of the locks for one side, and no lock beyond the court', () => {
    const pair = connected()
    pair.wish('right', credit(10_000n))
    pair.settle()
    const locks = Array.from({ length: 257 }, () => lock(1n, START + 1_000))
    pair.wish('left', ...locks)
    pair.settle()
    expect(pair.right.channel.mutual.locks.length).to.equal(256)
    const [refused] = reported(pair.left, 'wishRefused')
    expect(refused?.refusal).to.deep.equal({ code: 'locks_full', count: 256, max: 256 })
    pair.wish('right', lock(1n, START + 1_209_600), lock(1n, START + 1_209_601))
    pair.settle()
    expect(pair.left.channel.mutual.locks.length).to.equal(257)
  })

  it('that are a node’s own never do: a lock below what it enforces is committed', () => {
    const pair = connected()
    pair.wish('left', lock(1n, START + 1))
    pair.settle()
    expect(pair.right.channel.mutual.locks.length).to.equal(1)
  })
})
