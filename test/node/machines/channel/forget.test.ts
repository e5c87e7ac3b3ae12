import type { TokenDiff } from '@xln/shared/channel/transaction.ts'
import {
  type ChannelMessage,
  decodeChannelMessage,
  type Show,
} from '@xln/shared/wire/channelMessage.ts'
import { expect } from 'chai'
import {
  type Channel,
  countedNonce,
  pendingBlock,
  statusOf,
} from '../../../../node/machines/channel/channel.ts'
import { countedProof, isSignedByPeer } from '../../../../node/machines/channel/proofs.ts'
import { decodeChannel, encodeChannel } from '../../../../node/machines/channel/record.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import {
  domain,
  ETHER,
  entities,
  lock,
  other,
  Pair,
  pay,
  reported,
  type SideName,
  START,
  started,
  submitted,
  uncommitted,
} from './support/pair.ts'

const LIFE = 930
const SIDES = ['left', 'right'] as const

const takeOut: TokenDiff = {
  token: ETHER,
  leftDiff: 20n,
  rightDiff: 0n,
  collateralDiff: -20n,
  ondeltaDiff: -20n,
}

interface Past {
  readonly pair: Pair
  /** What each side held at height 1, at height 2, and with the settle block of height 3 not yet decided. */
  readonly at: Record<'one' | 'two' | 'settling', Record<SideName, Channel>>
}

function states({ left, right }: Pair): Record<SideName, Channel> {
  return { left: left.channel, right: right.channel }
}

/** Two blocks, a settlement that the chain has made, and a payment since; height 4. */
function past(): Past {
  const pair = new Pair()
  pair.connect()
  pair.wish('left', pay(10n))
  pair.settle()
  const one = states(pair)
  pair.wish('right', pay(3n), lock(4n, START + 100_000))
  pair.settle()
  const two = states(pair)
  const { namedNonce } = pair.left.channel.mutual
  const newNonce = namedNonce + 1n
  const deadline = START + 900
  const transaction = {
    type: 'settle',
    newNonce,
    deadline,
    diffs: [takeOut],
    forgiveness: [],
  } as const
  pair.turn('left', { type: 'settle', transaction, requestId: 7n })
  pair.settle()
  const settling = states(pair)
  pair.mine({ type: 'channelUpdated', ...entities, token: ETHER, collateral: 80n, ondelta: 30n })
  pair.mine({ type: 'settled', ...entities, cooperativeNonce: newNonce })
  for (const side of SIDES) pair.see(side)
  pair.wish('left', pay(5n))
  pair.settle()
  pair.disconnect()
  return { pair, at: { one, two, settling } }
}

/** The disk of `side` gives back `old`, and its node knows that something is lost. */
function lose(pair: Pair, side: SideName, old: Channel, lostAt?: number): void {
  pair.party(side).channel = { ...decodeChannel(encodeChannel(old)), connected: false }
  pair.party(side).facts = []
  pair.party(side).effects = []
  pair.turn(side, { type: 'restore', ...(lostAt !== undefined && { lostAt }) })
}

function read(pair: Pair, side: SideName, cooperativeNonce = 1n): void {
  const tokens = [{ token: ETHER, collateral: 80n, ondelta: 30n }]
  const position = { block: pair.headBlock, logIndex: 0 }
  const view = { ...entities, cooperativeNonce, position, tokens, dispute: null, ...uncommitted }
  pair.turn(side, { type: 'view', view })
}

/** The wait is over and the chain read by those who have lost something. */
function wait(pair: Pair, cooperativeNonce = 1n): void {
  pair.advance(LIFE + 40)
  for (const side of SIDES) {
    if (pair.party(side).channel.restoring !== null) read(pair, side, cooperativeNonce)
  }
}

function expectEnforceable(pair: Pair): void {
  for (const side of SIDES) {
    const { channel } = pair.party(side)
    const { cooperativeNonce } = channel.mutual
    const signature = channel.counted?.peerSignature ?? new Uint8Array(0)
    const proof = countedProof(channel, domain)
    expect(isSignedByPeer(channel, domain, cooperativeNonce, proof, signature)).to.equal(true)
  }
}

/** Both stand at the first block under the settlement's nonce: nothing but what the chain says. */
function expectAnew(pair: Pair): void {
  for (const side of SIDES) {
    const { channel } = pair.party(side)
    expect(statusOf(channel), side).to.equal('ready')
    expect(channel.mutual).to.deep.include({ height: 1, cooperativeNonce: 1n, namedNonce: 1n })
    expect(channel.mutual).to.deep.include({ tokens: [], locks: [], offers: [] })
  }
  expect(pair.left.channel.mutual).to.deep.equal(pair.right.channel.mutual)
  expectEnforceable(pair)
}

/** Both stand one block above all that was ever signed. */
function expectKept(pair: Pair): void {
  for (const side of SIDES) {
    const { mutual, restoring } = pair.party(side).channel
    expect(restoring).to.equal(null)
    expect(mutual).to.deep.include({ height: 5, cooperativeNonce: 1n })
    expect(mutual.tokens[0]?.offdelta).to.equal(-12n)
    expect(mutual.locks).to.have.length(1)
  }
  expectEnforceable(pair)
}

function decoded(bytes: Uint8Array | undefined): ChannelMessage | undefined {
  return bytes && decodeChannelMessage(bytes)
}

/** What `side` would show of `channel`. */
function showOf(pair: Pair, side: SideName, channel: Channel, cooperativeNonce = 1n): Show {
  const kept = { own: pair.party(side).channel, inbox: pair.party(other(side)).inbox }
  const restoring = { until: 0, cooperativeNonce, askedAt: 0, shown: false }
  pair.connected = true
  pair.party(side).channel = { ...channel, restoring }
  pair.party(other(side)).inbox = []
  pair.input(side, { type: 'connected', up: true })
  const show = decoded(pair.party(other(side)).inbox[0])
  pair.party(side).channel = kept.own
  pair.party(other(side)).inbox = kept.inbox
  if (show?.type !== 'show') throw new Error('nothing was shown')
  return { ...show, asksToResume: false }
}

describe('a settlement that both sides have forgotten', () => {
  before(installNativeCrypto)

  for (const [left, right] of [
    ['one', 'two'],
    ['two', 'one'],
    ['two', 'two'],
  ] as const) {
    it(`of which left remembers block ${left} and right ${right} has them begin anew from what the chain says`, () => {
      const { pair, at } = past()
      lose(pair, 'left', at[left].left)
      lose(pair, 'right', at[right].right)
      wait(pair)
      pair.connect()
      pair.settle()
      expectAnew(pair)
      for (const side of SIDES) expect(reported(pair.party(side), 'restored')).to.have.length(1)
      pair.wish('left', pay(30n))
      pair.settle()
      expect(pair.right.channel.mutual.height).to.equal(2)
    })
  }

  it('outranks with its first block whatever was signed in the lost time', () => {
    const { pair, at } = past()
    const hidden = countedNonce(pair.left.channel)
    lose(pair, 'left', at.two.left)
    lose(pair, 'right', at.one.right)
    wait(pair)
    pair.connect()
    pair.settle()
    expect(countedNonce(pair.right.channel) > hidden).to.equal(true)
  })

  it('tells whoever waited for a lock, or for a block, that nobody knows what became of it', () => {
    const { pair, at } = past()
    const origin = { type: 'request', id: 3n } as const
    const pending = at.two.right
    pair.party('right').channel = { ...pending, connected: true, comparedIn: 0 }
    pair.connected = true
    pair.input('right', { type: 'wish', transaction: pay(1n), origin })
    pair.turn('right')
    const waiting = pair.party('right').channel
    expect(pendingBlock(waiting)).not.to.equal(undefined)
    pair.disconnect()
    lose(pair, 'left', at.one.left)
    lose(pair, 'right', waiting)
    wait(pair)
    pair.connect()
    pair.settle()
    expectAnew(pair)
    expect(reported(pair.right, 'lockForgotten').map(({ lock }) => lock.amount)).to.deep.equal([4n])
    expect(reported(pair.right, 'wishRefused').map((fact) => fact.origin)).to.deep.equal([origin])
  })

  it('comes to the same through any kill: what is on disk goes on from there', () => {
    for (let cut = 0; cut < 8; cut++) {
      const { pair, at } = past()
      lose(pair, 'left', at.two.left)
      lose(pair, 'right', at.one.right)
      wait(pair)
      pair.connect()
      for (let step = 0; step < cut; step++) pair.deliver(step % 2 === 0 ? 'left' : 'right')
      pair.disconnect()
      for (const side of SIDES) {
        const { channel } = pair.party(side)
        pair.party(side).channel = decodeChannel(encodeChannel(channel))
      }
      pair.connect()
      pair.settle()
      expect(pair.left.channel.mutual).to.deep.equal(pair.right.channel.mutual)
      expect(pair.left.channel.mutual.tokens, `after ${cut}`).to.deep.equal([])
      expect(statusOf(pair.right.channel)).to.equal('ready')
      expectEnforceable(pair)
    }
  })

  it('is not forgotten by one whose peer still has its proof', () => {
    for (const side of SIDES) {
      for (const old of ['one', 'two'] as const) {
        const { pair, at } = past()
        lose(pair, side, at[old][side])
        wait(pair)
        pair.connect()
        pair.settle()
        expectKept(pair)
      }
    }
  })

  it('is shown by the one of two that has its proof', () => {
    for (const side of SIDES) {
      const { pair, at } = past()
      lose(pair, side, at.two[side])
      lose(pair, other(side), pair.party(other(side)).channel)
      wait(pair)
      pair.connect()
      pair.settle()
      expectKept(pair)
    }
  })

  it('is none for a side that holds the next proof when it reads the chain, or sees the event', () => {
    for (const known of [0n, 1n]) {
      const { pair, at } = past()
      for (const side of SIDES) {
        // What was lost was lost long ago: the deadline is still to come.
        lose(pair, side, at.settling[side], START - 2 * LIFE)
      }
      pair.advance(1)
      for (const side of SIDES) read(pair, side, known)
      if (known === 0n) pair.mine({ type: 'settled', ...entities, cooperativeNonce: 1n })
      for (const side of SIDES) pair.see(side)
      pair.connect()
      pair.settle()
      for (const side of SIDES) {
        const { mutual, restoring } = pair.party(side).channel
        expect(restoring).to.equal(null)
        expect(mutual).to.deep.include({ height: 4, cooperativeNonce: 1n })
        expect(mutual.locks).to.have.length(1)
      }
      expectEnforceable(pair)
    }
  })

  it('that the chain has taken back has voided nothing: what both hold goes on', () => {
    const { pair } = past()
    for (const side of SIDES) lose(pair, side, pair.party(side).channel)
    wait(pair, 0n)
    pair.connect()
    pair.settle()
    for (const side of SIDES) {
      const { mutual } = pair.party(side).channel
      expect(mutual).to.deep.include({ height: 5, cooperativeNonce: 0n })
      expect(mutual.tokens[0]?.offdelta).to.equal(-12n)
    }
    expectEnforceable(pair)
  })

  describe('and a peer that lies', () => {
    it('takes nothing from a side that has lost nothing', () => {
      const { pair } = past()
      const { mutual } = pair.left.channel
      pair.connect()
      pair.turn('left')
      for (const counted of [undefined, showOf(pair, 'right', past().at.two.right, 0n).counted]) {
        pair.hand('left', { type: 'show', asksToResume: true, ...(counted && { counted }), mutual })
        expect(pair.left.channel.mutual).to.equal(mutual)
        expect(reported(pair.left, 'stateLost')).to.deep.equal([])
      }
    })

    it('cannot bring back what the settlement has voided', () => {
      const { pair, at } = past()
      const old = showOf(pair, 'right', at.two.right, 0n)
      expect(old.counted).not.to.equal(undefined)
      lose(pair, 'left', at.one.left)
      wait(pair)
      const { mutual } = pair.left.channel
      pair.hand('left', old)
      expect(reported(pair.left, 'messageRefused')[0]?.refusal.code).to.equal('show_unproven')
      expect(pair.left.channel.mutual).to.equal(mutual)
      // Nor when it asks beside it: the side that restores forgets nothing, and signs nothing.
      pair.left.signed = []
      pair.hand('left', { ...old, asksToResume: true })
      expect(pair.left.channel.mutual).to.equal(mutual)
      expect(pair.left.signed).to.deep.equal([])
    })

    it('that has said to have nothing is believed all the same when it shows what it has', () => {
      const { pair, at } = past()
      const hidden = showOf(pair, 'left', pair.left.channel)
      lose(pair, 'right', at.two.right)
      wait(pair)
      pair.connect()
      const { counted: _hidden, ...nothing } = hidden
      pair.hand('right', { ...nothing, asksToResume: true })
      expect(pair.right.channel.mutual).to.deep.include({ height: 0, cooperativeNonce: 1n })
      pair.hand('right', hidden)
      expect(pair.right.channel.mutual).to.deep.include({ height: 4, cooperativeNonce: 1n })
      expect(reported(pair.right, 'lockShown')).to.have.length(1)
    })

    it('gains nothing by the old proof later: neither shown, nor before the court', () => {
      const { pair, at } = past()
      const hidden = pair.right.channel
      const show = showOf(pair, 'right', hidden)
      const proof = countedProof(hidden, domain)
      lose(pair, 'left', at.one.left)
      lose(pair, 'right', at.one.right)
      wait(pair)
      pair.connect()
      pair.settle()
      const { mutual } = pair.left.channel
      pair.hand('left', show)
      expect(pair.left.channel.mutual).to.equal(mutual)
      expect(reported(pair.left, 'stateLost')).to.deep.equal([])
      pair.hear('left', started(false, proof, 1n))
      const [item] = submitted(pair.left, 'counter')
      expect(item?.cooperativeNonce).to.equal(1n)
      expect((item?.proof.disputeNonce ?? 0n) > proof.disputeNonce).to.equal(true)
    })
  })

  describe('whose peer stays away', () => {
    function alone(): Pair {
      const { pair, at } = past()
      lose(pair, 'left', at.two.left)
      wait(pair)
      pair.turn('left', { type: 'startDispute' })
      return pair
    }

    it('can be brought before the court by its owner, with what the chain says', () => {
      const [start] = submitted(alone().left, 'start')
      expect(start).to.deep.include({ cooperativeNonce: 1n })
      expect(start?.proof.disputeNonce).to.equal(0n)
      expect(start?.peerSignature).to.have.length(0)
    })

    it('waits for the peer again when that start was not made', () => {
      const pair = alone()
      const [item] = submitted(pair.left, 'start')
      if (item === undefined) throw new Error('nothing was submitted')
      pair.turn('left', { type: 'itemEnded', item, done: false })
      expect(statusOf(pair.left.channel)).to.equal('restoring')
      pair.connect()
      pair.settle()
      expectKept(pair)
    })

    it('is not held up by a start of before it, which no court takes any more', () => {
      const { pair, at } = past()
      lose(pair, 'left', at.two.left)
      pair.turn('left', { type: 'startDispute' })
      expect(submitted(pair.left, 'start')[0]?.cooperativeNonce).to.equal(0n)
      wait(pair)
      expect(statusOf(pair.left.channel)).to.equal('restoring')
      pair.connect()
      pair.settle()
      expectKept(pair)
    })
  })
})

describe('a side that restores', () => {
  before(installNativeCrypto)

  it('counts no block by a signature that came in a dispute, when that dispute is gone', () => {
    const pair = new Pair()
    pair.connect()
    pair.wish('left', pay(1n))
    pair.settle()
    pair.wish('left', pay(2n))
    pair.hear('left', started(false, countedProof(pair.right.channel, domain)))
    pair.settle()
    expect(pendingBlock(pair.left.channel)?.peerSignature).not.to.equal(null)
    pair.turn('left', { type: 'restore' })
    pair.advance(60)
    expect(statusOf(pair.left.channel)).to.equal('restoring')
    expect(pair.left.channel.mutual.height).to.equal(1)
    pair.advance(LIFE)
    const { position, tokens } = pair.left.channel.view
    const view = {
      ...entities,
      cooperativeNonce: 0n,
      position,
      tokens,
      dispute: null,
      ...uncommitted,
    }
    pair.disconnect()
    pair.connect()
    pair.turn('left', { type: 'view', view })
    pair.settle()
    expect(pair.left.channel.restoring).to.equal(null)
    expect(pair.left.channel.mutual).to.deep.equal(pair.right.channel.mutual)
    expect(pair.left.channel.mutual.height).to.equal(3)
  })
})
