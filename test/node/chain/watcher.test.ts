import { cursorBefore } from '@xln/node/shell/chain/cursor.ts'
import type { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import type { Watcher } from '@xln/node/shell/chain/watcher.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import type { ChainEvent } from '@xln/shared/depository/events.ts'
import { type Hashlock, parseId, type Secret, type TokenId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { type Recorder, type WatchOptions, watch } from './support/recorder.ts'
import { until } from './support/until.ts'
import {
  act,
  bodyOf,
  chainHead,
  chainTime,
  counterOf,
  deposit,
  depositoryInterface,
  ends,
  fund,
  openEndpoints,
  settlementOf,
  startOf,
  startWorld,
  succeed,
  type World,
} from './support/world.ts'

const secret = parseId<Secret>(`0x${'5e'.repeat(32)}`)
const hashlock = keccakHex(hexToBytes(secret)) as string as Hashlock

const typesOf = (events: readonly ChainEvent[]) => events.map(({ type }) => type)

describe('watcher', function () {
  this.timeout(60_000)
  let world: World
  let snapshot: string
  let endpoints: Endpoints
  let watchers: Watcher[] = []

  before(async () => {
    world = await startWorld()
  })
  after(() => world.close())
  beforeEach(async () => {
    snapshot = await world.chain.snapshot()
    endpoints = openEndpoints(world)
  })
  afterEach(async () => {
    await Promise.all(watchers.map((watcher) => watcher.stop()))
    watchers = []
    endpoints.close()
    await world.chain.revert(snapshot)
  })

  async function see(options: Partial<WatchOptions> = {}): Promise<Recorder> {
    const { watcher, seen } = await watch(world, { endpoints, confirmations: 0, ...options })
    watchers.push(watcher)
    return seen
  }

  it('delivers what a dispute emits, from the first deposit to the debt that is paid, in order', async () => {
    const { alice, bob, token, domain } = world
    const { left, right } = ends(alice, bob)
    const byLeft = bob.entity === left
    const stale = startOf(world, alice, bob, bodyOf(world, 0n), 1)
    // The newest state: Alice pays the whole collateral, and owes 40 more.
    const body = bodyOf(world, byLeft ? 100n : -100n)
    const counter = counterOf(world, alice, bob, body, 3)
    const { proofBodyHash } = counter.proof
    const data = Uint8Array.of(1, 2, 3)
    const further = parseId<TokenId>(`0x01${'00'.repeat(30)}99`)
    const seen = await see()

    await deposit(world, alice, alice.entity, 60n)
    await fund(world, alice, bob, 60n)
    await act(world, alice, { starts: [stale] })
    const startedAt = await chainTime(world)
    const given = { peer: alice.entity, proofBodyHash, data, tokens: [further] }
    await act(world, bob, { counters: [counter], arguments: [given] })
    const counteredAt = await chainTime(world)
    const none = new Uint8Array()
    await act(world, alice, {
      finalises: [
        {
          left,
          right,
          body,
          leftArguments: byLeft ? data : none,
          rightArguments: byLeft ? none : data,
          leftTokens: byLeft ? [further] : [],
          rightTokens: byLeft ? [] : [further],
        },
      ],
    })
    await deposit(world, alice, alice.entity, 15n)
    const pay = [alice.entity, token.id, 5] as const
    const enforce = depositoryInterface.encodeFunctionData('enforceDebts', [...pay])
    await succeed(world, bob, domain.depository, enforce)
    await seen.reach(await chainHead(world))

    const channel = { left, right }
    const ofToken = { token: token.id }
    const debt = { debtor: alice.entity, creditor: bob.entity, ...ofToken, index: 0n }
    const expected = [
      { type: 'reserveUpdated', entity: alice.entity, ...ofToken, reserve: 60n },
      { type: 'reserveUpdated', entity: alice.entity, ...ofToken, reserve: 0n },
      {
        type: 'channelUpdated',
        ...channel,
        ...ofToken,
        collateral: 60n,
        ondelta: byLeft ? 0n : 60n,
      },
      {
        type: 'disputeStarted',
        ...channel,
        startedByLeft: !byLeft,
        cooperativeNonce: 0n,
        proof: stale.proof,
        deadline: startedAt + 3_600,
      },
      {
        type: 'disputeCountered',
        ...channel,
        poster: byLeft ? 'left' : 'right',
        cooperativeNonce: 0n,
        proof: counter.proof,
        deadline: counteredAt + 3_600,
      },
      { type: 'argumentsCommitted', ...channel, byLeft, proofBodyHash, data },
      { type: 'tokensNamed', ...channel, byLeft, tokens: [further] },
      { type: 'channelUpdated', ...channel, ...ofToken, collateral: 0n, ondelta: 0n },
      {
        type: 'tokenSplit',
        ...channel,
        ...ofToken,
        toLeft: byLeft ? 60n : 0n,
        toRight: byLeft ? 0n : 60n,
        leftDebt: byLeft ? 0n : 40n,
        rightDebt: byLeft ? 40n : 0n,
        forfeit: 0n,
      },
      { type: 'reserveUpdated', entity: bob.entity, ...ofToken, reserve: 60n },
      { type: 'debtCreated', ...debt, amount: 40n },
      {
        type: 'disputeFinalised',
        ...channel,
        disputeNonce: counter.proof.disputeNonce,
        cooperativeNonce: 2n ** 32n,
        fraud: true,
      },
      { type: 'reserveUpdated', entity: alice.entity, ...ofToken, reserve: 15n },
      { type: 'reserveUpdated', entity: bob.entity, ...ofToken, reserve: 75n },
      { type: 'debtPaid', ...debt, remaining: 25n },
      { type: 'reserveUpdated', entity: alice.entity, ...ofToken, reserve: 0n },
    ]
    const { plain } = seen
    expect(plain.filter(({ type }) => type !== 'batchProcessed')).to.deep.equal(expected)
    const batches = plain.flatMap((event) => (event.type === 'batchProcessed' ? [event] : []))
    expect(batches.map(({ entity, nonce }) => [entity, nonce])).to.deep.equal([
      [alice.entity, 0n],
      [alice.entity, 1n],
      [bob.entity, 0n],
      [alice.entity, 2n],
    ])
  })

  it('delivers settlements, skipped items, forgiven debts and secrets', async () => {
    const { alice, bob, token } = world
    const { left, right } = ends(alice, bob)
    const aliceIsLeft = alice.entity === left
    const seen = await see()
    await deposit(world, alice, alice.entity, 10n)
    await fund(world, alice, bob, 10n)
    const settlement = settlementOf(world, alice, bob, {
      cooperativeNonce: 0n,
      newNonce: 1n,
      deadline: (await chainTime(world)) + 600,
      diffs: [
        {
          token: token.id,
          leftDiff: aliceIsLeft ? 4n : 6n,
          rightDiff: aliceIsLeft ? 6n : 4n,
          collateralDiff: -10n,
          ondeltaDiff: aliceIsLeft ? -10n : 0n,
        },
      ],
    })
    await act(world, alice, { settlements: [settlement, settlement], secrets: [secret] })
    const revealedAt = await chainTime(world)
    await seen.reach(await chainHead(world))

    const { plain } = seen
    expect(plain).to.deep.include({ type: 'settled', left, right, cooperativeNonce: 1n })
    expect(plain).to.deep.include({
      type: 'batchItemSkipped',
      entity: alice.entity,
      nonce: 1n,
      index: 1,
      reason: depositoryInterface.getError('CooperativeNonceWrong')?.selector,
    })
    expect(plain.at(-1)).to.deep.equal({ type: 'secretRevealed', hashlock, secret, revealedAt })
    const reserve = { type: 'reserveUpdated', entity: bob.entity, token: token.id, reserve: 6n }
    expect(plain).to.deep.include(reserve)
  })

  it('says where each event stands: block, hash, time, and its number among all logs of the block', async () => {
    const { alice, bob, chain } = world
    await deposit(world, alice, alice.entity, 5n)
    const block = await fund(world, alice, bob, 5n)
    const seen = await see()
    await seen.reach(block)
    const name = `0x${block.toString(16)}`
    const header = await chain.request<{ hash: string; timestamp: string }>(
      'eth_getBlockByNumber',
      [name, false],
    )
    const inBlock = seen.events.filter(({ position }) => position.block === block)
    expect(inBlock.map(({ position }) => position.logIndex)).to.deep.equal([0, 1, 2])
    for (const { position } of inBlock) {
      expect(position.hash).to.equal(header.hash)
      expect(position.timestamp).to.equal(Number(header.timestamp))
    }
    expect(seen.batches.at(-1)).to.include({ to: block, toHash: header.hash })
    expect(seen.batches.at(-1)?.toTimestamp).to.equal(Number(header.timestamp))
  })

  it('waits for the confirmations asked for, and not for one more', async () => {
    const { alice, chain } = world
    const seen = await see({ confirmations: 3 })
    const block = await deposit(world, alice, alice.entity, 5n)
    await chain.mine(2)
    await seen.reach(block - 1)
    expect(seen.events).to.deep.equal([])
    await chain.mine(1)
    await seen.reach(block)
    expect(typesOf(seen.plain)).to.deep.equal(['reserveUpdated'])
  })

  it('passes over what concerns nobody here, but the cursor goes on', async () => {
    const { alice, bob, carol } = world
    const seen = await see({
      interest: { hosts: (entity) => entity === carol.entity, wantsSecret: () => false },
    })
    await deposit(world, alice, alice.entity, 5n)
    await fund(world, alice, bob, 5n)
    await act(world, bob, { secrets: [secret] })
    await seen.reach(await chainHead(world))
    expect(seen.events).to.deep.equal([])
    const block = await deposit(world, alice, carol.entity, 5n)
    await seen.reach(block)
    expect(seen.plain.map((event) => 'entity' in event && event.entity)).to.deep.equal([
      carol.entity,
    ])
  })

  it('delivers the reserves, and nothing else, of an entity elsewhere that is watched', async () => {
    const { alice, bob, carol } = world
    const watches = (entity: string) => entity === alice.entity
    const seen = await see({
      interest: { hosts: (entity) => entity === carol.entity, watches },
    })
    await deposit(world, alice, alice.entity, 5n)
    await fund(world, alice, bob, 5n)
    await seen.reach(await chainHead(world))
    expect(typesOf(seen.plain)).to.deep.equal(['reserveUpdated', 'reserveUpdated'])
  })

  it('shows danger at first sight and again when it is final, and nothing else before', async () => {
    const { alice, bob, chain } = world
    const seen = await see({ confirmations: 4 })
    await deposit(world, alice, alice.entity, 5n)
    await fund(world, alice, bob, 5n)
    await act(world, alice, { starts: [startOf(world, alice, bob, bodyOf(world, 0n), 1)] })
    await act(world, bob, {
      counters: [counterOf(world, alice, bob, bodyOf(world, 1n), 2)],
      secrets: [secret],
    })
    const dangers = ['disputeStarted', 'disputeCountered', 'secretRevealed']
    await until('three dangers are seen', () => seen.sights.length === 3)
    expect(typesOf(seen.sights.map(({ event }) => event))).to.deep.equal(dangers)
    expect(seen.plain).to.deep.equal([])
    await chain.mine(4)
    await seen.reach((await chainHead(world)) - 4)
    const final = seen.events.filter(({ event }) => dangers.includes(event.type))
    expect(final).to.deep.equal(seen.sights)
  })

  it('goes on from its cursor after a stop, with nothing twice and nothing left out', async () => {
    const { alice } = world
    const first = await see()
    await deposit(world, alice, alice.entity, 1n)
    await first.reach(await chainHead(world))
    await watchers[0]?.stop()
    const stored = JSON.parse(JSON.stringify(first.cursor))
    for (let amount = 1n; amount <= 3n; amount++) await deposit(world, alice, alice.entity, amount)
    const second = await see({ cursor: stored })
    await second.reach(await chainHead(world))
    const reserves = [...first.plain, ...second.plain].map((e) => 'reserve' in e && e.reserve)
    expect(reserves).to.deep.equal([1n, 2n, 4n, 7n])
  })

  it('reads what it missed in bounded steps', async () => {
    const { alice, chain } = world
    await deposit(world, alice, alice.entity, 1n)
    await chain.mine(95)
    await deposit(world, alice, alice.entity, 1n)
    const seen = await see({ blocksPerRead: 10 })
    await seen.reach(await chainHead(world))
    const lengths = seen.batches.map(({ from, to }) => to - from + 1)
    expect(Math.max(...lengths)).to.equal(10)
    expect(seen.plain.length).to.equal(2)
  })

  it('cuts batches by the number of their events, between blocks', async () => {
    const { alice, bob } = world
    await deposit(world, alice, alice.entity, 9n)
    for (let count = 0; count < 3; count++) await fund(world, alice, bob, 3n)
    const seen = await see({ eventsPerBatch: 2 })
    await seen.reach(await chainHead(world))
    expect(seen.batches.map(({ events }) => events.length)).to.deep.equal([4, 3, 3])
  })

  it('waits for a slow sink, and takes what it passes over only when the sink has it', async () => {
    const { alice } = world
    let isOpen = false
    const seen = await see({ pollMs: 5 })
    seen.beforeFinal = () => until('the sink opens', () => isOpen)
    await deposit(world, alice, alice.entity, 1n)
    await deposit(world, alice, alice.entity, 1n)
    expect(watchers[0]?.health().final.block).to.be.below(await chainHead(world))
    isOpen = true
    await seen.reach(await chainHead(world))
    expect(seen.plain.length).to.equal(2)
  })

  it('ends with the error of a sink that fails, and has not moved on', async () => {
    const { watcher, seen, running } = await watch(world, { endpoints, confirmations: 0 })
    watchers.push(watcher)
    await seen.reach(await chainHead(world))
    const before = seen.cursor
    seen.beforeFinal = () => Promise.reject(new Error('the disk is full'))
    const ended = running.then(
      () => 'ended well',
      (error: Error) => error.message,
    )
    await world.chain.mine()
    expect(await ended).to.equal('the disk is full')
    expect(watcher.health().state).to.equal('stopped')
    expect(watcher.health().final.block).to.equal(before.block)
  })

  it('begins before the block of the deployment, so that its first event is delivered', async () => {
    const { deployment } = world
    const cursor = await cursorBefore(endpoints, deployment.block)
    expect(cursor.block).to.equal(deployment.block - 1)
  })

  it('says how it stands: at the head, with no fault', async () => {
    const seen = await see()
    const head = await chainHead(world)
    await seen.reach(head)
    await until('it follows', () => watchers[0]?.health().state === 'following')
    const health = watchers[0]?.health()
    expect(health?.head?.block).to.equal(head)
    expect(health?.lag).to.equal(0)
    expect(health?.fault).to.equal(undefined)
    expect(health?.endpoints.map(({ answers }) => answers)).to.deep.equal([true])
  })
})
