import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import { decodeChannelMessage, type Show } from '@xln/shared/wire/channelMessage.ts'
import { expect } from 'chai'
import { type Channel, pendingBlock, statusOf } from '../../../../node/machines/channel/channel.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import {
  entities,
  lock,
  Pair,
  pay,
  reported,
  SECRET,
  type SideName,
  START,
  submitted,
  uncommitted,
} from './support/pair.ts'
import { watch } from './support/rules.ts'

const LIFE = 930

/** The channel of `side` as its disk had it some blocks ago, in a node that knows of its loss. */
function lose(pair: Pair, side: SideName, old: Channel): void {
  pair.party(side).channel = { ...old, connected: false }
  pair.turn(side, { type: 'restore' })
}

/** Two sides at height 3, of which `side` has only what it had at height 1. */
function forgetful(side: SideName): Pair {
  const pair = new Pair()
  pair.connect()
  pair.wish('left', pay(1n))
  pair.settle()
  const old = pair.party(side).channel
  pair.wish('left', pay(2n))
  pair.settle()
  pair.wish('right', pay(3n), lock(4n, START + 100_000))
  pair.settle()
  pair.disconnect()
  lose(pair, side, old)
  return pair
}

/** The chain's view, as the shell reads it for a side. */
function read(
  pair: Pair,
  side: SideName,
  cooperativeNonce = pair.party(side).channel.mutual.cooperativeNonce,
): void {
  const { position, tokens } = pair.party(side).channel.view
  pair.turn(side, {
    type: 'view',
    view: { ...entities, cooperativeNonce, position, tokens, dispute: null, ...uncommitted },
  })
}

/** Waits until nothing that was signed lives any more, reads the chain, and meets the peer. */
function meet(pair: Pair, side: SideName): void {
  pair.advance(LIFE + 40)
  read(pair, side)
  pair.connect()
  pair.settle()
}

function expectAgreement(pair: Pair, height: number): void {
  const { left, right } = pair
  expect(stateHash(left.channel.mutual)).to.equal(stateHash(right.channel.mutual))
  expect(left.channel.mutual.prevBlockHash).to.equal(right.channel.mutual.prevBlockHash)
  expect(left.channel.mutual.height).to.equal(height)
  expect([left.channel.restoring, right.channel.restoring]).to.deep.equal([null, null])
}

function shown(bytes: Uint8Array | undefined): Show {
  const message = bytes && decodeChannelMessage(bytes)
  if (message?.type !== 'show') throw new Error('nothing was shown')
  return message
}

describe('a node that has lost state', () => {
  before(installNativeCrypto)

  for (const side of ['left', 'right'] as const) {
    it(`adopts what its peer shows and goes on from a block in a new term (${side})`, () => {
      const pair = forgetful(side)
      watch(pair)
      meet(pair, side)
      expectAgreement(pair, 4)
      expect(pair.party(side).channel.mutual.term).to.equal(pair.left.now)
      expect(reported(pair.party(side), 'restored').length).to.equal(1)
      expect(reported(pair.party(side), 'lockShown').map(({ lock }) => lock.amount)).to.deep.equal([
        4n,
      ])
      pair.wish(side, pay(1n))
      pair.settle()
      expectAgreement(pair, 5)
    })
  }

  it('tells what a block of its own did, which its peer acknowledged meanwhile (seed 300047)', () => {
    const pair = new Pair()
    watch(pair)
    pair.connect()
    pair.wish('left', lock(9n, START + 100_000))
    pair.settle()
    const { id } = pair.right.channel.mutual.locks[0] ?? { id: null }
    pair.wish('right', { type: 'resolve', lock: id as never, secret: SECRET }, pay(1n))
    pair.turn('right', { type: 'restore' })
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(2)
    expect(pair.right.channel.mutual.height).to.equal(1)
    meet(pair, 'right')
    expectAgreement(pair, 3)
    expect(reported(pair.right, 'lockResolved').map(({ lock }) => lock.amount)).to.deep.equal([9n])
    expect(reported(pair.right, 'paid').map(({ amount }) => amount)).to.deep.equal([1n])
    expect(reported(pair.right, 'wishRefused')).to.deep.equal([])
    expect(reported(pair.right, 'restored').length).to.equal(1)
  })

  it('signs nothing before a final block is later than the longest life of what it may have signed', () => {
    const pair = forgetful('right')
    pair.right.signed = []
    const until = pair.right.channel.restoring?.until ?? 0
    expect(until).to.equal(START + LIFE)
    pair.advance(LIFE + 30)
    pair.connect()
    pair.settle()
    expect(pair.right.finalTimestamp).to.equal(until)
    expect(pair.right.signed).to.deep.equal([])
    pair.advance(1)
    expect(pair.right.effects.filter(({ type }) => type === 'readChannel').length).to.equal(1)
    read(pair, 'right')
    expect(pair.right.signed.map(({ kind }) => kind)).to.deep.equal(['show'])
  })

  it('signs no block, and starts no dispute by itself, before it is resumed', () => {
    const pair = forgetful('right')
    pair.advance(LIFE + 40)
    pair.connect()
    pair.right.signed = []
    pair.wish('right', pay(1n))
    pair.wish('left', pay(1n))
    pair.settle()
    expect(
      pair.right.signed.map(({ kind }) => kind).filter((kind) => kind !== 'show'),
    ).to.deep.equal([])
    expect(submitted(pair.right, 'start')).to.deep.equal([])
    // Its owner may, warned of the forfeit.
    pair.turn('right', { type: 'startDispute' })
    expect(submitted(pair.right, 'start').length).to.equal(1)
  })

  it('finds out when a peer shows its own signature on something newer', () => {
    for (const proposer of ['left', 'right'] as const) {
      const pair = forgetful('right')
      pair.advance(LIFE + 40)
      // It does not know: its disk opened without an error.
      pair.right.channel = { ...pair.right.channel, restoring: null }
      pair.connect()
      pair.wish(proposer, pay(1n))
      pair.settle()
      expect(reported(pair.right, 'stateLost').length).to.equal(1)
      expect(reported(pair.left, 'stateLost').length).to.equal(0)
      expect(statusOf(pair.right.channel)).to.equal('restoring')
      pair.advance(LIFE + 40)
      read(pair, 'right')
      pair.settle()
      expectAgreement(pair, 4)
    }
  })

  it('ignores a claim without its own signature, or with another hash', () => {
    const changes: Partial<Show>[] = [
      { counted: breakSignature(forgedShow(forgetful('right'), {}), 'rightSignature') },
      { counted: breakSignature(forgedShow(forgetful('right'), {}), 'leftSignature') },
      { mutual: { ...forgedShow(forgetful('right'), {}).mutual, disputeWindow: 700 } },
      { mutual: { ...forgedShow(forgetful('right'), {}).mutual, namedNonce: 1n } },
    ]
    for (const change of changes) {
      const pair = forgetful('right')
      pair.right.channel = { ...pair.right.channel, restoring: null }
      const before = pair.right.channel
      pair.hand('right', forgedShow(pair, change))
      expect(reported(pair.right, 'messageRefused')[0]?.refusal.code).to.equal('show_unproven')
      expect(pair.right.channel.mutual).to.equal(before.mutual)
    }
  })

  it('is resumed with what waited at its peer, or with an empty block', () => {
    const pair = forgetful('right')
    pair.wish('left', pay(5n))
    meet(pair, 'right')
    expectAgreement(pair, 4)
    expect(pair.right.facts.filter(({ type }) => type === 'paid').slice(-1)[0]).to.deep.include({
      amount: 5n,
    })
  })

  it('accepts no resume block whose term is behind or ahead of its clock', () => {
    for (const [offset, height] of [
      [-31, 3],
      [-30, 4],
      [30, 4],
      [31, 3],
    ] as const) {
      const pair = forgetful('right')
      pair.advance(LIFE + 40)
      read(pair, 'right')
      pair.right.now -= offset
      pair.connect()
      pair.settle()
      expect(pair.right.channel.mutual.height).to.equal(height)
    }
  })

  it('has a hidden block of the lost time outranked by the term it resumes in', () => {
    const pair = new Pair()
    watch(pair)
    pair.connect()
    pair.wish('left', pay(1n))
    pair.settle()
    const old = pair.right.channel
    // Right proposes, left signs, and right forgets; left shows only what was before.
    const before = pair.left.channel
    pair.wish('right', pay(30n))
    const hidden = pendingBlock(pair.right.channel)
    pair.settle()
    pair.disconnect()
    pair.onState = null
    pair.left.channel = { ...before, connected: false }
    lose(pair, 'right', old)
    meet(pair, 'right')
    expectAgreement(pair, 2)
    expect(pair.right.channel.mutual.term).to.be.greaterThan(hidden?.block.term ?? 0)
  })

  it('that holds all that its peer holds is resumed all the same', () => {
    const pair = new Pair()
    pair.connect()
    pair.wish('left', pay(1n))
    pair.settle()
    pair.disconnect()
    pair.turn('right', { type: 'restore' })
    meet(pair, 'right')
    expectAgreement(pair, 2)
  })

  it('may be both: the one with the higher nonce is ahead, at equality left', () => {
    for (const lost of [null, 'left', 'right'] as const) {
      const pair = new Pair()
      pair.connect()
      pair.wish('left', pay(1n))
      pair.settle()
      const old = { left: pair.left.channel, right: pair.right.channel }
      pair.wish('left', pay(2n))
      pair.settle()
      pair.disconnect()
      for (const side of ['left', 'right'] as const) {
        lose(pair, side, side === lost ? old[side] : pair.party(side).channel)
      }
      pair.advance(LIFE + 40)
      read(pair, 'left')
      read(pair, 'right')
      pair.connect()
      pair.settle()
      expectAgreement(pair, 3)
      const ahead = lost === 'left' ? 'right' : 'left'
      expect(pair.left.channel.counted?.byLeft).to.equal(ahead === 'left')
    }
  })

  it('goes on from nothing with a peer that opened it before a settlement, or after one', () => {
    for (const side of ['left', 'right'] as const) {
      const pair = new Pair()
      for (const each of ['left', 'right'] as const) lose(pair, each, pair.party(each).channel)
      const { mutual } = pair.party(side).channel
      const later = { ...mutual, cooperativeNonce: 1n, namedNonce: 1n }
      pair.party(side).channel = { ...pair.party(side).channel, mutual: later }
      pair.advance(LIFE + 40)
      read(pair, 'left', 1n)
      read(pair, 'right', 1n)
      pair.connect()
      pair.settle()
      expectAgreement(pair, 1)
    }
  })

  it('does not say by itself what is over either, before it is resumed', () => {
    const pair = new Pair()
    pair.connect()
    pair.wish('left', lock(1n, START + 5_000))
    pair.settle()
    pair.turn('left', { type: 'restore' })
    pair.advance(6_000)
    expect(pair.left.channel.queue.length).to.equal(1)
    expect(pair.left.channel.outstanding).to.deep.equal([])
  })

  it('answers a peer that is restoring too, so that neither waits for the other', () => {
    const pair = new Pair()
    pair.connect()
    pair.wish('left', pay(1n))
    pair.settle()
    const old = pair.left.channel
    pair.wish('left', pay(2n))
    pair.settle()
    pair.disconnect()
    lose(pair, 'left', old)
    lose(pair, 'right', pair.right.channel)
    pair.advance(LIFE + 40)
    pair.connect()
    // Left has read the chain before right, and its question is lost on right.
    read(pair, 'left')
    pair.settle()
    read(pair, 'right')
    pair.settle()
    expectAgreement(pair, 3)
  })

  it('asks again, but not at every head: each answer costs the peer a block', () => {
    const pair = forgetful('right')
    pair.advance(LIFE + 40)
    read(pair, 'right')
    pair.connect()
    pair.right.inbox = []
    pair.left.inbox = []
    pair.right.signed = []
    for (let head = 0; head < 50; head++) pair.advance(12)
    expect(pair.right.signed.length).to.equal(1)
    pair.settle()
    expectAgreement(pair, 4)
  })

  it('survives a connection that breaks while it is resumed', () => {
    const pair = forgetful('right')
    pair.advance(LIFE + 40)
    read(pair, 'right')
    for (let cut = 0; cut < 3; cut++) {
      pair.connect()
      for (let step = 0; step < cut; step++) {
        pair.deliver('left')
        pair.deliver('right')
      }
      pair.disconnect()
      pair.advance(5)
    }
    pair.connect()
    pair.settle()
    expectAgreement(pair, 4)
  })

  it('whose acknowledgement its peer never got is not taken for one that is behind', () => {
    const pair = new Pair()
    watch(pair)
    pair.connect()
    pair.wish('left', pay(1n))
    pair.deliver('right')
    pair.disconnect()
    pair.turn('right', { type: 'restore' })
    meet(pair, 'right')
    expectAgreement(pair, 2)
    expect(reported(pair.left, 'stateLost')).to.deep.equal([])
  })
})

/** What left would show, with changes. */
function forgedShow(pair: Pair, changes: Partial<Show>): Show {
  const { left } = pair
  const before = left.channel
  const connected = pair.connected
  pair.connected = true
  left.channel = {
    ...before,
    restoring: { until: 0, cooperativeNonce: 0n, askedAt: 0, shown: false },
  }
  const inbox = pair.right.inbox
  pair.right.inbox = []
  pair.input('left', { type: 'connected', up: true })
  const show = shown(pair.right.inbox[0])
  pair.right.inbox = inbox
  left.channel = before
  pair.connected = connected
  return { ...show, asksToResume: false, ...changes }
}

function breakSignature({ counted }: Show, which: 'leftSignature' | 'rightSignature') {
  if (counted === undefined) throw new Error('nothing counts')
  const broken = counted[which].map((byte, index) => (index === 40 ? byte ^ 1 : byte))
  return { ...counted, [which]: broken }
}
