import { maxBigint } from '@xln/shared/amounts.ts'
import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Channel,
  countedNonce,
  namedNonceOf,
  nonceOf,
  statusOf,
} from '../../../../node/machines/channel/channel.ts'
import { checkInvariants } from '../../../../node/machines/channel/invariants.ts'
import type { OutgoingUpdate } from '../../../../node/machines/channel/messages.ts'
import { countedProof, isSignedByPeer } from '../../../../node/machines/channel/proofs.ts'
import { decodeChannel, encodeChannel } from '../../../../node/machines/channel/record.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import {
  credit,
  domain,
  ETHER,
  entities,
  lock,
  Pair,
  pay,
  type SideName,
  submitted,
  uncommitted,
} from './support/pair.ts'
import { runs } from './support/runs.ts'

/** What the disk of a side may give back: its channel, and how much of the chain it had seen. */
interface Kept {
  readonly channel: Channel
  readonly finalBlock: number
  readonly finalTimestamp: number
}

interface World {
  readonly pair: Pair
  /** Every state that a side was ever in. */
  readonly past: { readonly left: Kept[]; readonly right: Kept[] }
  /** The highest dispute nonce that each side has ever signed, by the cooperative nonce. */
  readonly highest: { readonly left: Map<bigint, bigint>; readonly right: Map<bigint, bigint> }
  readonly lost: Set<SideName>
  readonly answered: { left: number; right: number }
}

type Act = (world: World) => void

const side = fc.constantFrom<SideName>('left', 'right')

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(side, fc.bigInt({ min: 1n, max: 3n })).map(
      ([by, amount]): Act =>
        ({ pair }) =>
          pair.wish(by, pay(amount)),
    ),
  },
  {
    weight: 2,
    // Some expire on the way, so that blocks are refused and terms opened.
    arbitrary: fc.tuple(side, fc.integer({ min: 3, max: 40 })).map(
      ([by, life]): Act =>
        ({ pair }) =>
          pair.wish(by, lock(1n, pair.party(by).now + life)),
    ),
  },
  {
    weight: 12,
    arbitrary: side.map(
      (to): Act =>
        ({ pair }) =>
          void pair.deliver(to),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Act>(({ pair }) => pair.disconnect()) },
  {
    weight: 2,
    arbitrary: fc.constant<Act>(({ pair }) => (pair.connected ? undefined : pair.connect())),
  },
  {
    weight: 2,
    arbitrary: fc.nat(20).map(
      (seconds): Act =>
        ({ pair }) =>
          pair.advance(seconds),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(side, fc.nat(30)).map(
      ([of, back]): Act =>
        (world) =>
          lose(world, of, back),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(8), fc.nat(8)).map(
      ([left, right]): Act =>
        (world) => {
          lose(world, 'left', left)
          lose(world, 'right', right)
        },
    ),
  },
  { weight: 2, arbitrary: side.map((by): Act => settle(by)) },
  { weight: 1, arbitrary: fc.constant<Act>(execute) },
  {
    weight: 1,
    arbitrary: side.map(
      (by): Act =>
        (world) => {
          settle(by)(world)
          world.pair.settle()
          execute(world)
        },
    ),
  },
)

/** A settlement that moves nothing: what matters is its nonce. */
function settle(by: SideName): Act {
  return ({ pair }) => {
    const { channel, now } = pair.party(by)
    const newNonce = namedNonceOf(channel.mutual) + 1n
    const nothing = { leftDiff: 0n, rightDiff: 0n, collateralDiff: 0n, ondeltaDiff: 0n }
    const diffs = [{ token: ETHER, ...nothing }]
    const transaction = { type: 'settle', newNonce, deadline: now + 900, diffs } as const
    pair.turn(by, {
      type: 'settle',
      transaction: { ...transaction, forgiveness: [] },
      requestId: 1n,
    })
  }
}

/** The chain makes a settlement that was submitted, if it still takes one. */
function execute({ pair }: World): void {
  const items = [...submitted(pair.left, 'settlement'), ...submitted(pair.right, 'settlement')]
  const now = Math.max(pair.left.now, pair.right.now)
  const today = nonceAt(pair, pair.headBlock)
  const item = items.find(
    ({ cooperativeNonce, deadline }) => cooperativeNonce === today && now <= deadline,
  )
  if (item === undefined) return
  pair.mine({ type: 'settled', ...entities, cooperativeNonce: item.newNonce })
}

/** The cooperative nonce at a block of the chain. */
function nonceAt({ events }: Pair, finalBlock: number): bigint {
  let nonce = 0n
  for (const { block, event } of events) {
    if (block <= finalBlock && event.type === 'settled') nonce = event.cooperativeNonce
  }
  return nonce
}

/** A side's disk gives back an earlier state, and its node knows that. */
function lose({ pair, past, lost }: World, of: SideName, back: number): void {
  const states = past[of]
  const old = states[Math.max(0, states.length - 1 - back)]
  if (old === undefined) return
  lost.add(of)
  if (pair.connected) pair.disconnect()
  const { channel, finalBlock, finalTimestamp } = old
  Object.assign(pair.party(of), { finalBlock, finalTimestamp })
  pair.party(of).channel = { ...decodeChannel(encodeChannel(channel)), connected: false }
  pair.turn(of, { type: 'restore' })
}

function makeWorld(): World {
  const pair = new Pair({ collateral: 10n, ondelta: 5n })
  const world: World = {
    pair,
    past: { left: [], right: [] },
    highest: { left: new Map(), right: new Map() },
    lost: new Set(),
    answered: { left: 0, right: 0 },
  }
  pair.onState = ({ side, channel, finalBlock, finalTimestamp }, before, _input, outputs) => {
    checkInvariants(channel)
    expect(decodeChannel(encodeChannel(channel))).to.deep.equal(channel)
    if (channel.restoring === null && channel !== before) {
      world.past[side].push({ channel, finalBlock, finalTimestamp })
    }
    // Whatever the other side has lost, who has lost nothing forgets nothing.
    if (!world.lost.has(side)) {
      expect(channel.mutual.height).to.be.at.least(before.mutual.height)
      expect(channel.restoring).to.equal(null)
    }
    for (const output of outputs) {
      if (output.type === 'sendUpdate') noteSigned(world, side, channel, output.update)
    }
  }
  pair.connect()
  pair.wish('left', credit(5n))
  pair.settle()
  pair.wish('right', credit(5n))
  pair.settle()
  return world
}

function noteSigned(
  world: World,
  side: SideName,
  channel: Channel,
  { ack, proposal, newProof }: OutgoingUpdate,
): void {
  const { cooperativeNonce } = channel.mutual
  const named = namedNonceOf(channel.mutual)
  const next = proposal === null ? named : named + 1n
  const nonce = proposal === null ? countedNonce(channel) : nonceOf(proposal.block)
  if (ack !== null) sign(world, side, cooperativeNonce, countedNonce(channel))
  if (proposal !== null) sign(world, side, cooperativeNonce, nonce)
  if (newProof !== null) sign(world, side, next, nonce)
}

function sign({ highest }: World, side: SideName, under: bigint, nonce: bigint): void {
  highest[side].set(under, maxBigint(nonce, highest[side].get(under) ?? 0n))
}

/** Answers whoever asks for the chain's view. */
function read({ pair, answered }: World): void {
  for (const side of ['left', 'right'] as const) {
    const asked = pair.party(side).effects.filter(({ type }) => type === 'readChannel').length
    if (asked === answered[side]) continue
    answered[side] = asked
    const { finalBlock, channel } = pair.party(side)
    const { tokens } = channel.view
    const seen = pair.events.filter(({ block }) => block <= finalBlock)
    const position = { block: seen.at(-1)?.block ?? 10, logIndex: 0 }
    const cooperativeNonce = nonceAt(pair, finalBlock)
    const rest = { dispute: null, ...uncommitted }
    const view = { ...entities, cooperativeNonce, position, tokens, ...rest }
    pair.turn(side, { type: 'view', view })
  }
}

function quiesce(world: World): void {
  const { pair } = world
  if (!pair.connected) pair.connect()
  for (let round = 0; round < 30; round++) {
    pair.settle()
    read(world)
    pair.settle()
    pair.advance(100)
  }
}

/** The chain would take what counts. */
function expectEnforceable(pair: Pair, side: SideName, today: bigint): void {
  const { channel } = pair.party(side)
  expect(channel.mutual.cooperativeNonce).to.equal(today)
  if (channel.counted === null) return
  const { peerSignature } = channel.counted
  const proof = countedProof(channel, domain)
  expect(isSignedByPeer(channel, domain, today, proof, peerSignature)).to.equal(true)
}

describe('two channel machines that lose state', () => {
  before(installNativeCrypto)

  it('agree again, and nothing that was signed in the lost time outranks what they agree on', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 5, maxLength: 40, size: 'max' }), (acts) => {
        const world = makeWorld()
        for (const each of acts) each(world)
        quiesce(world)
        const { left, right } = world.pair
        expect([left.channel.restoring, right.channel.restoring]).to.deep.equal([null, null])
        expect(stateHash(left.channel.mutual)).to.equal(stateHash(right.channel.mutual))
        expect(left.channel.mutual.prevBlockHash).to.equal(right.channel.mutual.prevBlockHash)
        expect(statusOf(left.channel)).to.equal('ready')
        const today = nonceAt(world.pair, world.pair.headBlock)
        for (const side of ['left', 'right'] as const) expectEnforceable(world.pair, side, today)
        for (const side of world.lost) {
          const newest = countedNonce(world.pair.party(side).channel)
          const highest = world.highest[side].get(today) ?? 0n
          expect(newest >= highest, `${side} can be outranked`).to.equal(true)
        }
      }),
      runs(60),
    )
  })
})
