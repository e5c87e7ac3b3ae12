import { blockHash } from '@xln/shared/channel/blockCodec.ts'
import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import type { ChannelUpdated } from '@xln/shared/depository/events.ts'
import { type ChannelMessage, decodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Channel, pendingBlock } from '../../../../node/machines/channel/channel.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import { ETHER, entities, Pair, pay, reported, type SideName } from './support/pair.ts'
import { runs } from './support/runs.ts'

/** Two sides that are told from their earlier processes, at height 1. */
function pair(): Pair {
  const made = new Pair()
  made.left.incarnation = 1
  made.right.incarnation = 1
  made.connect()
  made.wish('left', pay(1n))
  made.settle()
  expect(made.right.channel.mutual.height).to.equal(1)
  return made
}

/** The process of `side` ends, and another begins with `channel` on its disk. */
function startFrom(made: Pair, side: SideName, channel: Channel): void {
  made.disconnect()
  const party = made.party(side)
  party.incarnation++
  party.channel = { ...channel, connected: false }
  party.signed = []
  made.connect()
}

function restart(made: Pair, side: SideName): void {
  startFrom(made, side, made.party(side).channel)
}

function under(bytes: Uint8Array | undefined): ChannelMessage {
  const message = bytes && decodeChannelMessage(bytes)
  if (message === undefined) throw new Error('nothing is under way')
  return message
}

function proposedTerm(made: Pair, side: SideName): number | undefined {
  return pendingBlock(made.party(side).channel)?.block.term
}

function expectAgreement({ left, right }: Pair, height: number): void {
  expect(stateHash(left.channel.mutual)).to.equal(stateHash(right.channel.mutual))
  expect([left.channel.mutual.height, left.channel.restoring]).to.deep.equal([height, null])
}

describe('a process that has just begun', () => {
  before(installNativeCrypto)

  it('asks its peer how far the channel has come before it signs, and signs with the answer', () => {
    const made = pair()
    restart(made, 'left')
    made.wish('left', pay(1n))
    expect(made.left.signed).to.deep.equal([])
    expect(under(made.right.inbox[0])).to.include({ type: 'compare', question: 2, answer: 0 })
    made.deliver('right')
    made.deliver('left')
    expect(made.left.signed.map(({ kind }) => kind)).to.deep.equal(['proposal'])
    made.settle()
    expectAgreement(made, 2)
  })

  it('asks once for all that it signs', () => {
    const made = pair()
    restart(made, 'left')
    made.wish('left', pay(1n))
    made.settle()
    made.wish('left', pay(1n))
    expect(under(made.right.inbox[0]).type).to.equal('update')
  })

  it('answers no block before, and answers it then', () => {
    const made = pair()
    restart(made, 'left')
    made.wish('right', pay(1n))
    made.deliver('left')
    expect(made.left.signed).to.deep.equal([])
    expect(made.left.channel.held).not.to.equal(null)
    made.settle()
    expectAgreement(made, 2)
  })

  it('is told again what it could not judge when it came, and what it waits for', () => {
    for (const side of ['left', 'right'] as const) {
      const other = side === 'left' ? 'right' : 'left'
      const made = pair()
      made.wish(side, pay(1n))
      made.deliver(other)
      // The answer is lost with the process; the other side goes on from the block that counts for it.
      restart(made, side)
      made.wish(other, pay(1n))
      made.settle()
      expectAgreement(made, 3)
      expect(pendingBlock(made.left.channel) ?? pendingBlock(made.right.channel)).to.equal(
        undefined,
      )
    }
  })

  it('finds out by a block that counts that its disk was put back, and signs nothing', () => {
    const made = pair()
    const old = made.left.channel
    made.wish('left', pay(2n))
    made.settle()
    startFrom(made, 'left', old)
    made.wish('left', pay(3n))
    made.settle()
    expect(reported(made.left, 'stateLost')).to.have.length(1)
    expect(made.left.signed).to.deep.equal([])
  })

  it('takes the acknowledgement that it missed for nothing else', () => {
    const made = pair()
    made.wish('left', pay(2n))
    made.deliver('right')
    restart(made, 'left')
    made.left.inbox = []
    made.wish('left', pay(3n))
    made.settle()
    expectAgreement(made, 3)
    expect(reported(made.left, 'stateLost')).to.deep.equal([])
  })

  for (const side of ['left', 'right'] as const) {
    it(`goes above a block that it has forgotten and the peer has refused (${side})`, () => {
      const made = pair()
      const other = side === 'left' ? 'right' : 'left'
      const old = made.party(side).channel
      made.party(side).now += 40
      made.wish(side, pay(2n))
      made.deliver(other)
      made.party(side).now -= 40
      startFrom(made, side, old)
      made.wish(side, pay(3n))
      made.deliver(other)
      made.deliver(side)
      expect(proposedTerm(made, side)).to.equal(made.party(side).now)
      made.settle()
      expectAgreement(made, 2)
    })

    it(`goes above a block that it has forgotten and the peer holds (${side})`, () => {
      const made = pair()
      const other = side === 'left' ? 'right' : 'left'
      const old = made.party(side).channel
      made.mine(deposit(101n))
      made.see(side)
      made.wish(side, pay(2n))
      made.deliver(other)
      expect(made.party(other).channel.held).not.to.equal(null)
      startFrom(made, side, old)
      made.wish(side, pay(3n))
      made.settle()
      made.see(other)
      made.settle()
      expectAgreement(made, 2)
      expect(made.left.channel.mutual.term).to.equal(made.party(side).now)
    })
  }

  it('does not take an answer to an earlier process for its own', () => {
    const made = pair()
    restart(made, 'left')
    made.wish('left', pay(1n))
    made.deliver('right')
    const late = made.left.inbox[0] as Uint8Array
    restart(made, 'left')
    made.wish('left', pay(1n))
    made.hand('left', late)
    expect(made.left.signed).to.deep.equal([])
  })

  it('is not stopped by a peer that tells of a block far ahead', () => {
    const made = pair()
    restart(made, 'left')
    made.wish('left', pay(1n))
    made.deliver('right')
    const answer = under(made.left.inbox.shift())
    if (answer.type !== 'compare') throw new Error('no answer')
    const nonce = (BigInt(made.left.now + 100_000) << 48n) + 5n
    made.hand('left', { ...answer, seen: { ...answer.seen, nonce } })
    made.settle()
    expectAgreement(made, 2)
  })

  it('asks again when it gets no answer', () => {
    const made = pair()
    restart(made, 'left')
    made.wish('left', pay(1n))
    made.right.inbox = []
    made.advance(59)
    expect(made.right.inbox).to.deep.equal([])
    made.advance(1)
    made.settle()
    expectAgreement(made, 2)
  })

  it('never signs two blocks for one place that its peer has, whatever it has forgotten', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<SideName>('left', 'right'),
        fc.array(step, { maxLength: 40, size: 'max' }),
        play,
      ),
      runs(500),
    )
  })
})

function deposit(collateral: bigint): ChannelUpdated {
  return { type: 'channelUpdated', ...entities, token: ETHER, collateral, ondelta: 50n }
}

type Step =
  | { readonly type: 'pay' | 'deliver' | 'tick' | 'deposit' | 'see'; readonly side: SideName }
  | { readonly type: 'reconnect' }
  | { readonly type: 'putBack'; readonly to: number }

const side = fc.constantFrom<SideName>('left', 'right')
const onSide = fc.record({
  type: fc.constantFrom('pay', 'deliver', 'pay', 'deliver', 'tick', 'deposit', 'see' as const),
  side,
}) as fc.Arbitrary<Step>
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: onSide, weight: 12 },
  { arbitrary: fc.constant({ type: 'reconnect' } as const), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant('putBack' as const), to: fc.nat(20) }), weight: 2 },
)

/** `victim` is put back now and then to what it was; what its peer was given of it must not contradict. */
function play(victim: SideName, steps: readonly Step[]): void {
  const made = pair()
  const past: Channel[] = [made.party(victim).channel]
  const given = new Map<string, string>()
  for (const each of steps) {
    take(made, victim, past, given, each)
    past.push(made.party(victim).channel)
  }
}

function take(
  made: Pair,
  victim: SideName,
  past: readonly Channel[],
  given: Map<string, string>,
  each: Step,
): void {
  switch (each.type) {
    case 'pay':
      // No two alike: a block made again must differ.
      made.counter++
      made.wish(each.side, { type: 'note', data: Uint8Array.of(made.counter) })
      return
    case 'deliver':
      if (each.side !== victim) note(given, made.party(each.side).inbox[0])
      made.deliver(each.side)
      return
    case 'tick':
      // Beyond what the other forgives in two steps: blocks are refused for their timestamp.
      made.party(each.side).now += 20
      return
    case 'deposit':
      made.mine(deposit(100n + BigInt(made.headBlock)))
      return
    case 'see':
      made.see(each.side)
      return
    case 'reconnect':
      made.disconnect()
      made.connect()
      return
    case 'putBack':
      startFrom(made, victim, past[Math.max(0, past.length - 1 - each.to)] as Channel)
  }
}

function note(given: Map<string, string>, bytes: Uint8Array | undefined): void {
  const message = bytes && decodeChannelMessage(bytes)
  if (message?.type !== 'update' || message.proposal === undefined) return
  const { block } = message.proposal
  const place = `${block.term} ${block.height} ${block.proposedByLeft}`
  const hash = blockHash(block)
  expect(given.get(place) ?? hash).to.equal(hash, `two blocks at ${place}`)
  given.set(place, hash)
}
