import type { Corrector } from '@xln/node/shell/chain/correction.ts'
import type { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { ChainReader } from '@xln/node/shell/chain/reader.ts'
import type { Watcher } from '@xln/node/shell/chain/watcher.ts'
import { expect } from 'chai'
import { type Recorder, type WatchOptions, watch } from './support/recorder.ts'
import { until } from './support/until.ts'
import {
  act,
  bodyOf,
  chainHead,
  deposit,
  ends,
  fund,
  openEndpoints,
  startOf,
  startWorld,
  type World,
} from './support/world.ts'

/** The chain goes back to a snapshot and mines another history: a real reorganisation. */
describe('watcher in reorganisations', function () {
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
    const { watcher, seen } = await watch(world, { endpoints, ...options })
    watchers.push(watcher)
    return seen
  }

  const reservesIn = (seen: Recorder) => {
    return seen.plain.flatMap((event) => (event.type === 'reserveUpdated' ? [event.reserve] : []))
  }
  const health = () => watchers.at(-1)?.health()

  it('never shows one within the confirmations: only what stays is delivered', async () => {
    const { alice, chain } = world
    const seen = await see({ confirmations: 3 })
    const fork = await chain.snapshot()
    await deposit(world, alice, alice.entity, 1n)
    await deposit(world, alice, alice.entity, 1n)
    await until('the head is read', async () => health()?.tip.block === (await chainHead(world)))
    await chain.revert(fork)
    await deposit(world, alice, alice.entity, 5n)
    await deposit(world, alice, alice.entity, 5n)
    await chain.mine(3)
    await seen.reach((await chainHead(world)) - 3)
    expect(reservesIn(seen)).to.deep.equal([5n, 10n])
    expect(seen.corrections).to.deep.equal([])
    expect(health()?.reorganisations).to.deep.equal({ shallow: 1, deep: 0 })
  })

  it('follows a chain that becomes shorter at first, and one that changes only its head', async () => {
    const { alice, chain } = world
    const seen = await see({ confirmations: 4 })
    const fork = await chain.snapshot()
    await chain.mine(3)
    await until('the head is read', async () => health()?.tip.block === (await chainHead(world)))
    await chain.revert(fork)
    const again = await chain.snapshot()
    await deposit(world, alice, alice.entity, 1n)
    await until('the new head is seen', () => health()?.reorganisations.shallow === 1)
    await chain.revert(again)
    await deposit(world, alice, alice.entity, 7n)
    await chain.mine(4)
    await seen.reach((await chainHead(world)) - 4)
    expect(reservesIn(seen)).to.deep.equal([7n])
  })

  it('shows a danger again when it comes in another block, and never takes one back', async () => {
    const { alice, bob, chain } = world
    const seen = await see({ confirmations: 5 })
    const start = startOf(world, alice, bob, bodyOf(world, 0n), 1)
    const fork = await chain.snapshot()
    await act(world, alice, { starts: [start] })
    await until('it is seen', () => seen.sights.length === 1)
    await chain.revert(fork)
    await chain.mine(1)
    await act(world, alice, { starts: [start] })
    await until('it is seen again', () => seen.sights.length === 2)
    const [first, second] = seen.sights.map(({ position }) => position)
    expect(first?.hash).to.not.equal(second?.hash)
    await chain.mine(5)
    await seen.reach((await chainHead(world)) - 5)
    const final = seen.events.filter(({ event }) => event.type === 'disputeStarted')
    expect(final.map(({ position }) => position)).to.deep.equal([second])
  })

  it('corrects one that is deeper: absolute values of the common past, then the new history', async () => {
    const { alice, bob, chain, domain, deployment } = world
    const { left, right } = ends(alice, bob)
    const asked: number[] = []
    const reader = new ChainReader({ endpoints, contracts: domain, fromBlock: deployment.block })
    const corrector: Corrector = {
      reader,
      touchedSince: async (block) => {
        asked.push(block)
        return { channels: [{ left, right }], entities: [alice.entity] }
      },
    }
    const seen = await see({ confirmations: 1, corrector })
    await deposit(world, alice, alice.entity, 10n)
    await fund(world, alice, bob, 3n)
    const common = await fund(world, alice, bob, 1n)
    await chain.mine(1)
    await seen.reach(common)
    const fork = await chain.snapshot()
    const lost = await fund(world, alice, bob, 6n)
    await chain.mine(3)
    await seen.reach(lost + 2)
    const oldHash = seen.cursor.hash
    const before = seen.batches.length

    await chain.revert(fork)
    await chain.mine(1)
    await fund(world, alice, bob, 2n)
    await chain.mine(5)
    await until('it is corrected', () => seen.corrections.length === 1)
    await seen.reach((await chainHead(world)) - 1)

    const [correction] = seen.corrections
    const fromBlock = asked[0] ?? 0
    expect(correction).to.include({ fromBlock, oldHash })
    expect(correction?.newHash).to.not.equal(oldHash)
    expect(fromBlock).to.be.at.most(lost)
    const channel = await reader.readChannel(left, right, fromBlock - 1)
    const entity = await reader.readEntity(alice.entity, fromBlock - 1)
    expect(correction?.channels).to.deep.equal([channel])
    expect(correction?.entities).to.deep.equal([entity])
    const after = seen.batches.slice(before)
    expect(after[0]?.from).to.equal(fromBlock)
    const collaterals = after.flatMap(({ events }) =>
      events.flatMap(({ event }) => (event.type === 'channelUpdated' ? [event.collateral] : [])),
    )
    expect(collaterals.at(-1)).to.equal(6n)
    expect(collaterals).to.not.include(10n)
    expect(health()?.reorganisations.deep).to.equal(1)
  })

  it('finds one that happened while it was off, by the trail of its cursor', async () => {
    const { alice, chain } = world
    const first = await see({ confirmations: 0 })
    await deposit(world, alice, alice.entity, 1n)
    await first.reach(await chainHead(world))
    const fork = await chain.snapshot()
    for (let count = 0; count < 5; count++) {
      await deposit(world, alice, alice.entity, 1n)
      await first.reach(await chainHead(world))
    }
    await watchers[0]?.stop()
    const cursor = JSON.parse(JSON.stringify(first.cursor))
    const forkBlock = cursor.block - 5
    await chain.revert(fork)
    await chain.mine(1)
    for (let count = 0; count < 7; count++) await deposit(world, alice, alice.entity, 100n)

    const second = await see({ confirmations: 0, cursor })
    await until('it is corrected', () => second.corrections.length === 1)
    await second.reach(await chainHead(world))
    expect(second.corrections[0]?.fromBlock).to.be.at.most(forkBlock + 1)
    expect(reservesIn(second).at(-1)).to.equal(701n)
  })

  it('stops at a chain that has nothing of the one before, and says so', async () => {
    const { chain } = world
    const seen = await see({ confirmations: 0 })
    await chain.mine(3)
    await seen.reach(await chainHead(world))
    await watchers[0]?.stop()
    const strange = { ...seen.cursor, hash: seen.cursor.hash.replace(/..$/, '00') as never }
    const other = await see({ confirmations: 0, cursor: { ...strange, trail: [] } })
    await until('it fails', () => health()?.fault?.code === 'chain_replaced')
    expect(other.batches).to.deep.equal([])
    expect(other.corrections).to.deep.equal([])
  })
})
