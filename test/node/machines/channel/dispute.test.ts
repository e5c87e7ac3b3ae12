import { hexToBytes } from '@xln/shared/bytes.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import type { Proof } from '@xln/shared/depository/batchItem.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import { parseAddress, ZERO_HASH } from '@xln/shared/ids.ts'
import { type ChannelMessage, decodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { expect } from 'chai'
import { pendingBlock, statusOf } from '../../../../node/machines/channel/channel.ts'
import { LONGEST_LIFE_SECONDS } from '../../../../node/machines/channel/loss.ts'
import type { ChannelView } from '../../../../node/machines/channel/messages.ts'
import { countedProof } from '../../../../node/machines/channel/proofs.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import { withHistory } from './support/history.ts'
import {
  domain,
  ETHER,
  entities,
  lock,
  Pair,
  pay,
  reported,
  START,
  started,
  submitted,
  uncommitted,
} from './support/pair.ts'
import { watch } from './support/rules.ts'

const DEADLINE = START + 86_400

describe('a dispute', () => {
  before(installNativeCrypto)

  it('is started with the newest proof and the peer’s signature on it', () => {
    const { pair, newest } = withHistory()
    pair.turn('left', { type: 'startDispute' })
    const [start] = submitted(pair.left, 'start')
    expect(start).to.deep.include({ peer: entities.right, cooperativeNonce: 0n, proof: newest })
    expect(statusOf(pair.left.channel)).to.equal('disputed')
  })

  it('is started on the empty body when nothing was ever signed, naming what is to be closed', () => {
    const pair = new Pair()
    watch(pair)
    pair.turn('left', { type: 'startDispute' })
    const [start] = submitted(pair.left, 'start')
    expect(start?.proof.disputeNonce).to.equal(0n)
    expect(start?.peerSignature.length).to.equal(0)
    const [named] = submitted(pair.left, 'arguments')
    expect(named).to.deep.include({ proofBodyHash: ZERO_HASH, tokens: [ETHER] })
  })

  it('with an older proof is countered at first sight', () => {
    const { pair, old, newest } = withHistory()
    pair.hear('right', started(true, old))
    const [counter] = submitted(pair.right, 'counter')
    expect(counter?.proof).to.deep.equal(newest)
    const digest = counter?.rightSignature.digest
    const left = counter?.leftSignature.signature as Uint8Array
    expect(
      verifyEntitySignature(domain, entities.left, hexToBytes(digest as string), left),
    ).to.equal(true)
    expect(reported(pair.right, 'disputeSeen')).to.deep.equal([
      { type: 'disputeSeen', byUs: false, stale: true, deadline: DEADLINE },
    ])
    expect(pair.right.effects.some((effect) => effect.type === 'submit' && effect.urgent)).to.equal(
      true,
    )
  })

  it('with an older proof is countered even after a higher one was seen that never became final', () => {
    const { pair, old, newest } = withHistory()
    pair.hear('right', started(true, newest))
    expect(submitted(pair.right, 'counter')).to.deep.equal([])
    pair.hear('right', started(true, old))
    expect(submitted(pair.right, 'counter').map(({ proof }) => proof)).to.deep.equal([newest])
  })

  it('is countered once, however often it is seen, and again if the counter was not made', () => {
    const { pair, old } = withHistory()
    pair.hear('right', started(true, old))
    pair.hear('right', started(true, old))
    pair.mine(started(true, old))
    pair.see('right')
    const [counter, second] = submitted(pair.right, 'counter')
    expect(second).to.equal(undefined)
    pair.turn('right', { type: 'itemEnded', item: counter as never, done: false })
    expect(submitted(pair.right, 'counter').length).to.equal(2)
  })

  it('is countered again at the next head, if another batch took the nonce of the one with the counter', () => {
    const { pair, old, newest } = withHistory()
    pair.mine(started(true, old))
    pair.see('right')
    const [counter] = submitted(pair.right, 'counter')
    pair.turn('right', { type: 'itemEnded', item: counter as never, done: true })
    expect(submitted(pair.right, 'counter').length).to.equal(1)
    pair.turn('right', { type: 'head' })
    expect(submitted(pair.right, 'counter').map(({ proof }) => proof)).to.deep.equal([
      newest,
      newest,
    ])
    pair.turn('right', { type: 'head' })
    expect(submitted(pair.right, 'counter').length).to.equal(2)
  })

  it('is not countered again when the counter was made', () => {
    const { pair, old, newest } = withHistory()
    pair.mine(started(true, old))
    pair.see('right')
    const [counter] = submitted(pair.right, 'counter')
    // The entity hears of its batch first, and in the same turn of what it did.
    pair.turn('right', { type: 'itemEnded', item: counter as never, done: true })
    const shown = { cooperativeNonce: 0n, proof: newest, deadline: DEADLINE }
    pair.mine({ type: 'disputeCountered', ...entities, poster: 'right', ...shown })
    pair.see('right')
    pair.turn('right', { type: 'head' })
    expect(submitted(pair.right, 'counter').length).to.equal(1)
  })

  it('with our newest proof is not countered', () => {
    const { pair, newest } = withHistory()
    pair.hear('right', started(true, newest))
    expect(submitted(pair.right, 'counter')).to.deep.equal([])
  })

  it('with a later counter that is still older than ours is countered too', () => {
    const pair = new Pair()
    watch(pair)
    pair.connect()
    const proofs: Proof[] = []
    for (let height = 1; height <= 3; height++) {
      pair.wish('left', pay(1n))
      pair.settle()
      proofs.push(countedProof(pair.left.channel, domain))
    }
    const [first, second] = proofs as [Proof, Proof, Proof]
    pair.mine(started(true, first))
    pair.see('right')
    pair.right.effects = []
    pair.mine({
      type: 'disputeCountered',
      ...entities,
      poster: 'anyone',
      cooperativeNonce: 0n,
      proof: second,
      deadline: DEADLINE,
    })
    pair.see('right')
    // Our counter is under way already: it is higher than what stands now.
    expect(submitted(pair.right, 'counter')).to.deep.equal([])
  })

  describe('stops the signing of blocks', () => {
    it('from the moment a start is signed', () => {
      const { pair } = withHistory()
      pair.turn('left', { type: 'startDispute' })
      pair.wish('left', pay(1n))
      expect(pendingBlock(pair.left.channel)).to.equal(undefined)
      pair.wish('right', pay(1n))
      const signedBefore = pair.left.signed.length
      pair.settle()
      expect(pair.left.signed.length).to.equal(signedBefore)
      expect(pair.left.channel.mutual.height).to.equal(3)
    })

    it('from the first sight of one, of either side', () => {
      for (const byLeft of [true, false]) {
        const { pair, newest } = withHistory()
        pair.hear('right', started(byLeft, newest))
        pair.wish('left', pay(1n))
        const signedBefore = pair.right.signed.length
        pair.settle()
        pair.wish('right', pay(1n))
        expect(pair.right.signed.length).to.equal(signedBefore)
      }
    })

    it('so that a signature that still arrives settles nothing and is evidence for a counter', () => {
      const { pair } = withHistory()
      pair.wish('left', pay(5n))
      pair.deliver('right')
      // Left's block is acknowledged while left signs its start with the height below.
      pair.turn('left', { type: 'startDispute' })
      const [start] = submitted(pair.left, 'start')
      pair.mine(started(true, start?.proof as Proof))
      pair.see('left')
      pair.settle()
      expect(pair.left.channel.mutual.height).to.equal(3)
      expect(reported(pair.left, 'paid').length).to.equal(3)
      const [counter] = submitted(pair.left, 'counter')
      expect(counter?.proof.disputeNonce).to.equal(9n)
    })

    it('until final blocks show that it is gone in a reorganisation; then the signature counts', () => {
      const { pair } = withHistory()
      pair.wish('left', pay(5n))
      pair.deliver('right')
      pair.hear(
        'left',
        started(false, countedProof(pair.left.channel, domain)),
        pair.headBlock + 20,
      )
      pair.settle()
      expect(pair.left.channel.mutual.height).to.equal(3)
      pair.advance(20)
      expect(statusOf(pair.left.channel)).to.equal('disputed')
      pair.advance(1)
      expect(statusOf(pair.left.channel)).to.equal('ready')
      expect(pair.left.channel.mutual.height).to.equal(4)
      expect(reported(pair.left, 'paid').length).to.equal(4)
    })

    it('and says nothing when it is over and its block was refused meanwhile', () => {
      const { pair } = withHistory()
      pair.wish('left', lock(1n, START + 5))
      pair.turn('left', { type: 'startDispute' })
      const own = pendingBlock(pair.left.channel) as NonNullable<ReturnType<typeof pendingBlock>>
      const [start] = submitted(pair.left, 'start')
      pair.input('left', { type: 'itemEnded', item: start as never, done: false })
      const sent = pair.right.inbox.length
      const refuse = { type: 'refuse', blockHash: own.hash, reason: 34, transaction: 0 } as const
      pair.turn('left', { type: 'receive', message: refuse })
      expect(pair.right.inbox.length).to.equal(sent)
    })

    it('until the batch with our start can never execute', () => {
      const { pair } = withHistory()
      pair.wish('left', pay(5n))
      pair.left.inbox = []
      pair.right.inbox = []
      pair.turn('left', { type: 'startDispute' })
      const [start] = submitted(pair.left, 'start')
      pair.turn('left', { type: 'itemEnded', item: start as never, done: false })
      expect(statusOf(pair.left.channel)).to.equal('pending')
      // The block that was pending goes out again.
      pair.settle()
      expect(pair.left.channel.mutual.height).to.equal(4)
    })

    it('until another batch has used the nonce of the one with our start', () => {
      const { pair } = withHistory()
      pair.turn('left', { type: 'startDispute' })
      const [start] = submitted(pair.left, 'start')
      pair.turn('left', { type: 'itemEnded', item: start as never, done: true }, { type: 'head' })
      expect(statusOf(pair.left.channel)).to.equal('ready')
    })

    it('until our start, taken back by the chain, can be made no more', () => {
      const { pair, newest } = withHistory()
      pair.turn('left', { type: 'startDispute' })
      const [start] = submitted(pair.left, 'start')
      pair.mine(started(true, newest))
      pair.turn('left', { type: 'itemEnded', item: start as never, done: true })
      pair.see('left')
      expect(pair.left.channel.dispute?.standing?.final).to.equal(true)
      const { view, mutual } = pair.left.channel
      const { position, tokens } = view
      const { cooperativeNonce } = mutual
      const gone = {
        ...entities,
        cooperativeNonce,
        position,
        tokens,
        dispute: null,
        ...uncommitted,
      }
      pair.turn('left', { type: 'view', view: gone })
      const left = pair.left.now + LONGEST_LIFE_SECONDS - pair.left.finalTimestamp
      pair.advance(left)
      expect(statusOf(pair.left.channel)).to.equal('disputed')
      pair.advance(1)
      expect(statusOf(pair.left.channel)).to.equal('ready')
    })

    it('whatever becomes of a start from before the last settlement (seed 60189)', () => {
      const { pair } = withHistory()
      const { channel } = pair.left
      const mutual = { ...channel.mutual, cooperativeNonce: 8n, namedNonce: 8n }
      pair.left.channel = { ...channel, mutual }
      pair.turn('left', { type: 'startDispute' })
      const [start] = submitted(pair.left, 'start')
      const earlier = { ...start, cooperativeNonce: 7n }
      pair.turn('left', { type: 'itemEnded', item: earlier as never, done: false })
      expect(statusOf(pair.left.channel)).to.equal('disputed')
    })
  })

  it('is left when a start is skipped whose settlement the chain has taken back (seed 300092)', () => {
    const { pair } = withHistory()
    const { channel } = pair.left
    pair.left.channel = {
      ...channel,
      mutual: { ...channel.mutual, cooperativeNonce: 8n, namedNonce: 8n },
    }
    pair.turn('left', { type: 'startDispute' })
    const [start] = submitted(pair.left, 'start')
    const now = pair.left.channel
    pair.left.channel = { ...now, mutual: { ...now.mutual, cooperativeNonce: 7n } }
    pair.turn('left', { type: 'itemEnded', item: start as never, done: false })
    expect(pair.left.channel.dispute).to.equal(null)
  })

  it('holds a block of the peer’s, and answers it if the dispute goes away', () => {
    const { pair, newest } = withHistory()
    pair.hear('right', started(true, newest), pair.headBlock + 20)
    pair.wish('left', pay(1n))
    pair.settle()
    expect(pair.right.channel.held).not.to.equal(null)
    pair.advance(21)
    pair.settle()
    expect(pair.left.channel.mutual.height).to.equal(4)
  })

  it('sees no event twice: a repeated one changes nothing', () => {
    const { pair } = withHistory()
    const event = {
      type: 'channelUpdated',
      ...entities,
      token: ETHER,
      collateral: 1_000n,
      ondelta: 950n,
    } as const
    const block = pair.mine(event)
    pair.see('left')
    const before = pair.left.channel
    const position = { block, logIndex: 0 }
    pair.turn('left', {
      type: 'chain',
      event: { ...event, collateral: 1n },
      position,
      timestamp: START,
      final: true,
    })
    expect(pair.left.channel).to.equal(before)
  })

  it('lets no block be signed for what the machine itself wants to say', () => {
    const { pair, newest } = withHistory()
    pair.wish('left', { type: 'requestCollateral', token: ETHER, amount: 5n, fee: 1n })
    pair.settle()
    pair.hear('left', started(false, newest), pair.headBlock + 20)
    pair.mine({ type: 'channelUpdated', ...entities, token: ETHER, collateral: 200n, ondelta: 50n })
    pair.see('left')
    expect(pair.left.channel.queue.length).to.equal(1)
    expect(pair.left.channel.outstanding).to.deep.equal([])
  })

  it('seen in the very turn in which a block was taken stops its acknowledgement', () => {
    const { pair, newest } = withHistory()
    pair.wish('left', pay(1n))
    const message = decodeChannelMessage(pair.right.inbox.shift() as Uint8Array) as ChannelMessage
    const event = started(true, newest)
    const position = { block: pair.headBlock + 20, logIndex: 0 }
    pair.right.signed = []
    pair.turn(
      'right',
      { type: 'receive', message },
      { type: 'chain', event, position, timestamp: START, final: false },
    )
    expect(pair.right.signed).to.deep.equal([])
    pair.advance(21)
    expect(pair.right.signed.map(({ kind }) => kind)).to.deep.equal(['ack'])
  })

  it('gives back what waited when it was started', () => {
    const { pair } = withHistory()
    pair.wish('left', pay(1n))
    pair.input('left', { type: 'wish', transaction: lock(1n, START + 500) })
    pair.turn('left', { type: 'startDispute' })
    expect(
      reported(pair.left, 'wishRefused').map(({ transaction }) => transaction.type),
    ).to.deep.equal(['lock'])
    expect(pair.left.channel.queue.length).to.equal(0)
  })

  it('takes wishes back to who made them', () => {
    const { pair } = withHistory()
    pair.turn('left', { type: 'startDispute' })
    pair.wish('left', pay(1n))
    expect(reported(pair.left, 'wishRefused')[0]?.refusal).to.deep.equal({ code: 'disputed' })
  })

  describe('known by reading the chain anew', () => {
    const read = (pair: Pair, side: 'left' | 'right', changes: Partial<ChannelView>): void => {
      const { position, tokens } = pair.party(side).channel.view
      const view = {
        ...entities,
        cooperativeNonce: 0n,
        position,
        tokens,
        dispute: null,
        ...uncommitted,
        ...changes,
      }
      pair.turn(side, { type: 'view', view })
    }
    const disputed = ({ disputeNonce, proofBodyHash: body }: Proof) => ({
      dispute: {
        standingNonce: disputeNonce,
        deadline: DEADLINE,
        startedByLeft: true,
        poster: 'left',
        proofBodyHash: body,
      } as const,
    })

    it('is countered like one that was seen', () => {
      const { pair, old, newest } = withHistory()
      read(pair, 'right', disputed(old))
      expect(submitted(pair.right, 'counter')[0]?.proof).to.deep.equal(newest)
    })

    it('is over when a deep reorganisation has taken it back', () => {
      const { pair, newest } = withHistory()
      const block = pair.mine(started(true, newest))
      pair.see('right')
      pair.right.finalBlock = block - 1
      read(pair, 'right', { position: { block: 10, logIndex: 0 } })
      expect(statusOf(pair.right.channel)).to.equal('ready')
      expect(pair.right.channel.view.position.block).to.equal(10)
    })

    it('may have ended unseen: the channel starts the era that the chain names', () => {
      const { pair } = withHistory()
      read(pair, 'right', { cooperativeNonce: 1n << 32n })
      expect(pair.right.channel.mutual).to.deep.include({ cooperativeNonce: 1n << 32n, height: 0 })
    })

    it('and a settlement that this side knows nothing of shows that it has lost state', () => {
      const { pair } = withHistory()
      read(pair, 'right', { cooperativeNonce: 1n })
      expect(reported(pair.right, 'stateLost').length).to.equal(1)
    })
  })

  it('with offers comes with our arguments for every body that we have signed', () => {
    const gold = erc20TokenId(parseAddress(`0x${'60'.repeat(20)}`))
    const pair = new Pair()
    watch(pair)
    pair.connect()
    pair.wish('right', { type: 'extendCredit', token: gold, limit: 100n })
    pair.settle()
    const offer: ChannelTransaction = {
      type: 'offer',
      giveToken: gold,
      giveAmount: 10n,
      wantToken: ETHER,
      wantAmount: 5n,
      minFill: 1,
      fillBy: START + 600,
    }
    pair.wish('left', offer)
    pair.settle()
    const [open] = pair.right.channel.mutual.offers
    const ratio = 0xffff_ffff
    pair.hear(
      'right',
      started(true, { ...countedProof(pair.left.channel, domain), disputeNonce: 2n }),
    )
    expect(submitted(pair.right, 'arguments')).to.deep.equal([])

    const again = new Pair()
    watch(again)
    again.connect()
    again.wish('right', { type: 'extendCredit', token: gold, limit: 100n })
    again.settle()
    again.wish('left', offer)
    again.settle()
    // The fill is proposed, and the dispute comes before its acknowledgement.
    again.wish('right', { type: 'fill', offer: (open as NonNullable<typeof open>).id, ratio })
    const proof = countedProof(again.right.channel, domain)
    again.hear('right', started(true, { ...proof, disputeNonce: 2n }))
    const [given, more] = submitted(again.right, 'arguments')
    expect(given?.proofBodyHash).to.equal(proof.proofBodyHash)
    expect(given?.data).to.deep.equal(Uint8Array.of(255, 255, 255, 255))
    expect(more).to.equal(undefined)
  })
})
