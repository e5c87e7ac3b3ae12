import { expect } from 'chai'
import { id, keccak256, Wallet, ZeroHash } from 'ethers'
import type { Hex } from './support/boards.ts'
import { type Actor, actorOf, encodeBatch, hashBody, type Proof } from './support/depository.ts'
import {
  argumentsOf,
  bodyOf,
  collateralise,
  counterOf,
  deposit,
  diffOf,
  emptyProof,
  eventsOf,
  finaliseBy,
  indebtLeft,
  send,
  settlementOf,
  start,
  type Told,
} from './support/depositoryItems.ts'
import {
  createWorld,
  finaliseOf,
  networkHelpers,
  newToken,
  passDeadline,
  proofOf,
  startOf,
  stateOf,
  type World,
} from './support/depositoryWorld.ts'
import { selectorOf } from './support/refusals/expect.ts'

/**
 * Every event of the Depository, with all its arguments, in the whole list of what a call emits: a
 * watcher rebuilds the state from these lists, so nothing may be missing and nothing may be said twice.
 */

const stranger = actorOf(new Wallet(id('stranger')))
const told = new Set<string>()

async function tells(
  world: World,
  sent: ReturnType<typeof send>,
  expected: readonly Told[],
): Promise<void> {
  expect(await eventsOf(world, sent)).to.deep.equal(expected)
  for (const [name] of expected) told.add(name)
}

/** What a batch says first: whose it is, its nonce and its hash. */
async function processed({ depository }: World, by: Actor, items: object): Promise<Told> {
  const nonce = await depository.batchNonce(by.id)
  return ['BatchProcessed', by.id, nonce, keccak256(encodeBatch(items))]
}

/** Expects what a batch tells behind its first event. */
async function batchTells(
  world: World,
  by: Actor,
  items: Parameters<typeof send>[2],
  expected: readonly Told[],
): Promise<void> {
  const first = await processed(world, by, items)
  await tells(world, send(world, by, items), [first, ...expected])
}

const fields = ({ disputeNonce, disputeWindow, proofBodyHash, blockHash }: Proof) => [
  disputeNonce,
  BigInt(disputeWindow),
  proofBodyHash,
  blockHash,
]

/** Sets the time of the next block, and gives a deadline that is a window of a day later. */
async function dayFromNext(): Promise<bigint> {
  const now = (await networkHelpers.time.latest()) + 100
  await networkHelpers.time.setNextBlockTimestamp(now)
  return BigInt(now + 86_400)
}

async function collateralised(): Promise<World> {
  const world = await createWorld()
  await collateralise(world, 100n)
  return world
}

describe('Depository tells', () => {
  it('what a deposit makes of a reserve', async () => {
    const world = await createWorld()
    const { left, tokenId } = world
    await tells(world, deposit(world, left, 5n), [['ReserveUpdated', left.id, tokenId, 5n]])
    await tells(world, deposit(world, left, 2n), [['ReserveUpdated', left.id, tokenId, 7n]])
  })

  it('what withdrawals, transfers and fundings make of reserves and channels', async () => {
    const world = await createWorld()
    const { left, right, payer, tokenId: token } = world
    await deposit(world, left, 100n)
    const [a, b] = [stranger.id, right.id]
    const items = {
      withdrawals: [{ token, to: payer.address, amount: 10n }],
      transfers: [{ token, to: right.id, amount: 20n }],
      fundings: [
        {
          token,
          receiver: left.id,
          topUps: [
            { peer: a, amount: 5n },
            { peer: b, amount: 6n },
          ],
        },
        { token, receiver: right.id, topUps: [{ peer: left.id, amount: 7n }] },
      ],
    }
    const [first, last] = BigInt(left.id) < BigInt(a) ? [left.id, a] : [a, left.id]
    await batchTells(world, left, items, [
      ['ReserveUpdated', left.id, token, 90n],
      ['ReserveUpdated', left.id, token, 70n],
      ['ReserveUpdated', right.id, token, 20n],
      ['ReserveUpdated', left.id, token, 59n],
      ['ChannelUpdated', first, last, token, 5n, first === left.id ? 5n : 0n],
      ['ChannelUpdated', left.id, right.id, token, 6n, 6n],
      ['ReserveUpdated', left.id, token, 52n],
      ['ChannelUpdated', left.id, right.id, token, 13n, 6n],
    ])
  })

  it('which item was skipped and why, counted through all lists', async () => {
    const world = await createWorld()
    const { depository, left, right, tokenId: token } = world
    await deposit(world, left, 10n)
    const items = {
      withdrawals: [{ token, to: world.payer.address, amount: 11n }],
      transfers: [{ token, to: right.id, amount: 1n }],
      finalises: [finaliseOf(world, bodyOf(world, 0n))],
      secrets: [id('a secret')],
    }
    const nonce = await depository.batchNonce(left.id)
    const skipped = (index: bigint, reason: string): Told => {
      return ['BatchItemSkipped', left.id, nonce, index, selectorOf(world, reason)]
    }
    await batchTells(world, left, items, [
      skipped(0n, 'ReserveExceeded'),
      ['ReserveUpdated', left.id, token, 9n],
      ['ReserveUpdated', right.id, token, 1n],
      skipped(2n, 'NoDispute'),
    ])
    expect(await world.subcontractProvider.revealedAt(keccak256(id('a secret')))).to.not.equal(0n)
  })

  it('what a settlement moves and forgives', async () => {
    const world = await createWorld()
    const { left, right, tokenId: token } = world
    await indebtLeft(world, 30n)
    await collateralise({ ...world, left: right, right: left }, 100n)
    const { cooperativeNonce } = await stateOf(world, world)
    const items = await settlementOf(world, {
      diffs: [diffOf(world, 10n, 60n, -7n)],
      forgiveness: [{ token, leftOwes: true, index: 0n }],
    })
    await batchTells(world, left, items, [
      ['DebtForgiven', left.id, token, right.id, 0n],
      ['ReserveUpdated', left.id, token, 10n],
      ['ReserveUpdated', right.id, token, 60n],
      ['ChannelUpdated', left.id, right.id, token, 30n, -7n],
      ['Settled', left.id, right.id, cooperativeNonce + 1n],
    ])
  })

  it('who started a dispute and who countered, with the whole proof and the deadline', async () => {
    const world = await collateralised()
    const { depository, left, right } = world
    const ends = [left.id, right.id]
    const proofs = [1, 2, 3, 4, 5].map((height) => proofOf(height, bodyOf(world, -BigInt(height))))
    const [one, two, three, four, five] = proofs as [Proof, Proof, Proof, Proof, Proof]
    let items = await startOf(world, world, right, one)
    let deadline = await dayFromNext()
    await batchTells(world, right, items, [
      ['DisputeStarted', ...ends, false, 0n, fields(one), deadline],
    ])
    deadline = await dayFromNext()
    await tells(world, depository.counter(await counterOf(world, two)), [
      ['DisputeCountered', ...ends, 0n, 0n, fields(two), deadline],
    ])
    items = await startOf(world, world, left, three)
    deadline = await dayFromNext()
    await batchTells(world, left, items, [
      ['DisputeCountered', ...ends, 1n, 0n, fields(three), deadline],
    ])
    const posters: readonly [Actor, Proof, bigint][] = [
      [right, four, 2n],
      [stranger, five, 0n],
    ]
    for (const [by, proof, poster] of posters) {
      const counters = [await counterOf(world, proof)]
      deadline = await dayFromNext()
      await batchTells(world, by, { counters }, [
        ['DisputeCountered', ...ends, poster, 0n, fields(proof), deadline],
      ])
    }
  })

  it('that a dispute stands on the empty body', async () => {
    const world = await collateralised()
    const { left, right } = world
    const empty = { peer: right.id, cooperativeNonce: 0n, proof: emptyProof, peerSignature: '0x' }
    const deadline = (await dayFromNext()) + 6n * 86_400n
    await batchTells(world, left, { starts: [empty] }, [
      ['DisputeStarted', left.id, right.id, true, 0n, fields(emptyProof), deadline],
    ])
  })

  it('what a side gives, in full', async () => {
    const world = await collateralised()
    const { left, right, tokenId } = world
    const ends = [left.id, right.id]
    await start(world, left, 1, bodyOf(world, -40n))
    const body = hashBody(bodyOf(world, -40n))
    await batchTells(world, right, argumentsOf(left, body, '0x1234', [tokenId]), [
      ['ArgumentsCommitted', ...ends, false, body, '0x1234'],
      ['TokensNamed', ...ends, false, [tokenId]],
    ])
    await batchTells(world, left, argumentsOf(right, body, '0x'), [
      ['ArgumentsCommitted', ...ends, true, body, '0x'],
    ])
    await batchTells(world, left, argumentsOf(right, ZeroHash, '0x', [tokenId]), [
      ['TokensNamed', ...ends, true, [tokenId]],
    ])
  })

  it('how a dispute ended: what each side got, owes and forfeited, named tokens too', async () => {
    const world = await collateralised()
    const { depository, left, right, tokenId } = world
    const ends = [left.id, right.id]
    const other = (await newToken(world)).tokenId
    await deposit(world, left, 8n, other)
    await send(world, left, {
      fundings: [{ token: other, receiver: right.id, topUps: [{ peer: left.id, amount: 8n }] }],
    })
    await deposit(world, right, 12n)
    await start(world, left, 1, bodyOf(world, 0n))
    const body = bodyOf(world, 30n)
    await depository.counter(await counterOf(world, proofOf(3, body)))
    await send(world, right, argumentsOf(left, ZeroHash, '0x', [other]))
    await passDeadline(world)
    const era = 2n ** 32n
    const item = finaliseOf(world, body, { rightTokens: [other] })
    // Right owes 30. Left forfeits half of the 100, out of which right pays.
    await tells(world, depository.finalise(item), [
      ['ChannelUpdated', ...ends, tokenId, 0n, 0n],
      ['TokenSplit', ...ends, tokenId, 50n, 50n, 0n, 30n, 50n],
      ['ReserveUpdated', left.id, tokenId, 50n],
      ['ReserveUpdated', right.id, tokenId, 62n],
      ['ReserveUpdated', right.id, tokenId, 32n],
      ['ReserveUpdated', left.id, tokenId, 80n],
      ['ChannelUpdated', ...ends, other, 0n, 0n],
      ['TokenSplit', ...ends, other, 0n, 8n, 0n, 0n, 0n],
      ['ReserveUpdated', right.id, other, 8n],
      ['DisputeFinalised', ...ends, 6n, era, true],
    ])
  })

  it('what is owed and what is paid of it', async () => {
    const world = await collateralised()
    const { depository, left, right, payer, tokenId: token } = world
    const ends = [left.id, right.id]
    const body = bodyOf(world, -130n)
    await deposit(world, left, 10n)
    await start(world, right, 1, body)
    const era = 2n ** 32n
    const items = { finalises: [finaliseOf(world, body)] }
    await batchTells(world, left, items, [
      ['ChannelUpdated', ...ends, token, 0n, 0n],
      ['TokenSplit', ...ends, token, 0n, 100n, 30n, 0n, 0n],
      ['ReserveUpdated', right.id, token, 100n],
      ['ReserveUpdated', left.id, token, 0n],
      ['ReserveUpdated', right.id, token, 110n],
      ['DebtCreated', left.id, token, right.id, 0n, 20n],
      ['DisputeFinalised', ...ends, 2n, era, false],
    ])
    await deposit(world, left, 5n)
    await tells(world, depository.enforceDebts(left.id, token, 9n), [
      ['ReserveUpdated', right.id, token, 115n],
      ['DebtPaid', left.id, token, right.id, 0n, 15n],
      ['ReserveUpdated', left.id, token, 0n],
    ])
    await deposit(world, left, 20n)
    const withdrawals = [{ token, to: payer.address, amount: 2n }]
    await batchTells(world, left, { withdrawals }, [
      ['ReserveUpdated', right.id, token, 130n],
      ['DebtPaid', left.id, token, right.id, 0n, 0n],
      ['ReserveUpdated', left.id, token, 5n],
      ['ReserveUpdated', left.id, token, 3n],
    ])
  })

  it('nothing, where nothing changes', async () => {
    const world = await createWorld()
    const { depository, left, tokenId } = world
    await tells(world, depository.enforceDebts(left.id, tokenId, 9n), [])
    await batchTells(world, left, {}, [])
    const again = bodyOf(world, 0n)
    await start(world, left, 1, again)
    await finaliseBy(world, world.right, again)
    const { cooperativeNonce } = await stateOf(world, world)
    expect(cooperativeNonce).to.equal(2n ** 32n)
  })

  it('nothing else: every event of the interface has been seen above', async () => {
    const { depository } = await createWorld()
    const known: Hex[] = []
    depository.interface.forEachEvent(({ name }) => known.push(name))
    expect([...told].sort()).to.deep.equal(known.sort())
  })
})
