import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import { parseAddress, parseId, type Secret } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import { ETHER, entities, Pair, type SideName } from './support/pair.ts'
import { watch } from './support/rules.ts'
import { runs } from './support/runs.ts'

const GOLD = erc20TokenId(parseAddress(`0x${'60'.repeat(20)}`))
const secrets = [1, 2].map((n) => parseId<Secret>(`0x${`0${n}`.repeat(32)}`))
const nothing = new Uint8Array(0)

const side = fc.constantFrom<SideName>('left', 'right')
const token = fc.constantFrom(ETHER, ETHER, GOLD)
// As small as the collateral, so that boundaries are hit; and some out of range.
const amount = fc.bigInt({ min: -1n, max: 6n })

/** A transaction, from what is open in the channel when its turn comes. */
type Make = (pair: Pair, by: SideName) => ChannelTransaction | undefined

const make: fc.Arbitrary<Make> = fc.oneof(
  fc.tuple(token, amount).map(
    ([token, amount]): Make =>
      () => ({ type: 'pay', token, amount, memo: nothing }),
  ),
  // Limits only rise here: what a lowered one leaves behind has a test of its own.
  token.map(
    (token): Make =>
      (pair) => {
        pair.counter++
        return { type: 'extendCredit', token, limit: 3n + BigInt(Math.floor(pair.counter / 3)) }
      },
  ),
  fc.tuple(token, amount, fc.nat(1), fc.integer({ min: -5, max: 90 })).map(
    ([token, amount, which, life]): Make =>
      (pair, by) => {
        const hashlock = hashlockOf(secrets[which] as Secret)
        const revealBy = pair.party(by).now + life
        return { type: 'lock', token, amount, hashlock, revealBy, onion: nothing }
      },
  ),
  fc.tuple(fc.nat(5), fc.nat(3)).map(
    ([at, how]): Make =>
      (pair, by) => {
        const { locks } = pair.party(by).channel.mutual
        const lock = locks[at % Math.max(1, locks.length)]
        if (lock === undefined) return undefined
        const secret = secrets.find((known) => hashlockOf(known) === lock.hashlock) as Secret
        if (how === 0) return { type: 'cancel', lock: lock.id, reason: 4 }
        if (how === 1)
          return { type: 'expire', lock: lock.id, chainBlock: BigInt(pair.party(by).finalBlock) }
        return {
          type: 'resolve',
          lock: lock.id,
          secret: how === 2 ? secret : (secrets[0] as Secret),
        }
      },
  ),
  fc.tuple(amount, amount, fc.integer({ min: 5, max: 90 })).map(
    ([give, want, life]): Make =>
      (pair, by) => ({
        type: 'offer',
        giveToken: ETHER,
        giveAmount: give,
        wantToken: GOLD,
        wantAmount: want,
        minFill: 0x4000_0000,
        fillBy: pair.party(by).now + life,
      }),
  ),
  fc.tuple(fc.nat(3), fc.integer({ min: -1, max: 3 })).map(
    ([at, quarters]): Make =>
      (pair, by) => {
        const { offers } = pair.party(by).channel.mutual
        const offer = offers[at % Math.max(1, offers.length)]
        if (offer === undefined) return undefined
        if (quarters < 0) return { type: 'release', offer: offer.id }
        return { type: 'fill', offer: offer.id, ratio: (quarters + 1) * 0x3fff_ffff }
      },
  ),
)

type Act = (pair: Pair) => void

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(side, fc.array(make, { minLength: 1, maxLength: 3 })).map(
      ([by, makes]): Act =>
        (pair) => {
          const wishes = makes.flatMap((each) => each(pair, by) ?? [])
          pair.wish(by, ...wishes)
        },
    ),
  },
  {
    weight: 10,
    arbitrary: side.map(
      (to): Act =>
        (pair) =>
          void pair.deliver(to),
    ),
  },
  {
    weight: 2,
    arbitrary: side.map(
      (to): Act =>
        (pair) => {
          const [next] = pair.party(to).inbox
          if (next !== undefined) pair.hand(to, next)
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constant<Act>((pair) => {
      if (pair.connected) pair.disconnect()
      pair.connect()
    }),
  },
  { weight: 1, arbitrary: fc.constant<Act>((pair) => pair.disconnect()) },
  {
    weight: 2,
    arbitrary: fc.nat(40).map(
      (seconds): Act =>
        (pair) =>
          pair.advance(seconds),
    ),
  },
  // One clock goes ahead of the other, within what is allowed and a little beyond.
  {
    weight: 1,
    arbitrary: fc.tuple(side, fc.nat(20)).map(
      ([by, seconds]): Act =>
        (pair) => {
          pair.party(by).now += seconds
          pair.turn(by, { type: 'timer' })
        },
    ),
  },
  // Deposits that one side sees first.
  {
    weight: 1,
    arbitrary: side.map(
      (by): Act =>
        (pair) => {
          const count = BigInt(pair.events.length)
          const collateral = 6n + count
          pair.mine({ type: 'channelUpdated', ...entities, token: ETHER, collateral, ondelta: 2n })
          pair.see(by)
        },
    ),
  },
  {
    weight: 1,
    arbitrary: side.map(
      (by): Act =>
        (pair) =>
          pair.see(by),
    ),
  },
)

function quiesce(pair: Pair): void {
  const now = Math.max(pair.left.now, pair.right.now)
  pair.left.now = now
  pair.right.now = now
  if (!pair.connected) pair.connect()
  for (let round = 0; round < 12; round++) {
    pair.settle()
    pair.advance(60)
  }
  pair.settle()
}

describe('two channel machines over any network', () => {
  before(installNativeCrypto)

  it('keep every rule on the way, and agree once it is quiet', () => {
    const acts = fc.array(act, { minLength: 5, maxLength: 40, size: 'max' })
    fc.assert(
      fc.property(acts, (list) => {
        const pair = new Pair({ collateral: 5n, ondelta: 2n })
        watch(pair)
        pair.connect()
        for (const each of list) each(pair)
        quiesce(pair)
        const { left, right } = pair
        expect(stateHash(left.channel.mutual)).to.equal(stateHash(right.channel.mutual))
        expect(left.channel.mutual.prevBlockHash).to.equal(right.channel.mutual.prevBlockHash)
        expect(left.channel.queue.length + right.channel.queue.length).to.equal(0)
        expect(left.channel.mutual.locks.length, 'open locks').to.equal(0)
      }),
      runs(300),
    )
  })
})
