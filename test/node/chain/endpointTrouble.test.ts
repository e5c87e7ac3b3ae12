import type { Endpoints, EndpointsOptions } from '@xln/node/shell/chain/endpoints.ts'
import type { Watcher } from '@xln/node/shell/chain/watcher.ts'
import { expect } from 'chai'
import { type Behaviour, Liar, type Lie } from './support/liar.ts'
import { type Recorder, type WatchOptions, watch } from './support/recorder.ts'
import { until } from './support/until.ts'
import {
  act,
  bodyOf,
  chainHead,
  deposit,
  fund,
  openEndpoints,
  startOf,
  startWorld,
  type World,
} from './support/world.ts'

const ZERO_BLOOM = `0x${'00'.repeat(256)}`

/** Everything goes over real sockets; only the endpoint in between is not what it should be. */
describe('watcher with bad endpoints', function () {
  this.timeout(60_000)
  let world: World
  let snapshot: string
  let liars: Liar[] = []
  let endpoints: Endpoints
  let watcher: Watcher

  before(async () => {
    world = await startWorld()
  })
  after(() => world.close())
  beforeEach(async () => {
    snapshot = await world.chain.snapshot()
  })
  afterEach(async () => {
    await watcher.stop()
    endpoints.close()
    await Promise.all(liars.map((liar) => liar.close()))
    liars = []
    await world.chain.revert(snapshot)
  })

  async function liar(): Promise<Liar> {
    const one = await Liar.before(world.chain.url)
    liars.push(one)
    return one
  }

  async function see(
    urls: readonly string[],
    options: Partial<WatchOptions & EndpointsOptions> = {},
  ): Promise<Recorder> {
    const { timeoutMs = 300 } = options
    endpoints = openEndpoints(world, { urls, timeoutMs })
    const watched = await watch(world, { endpoints, confirmations: 0, ...options })
    watcher = watched.watcher
    return watched.seen
  }

  const reservesIn = (seen: Recorder) => {
    return seen.plain.flatMap((event) => (event.type === 'reserveUpdated' ? [event.reserve] : []))
  }
  const codeOf = () => watcher.health().fault?.code

  const failures: readonly [Behaviour, string][] = [
    ['down', 'closes every connection'],
    ['silent', 'takes questions and never answers'],
    ['garbage', 'answers with a page for people'],
    ['http500', 'answers with an error of its server'],
  ]
  for (const [behaviour, what] of failures) {
    it(`misses nothing while its only endpoint ${what}, and says that it is unreachable`, async () => {
      const { alice } = world
      const between = await liar()
      const seen = await see([between.url])
      await deposit(world, alice, alice.entity, 1n)
      await seen.reach(await chainHead(world))
      between.behaviour = behaviour
      await until('it fails', () => codeOf() === 'rpc_failed')
      expect(watcher.health().state).to.equal('failing')
      await deposit(world, alice, alice.entity, 2n)
      await deposit(world, alice, alice.entity, 4n)
      between.behaviour = 'honest'
      await seen.reach(await chainHead(world))
      expect(reservesIn(seen)).to.deep.equal([1n, 3n, 7n])
      await until('it is well again', () => watcher.health().state === 'following')
      expect(watcher.health().endpoints[0]?.failures).to.be.greaterThan(0)
    })
  }

  it('leaves a failing endpoint alone for longer and longer', async () => {
    const between = await liar()
    await see([between.url])
    await until('it follows', () => watcher.health().state === 'following')
    between.behaviour = 'down'
    const from = between.asked.length
    await until('it was tried ten times', () => between.asked.length >= from + 10)
    const times = between.asked.slice(from).map(({ atMs }) => atMs)
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    // It polls every 10 ms; the longest rest is 100 ms, less a random part of up to a half.
    expect(Math.min(...gaps.slice(-4))).to.be.at.least(45)
    expect(watcher.health().endpoints[0]?.failuresInRow).to.be.at.least(9)
  })

  it('goes over to the next endpoint when the first fails', async () => {
    const { alice } = world
    const first = await liar()
    const second = await liar()
    const seen = await see([first.url, second.url])
    await seen.reach(await chainHead(world))
    first.behaviour = 'down'
    await deposit(world, alice, alice.entity, 1n)
    await seen.reach(await chainHead(world))
    expect(reservesIn(seen)).to.deep.equal([1n])
    expect(watcher.health().endpoints.map(({ answers }) => answers)).to.deep.equal([false, true])
  })

  it('delivers logs that the index of the endpoint leaves out, and counts that', async () => {
    const { alice, bob } = world
    const between = await liar()
    const omit: Lie = (method) => (method === 'eth_getLogs' ? [] : undefined)
    between.lie = omit
    const seen = await see([between.url], { confirmations: 2 })
    await deposit(world, alice, alice.entity, 9n)
    await fund(world, alice, bob, 9n)
    await act(world, alice, { starts: [startOf(world, alice, bob, bodyOf(world, 0n), 1)] })
    await until('danger is seen', () => seen.sights.length === 1)
    await world.chain.mine(2)
    await seen.reach((await chainHead(world)) - 2)
    expect(reservesIn(seen)).to.deep.equal([9n, 0n])
    expect(watcher.health().endpoints[0]?.blocksWithLogsOmitted).to.equal(3)
  })

  it('delivers logs of which only one, or only the last of many, is left out', async () => {
    const { alice, bob } = world
    const between = await liar()
    between.lie = (method, _, result) => {
      return method === 'eth_getLogs' ? (result as unknown[]).slice(0, -1) : undefined
    }
    const seen = await see([between.url])
    await deposit(world, alice, alice.entity, 9n)
    await fund(world, alice, bob, 3n)
    await seen.reach(await chainHead(world))
    expect(seen.plain.length).to.equal(4)
  })

  it('delivers logs of a block whose bloom the endpoint has lost', async () => {
    const { alice } = world
    const between = await liar()
    between.lie = (method, _, result) => {
      if (method !== 'eth_getBlockByNumber') return undefined
      return { ...(result as object), logsBloom: ZERO_BLOOM }
    }
    const seen = await see([between.url])
    await deposit(world, alice, alice.entity, 9n)
    await seen.reach(await chainHead(world))
    expect(reservesIn(seen)).to.deep.equal([9n])
  })

  it('takes nothing for final from receipts that leave out a log, until they are whole', async () => {
    const { alice } = world
    const between = await liar()
    const seen = await see([between.url])
    await seen.reach(await chainHead(world))
    between.lie = (method, _, result) => {
      if (method === 'eth_getLogs') return []
      if (method !== 'eth_getTransactionReceipt') return undefined
      return { ...(result as object), logs: [], logsBloom: ZERO_BLOOM }
    }
    const block = await deposit(world, alice, alice.entity, 9n)
    await until('it is found out', () => codeOf() === 'rpc_inconsistent')
    expect(seen.cursor.block).to.equal(block - 1)
    between.lie = undefined
    await seen.reach(block)
    expect(reservesIn(seen)).to.deep.equal([9n])
  })

  it('takes nothing from an index that has a log of another block, or one that never was', async () => {
    const { alice } = world
    const between = await liar()
    const seen = await see([between.url])
    await seen.reach(await chainHead(world))
    for (const change of [{ blockHash: `0x${'ab'.repeat(32)}` }, { logIndex: '0x7' }]) {
      between.lie = (method, _, result) => {
        if (method !== 'eth_getLogs') return undefined
        return (result as object[]).map((log) => ({ ...log, ...change }))
      }
      const block = await deposit(world, alice, alice.entity, 1n)
      await until('it is found out', () => codeOf() === 'rpc_inconsistent')
      expect(seen.cursor.block).to.equal(block - 1)
      between.lie = undefined
      await seen.reach(block)
    }
    expect(reservesIn(seen)).to.deep.equal([1n, 2n])
  })

  it('takes nothing from headers that do not hang together, or are malformed', async () => {
    const { alice } = world
    const between = await liar()
    const seen = await see([between.url])
    await seen.reach(await chainHead(world))
    const changes = [
      { parentHash: `0x${'ab'.repeat(32)}` },
      { timestamp: 'soon' },
      { logsBloom: '0x00' },
      { hash: null },
    ]
    for (const change of changes) {
      between.lie = (method, _, result) => {
        return method === 'eth_getBlockByNumber' ? { ...(result as object), ...change } : undefined
      }
      const block = await deposit(world, alice, alice.entity, 1n)
      await until('it is found out', () => codeOf() !== undefined)
      expect(seen.cursor.block).to.equal(block - 1)
      between.lie = undefined
      await seen.reach(block)
      await until('it is well again', () => codeOf() === undefined)
    }
    expect(seen.corrections).to.deep.equal([])
    expect(reservesIn(seen).length).to.equal(changes.length)
  })

  it('takes nothing for final while two endpoints show different blocks', async () => {
    const { alice } = world
    const first = await liar()
    const second = await liar()
    const seen = await see([first.url, second.url])
    await seen.reach(await chainHead(world))
    second.lie = (method, [tag], result) => {
      if (method !== 'eth_getBlockByNumber' || tag === 'latest') return undefined
      return { ...(result as object), hash: `0x${'cd'.repeat(32)}` }
    }
    const block = await deposit(world, alice, alice.entity, 1n)
    await until('they disagree', () => codeOf() === 'endpoints_disagree')
    expect(seen.cursor.block).to.equal(block - 1)
    second.lie = undefined
    await seen.reach(block)
    expect(reservesIn(seen)).to.deep.equal([1n])
  })

  it('holds only so many blocks while nothing can be final, and none that left the chain', async () => {
    const { alice, chain } = world
    const first = await liar()
    const second = await liar()
    const options = { confirmations: 2, blocksPerRead: 4 }
    const seen = await see([first.url, second.url], options)
    await seen.reach((await chainHead(world)) - 2)
    const from = seen.cursor.block
    second.lie = (method, [tag], result) => {
      if (method !== 'eth_getBlockByNumber' || tag === 'latest') return undefined
      return { ...(result as object), hash: `0x${'cd'.repeat(32)}` }
    }
    await chain.mine(2)
    const fork = await chain.snapshot()
    for (let count = 0; count < 9; count++) await deposit(world, alice, alice.entity, 1n)
    await until('the line is full', () => watcher.health().tip.block === from + 6)
    await chain.mine(3)
    await until('they disagree', () => codeOf() === 'endpoints_disagree')
    expect(watcher.health().tip.block).to.equal(from + 6)
    await chain.revert(fork)
    for (let count = 0; count < 12; count++) await deposit(world, alice, alice.entity, 100n)
    await until('the line is cut', () => watcher.health().reorganisations.shallow > 0)
    second.lie = undefined
    await chain.mine(2)
    await seen.reach((await chainHead(world)) - 2)
    expect(reservesIn(seen).at(-1)).to.equal(1_200n)
    expect(reservesIn(seen).length).to.equal(12)
  })

  it('reads less at once when an answer is too much, down to block by block', async () => {
    const { alice } = world
    for (let count = 0; count < 8; count++) await deposit(world, alice, alice.entity, 1n)
    const between = await liar()
    between.refusal = (method, [filter]) => {
      if (method !== 'eth_getLogs') return undefined
      const { fromBlock, toBlock } = filter as { fromBlock: string; toBlock: string }
      return fromBlock === toBlock ? undefined : 'query returned more than 10000 results'
    }
    const seen = await see([between.url])
    await seen.reach(await chainHead(world))
    expect(reservesIn(seen)).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n])
  })

  it('corrects nothing while another endpoint still has the old block', async () => {
    const first = await liar()
    const second = await liar()
    const seen = await see([first.url, second.url])
    const head = await chainHead(world)
    await seen.reach(head)
    first.lie = (method, _, result) => {
      if (method !== 'eth_getBlockByNumber') return undefined
      const header = result as { number: string; hash: string }
      const hash = header.hash.replace(/....$/, 'dead')
      return Number(header.number) >= head ? { ...header, hash } : undefined
    }
    await until('they disagree', () => codeOf() === 'endpoints_disagree')
    expect(seen.corrections).to.deep.equal([])
    first.lie = undefined
    await world.chain.mine()
    await seen.reach(head + 1)
    expect(seen.corrections).to.deep.equal([])
  })

  it('waits for an endpoint that has fallen behind what is final already', async () => {
    const between = await liar()
    await world.chain.mine(3)
    const seen = await see([between.url])
    const head = await chainHead(world)
    await seen.reach(head)
    const old = await world.chain.request('eth_getBlockByNumber', [
      `0x${(head - 2).toString(16)}`,
      false,
    ])
    between.lie = (method, [tag]) => {
      return method === 'eth_getBlockByNumber' && tag === 'latest' ? old : undefined
    }
    await until('it is behind', () => codeOf() === 'rpc_behind')
    between.lie = undefined
    await until('it is well again', () => codeOf() === undefined)
    expect(seen.corrections).to.deep.equal([])
  })

  it('refuses an endpoint of another chain', async () => {
    const between = await liar()
    const seen = await see([between.url])
    await seen.reach(await chainHead(world))
    await watcher.stop()
    endpoints.close()
    endpoints = openEndpoints(world, { chainId: 1n })
    const again = await watch(world, { endpoints, cursor: seen.cursor })
    watcher = again.watcher
    await until('it is refused', () => codeOf() === 'chain_wrong')
    expect(again.seen.batches).to.deep.equal([])
  })

  it('says so when there is no contract at the address', async () => {
    const contracts = { ...world.domain, depository: world.alice.address }
    const seen = await see([world.chain.url], { contracts })
    await until('it says so', () => codeOf() === 'address_empty')
    expect(seen.batches).to.deep.equal([])
  })

  it('refuses an answer that is longer than it will read', async () => {
    endpoints = openEndpoints(world, { answerBytesMax: 2_000 })
    const { deployment, chain } = world
    const cursor = { block: deployment.block, hash: `0x${'00'.repeat(32)}` as never, trail: [] }
    await chain.mine(5)
    const watched = await watch(world, { endpoints, cursor })
    watcher = watched.watcher
    await until('it fails', () => codeOf() === 'rpc_failed')
    const { lastFault } = watcher.health().endpoints[0] ?? {}
    expect(lastFault).to.include({ reason: 'its answer is longer than 2000 bytes' })
  })
})
