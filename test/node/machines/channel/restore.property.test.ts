import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Channel,
  countedNonce,
  nonceOf,
  statusOf,
} from '../../../../node/machines/channel/channel.ts'
import { checkInvariants } from '../../../../node/machines/channel/invariants.ts'
import { decodeChannel, encodeChannel } from '../../../../node/machines/channel/record.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import { credit, entities, lock, Pair, pay, type SideName } from './support/pair.ts'
import { runs } from './support/runs.ts'

interface World {
  readonly pair: Pair
  /** Every state that a side was ever in: any of them may be what its disk gives back. */
  readonly past: { readonly left: Channel[]; readonly right: Channel[] }
  /** The highest nonce that each side has ever signed. */
  readonly highest: { left: bigint; right: bigint }
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
)

/** A side's disk gives back an earlier state, and its node knows that. */
function lose({ pair, past, lost }: World, of: SideName, back: number): void {
  const states = past[of]
  const old = states[Math.max(0, states.length - 1 - back)]
  if (old === undefined) return
  lost.add(of)
  if (pair.connected) pair.disconnect()
  pair.party(of).channel = { ...decodeChannel(encodeChannel(old)), connected: false }
  pair.turn(of, { type: 'restore' })
}

function makeWorld(): World {
  const pair = new Pair({ collateral: 10n, ondelta: 5n })
  const world: World = {
    pair,
    past: { left: [], right: [] },
    highest: { left: 0n, right: 0n },
    lost: new Set(),
    answered: { left: 0, right: 0 },
  }
  pair.onState = ({ side, channel }, before, _input, outputs) => {
    checkInvariants(channel)
    expect(decodeChannel(encodeChannel(channel))).to.deep.equal(channel)
    if (channel.restoring === null && channel !== before) world.past[side].push(channel)
    for (const output of outputs) {
      if (output.type !== 'sendUpdate') continue
      const { ack, proposal } = output.update
      if (ack !== null) sign(world, side, countedNonce(channel))
      if (proposal !== null) sign(world, side, nonceOf(proposal.block))
    }
  }
  pair.connect()
  pair.wish('left', credit(5n))
  pair.settle()
  pair.wish('right', credit(5n))
  pair.settle()
  return world
}

function sign({ highest }: World, side: SideName, nonce: bigint): void {
  if (nonce > highest[side]) highest[side] = nonce
}

/** Answers whoever asks for the chain's view. */
function read({ pair, answered }: World): void {
  for (const side of ['left', 'right'] as const) {
    const asked = pair.party(side).effects.filter(({ type }) => type === 'readChannel').length
    if (asked === answered[side]) continue
    answered[side] = asked
    const { position, tokens } = pair.party(side).channel.view
    const view = { ...entities, cooperativeNonce: 0n, position, tokens, dispute: null }
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
        for (const side of world.lost) {
          const newest = countedNonce(world.pair.party(side).channel)
          expect(newest >= world.highest[side], `${side} can be outranked`).to.equal(true)
        }
      }),
      runs(60),
    )
  })
})
