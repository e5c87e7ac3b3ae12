import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { blockHash } from '@xln/shared/channel/blockCodec.ts'
import { decodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { expect } from 'chai'
import { pendingBlock, statusOf } from '../../../../node/machines/channel/channel.ts'
import { digestOf, proofOf } from '../../../../node/machines/channel/proofs.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import {
  credit,
  domain,
  ETHER,
  entities,
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

describe('a channel block', () => {
  before(installNativeCrypto)

  describe('and the chain', () => {
    it('is held by a receiver that has not yet seen the chain event it names', () => {
      const pair = connected()
      pair.mine({
        type: 'channelUpdated',
        ...entities,
        token: ETHER,
        collateral: 200n,
        ondelta: 150n,
      })
      pair.see('left')
      pair.wish('left', pay(140n))
      pair.settle()
      expect(pair.right.channel.held).not.to.equal(null)
      expect(pair.right.channel.mutual.height).to.equal(0)
      pair.see('right')
      pair.settle()
      expect(pair.left.channel.mutual.height).to.equal(1)
      expect(pair.right.channel.mutual.height).to.equal(1)
    })

    it('is held one per channel', () => {
      const pair = connected()
      pair.mine({
        type: 'channelUpdated',
        ...entities,
        token: ETHER,
        collateral: 200n,
        ondelta: 150n,
      })
      pair.see('left')
      pair.wish('left', pay(1n))
      const first = forged(pair, 'left', {})
      const second = forged(pair, 'left', { timestamp: START + 1 })
      pair.hand('right', { type: 'update', proposal: first })
      pair.hand('right', { type: 'update', proposal: second })
      expect(pair.right.channel.held?.block).to.deep.equal(second.block)
    })

    it('is refused when it names one more than 64 chain blocks ahead', () => {
      for (const ahead of [64, 65]) {
        const pair = connected()
        pair.wish('left', pay(1n))
        const chainPosition = { block: pair.right.finalBlock + ahead, logIndex: 0 }
        pair.hand('right', { type: 'update', proposal: forged(pair, 'left', { chainPosition }) })
        expect(pair.right.channel.held === null).to.equal(ahead > 64)
        expect(codes(pair, 'right')).to.deep.equal(ahead > 64 ? ['chain_ahead'] : [])
      }
    })

    it('is refused when it names an event that this side knows not to exist', () => {
      const pair = connected()
      pair.wish('left', pay(1n))
      const chainPosition = { block: pair.right.finalBlock - 1, logIndex: 0 }
      pair.hand('right', { type: 'update', proposal: forged(pair, 'left', { chainPosition }) })
      expect(codes(pair, 'right')).to.deep.equal(['chain_differs'])
    })
  })

  describe('and the other side', () => {
    it('is not proposed to a peer that is not connected', () => {
      const pair = new Pair()
      watch(pair)
      pair.wish('left', pay(1n))
      expect(pendingBlock(pair.left.channel)).to.equal(undefined)
      pair.connect()
      pair.settle()
      expect(pair.right.channel.mutual.height).to.equal(1)
    })

    it('is not proposed before a proposal of the peer is answered', () => {
      const pair = connected()
      pair.mine({
        type: 'channelUpdated',
        ...entities,
        token: ETHER,
        collateral: 200n,
        ondelta: 150n,
      })
      pair.see('left')
      pair.wish('left', pay(1n))
      pair.settle()
      pair.wish('right', pay(2n))
      expect(pendingBlock(pair.right.channel)).to.equal(undefined)
      pair.see('right')
      pair.settle()
      expect(pair.left.channel.mutual.height).to.equal(2)
    })

    it('carries the acknowledgement of the one before', () => {
      const pair = connected()
      pair.wish('left', pay(1n))
      pair.input('right', { type: 'wish', transaction: pay(2n) })
      pair.deliver('right')
      expect(pair.left.inbox.length).to.equal(1)
      pair.settle()
      expect(pair.left.channel.mutual.height).to.equal(2)
    })

    it('is acknowledged again, by the same signature, when it comes twice', () => {
      const pair = connected()
      pair.wish('left', pay(1n))
      const [message] = pair.right.inbox
      pair.deliver('right')
      pair.hand('right', message as Uint8Array)
      const [first, second] = pair.left.inbox
      expect(second).to.deep.equal(first)
      pair.settle()
      expect(pair.left.channel.mutual.height).to.equal(1)
      expect(reported(pair.right, 'paid').length).to.equal(1)
    })

    it('of left stands when both proposed in one term, and right proposes again', () => {
      const pair = connected()
      pair.wish('left', pay(1n))
      pair.wish('right', pay(2n))
      pair.settle()
      expect(pair.left.channel.mutual.height).to.equal(2)
      expect(pair.left.channel.mutual.term).to.equal(0)
      expect(pair.left.channel.counted?.byLeft).to.equal(false)
      expect(pair.right.channel.mutual.tokens[0]?.offdelta).to.equal(1n)
    })

    it('does not count with a signature that is not the peer’s', () => {
      const pair = connected()
      pair.wish('left', pay(1n))
      pair.deliver('right')
      pair.hand('left', tamperAck(pair.left.inbox.shift() as Uint8Array))
      expect(codes(pair, 'left')).to.deep.equal(['acknowledgement_invalid'])
      expect(pair.left.channel.mutual.height).to.equal(0)
    })

    it('is acknowledged before a later one is signed, also when the peer was gone meanwhile', () => {
      const pair = connected()
      pair.mine({
        type: 'channelUpdated',
        ...entities,
        token: ETHER,
        collateral: 200n,
        ondelta: 150n,
      })
      pair.see('left')
      pair.wish('left', pay(1n))
      pair.deliver('right')
      pair.disconnect()
      // Released while nobody listens; then right proposes in the turn in which left comes back.
      pair.see('right')
      pair.input('right', { type: 'wish', transaction: pay(1n) })
      pair.connect()
      expect(pair.right.signed.map(({ kind }) => kind)).to.deep.equal(['ack', 'proposal'])
    })

    it('takes its transactions back in their order when another stands', () => {
      const pair = connected()
      const tags = [1, 2, 3].map((tag) => ({ type: 'note', data: Uint8Array.of(tag) }) as const)
      pair.wish('right', ...tags.slice(0, 2))
      pair.input('right', { type: 'wish', transaction: tags[2] as (typeof tags)[0] })
      pair.wish('left', pay(1n))
      pair.settle()
      expect(reported(pair.left, 'noted').map(({ data }) => data[0])).to.deep.equal([1, 2, 3])
    })

    it('is never signed at a height before the peer signed the one below', () => {
      const pair = connected()
      pair.wish('left', pay(1n))
      pair.wish('left', pay(2n))
      expect(pair.left.channel.outstanding.length).to.equal(1)
      const height = 2
      const proposal = forged(pair, 'left', { height })
      pair.hand('right', { type: 'update', proposal })
      expect(codes(pair, 'right')).to.deep.equal(['height_gap'])
    })
  })

  describe('and time', () => {
    it('of any age is taken', () => {
      const pair = connected()
      pair.wish('left', pay(1n))
      pair.disconnect()
      pair.advance(5_000_000)
      pair.connect()
      pair.settle()
      expect(pair.left.channel.mutual.height).to.equal(1)
    })

    it('with an expired transaction is refused', () => {
      const pair = connected()
      pair.wish('left', lock(1n, START + 100))
      pair.disconnect()
      pair.advance(101)
      pair.connect()
      pair.settle()
      expect(codes(pair, 'right')).to.include('expired')
      expect(pair.right.channel.mutual.locks).to.deep.equal([])
    })

    it('is refused more than 30 s ahead of the receiver, or before the block below', () => {
      for (const ahead of [30, 31]) {
        const pair = connected()
        pair.left.now += ahead
        pair.wish('left', pay(1n))
        pair.deliver('right')
        expect(codes(pair, 'right')).to.deep.equal(ahead > 30 ? ['timestamp_ahead'] : [])
      }
      const pair = connected()
      pair.wish('left', pay(1n))
      pair.settle()
      pair.wish('left', pay(1n))
      const proposal = forged(pair, 'left', { timestamp: START - 1 })
      pair.hand('right', { type: 'update', proposal })
      expect(codes(pair, 'right')).to.include('timestamp_backward')
    })
  })

  it('is refused with a signature that the chain would not take as evidence', () => {
    const pair = connected()
    pair.wish('left', pay(1n))
    const { block } = forged(pair, 'left', {})
    const signature = signAs('right', blockHash(block))
    pair.hand('right', { type: 'update', proposal: { block, signature } })
    expect(codes(pair, 'right')).to.deep.equal(['signature_invalid'])
    expect(pair.right.channel.mutual.height).to.equal(0)
  })

  it('is refused for a state, a body or a predecessor that differs, or with nothing in it', () => {
    const wrong = `0x${'ab'.repeat(32)}` as ChannelBlock['stateHash']
    const cases: readonly [Partial<ChannelBlock>, string][] = [
      [{ stateHash: wrong }, 'state_differs'],
      [{ proofBodyHash: wrong }, 'body_differs'],
      [{ prevBlockHash: wrong }, 'previous_differs'],
      [{ transactions: [] }, 'block_empty'],
    ]
    for (const [changes, code] of cases) {
      const pair = connected()
      pair.wish('left', pay(1n))
      pair.hand('right', { type: 'update', proposal: forged(pair, 'left', changes) })
      expect(codes(pair, 'right')).to.deep.equal([code])
      expect(pair.right.channel.mutual.height).to.equal(0)
    }
  })

  it('that acknowledges by standing on ours is checked by its one signature', () => {
    const pair = connected()
    pair.wish('left', pay(1n))
    pair.input('right', { type: 'wish', transaction: pay(2n) })
    pair.deliver('right')
    const message = pair.left.inbox.shift() as Uint8Array
    // The acknowledgement itself is worthless, and not looked at.
    const broken = tamperAck(message)
    pair.hand('left', broken)
    expect(pair.left.channel.mutual.height).to.equal(2)
  })

  it('and its acknowledgement are both declined when neither signature is right', () => {
    const pair = connected()
    pair.wish('left', pay(1n))
    pair.input('right', { type: 'wish', transaction: pay(2n) })
    pair.deliver('right')
    pair.left.channel = { ...pair.left.channel }
    const message = tamperAck(pair.left.inbox.shift() as Uint8Array)
    const { proposal } = message
    const signature = (message.ack as { signature: Uint8Array }).signature
    pair.hand('left', {
      ...message,
      proposal: { block: proposal?.block as ChannelBlock, signature },
    })
    expect(codes(pair, 'left')).to.deep.equal(['acknowledgement_invalid'])
    expect(pair.left.channel.mutual.height).to.equal(0)
  })
})

function tamperAck(bytes: Uint8Array) {
  const message = decodeChannelMessage(bytes)
  if (message?.type !== 'update' || message.ack === undefined) throw new Error('no acknowledgement')
  const signature = message.ack.signature.map((byte, index) => (index === 40 ? byte ^ 1 : byte))
  return { ...message, ack: { ...message.ack, signature } }
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

  it('gives way to no such term, however its block is dated', () => {
    const pair = refusedOnce()
    pair.deliver('right')
    pair.deliver('left')
    const term = pair.right.now + 31
    pair.hand('right', { type: 'update', proposal: forged(pair, 'left', { term }) })
    expect(codes(pair, 'right').at(-1)).to.equal('term_unexpected')
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
