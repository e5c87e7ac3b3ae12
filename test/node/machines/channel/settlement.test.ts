import type { Settle, TokenDiff } from '@xln/shared/channel/transaction.ts'
import { decodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { expect } from 'chai'
import { capacityOf } from '../../../../node/machines/channel/capacity.ts'
import { pendingBlock, statusOf } from '../../../../node/machines/channel/channel.ts'
import { closingDiffs } from '../../../../node/machines/channel/closing.ts'
import { countedProof } from '../../../../node/machines/channel/proofs.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
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
  started,
  submitted,
} from './support/pair.ts'
import { watch } from './support/rules.ts'

/** Collateral 100 of which left claims 50, and a payment of 10 by left. */
function paired(): Pair {
  const pair = new Pair()
  watch(pair)
  pair.connect()
  pair.wish('left', pay(10n))
  pair.settle()
  return pair
}

/** Left takes `amount` of its claim out. */
function takeOut(amount: bigint): TokenDiff {
  return {
    token: ETHER,
    leftDiff: amount,
    rightDiff: 0n,
    collateralDiff: -amount,
    ondeltaDiff: -amount,
  }
}

function settlement(
  pair: Pair,
  side: SideName,
  diffs: readonly TokenDiff[],
  changes: Partial<Settle> = {},
): Settle {
  const { channel, now } = pair.party(side)
  const newNonce = channel.mutual.namedNonce + 1n
  return { type: 'settle', newNonce, deadline: now + 900, diffs, forgiveness: [], ...changes }
}

function settle(
  pair: Pair,
  side: SideName,
  diffs: readonly TokenDiff[],
  changes: Partial<Settle> = {},
): void {
  const transaction = settlement(pair, side, diffs, changes)
  pair.turn(side, { type: 'settle', transaction, requestId: 7n })
}

function execute(pair: Pair, cooperativeNonce: bigint, collateral: bigint, ondelta: bigint): void {
  pair.mine({ type: 'channelUpdated', ...entities, token: ETHER, collateral, ondelta })
  pair.mine({ type: 'settled', ...entities, cooperativeNonce })
}

describe('a settlement', () => {
  before(installNativeCrypto)

  it('is agreed on in a block of its own and goes to the chain with both signatures', () => {
    const pair = paired()
    pair.input('left', { type: 'wish', transaction: pay(1n) })
    settle(pair, 'left', [takeOut(20n)])
    const own = pendingBlock(pair.left.channel)
    expect(own?.block.transactions.map(({ type }) => type)).to.deep.equal(['settle'])
    pair.settle()
    const [item] = submitted(pair.left, 'settlement')
    expect(item).to.deep.include({ cooperativeNonce: 0n, newNonce: 1n, deadline: START + 900 })
    expect([statusOf(pair.left.channel), statusOf(pair.right.channel)]).to.deep.equal([
      'settling',
      'settling',
    ])
  })

  it('is signed only after the proof under its nonce: each side holds the other’s first', () => {
    const pair = paired()
    settle(pair, 'left', [takeOut(20n)])
    expect(pair.left.signed.slice(-2).map(({ kind }) => kind)).to.deep.equal([
      'proposal',
      'newProof',
    ])
    pair.deliver('right')
    expect(pair.right.channel.settlement?.newProofSignature).not.to.equal(null)
    expect(pair.right.signed.slice(-3).map(({ kind }) => kind)).to.deep.equal([
      'ack',
      'newProof',
      'settlement',
    ])
    // Without the new proof, the signature on the settlement is not used.
    const message = decodeChannelMessage(pair.left.inbox.shift() as Uint8Array)
    if (message?.type !== 'update') throw new Error('no update')
    const { newProofSignature, ...rest } = message
    pair.hand('left', rest)
    expect(statusOf(pair.left.channel)).to.equal('settling')
    expect(submitted(pair.left, 'settlement')).to.deep.equal([])
    pair.hand('left', message)
    expect(submitted(pair.left, 'settlement').length).to.equal(1)
  })

  it('is refused when its proposer has not signed the proof under its nonce', () => {
    const pair = paired()
    settle(pair, 'left', [takeOut(20n)])
    const message = decodeChannelMessage(pair.right.inbox.shift() as Uint8Array)
    if (message?.type !== 'update') throw new Error('no update')
    const { newProofSignature, ...rest } = message
    pair.hand('right', rest)
    expect(reported(pair.right, 'messageRefused')[0]?.refusal.code).to.equal(
      'settle_new_proof_missing',
    )
  })

  it('waits until the channel is ready with nothing unanswered', () => {
    const pair = paired()
    pair.wish('left', pay(1n))
    settle(pair, 'left', [takeOut(20n)])
    expect(pair.left.channel.settleWish).not.to.equal(null)
    pair.deliver('right')
    pair.deliver('left')
    expect(pendingBlock(pair.left.channel)?.block.transactions[0]?.type).to.equal('settle')
  })

  it('lives at most 15 minutes, and ends before the first deadline of a clause less the margin', () => {
    const own = (diffs: Partial<Settle>, prepare?: (pair: Pair) => void) => {
      const pair = paired()
      prepare?.(pair)
      settle(pair, 'left', [takeOut(1n)], diffs)
      return pendingBlock(pair.left.channel) !== undefined
    }
    expect([own({ deadline: START + 900 }), own({ deadline: START + 901 })]).to.deep.equal([
      true,
      false,
    ])
    const locked = (pair: Pair) => {
      pair.wish('left', lock(1n, START + 1_000))
      pair.settle()
    }
    expect([
      own({ deadline: START + 400 }, locked),
      own({ deadline: START + 401 }, locked),
    ]).to.deep.equal([true, false])
  })

  it('is refused with a new proof that is not its proposer’s', () => {
    const pair = paired()
    settle(pair, 'left', [takeOut(20n)])
    const message = decodeChannelMessage(pair.right.inbox.shift() as Uint8Array)
    if (message?.type !== 'update' || message.proposal === undefined) throw new Error('no update')
    pair.hand('right', { ...message, newProofSignature: message.proposal.signature })
    expect(reported(pair.right, 'messageRefused')[0]?.refusal.code).to.equal(
      'settle_new_proof_missing',
    )
  })

  it('names the highest nonce that was named, plus one, and no other', () => {
    for (const newNonce of [0n, 2n, 1n << 32n]) {
      const pair = paired()
      settle(pair, 'left', [takeOut(1n)], { newNonce })
      expect(reported(pair.left, 'wishRefused')[0]?.refusal.code).to.equal('settle_nonce_wrong')
    }
  })

  it('lets no block be signed until the chain has decided', () => {
    const pair = paired()
    settle(pair, 'left', [takeOut(20n)])
    pair.settle()
    pair.wish('left', pay(1n))
    pair.wish('right', pay(1n))
    pair.advance(900)
    expect([pair.left.inbox, pair.right.inbox]).to.deep.equal([[], []])
    expect(statusOf(pair.left.channel)).to.equal('settling')
  })

  it('has a block of the peer’s held until its end is seen on this side too', () => {
    const pair = paired()
    settle(pair, 'left', [takeOut(20n)])
    pair.settle()
    pair.headBlock += 931
    pair.see('left')
    pair.wish('left', pay(1n))
    pair.settle()
    expect(pair.right.channel.held).not.to.equal(null)
    pair.see('right')
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(3)
  })

  it('tells whoever waits for a lock that it will not come now', () => {
    const pair = paired()
    settle(pair, 'left', [takeOut(20n)])
    pair.input('right', { type: 'wish', transaction: lock(1n, START + 5_000) })
    pair.input('right', { type: 'wish', transaction: pay(1n) })
    pair.deliver('right')
    expect(reported(pair.right, 'wishRefused').map(({ refusal }) => refusal.code)).to.deep.equal([
      'settling',
    ])
    pair.wish('right', lock(1n, START + 5_000))
    expect(reported(pair.right, 'wishRefused').length).to.equal(2)
    expect(pair.right.channel.queue.length).to.equal(1)
  })

  it('once final puts its nonce in force, with the proof that is there already', () => {
    const pair = paired()
    settle(pair, 'left', [takeOut(20n)])
    pair.settle()
    pair.wish('left', pay(1n))
    execute(pair, 1n, 80n, 30n)
    pair.see('left')
    // Right has not seen it yet, and holds what left proposes.
    pair.settle()
    expect(pair.right.channel.held).not.to.equal(null)
    pair.see('right')
    pair.settle()
    for (const side of ['left', 'right'] as const) {
      const { mutual } = pair.party(side).channel
      expect(mutual).to.deep.include({ cooperativeNonce: 1n, namedNonce: 1n, height: 3, term: 0 })
      expect(reported(pair.party(side), 'settled').length).to.equal(1)
    }
    expect(capacityOf(pair.left.channel, ETHER, 'left')).to.equal(19n)
  })

  it('is not acknowledged again once it is executed: its proposer has had that', () => {
    const pair = paired()
    settle(pair, 'left', [takeOut(20n)])
    const [message] = pair.right.inbox
    pair.settle()
    execute(pair, 1n, 80n, 30n)
    pair.see('right')
    pair.right.signed = []
    pair.hand('right', message as Uint8Array)
    expect(pair.right.signed).to.deep.equal([])
  })

  it('leaves a proof with which a dispute right after it can be countered', () => {
    const pair = paired()
    settle(pair, 'left', [takeOut(20n)])
    pair.settle()
    const older = { ...countedProof(pair.left.channel, domain), disputeNonce: 3n }
    // Executed, but not final: the danger comes first.
    pair.hear('right', started(true, older, 1n))
    const [counter] = submitted(pair.right, 'counter')
    expect(counter).to.deep.include({
      cooperativeNonce: 1n,
      proof: countedProof(pair.left.channel, domain),
    })
  })

  describe('that does not come', () => {
    function abandoned(): Pair {
      const pair = paired()
      settle(pair, 'left', [takeOut(20n)])
      pair.settle()
      pair.advance(930)
      expect(statusOf(pair.right.channel)).to.equal('settling')
      pair.advance(1)
      return pair
    }

    it('is given up when a final block is past its deadline, and the channel goes on', () => {
      const pair = abandoned()
      expect(reported(pair.left, 'settlementAbandoned')).to.deep.equal([
        { type: 'settlementAbandoned', newNonce: 1n },
      ])
      pair.wish('right', pay(1n))
      pair.settle()
      expect(pair.left.channel.mutual).to.deep.include({
        cooperativeNonce: 0n,
        namedNonce: 1n,
        height: 3,
      })
    })

    it('leaves no gap under the nonce of today: its block was signed under that too', () => {
      const pair = abandoned()
      const { mutual, counted } = pair.left.channel
      expect([mutual.height, counted?.hashedNonce]).to.deep.equal([2, 0n])
      pair.turn('left', { type: 'startDispute' })
      expect(submitted(pair.left, 'start')[0]).to.deep.include({
        cooperativeNonce: 0n,
        proof: countedProof(pair.left.channel, domain),
      })
    })

    it('is never named again', () => {
      const pair = abandoned()
      settle(pair, 'right', [takeOut(0n)])
      pair.settle()
      expect(submitted(pair.right, 'settlement')[0]?.newNonce).to.equal(2n)
    })

    it('is never given a signature after its deadline, even if its proposer asks again', () => {
      const pair = paired()
      settle(pair, 'left', [takeOut(20n)])
      pair.deliver('right')
      pair.disconnect()
      pair.advance(905)
      expect(statusOf(pair.right.channel)).to.equal('settling')
      pair.right.signed = []
      pair.connect()
      pair.settle()
      expect(pair.right.signed.map(({ kind }) => kind)).to.deep.equal(['ack', 'newProof'])
      pair.advance(30)
      expect([statusOf(pair.left.channel), statusOf(pair.right.channel)]).to.deep.equal([
        'ready',
        'ready',
      ])
      expect(pair.left.channel.mutual).to.deep.equal(pair.right.channel.mutual)
    })
  })

  describe('that takes from the other side', () => {
    const cases: readonly [string, TokenDiff][] = [
      [
        'its claim',
        { token: ETHER, leftDiff: 20n, rightDiff: 0n, collateralDiff: -20n, ondeltaDiff: 0n },
      ],
      [
        'its reserve',
        { token: ETHER, leftDiff: 0n, rightDiff: -20n, collateralDiff: 20n, ondeltaDiff: 0n },
      ],
    ]
    for (const [what, diff] of cases) {
      it(`is refused: ${what}`, () => {
        const pair = paired()
        settle(pair, 'left', [diff])
        pair.settle()
        expect(reported(pair.right, 'messageRefused')[0]?.refusal.code).to.equal('settle_declined')
        expect(submitted(pair.left, 'settlement')).to.deep.equal([])
        expect(statusOf(pair.right.channel)).to.equal('ready')
      })
    }

    it('is not even proposed: its security, or what open clauses set aside', () => {
      const pair = paired()
      pair.wish('left', lock(10n, START + 5_000))
      pair.settle()
      settle(pair, 'left', [takeOut(31n)])
      expect(reported(pair.left, 'wishRefused')[0]?.refusal.code).to.equal('settle_unsecured')
      settle(pair, 'left', [takeOut(30n)])
      expect(pendingBlock(pair.left.channel)).not.to.equal(undefined)
    })

    it('is taken when it pays what that side owes', () => {
      const pair = paired()
      pair.wish('left', credit(30n))
      pair.settle()
      pair.wish('right', pay(85n))
      pair.settle()
      // Left claims 125 of a collateral of 100: right owes 25.
      settle(pair, 'left', [
        { token: ETHER, leftDiff: 25n, rightDiff: -25n, collateralDiff: 0n, ondeltaDiff: -25n },
      ])
      pair.settle()
      expect(submitted(pair.left, 'settlement').length).to.equal(1)
    })
  })

  it('crossed by a block of the higher nonce waits for its turn', () => {
    const pair = paired()
    settle(pair, 'right', [takeOut(0n)])
    pair.wish('left', pay(1n))
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(3)
    expect(submitted(pair.right, 'settlement')[0]?.newNonce).to.equal(1n)
  })

  it('of an unknown kind on chain shows that state was lost', () => {
    const pair = paired()
    execute(pair, 1n, 80n, 30n)
    pair.see('left')
    expect(reported(pair.left, 'stateLost').length).to.equal(1)
    expect(statusOf(pair.left.channel)).to.equal('restoring')
  })

  it('that closes empties every token, and pays debts from reserves', () => {
    const pair = paired()
    expect(closingDiffs(pair.left.channel)).to.deep.equal([
      { token: ETHER, leftDiff: 40n, rightDiff: 60n, collateralDiff: -100n, ondeltaDiff: -40n },
    ])
    settle(pair, 'left', closingDiffs(pair.left.channel))
    pair.settle()
    execute(pair, 1n, 0n, 10n)
    for (const side of ['left', 'right'] as const) {
      pair.see(side)
      expect(statusOf(pair.party(side).channel)).to.equal('closed')
    }
    // Term and height go on, should it be used again.
    pair.mine({ type: 'channelUpdated', ...entities, token: ETHER, collateral: 9n, ondelta: 19n })
    pair.see('left')
    pair.see('right')
    pair.wish('left', pay(9n))
    pair.settle()
    expect(pair.right.channel.mutual).to.deep.include({ height: 3, cooperativeNonce: 1n })
  })

  it('that closes is declined while clauses are open', () => {
    const pair = paired()
    pair.wish('left', lock(1n, START + 5_000))
    pair.settle()
    settle(pair, 'left', closingDiffs(pair.left.channel))
    expect(reported(pair.left, 'wishRefused')[0]).to.deep.include({
      refusal: { code: 'clauses_open', count: 1 },
      origin: { type: 'request', id: 7n },
    })
  })
})
