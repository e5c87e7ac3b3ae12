/** A side that has lost state, and an era that has ended meanwhile. */
import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import { expect } from 'chai'
import {
  type Channel,
  countedNonce,
  nonceOf,
  pendingBlock,
  statusOf,
} from '../../../../node/machines/channel/channel.ts'
import { countedProof } from '../../../../node/machines/channel/proofs.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import { domain, entities, Pair, pay, reported, uncommitted } from './support/pair.ts'

const LIFE = 930
const cooperativeNonce = 1n << 32n

/** The disk of right gives back `old`, and its node knows that something is lost. */
function lose(pair: Pair, old: Channel, finalBlock: number): void {
  if (pair.connected) pair.disconnect()
  pair.right.channel = { ...old, connected: false }
  pair.right.finalBlock = finalBlock
  pair.right.facts = []
  pair.right.signed = []
  pair.turn('right', { type: 'restore' })
}

function read(pair: Pair): void {
  const { tokens } = pair.right.channel.view
  const position = { block: pair.headBlock, logIndex: 0 }
  const view = { ...entities, cooperativeNonce, position, tokens, dispute: null, ...uncommitted }
  pair.turn('right', { type: 'view', view })
}

function connected(): Pair {
  const pair = new Pair()
  pair.connect()
  pair.wish('left', pay(1n))
  pair.settle()
  return pair
}

function endEra(pair: Pair, disputeNonce: bigint): void {
  const ended = { ...entities, disputeNonce, cooperativeNonce, fraud: false }
  pair.mine({ type: 'disputeFinalised', ...ended })
}

/** Left and right have seen the end, and signed block 1 of the new era; right has forgotten both. */
function forgottenEra(): Pair {
  const pair = connected()
  const { channel: old, finalBlock } = pair.right
  endEra(pair, countedProof(old, domain).disputeNonce)
  for (const side of ['left', 'right'] as const) pair.see(side)
  pair.wish('left', pay(2n))
  pair.settle()
  expect(pair.right.channel.mutual).to.deep.include({ cooperativeNonce, term: 0, height: 1 })
  pair.advance(60)
  lose(pair, old, finalBlock)
  return pair
}

describe('a side that has lost state, and with it the end of an era', () => {
  before(installNativeCrypto)

  for (const how of ['event', 'view'] as const) {
    it(`told by ${how} restores in the new era too`, () => {
      const pair = forgottenEra()
      if (how !== 'event') pair.events.length = 0
      pair.connect()
      pair.advance(LIFE)
      pair.wish('right', pay(1n))
      pair.settle()
      expect(statusOf(pair.right.channel)).to.equal('restoring')
      expect(pair.right.signed).to.deep.equal([])
      expect(reported(pair.right, 'restored')).to.deep.equal([])
      pair.advance(40)
      read(pair)
      expect(pair.right.channel.mutual.cooperativeNonce).to.equal(cooperativeNonce)
      pair.settle()
      const { left, right } = pair
      expect(right.channel.restoring).to.equal(null)
      expect(right.channel.mutual).to.deep.include({ cooperativeNonce, height: 2 })
      expect(stateHash(right.channel.mutual)).to.equal(stateHash(left.channel.mutual))
      expect(reported(right, 'restored')).to.have.length(1)
    })
  }

  it('restores as long again when it loses the time in which it had ceased to restore (seed 600013)', () => {
    const pair = connected()
    lose(pair, pair.right.channel, pair.right.finalBlock)
    const { channel: old, finalBlock } = pair.right
    pair.connect()
    pair.advance(600)
    endEra(pair, countedProof(old, domain).disputeNonce)
    for (const side of ['left', 'right'] as const) pair.see(side)
    expect(pair.right.channel.restoring).to.equal(null)
    pair.wish('left', pay(2n))
    pair.settle()
    expect(pair.right.channel.mutual).to.deep.include({ cooperativeNonce, height: 1 })
    pair.advance(60)
    lose(pair, old, finalBlock)
    expect(pair.right.channel.restoring?.until).to.equal((old.restoring?.until ?? 0) + 660)
    pair.connect()
    for (const side of ['left', 'right'] as const) pair.see(side)
    pair.advance(LIFE - 60)
    read(pair)
    pair.settle()
    expect(statusOf(pair.right.channel)).to.equal('restoring')
    expect(pair.right.signed).to.deep.equal([])
  })

  it('signs nothing in its first place that a peer, which says to know of nothing, could outrank', () => {
    const pair = forgottenEra()
    const hidden = countedNonce(pair.left.channel)
    pair.left.channel = { ...pair.left.channel, ...empty(pair) }
    pair.advance(LIFE + 40)
    pair.connect()
    read(pair)
    pair.settle()
    pair.wish('left', pay(1n))
    pair.settle()
    expect(countedNonce(pair.right.channel) > hidden).to.equal(true)
  })

  it('is done with it when that ended after the loss', () => {
    const pair = connected()
    lose(pair, pair.right.channel, pair.right.finalBlock)
    pair.advance(60)
    endEra(pair, countedProof(pair.left.channel, domain).disputeNonce)
    pair.see('right')
    expect(pair.right.channel.mutual).to.deep.include({ cooperativeNonce, height: 0 })
    expect(pair.right.channel.restoring).to.equal(null)
    expect(reported(pair.right, 'restored')).to.have.length(1)
  })

  it('stays so though the chain made a block of its own count', () => {
    const pair = connected()
    pair.wish('right', pay(2n))
    const own = pendingBlock(pair.right.channel)
    if (own === undefined) throw new Error('nothing is pending')
    endEra(pair, nonceOf(own.block))
    pair.headBlock += 60
    pair.right.now += 60
    lose(pair, pair.right.channel, pair.right.finalBlock)
    pair.see('right')
    expect(pair.right.channel.mutual).to.deep.include({ cooperativeNonce, height: 0 })
    expect(statusOf(pair.right.channel)).to.equal('restoring')
    expect(reported(pair.right, 'restored')).to.deep.equal([])
  })
})

/** What left would hold if nothing had been signed in this era. */
function empty({ left, right }: Pair): Partial<Channel> {
  const { prevBlockHash } = new Pair().left.channel.mutual
  const mutual = { ...right.channel.mutual, cooperativeNonce, namedNonce: cooperativeNonce }
  const nothing = { height: 0, term: 0, prevBlockHash, tokens: [], locks: [], offers: [] }
  return { mutual: { ...mutual, ...nothing }, counted: null, view: left.channel.view }
}
