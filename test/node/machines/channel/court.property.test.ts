import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import { parseId, type Secret } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Channel, countedNonce, statusOf } from '../../../../node/machines/channel/channel.ts'
import { countedProof } from '../../../../node/machines/channel/proofs.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import { Court } from './support/court.ts'
import { credit, domain, ETHER, entities, lock, Pair, pay, type SideName } from './support/pair.ts'
import { watch } from './support/rules.ts'
import { runs } from './support/runs.ts'

const secret = parseId<Secret>(`0x${'5e'.repeat(32)}`)

interface World {
  readonly pair: Pair
  readonly court: Court
  /** What each side could still show of the past, with the other's signature. */
  readonly past: { readonly left: Start[]; readonly right: Start[] }
  readonly cheats: Set<SideName>
}

type Start = Extract<BatchItem, { type: 'start' }>
type Act = (world: World) => void

const side = fc.constantFrom<SideName>('left', 'right')
const amount = fc.bigInt({ min: 1n, max: 4n })

const honest: readonly fc.WeightedArbitrary<Act>[] = [
  {
    weight: 6,
    arbitrary: fc.tuple(side, amount).map(
      ([by, n]): Act =>
        ({ pair }) =>
          pair.wish(by, pay(n)),
    ),
  },
  {
    weight: 2,
    arbitrary: side.map(
      (by): Act =>
        ({ pair }) =>
          pair.wish(by, lock(1n, pair.party(by).now + 1_000)),
    ),
  },
  {
    weight: 2,
    arbitrary: side.map(
      (by): Act =>
        ({ pair }) => {
          const open = pair
            .party(by)
            .channel.mutual.locks.find(({ hashlock }) => hashlock === hashlockOf(secret))
          if (open !== undefined) pair.wish(by, { type: 'resolve', lock: open.id, secret })
        },
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
    weight: 3,
    arbitrary: fc.constant<Act>(({ pair }) => (pair.connected ? undefined : pair.connect())),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(side, fc.bigInt({ min: -3n, max: 3n }), fc.nat(900)).map(
      ([by, n, life]): Act =>
        ({ pair }) => {
          const { channel, now } = pair.party(by)
          const diff = {
            token: ETHER,
            leftDiff: n,
            rightDiff: 0n,
            collateralDiff: -n,
            ondeltaDiff: -n,
          }
          const newNonce = channel.mutual.namedNonce + 1n
          const deadline = now + life
          pair.turn(by, {
            type: 'settle',
            transaction: { type: 'settle', newNonce, deadline, diffs: [diff], forgiveness: [] },
            requestId: 1n,
          })
        },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(side, fc.boolean()).map(
      ([by, go]): Act =>
        ({ court }) =>
          court.process(by, go),
    ),
  },
  {
    weight: 3,
    arbitrary: side.map(
      (by): Act =>
        ({ pair }) =>
          pair.see(by),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(300).map(
      (seconds): Act =>
        ({ pair }) =>
          pair.advance(seconds),
    ),
  },
  {
    weight: 1,
    arbitrary: side.map(
      (by): Act =>
        ({ pair }) =>
          void pair.turn(by, { type: 'startDispute' }),
    ),
  },
  {
    weight: 1,
    arbitrary: side.map(
      (by): Act =>
        ({ pair, court }) => {
          // Unconfirmed: a dispute that is there already, or that the chain will take back.
          const { channel } = pair.party(by)
          if (channel.counted === null || court.standing !== null) return
          const proof = countedProof(channel, domain)
          const { cooperativeNonce } = channel.mutual
          pair.hear(by, {
            type: 'disputeStarted',
            ...entities,
            startedByLeft: true,
            cooperativeNonce,
            proof,
            deadline: court.now + 86_400,
          })
        },
    ),
  },
]

/** Starts with something old. */
const cheat: fc.WeightedArbitrary<Act> = {
  weight: 2,
  arbitrary: fc.tuple(side, fc.nat(9)).map(
    ([by, at]): Act =>
      ({ court, past, cheats }) => {
        const starts = past[by]
        const start = starts[at % Math.max(1, starts.length)]
        if (start !== undefined && court.standing === null && court.execute(by, start))
          cheats.add(by)
      },
  ),
}

function makeWorld(): World {
  const pair = new Pair({ collateral: 10n, ondelta: 5n })
  watch(pair)
  const past = { left: [] as Start[], right: [] as Start[] }
  const inner = pair.onState
  pair.onState = (party, before, input, outputs) => {
    inner?.(party, before, input, outputs)
    const start = startOf(party.channel)
    if (party.channel.counted !== before.counted && start !== undefined)
      past[party.side].push(start)
  }
  pair.connect()
  pair.wish('left', credit(5n))
  pair.settle()
  pair.wish('right', credit(5n))
  pair.settle()
  return { pair, court: new Court(pair, 10n, 5n), past, cheats: new Set() }
}

function startOf(channel: Channel): Start | undefined {
  const { counted, mutual, side } = channel
  if (counted === null) return undefined
  const peer = side === 'left' ? mutual.right : mutual.left
  const { cooperativeNonce } = mutual
  return {
    type: 'start',
    peer,
    cooperativeNonce,
    proof: countedProof(channel, domain),
    peerSignature: counted.peerSignature,
  }
}

/** Everybody goes on until nothing is open: settlements end, disputes are judged. */
function quiesce({ pair, court }: World): void {
  if (!pair.connected) pair.connect()
  for (let round = 0; round < 40; round++) {
    pair.settle()
    court.process('left', true)
    court.process('right', true)
    pair.see('left')
    pair.see('right')
    pair.advance(round < 20 ? 100 : 10_000)
  }
  pair.settle()
}

describe('two channel machines before the court', () => {
  before(installNativeCrypto)

  it('are never judged a fraud, and agree on what follows', () => {
    const acts = fc.array(fc.oneof(...honest), { minLength: 5, maxLength: 50, size: 'max' })
    fc.assert(
      fc.property(acts, (list) => {
        const world = makeWorld()
        for (const act of list) act(world)
        quiesce(world)
        const { left, right } = world.pair
        for (const { fraud } of world.court.judged) expect(fraud).to.equal(false)
        expect([statusOf(left.channel), statusOf(right.channel)].includes('disputed')).to.equal(
          false,
        )
        expect(left.channel.restoring ?? right.channel.restoring).to.equal(null)
        expect(stateHash(left.channel.mutual)).to.equal(stateHash(right.channel.mutual))
        expect(left.channel.mutual.prevBlockHash).to.equal(right.channel.mutual.prevBlockHash)
        expect(left.channel.mutual.cooperativeNonce).to.equal(world.court.cooperativeNonce)
      }),
      runs(200),
    )
  })

  it('lose nothing that counts to one who starts with something old', () => {
    const acts = fc.array(fc.oneof(...honest, cheat), { minLength: 5, maxLength: 40, size: 'max' })
    fc.assert(
      fc.property(acts, (list) => {
        const world = makeWorld()
        for (const act of list) {
          act(world)
          const { judged, standing } = world.court
          if (judged.length > 0 || standing !== null) break
        }
        const before = {
          left: countedNonce(world.pair.left.channel),
          right: countedNonce(world.pair.right.channel),
        }
        quiesce(world)
        const [first] = world.court.judged
        if (first === undefined) return
        for (const each of ['left', 'right'] as const) {
          if (world.cheats.has(each)) continue
          expect(first.disputeNonce >= before[each], `${each} lost a block that counts`).to.equal(
            true,
          )
          expect(first.fraud && first.startedByLeft === (each === 'left')).to.equal(false)
        }
      }),
      runs(200),
    )
  })
})
