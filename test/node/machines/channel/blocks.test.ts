import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { blockHash } from '@xln/shared/channel/blockCodec.ts'
import { decodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { expect } from 'chai'
import { pendingBlock } from '../../../../node/machines/channel/channel.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import {
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
