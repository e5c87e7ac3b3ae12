/** A channel that was under quarantine: nothing of what happened meanwhile has reached it. */
import type { Settle } from '@xln/shared/channel/transaction.ts'
import { expect } from 'chai'
import { type Channel, statusOf } from '../../../../node/machines/channel/channel.ts'
import type { ChannelView } from '../../../../node/machines/channel/messages.ts'
import { countedProof } from '../../../../node/machines/channel/proofs.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import {
  domain,
  ETHER,
  entities,
  lock,
  Pair,
  pay,
  reported,
  SECRET,
  START,
  submitted,
  uncommitted,
} from './support/pair.ts'

const LIFE = 930

function connected(): Pair {
  const pair = new Pair()
  pair.connect()
  pair.wish('left', pay(1n))
  pair.settle()
  return pair
}

/** Right is as `old` was when the machine threw, and an operator lets it go on. */
function release(pair: Pair, old: Channel): void {
  pair.right.channel = old
  pair.right.inbox = []
  pair.right.finalBlock = pair.headBlock
  pair.right.effects = []
  pair.right.facts = []
  pair.right.signed = []
  pair.turn('right', { type: 'released', up: pair.connected })
}

function read(pair: Pair, changes: Partial<ChannelView> = {}): void {
  const { tokens } = pair.right.channel.view
  const position = { block: pair.headBlock, logIndex: 0 }
  const nothing = { ...uncommitted, cooperativeNonce: 0n, dispute: null }
  const view = { ...entities, ...nothing, position, tokens, ...changes }
  pair.turn('right', { type: 'view', view })
}

describe('a channel that is released from quarantine', () => {
  before(installNativeCrypto)

  it('reads the chain at once, and signs no block before its peer has resumed it', () => {
    const pair = connected()
    const old = pair.right.channel
    release(pair, old)
    expect(pair.right.effects.map(({ type }) => type)).to.include('readChannel')
    expect(reported(pair.right, 'stateLost')).to.deep.equal([])
    read(pair)
    pair.wish('left', pay(2n))
    pair.wish('right', pay(1n))
    pair.settle()
    expect(pair.right.signed).to.deep.equal([])
    pair.advance(LIFE + 40)
    read(pair)
    pair.settle()
    expect(pair.right.channel.restoring).to.equal(null)
    expect(pair.right.channel.mutual).to.deep.equal(pair.left.channel.mutual)
  })

  it('reads the chain again, and is shown again, if it restored before', () => {
    const pair = connected()
    pair.turn('right', { type: 'restore' })
    pair.advance(LIFE + 40)
    read(pair)
    expect(pair.right.channel.restoring?.cooperativeNonce).to.equal(0n)
    release(pair, pair.right.channel)
    expect(pair.right.channel.restoring).to.deep.include({ cooperativeNonce: null, shown: false })
  })

  it('does not give up a settlement that was made meanwhile: it holds the proof', () => {
    const pair = connected()
    const nothing = { leftDiff: 0n, rightDiff: 0n, collateralDiff: 0n, ondeltaDiff: 0n }
    const diffs = [{ token: ETHER, ...nothing }]
    const deadline = START + 900
    const transaction: Settle = { type: 'settle', newNonce: 1n, deadline, diffs, forgiveness: [] }
    pair.turn('left', { type: 'settle', transaction, requestId: 7n })
    pair.settle()
    const old = pair.right.channel
    expect(statusOf(old)).to.equal('settling')
    pair.mine({ type: 'settled', ...entities, cooperativeNonce: 1n })
    pair.see('left')
    release(pair, old)
    pair.advance(LIFE + 40)
    expect(reported(pair.right, 'settlementAbandoned')).to.deep.equal([])
    read(pair, { cooperativeNonce: 1n })
    pair.settle()
    expect(pair.right.channel.mutual).to.deep.include({ cooperativeNonce: 1n, height: 3 })
    expect(pair.right.channel.mutual).to.deep.equal(pair.left.channel.mutual)
  })

  it('gives one up that was not made, once it has read the chain', () => {
    const pair = connected()
    const nothing = { leftDiff: 0n, rightDiff: 0n, collateralDiff: 0n, ondeltaDiff: 0n }
    const diffs = [{ token: ETHER, ...nothing }]
    const deadline = START + 900
    const transaction: Settle = { type: 'settle', newNonce: 1n, deadline, diffs, forgiveness: [] }
    pair.turn('right', { type: 'settle', transaction, requestId: 7n })
    pair.settle()
    release(pair, pair.right.channel)
    pair.advance(LIFE + 40)
    read(pair)
    pair.advance(12)
    expect(reported(pair.right, 'settlementAbandoned')).to.have.length(1)
  })

  it('counters an old state that was posted meanwhile as soon as it reads of it', () => {
    const pair = connected()
    const stale = countedProof(pair.left.channel, domain)
    pair.wish('left', pay(2n))
    pair.settle()
    release(pair, pair.right.channel)
    const { disputeNonce: standingNonce, proofBodyHash } = stale
    const deadline = pair.right.finalTimestamp + 600
    const dispute = { standingNonce, deadline, startedByLeft: true, poster: 'left', proofBodyHash }
    read(pair, { dispute: dispute as ChannelView['dispute'] })
    expect(submitted(pair.right, 'counter')).to.have.length(1)
  })

  it('waits for no start of which it was told in vain what became', () => {
    const pair = connected()
    pair.turn('right', { type: 'startDispute' })
    release(pair, pair.right.channel)
    expect(statusOf(pair.right.channel)).to.equal('disputed')
    pair.advance(LIFE + 40)
    expect(statusOf(pair.right.channel)).to.equal('restoring')
  })

  it('shows a secret to the chain again of which it was told in vain what became', () => {
    const pair = new Pair()
    pair.connect()
    const revealBy = START + 5_000
    pair.wish('left', lock(4n, revealBy))
    pair.settle()
    const [open] = pair.right.channel.mutual.locks
    if (open === undefined) throw new Error('no lock is open')
    pair.disconnect()
    pair.wish('right', { type: 'resolve', lock: open.id, secret: SECRET })
    pair.right.now = revealBy - 500
    pair.turn('right', { type: 'timer' })
    const asked = submitted(pair.right, 'secret').length
    release(pair, pair.right.channel)
    pair.turn('right', { type: 'timer' })
    expect([asked, submitted(pair.right, 'secret').length]).to.deep.equal([1, 1])
  })
})
