import { proofBodyHash } from '@xln/shared/channel/proofBody.ts'
import type { BatchItem, Proof } from '@xln/shared/depository/batchItem.ts'
import { ZERO_HASH } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { nonceOf, pendingBlock } from '../../../../node/machines/channel/channel.ts'
import {
  FORMER_MAX,
  JUDGED_KEPT_SECONDS,
  keepJudged,
  SETTLED_KEPT_SECONDS,
} from '../../../../node/machines/channel/former.ts'
import type { ChannelView } from '../../../../node/machines/channel/messages.ts'
import { countedProof, digestOf, ownProof } from '../../../../node/machines/channel/proofs.ts'
import { decodeChannel, encodeChannel } from '../../../../node/machines/channel/record.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import { withHistory } from './support/history.ts'
import {
  credit,
  domain,
  ETHER,
  entities,
  lock,
  Pair,
  pay,
  reported,
  type SideName,
  START,
  signAs,
  started,
  submitted,
  uncommitted,
} from './support/pair.ts'
import { watch } from './support/rules.ts'

const SIDES = ['left', 'right'] as const
const NEXT_ERA = 1n << 32n
const DEADLINE = START + 86_400

/** The court has decided on `proof`, as both see. */
function mineEnd(pair: Pair, { disputeNonce }: Proof): void {
  const ended = { type: 'disputeFinalised', ...entities, disputeNonce, fraud: false } as const
  pair.mine({ ...ended, cooperativeNonce: NEXT_ERA })
  for (const side of SIDES) pair.see(side)
}

/** The court has decided on `proof`, and both go on in the next era. */
function judge(pair: Pair, proof: Proof): void {
  mineEnd(pair, proof)
  pair.wish('left', credit(9n))
  pair.settle()
  expect(pair.right.channel.mutual).to.deep.include({ cooperativeNonce: NEXT_ERA, height: 1 })
  for (const side of SIDES) {
    pair.party(side).effects = []
    pair.takeFacts(side)
  }
}

/** Both sides go to court over `proof`, and it is decided. */
function judged(pair: Pair, proof: Proof): void {
  pair.mine(started(true, proof))
  for (const side of SIDES) pair.see(side)
  judge(pair, proof)
}

type Changes = Partial<ChannelView>

/** The chain has taken the end back: a dispute that right has started stands on `proof` again. */
function takeBack(pair: Pair, side: SideName, proof: Proof, changes: Changes = {}): void {
  const { position, tokens } = pair.party(side).channel.view
  const { disputeNonce: standingNonce, proofBodyHash: body } = proof
  const who = { startedByLeft: false, poster: 'right' } as const
  const dispute = { standingNonce, deadline: DEADLINE, ...who, proofBodyHash: body }
  const view = { ...entities, cooperativeNonce: 0n, position, tokens, dispute, ...uncommitted }
  pair.turn(side, { type: 'view', view: { ...view, ...changes } })
}

function finalises(pair: Pair, side: SideName): Extract<BatchItem, { type: 'finalise' }>[] {
  return submitted(pair.party(side), 'finalise')
}

function waitForDeadline(pair: Pair): void {
  pair.advance(86_500)
}

describe('a dispute whose end the chain has taken back', () => {
  before(installNativeCrypto)

  it('is ended again by either side, with the body that stands', () => {
    for (const side of SIDES) {
      const { pair, newest } = withHistory()
      judged(pair, newest)
      takeBack(pair, side, newest)
      waitForDeadline(pair)
      const [item] = finalises(pair, side)
      expect(item && proofBodyHash(item.body)).to.equal(newest.proofBodyHash)
    }
  })

  it('is ended early again by who is opposite to the poster', () => {
    const { pair, newest } = withHistory()
    judged(pair, newest)
    for (const side of SIDES) {
      takeBack(pair, side, newest)
      pair.turn(side, { type: 'head' })
    }
    expect(finalises(pair, 'left').length).to.equal(1)
    expect(finalises(pair, 'right').length).to.equal(0)
  })

  it('is countered again, when what countered it is gone too', () => {
    const { pair, old, newest } = withHistory()
    judged(pair, newest)
    takeBack(pair, 'left', old)
    const [counter] = submitted(pair.left, 'counter')
    expect(counter?.proof).to.deep.equal(newest)
    expect(counter?.cooperativeNonce).to.equal(0n)
  })

  it('is ended again after a restart', () => {
    const { pair, newest } = withHistory()
    judged(pair, newest)
    const { channel } = pair.left
    pair.left.channel = decodeChannel(encodeChannel(channel))
    expect(pair.left.channel).to.deep.equal(channel)
    takeBack(pair, 'left', newest)
    waitForDeadline(pair)
    expect(finalises(pair, 'left').length).to.equal(1)
  })

  it('is ended again by a side that restores for another reason', () => {
    const { pair, newest } = withHistory()
    judged(pair, newest)
    pair.turn('left', { type: 'restore' })
    takeBack(pair, 'left', newest)
    waitForDeadline(pair)
    expect(finalises(pair, 'left').length).to.equal(1)
  })

  it('is ended again, and the era after it is a loss of state as ever', () => {
    const { pair, newest } = withHistory()
    judged(pair, newest)
    for (const side of SIDES) takeBack(pair, side, newest)
    mineEnd(pair, newest)
    for (const side of SIDES) {
      const { mutual, restoring } = pair.party(side).channel
      expect(mutual).to.deep.include({ cooperativeNonce: NEXT_ERA, height: 0 })
      expect(restoring).not.to.equal(null)
    }
  })

  it('is ended with what both have committed as the chain says it, and not as it said before', () => {
    const { pair, newest } = withHistory()
    const { proofBodyHash: body } = newest
    const data = Uint8Array.of(1, 2, 3, 4)
    const given = { type: 'argumentsCommitted', ...entities, byLeft: true, data } as const
    pair.mine(started(true, newest))
    pair.mine({ ...given, proofBodyHash: body })
    pair.mine({ type: 'tokensNamed', ...entities, byLeft: true, tokens: [ETHER] })
    for (const side of SIDES) pair.see(side)
    // In the same era: neither stands any more, but right has named a token.
    takeBack(pair, 'left', newest, { named: [{ byLeft: false, tokens: [ETHER] }] })
    takeBack(pair, 'right', newest, {
      arguments: [{ byLeft: true, proofBodyHash: body, data }],
      named: [{ byLeft: true, tokens: [ETHER] }],
    })
    pair.left.effects = []
    pair.right.effects = []
    waitForDeadline(pair)
    const [ofLeft] = finalises(pair, 'left')
    expect(ofLeft?.leftArguments).to.deep.equal(new Uint8Array(0))
    expect([ofLeft?.leftTokens, ofLeft?.rightTokens]).to.deep.equal([[], [ETHER]])
    const [ofRight] = finalises(pair, 'right')
    expect(ofRight?.leftArguments).to.deep.equal(data)
    expect([ofRight?.leftTokens, ofRight?.rightTokens]).to.deep.equal([[ETHER], []])
  })

  it('keeps the newest 16 arguments that the chain says', () => {
    const { pair, newest } = withHistory()
    const given = Array.from({ length: 17 }, (_, index) => {
      return { byLeft: true, proofBodyHash: newest.blockHash, data: Uint8Array.of(index) }
    })
    takeBack(pair, 'left', newest, { arguments: given })
    expect(pair.left.channel.dispute?.arguments).to.deep.equal(given.slice(1))
  })

  it('forgets what was committed in it, when its start is taken back too', () => {
    const { pair, newest } = withHistory()
    pair.turn('left', { type: 'startDispute' })
    pair.mine(started(true, newest))
    pair.mine({ type: 'tokensNamed', ...entities, byLeft: true, tokens: [ETHER] })
    pair.see('left')
    expect(pair.left.channel.dispute?.leftTokens).to.deep.equal([ETHER])
    takeBack(pair, 'left', newest, { dispute: null })
    const { dispute } = pair.left.channel
    expect([dispute?.startedByUs, dispute?.leftTokens]).to.deep.equal([true, []])
  })

  it('tells no lock of it again, and ends it when its secret can come no more', () => {
    const pair = new Pair()
    watch(pair)
    pair.connect()
    pair.wish('left', lock(10n, START + 3_000))
    pair.settle()
    const proof = countedProof(pair.left.channel, domain)
    judged(pair, proof)
    for (const side of SIDES) takeBack(pair, side, proof)
    expect(pair.left.channel.mutual.locks.length).to.equal(1)
    pair.turn('left', { type: 'head' })
    expect(finalises(pair, 'left')).to.deep.equal([])
    waitForDeadline(pair)
    expect(finalises(pair, 'left').length).to.equal(1)
    mineEnd(pair, proof)
    for (const side of SIDES) {
      expect(pair.party(side).channel.mutual.cooperativeNonce).to.equal(NEXT_ERA)
      expect(reported(pair.party(side), 'lockEnded')).to.deep.equal([])
      expect(reported(pair.party(side), 'lockResolved')).to.deep.equal([])
    }
  })
})

describe('a block that only the court made count', () => {
  before(installNativeCrypto)

  /** Left has paid 5 and locked 7 in a block whose acknowledgement never came; right has posted it. */
  function unanswered(): { pair: Pair; proof: Proof } {
    const { pair } = withHistory()
    pair.wish('left', pay(5n), lock(7n, START + 3_000))
    const own = pendingBlock(pair.left.channel) as NonNullable<ReturnType<typeof pendingBlock>>
    const proof = ownProof(pair.left.channel, own)
    expect(proof.disputeNonce).to.equal(nonceOf(own.block))
    pair.deliver('right')
    pair.left.inbox = []
    pair.mine(started(false, proof))
    for (const side of SIDES) pair.see(side)
    return { pair, proof }
  }

  it('is ended again by its proposer, who has no signature on it', () => {
    const { pair, proof } = unanswered()
    judge(pair, proof)
    takeBack(pair, 'left', proof)
    waitForDeadline(pair)
    const [item] = finalises(pair, 'left')
    expect(item && proofBodyHash(item.body)).to.equal(proof.proofBodyHash)
  })

  it('is told once, though it is judged twice', () => {
    const { pair, proof } = unanswered()
    mineEnd(pair, proof)
    takeBack(pair, 'left', proof)
    mineEnd(pair, proof)
    expect(reported(pair.left, 'paid').filter(({ amount }) => amount === 5n).length).to.equal(1)
    expect(reported(pair.left, 'lockAdded').length).to.equal(1)
    expect(reported(pair.left, 'lockEnded').length).to.equal(1)
    expect(reported(pair.left, 'disputeEnded').length).to.equal(2)
  })
})

describe('a dispute under the nonce before a settlement that the chain has taken back', () => {
  before(installNativeCrypto)

  /** Both have settled, and left has paid after it; `settled` is the proof before, under the old nonce. */
  function afterSettlement(): { pair: Pair; old: Proof; settled: Proof } {
    const { pair, newest } = withHistory()
    const diffs = [
      { token: ETHER, leftDiff: 20n, rightDiff: 0n, collateralDiff: -20n, ondeltaDiff: -20n },
    ]
    const deadline = pair.left.now + 900
    const transaction = { type: 'settle', newNonce: 1n, deadline, diffs, forgiveness: [] } as const
    pair.turn('left', { type: 'settle', transaction, requestId: 7n })
    pair.settle()
    const settled = countedProof(pair.left.channel, domain)
    pair.mine({ type: 'channelUpdated', ...entities, token: ETHER, collateral: 80n, ondelta: 30n })
    pair.mine({ type: 'settled', ...entities, cooperativeNonce: 1n })
    for (const side of SIDES) pair.see(side)
    pair.wish('left', pay(1n))
    pair.settle()
    expect(pair.right.channel.mutual).to.deep.include({ cooperativeNonce: 1n, height: 5 })
    return { pair, old: newest, settled }
  }

  it('is ended with the body of then (seed 300022)', () => {
    for (const side of SIDES) {
      const { pair, settled } = afterSettlement()
      takeBack(pair, side, settled)
      waitForDeadline(pair)
      const [item] = finalises(pair, side)
      expect(item && proofBodyHash(item.body)).to.equal(settled.proofBodyHash)
    }
  })

  it('is countered with the proof of then, and not with one that the old nonce does not cover', () => {
    const { pair, old, settled } = afterSettlement()
    takeBack(pair, 'left', old)
    const [counter] = submitted(pair.left, 'counter')
    expect(counter?.proof).to.deep.equal(settled)
    expect(counter?.cooperativeNonce).to.equal(0n)
    const digest = digestOf(domain, pair.left.channel.key, 0n, settled)
    const { rightSignature } = counter ?? {}
    expect(rightSignature).to.deep.equal({ signature: signAs('right', digest) })
  })

  it('is countered so too when the old nonce is taken for that of today', () => {
    const { pair, old, settled } = afterSettlement()
    const { channel } = pair.left
    const mutual = { ...channel.mutual, cooperativeNonce: 0n }
    pair.left.channel = { ...channel, mutual }
    takeBack(pair, 'left', old)
    expect(submitted(pair.left, 'counter')[0]?.proof).to.deep.equal(settled)
  })

  it('is ended so for an hour after the settlement, and as long as a court is open', () => {
    const { pair, settled } = afterSettlement()
    pair.advance(SETTLED_KEPT_SECONDS)
    expect(pair.left.channel.former.length).to.equal(1)
    takeBack(pair, 'left', settled)
    pair.left.channel = { ...pair.left.channel, restoring: null }
    pair.advance(1)
    expect([pair.left, pair.right].map(({ channel }) => channel.former.length)).to.deep.equal([
      1, 0,
    ])
  })
})

describe('the era before', () => {
  before(installNativeCrypto)

  it('is kept by nobody before a dispute, nor when nothing was signed in it', () => {
    const { pair } = withHistory()
    expect(pair.left.channel.former).to.deep.equal([])
    const empty = new Pair()
    const ended = { type: 'disputeFinalised', ...entities, disputeNonce: 0n, fraud: false } as const
    empty.mine({ ...ended, cooperativeNonce: NEXT_ERA })
    empty.see('left')
    expect(empty.left.channel.mutual.cooperativeNonce).to.equal(NEXT_ERA)
    expect(empty.left.channel.former).to.deep.equal([])
  })

  it('takes no byte of the record of a channel that has none', () => {
    const { pair, newest } = withHistory()
    const atRest = encodeChannel(pair.left.channel)
    // The list of what is going on is empty.
    expect(atRest.at(-1)).to.equal(0xc0)
    judged(pair, newest)
    const { former, ...rest } = pair.left.channel
    const kept = encodeChannel(pair.left.channel).length
    expect(former.map(({ mutual }) => mutual.height)).to.deep.equal([3])
    expect(encodeChannel({ ...rest, former: [] }).length).to.be.below(kept - 200)
  })

  it('is kept for a day, and no longer, though nothing happens', () => {
    const { pair, newest } = withHistory()
    judged(pair, newest)
    const until = pair.left.now + JUDGED_KEPT_SECONDS
    expect(pair.left.channel.former[0]?.until).to.equal(until)
    expect(pair.left.channel.scheduledAt).to.equal(until + 1)
    pair.advance(JUDGED_KEPT_SECONDS)
    expect(pair.left.channel.former.length).to.equal(1)
    pair.advance(1)
    expect(pair.left.channel.former).to.deep.equal([])
    expect(pair.left.channel.mutual.prevBlockHash).not.to.equal(ZERO_HASH)
  })

  it('is one of three that are kept at most, of each nonce one', () => {
    const { pair } = withHistory()
    let { channel } = pair.left
    for (let nonce = 0n; nonce < 5n; nonce++) {
      channel = { ...channel, mutual: { ...channel.mutual, cooperativeNonce: nonce << 32n } }
      for (let time = 0; time < 2; time++) {
        const former = keepJudged(channel, nonce, pair.context('left'))
        channel = { ...channel, former }
      }
    }
    const eras = channel.former.map(({ mutual }) => mutual.cooperativeNonce >> 32n)
    expect(FORMER_MAX).to.equal(3)
    expect(eras).to.deep.equal([2n, 3n, 4n])
  })
})
