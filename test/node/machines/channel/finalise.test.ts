import { proofBodyHash } from '@xln/shared/channel/proofBody.ts'
import type { Proof } from '@xln/shared/depository/batchItem.ts'
import { ZERO_HASH } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_MAX } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import { nonceOf, pendingBlock } from '../../../../node/machines/channel/channel.ts'
import { countedProof, ownProof } from '../../../../node/machines/channel/proofs.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import { withHistory } from './support/history.ts'
import {
  credit,
  domain,
  ETHER,
  entities,
  lock,
  openLock,
  Pair,
  pay,
  reported,
  SECRET,
  START,
  started,
  submitted,
} from './support/pair.ts'
import { watch } from './support/rules.ts'

/** What can be posted before anything was signed. */
const START_OF_NOTHING: Proof = {
  disputeNonce: 0n,
  disputeWindow: DISPUTE_WINDOW_MAX,
  proofBodyHash: ZERO_HASH,
  blockHash: ZERO_HASH,
}

describe('the end of a dispute', () => {
  before(installNativeCrypto)

  it('comes by our finalise once the chain’s time has reached the deadline', () => {
    const { pair, newest } = withHistory()
    pair.turn('left', { type: 'startDispute' })
    pair.mine(started(true, newest))
    pair.see('left')
    pair.advance(86_000)
    expect(submitted(pair.left, 'finalise')).to.deep.equal([])
    pair.advance(430)
    const [finalise] = submitted(pair.left, 'finalise')
    expect(finalise && proofBodyHash(finalise.body)).to.equal(newest.proofBodyHash)
  })

  it('comes early, when the peer posted what is our newest and nothing is pending', () => {
    const { pair, newest } = withHistory()
    pair.mine(started(true, newest))
    pair.see('right')
    expect(submitted(pair.right, 'finalise').length).to.equal(1)
    pair.see('left')
    expect(submitted(pair.left, 'finalise')).to.deep.equal([])
  })

  it('comes not early when the peer posted something older', () => {
    const { pair, old } = withHistory()
    pair.mine(started(true, old))
    pair.see('right')
    expect(submitted(pair.right, 'finalise')).to.deep.equal([])
    expect(submitted(pair.right, 'counter').length).to.equal(1)
  })

  it('comes not early while a lock is pending, but as soon as its secret is on chain', () => {
    const pair = new Pair()
    watch(pair)
    pair.connect()
    pair.wish('left', lock(10n, START + 3_000))
    pair.settle()
    pair.mine(started(true, countedProof(pair.left.channel, domain)))
    pair.see('right')
    expect(submitted(pair.right, 'finalise')).to.deep.equal([])
    const { hashlock } = openLock(pair.right)
    pair.turn(
      'right',
      { type: 'secretRevealed', hashlock, secret: SECRET, revealedAt: START, final: true },
      { type: 'head' },
    )
    expect(submitted(pair.right, 'finalise').length).to.equal(1)
  })

  it('shows everything that both sides have committed', () => {
    const { pair, newest } = withHistory()
    const data = Uint8Array.of(1, 2, 3, 4)
    const { proofBodyHash: body } = newest
    pair.mine(started(true, newest))
    pair.mine({
      type: 'argumentsCommitted',
      ...entities,
      byLeft: true,
      proofBodyHash: body,
      data,
    })
    pair.mine({ type: 'tokensNamed', ...entities, byLeft: false, tokens: [ETHER] })
    pair.see('right')
    expect(submitted(pair.right, 'finalise')[0]).to.deep.include({
      leftArguments: data,
      rightArguments: new Uint8Array(0),
      leftTokens: [],
      rightTokens: [ETHER],
    })
  })

  it('is waited for by the first block of the new era, which may come before it is seen', () => {
    const { pair, newest } = withHistory()
    pair.mine(started(true, newest))
    for (const side of ['left', 'right'] as const) pair.see(side)
    const cooperativeNonce = 1n << 32n
    const { disputeNonce } = newest
    pair.mine({
      type: 'disputeFinalised',
      ...entities,
      disputeNonce,
      cooperativeNonce,
      fraud: false,
    })
    pair.see('left')
    pair.wish('left', credit(9n))
    pair.deliver('right')
    expect(pair.right.channel.dispute).not.to.equal(null)
    pair.see('right')
    pair.settle()
    expect(pair.right.channel.mutual).to.deep.include({ cooperativeNonce, height: 1, term: 0 })
    expect(pair.left.channel.mutual).to.deep.equal(pair.right.channel.mutual)
  })

  it('is waited for by that block also where state was lost', () => {
    const { pair, newest } = withHistory()
    pair.mine(started(true, newest))
    for (const side of ['left', 'right'] as const) pair.see(side)
    pair.turn('right', { type: 'restore' })
    pair.advance(60)
    const cooperativeNonce = 1n << 32n
    const { disputeNonce } = newest
    const ended = { ...entities, disputeNonce, cooperativeNonce, fraud: false }
    pair.mine({ type: 'disputeFinalised', ...ended })
    pair.see('left')
    pair.right.channel = { ...pair.right.channel, dispute: null }
    pair.wish('left', credit(9n))
    pair.deliver('right')
    pair.see('right')
    pair.settle()
    expect(pair.right.channel.mutual).to.deep.include({ cooperativeNonce, height: 1, term: 0 })
    expect(pair.left.channel.mutual).to.deep.equal(pair.right.channel.mutual)
  })

  it('waits for no first block of the era before, which would bar its place', () => {
    const pair = new Pair()
    watch(pair)
    pair.connect()
    const { disputeNonce } = START_OF_NOTHING
    pair.mine(started(true, START_OF_NOTHING))
    pair.see('right')
    pair.wish('left', credit(9n))
    pair.deliver('right')
    expect(pair.right.channel.held).not.to.equal(null)
    const ended = { type: 'disputeFinalised', ...entities, fraud: false } as const
    pair.mine({ ...ended, disputeNonce, cooperativeNonce: 1n << 32n })
    for (const side of ['left', 'right'] as const) pair.see(side)
    expect([pair.right.channel.held, pair.right.channel.refused]).to.deep.equal([null, null])
    pair.wish('left', credit(7n))
    pair.settle()
    expect(pair.right.channel.mutual).to.deep.include({ height: 1, term: 0 })
  })

  it('lets the channel start again at term 0 and height 0 under the new nonce', () => {
    const { pair, newest } = withHistory()
    pair.wish('left', credit(5n))
    pair.settle()
    pair.mine(started(true, newest))
    const cooperativeNonce = 1n << 32n
    pair.mine({ type: 'channelUpdated', ...entities, token: ETHER, collateral: 0n, ondelta: 0n })
    pair.mine({
      type: 'disputeFinalised',
      ...entities,
      disputeNonce: newest.disputeNonce,
      cooperativeNonce,
      fraud: false,
    })
    for (const side of ['left', 'right'] as const) {
      pair.see(side)
      const { mutual, counted } = pair.party(side).channel
      expect(mutual).to.deep.include({
        cooperativeNonce,
        namedNonce: cooperativeNonce,
        term: 0,
        height: 0,
      })
      expect([mutual.tokens, mutual.prevBlockHash, counted]).to.deep.equal([[], ZERO_HASH, null])
    }
    pair.wish('left', credit(9n))
    pair.settle()
    pair.wish('right', pay(4n))
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(2)
    expect(pair.left.channel.mutual.tokens[0]?.offdelta).to.equal(4n)
  })

  it('ends every open lock as the court judged it', () => {
    const pair = new Pair()
    watch(pair)
    pair.connect()
    const other = `0x${'77'.repeat(32)}` as typeof SECRET
    pair.wish('left', lock(10n, START + 3_000), lock(20n, START + 3_000, other))
    pair.settle()
    const [paid] = pair.right.channel.mutual.locks
    const proof = countedProof(pair.left.channel, domain)
    pair.mine(started(true, proof))
    for (const side of ['left', 'right'] as const) {
      pair.see(side)
      const hashlock = (paid as NonNullable<typeof paid>).hashlock
      const reveal = {
        type: 'secretRevealed',
        hashlock,
        secret: SECRET,
        revealedAt: START + 9,
        final: true,
      } as const
      pair.turn(side, reveal)
    }
    pair.mine({
      type: 'disputeFinalised',
      ...entities,
      disputeNonce: proof.disputeNonce,
      cooperativeNonce: 1n << 32n,
      fraud: false,
    })
    for (const side of ['left', 'right'] as const) {
      pair.see(side)
      expect(
        reported(pair.party(side), 'lockResolved').map((fact) => fact.lock.amount),
      ).to.deep.equal([10n])
      expect(reported(pair.party(side), 'lockEnded').map((fact) => fact.lock.amount)).to.deep.equal(
        [20n],
      )
    }
  })

  it('first counts a block that only the chain made count', () => {
    const { pair } = withHistory()
    pair.wish('left', pay(5n))
    const own = pendingBlock(pair.left.channel) as NonNullable<ReturnType<typeof pendingBlock>>
    pair.mine(started(false, ownProof(pair.left.channel, own)))
    pair.mine({
      type: 'disputeFinalised',
      ...entities,
      disputeNonce: nonceOf(own.block),
      cooperativeNonce: 1n << 32n,
      fraud: false,
    })
    pair.see('left')
    expect(reported(pair.left, 'paid').map(({ amount }) => amount)).to.deep.equal([1n, 2n, 3n, 5n])
    expect(reported(pair.left, 'disputeEnded').length).to.equal(1)
  })
})
