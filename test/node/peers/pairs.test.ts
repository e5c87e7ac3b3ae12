import { nextIncarnation } from '@xln/node/shell/peers/config.ts'
import { MessageType } from '@xln/shared/wire/envelope.ts'
import { decodeSignedHello, type SignedHello } from '@xln/shared/wire/hello.ts'
import { expect } from 'chai'
import { startProxy } from './support/proxy.ts'
import { contextOf, RawPeer } from './support/rawPeer.ts'
import { identity, startServer, stopServers, type TestServer } from './support/servers.ts'
import { until } from './support/until.ts'

const [low, high] = [identity('alice'), identity('bob')].sort((x, y) =>
  x.server < y.server ? -1 : 1,
) as [ReturnType<typeof identity>, ReturnType<typeof identity>]

const accepted = (server: TestServer) => server.network.stats().accepted

/** Both are up, on one connection, and hear each other. */
async function expectOneConnection(a: TestServer, b: TestServer): Promise<void> {
  await until(() => a.isUp(b) && b.isUp(a) && accepted(a) + accepted(b) === 1, 'one is left')
  const message = (data: string) => ({ type: 0x38, data: new TextEncoder().encode(data) })
  const heard = [a.received.length, b.received.length] as const
  a.network.send(b.server, [message('a')])
  b.network.send(a.server, [message('b')])
  await until(
    () => a.received.length > heard[0] && b.received.length > heard[1],
    'both hear each other',
  )
}

describe('two connections between the same two servers', () => {
  afterEach(stopServers)

  it('come down to the one that the lower address has dialled, when both dial at once', async () => {
    for (let round = 0; round < 10; round++) {
      const a = await startServer(low)
      const b = await startServer(high)
      a.network.connect({ url: b.url, server: b.server })
      b.network.connect({ url: a.url, server: a.server })
      await expectOneConnection(a, b)
      expect(accepted(b)).to.equal(1)
      await stopServers()
    }
  })

  it('come down to one when one server is dialled under two names', async () => {
    const a = await startServer(low)
    const b = await startServer(high)
    a.network.connect({ url: b.url })
    a.network.connect({ url: b.url.replace('127.0.0.1', 'localhost') })
    await expectOneConnection(a, b)
  })

  it('leave the later one, when the same side has dialled both: it has lost the earlier', async () => {
    const a = await startServer(low)
    const first = await RawPeer.greet(a.url, high)
    await until(() => a.count('up') === 1, 'the first is up')
    const second = await RawPeer.greet(a.url, high)
    await until(() => a.count('up') === 2, 'the second is up')
    expect(await first.refusal()).to.equal('duplicate')
    expect(a.isUp(high)).to.equal(true)
    expect(second.isClosed).to.equal(false)
  })

  it('do not come about while one is up, and one is made when that is gone', async () => {
    const a = await startServer(low)
    const b = await startServer(high)
    const proxy = await startProxy(a.url)
    try {
      b.network.connect({ url: proxy.url })
      await until(() => a.isUp(b) && b.isUp(a), 'b has dialled')
      a.network.connect({ url: b.url, server: b.server })
      await expectOneConnection(a, b)
      expect(accepted(b)).to.equal(0)
      b.network.disconnect(proxy.url)
    } finally {
      proxy.stop()
    }
    await until(() => accepted(b) === 1, 'now a has dialled')
    await expectOneConnection(a, b)
    expect(a.count('up')).to.equal(2)
  })

  it('tell the caller: each up but the first comes after a down', async () => {
    const a = await startServer(low)
    const b = await startServer(high)
    b.network.connect({ url: a.url })
    await until(() => a.isUp(b) && b.isUp(a), 'the worse one is up')
    const raw = await RawPeer.greet(b.url, low)
    await until(() => b.count('up') === 2, 'the better one has replaced it')
    expect(b.happened.map(({ type }) => type)).to.deep.equal(['up', 'down', 'up'])
    raw.close()
  })

  it('show which one is dead: the other gets its place at the next attempt', async () => {
    const a = await startServer(low, { limits: { probeMs: 20, heartbeatMs: 60_000 } })
    const b = await startServer(high)
    const proxy = await startProxy(b.url)
    try {
      a.network.connect({ url: proxy.url, server: b.server })
      await until(() => a.isUp(b) && b.isUp(a), 'they are up through the proxy')
      proxy.breakFarSide()
      await until(() => !b.isUp(a), 'only the high one has noticed')
      expect(a.isUp(b)).to.equal(true)
      b.network.connect({ url: a.url, server: a.server })
      await until(() => b.isUp(a), 'the high one is let in again')
      expect(a.network.stats().refused.duplicate).to.be.greaterThan(0)
      expect(a.network.stats().refused.timedOut).to.equal(1)
    } finally {
      proxy.stop()
    }
  })
})

describe('two processes with one key', () => {
  afterEach(stopServers)

  it('leave the newer one connected, and the older one with the proof', async () => {
    const hub = await startServer(high)
    const older = await startServer(low, { incarnation: 10 })
    older.network.connect({ url: hub.url })
    await until(() => hub.isUp(older), 'the older one is up')
    const newer = await startServer(low, { incarnation: 11 })
    newer.network.connect({ url: hub.url })
    await until(() => older.count('shown') > 0, 'the older one has seen the newer')
    await until(() => hub.count('up') === 2, 'the newer one is up')
    expect(hub.happened.map(({ type, peer }) => [type, peer.incarnation])).to.deep.equal([
      ['up', 10],
      ['down', 10],
      ['up', 11],
    ])
    const proof = older.happened.find((happening) => happening.type === 'shown')
    expect(proof).to.have.nested.property('hello.hello.incarnation', 11)
    expect(proof).to.have.nested.property('hello.hello.server', low.server)

    // It goes on trying, and is refused each time.
    const before = hub.network.stats().refused.fenced
    await until(() => hub.network.stats().refused.fenced > before + 1, 'it is refused again')
    expect(hub.isUp(newer)).to.equal(true)
    expect(hub.count('up')).to.equal(2)
    expect(older.happened.filter(({ type }) => type === 'up').length).to.equal(1)
  })

  it('part with the proof in the hands of the older one', async () => {
    const hub = await startServer(high)
    const older = await RawPeer.greet(hub.url, low, { incarnation: 10 })
    await until(() => hub.count('up') === 1, 'the older one is up')
    const newer = await RawPeer.greet(hub.url, low, { incarnation: 11 })
    expect(await older.refusal()).to.equal('fenced')
    // After the opening, the hub's hello and its welcome.
    await older.opened(1)
    await older.opened(2)
    const [shown] = await older.opened(3)
    expect(shown?.type).to.equal(MessageType.shown)
    expect(shown?.data).to.deep.equal(newer.hello)
  })

  it('are told apart after the newer one has gone, too', async () => {
    const hub = await startServer(high)
    const newer = await RawPeer.greet(hub.url, low, { incarnation: 11 })
    await until(() => hub.count('up') === 1, 'the newer one is up')
    newer.close()
    await until(() => hub.count('down') === 1, 'the newer one is gone')
    const older = await RawPeer.greet(hub.url, low, { incarnation: 10 })
    expect(await older.refusal()).to.equal('fenced')
  })

  it('go on with the older one, when the newer one has gone before it was up (seed 631707)', async () => {
    const hub = await startServer(high)
    const newer = await RawPeer.dial(hub.url, contextOf(low, { incarnation: 11 }))
    newer.sendRaw(newer.opening)
    await newer.agree()
    newer.sendSealed(newer.hello)
    // The opening, the hub's hello, its welcome: it has taken this one's hello.
    await until(() => newer.frames.length > 2, 'the newer one has a place')
    newer.close()
    const older = await startServer(low, { incarnation: 10 })
    older.network.connect({ url: hub.url })
    await until(() => hub.isUp(older) && older.isUp(hub), 'the older one is up')
    expect(hub.happened.map(({ type, peer }) => [type, peer.incarnation])).to.deep.equal([
      ['up', 10],
    ])
  })

  it('are told apart by what the hub has committed, though it has restarted', async () => {
    const hub = await startServer(high, { position: () => ({ incarnation: 11, nonce: 5 }) })
    const older = await RawPeer.greet(hub.url, low, { incarnation: 10 })
    expect(await older.refusal()).to.equal('fenced')
    expect(hub.happened).to.deep.equal([])
  })

  it('never have the same incarnation', () => {
    expect(nextIncarnation(5, 1_000)).to.equal(1_000)
    expect(nextIncarnation(1_000, 1_000)).to.equal(1_001)
    expect(nextIncarnation(2_000, 1_000)).to.equal(2_001)
  })
})

describe('a server that has lost state', () => {
  afterEach(stopServers)

  it('is shown its own hello from before, by whoever kept it', async () => {
    const kept = new Map<string, SignedHello>()
    const hub = await startServer(high, { keptHello: (server) => kept.get(server)?.bytes })
    const before = await startServer(low, { incarnation: 1, newestBlock: () => 200 })
    before.network.connect({ url: hub.url })
    await until(() => hub.isUp(before), 'it is up with all its state')
    kept.set(low.server, hub.hellos.get(low.server) as SignedHello)
    await before.network.stop()

    const after = await startServer(low, { incarnation: 2, newestBlock: () => 150 })
    after.network.connect({ url: hub.url })
    await until(() => after.count('shown') === 1, 'it is shown what it has signed')
    const shown = after.happened.find((happening) => happening.type === 'shown')
    expect(shown).to.have.nested.property('hello.hello.blockNumber', 200)
    expect(shown).to.have.nested.property('peer.server', high.server)
    await until(() => after.isUp(hub) && hub.isUp(after), 'they are connected all the same')
  })

  it('is shown how far it had come at the last heartbeat, not only when it connected', async () => {
    const kept = new Map<string, SignedHello>()
    const limits = { heartbeatMs: 20 }
    const hub = await startServer(high, { keptHello: (server) => kept.get(server)?.bytes, limits })
    let newest = 200
    const before = await startServer(low, { newestBlock: () => newest, limits })
    before.network.connect({ url: hub.url })
    await until(() => hub.isUp(before), 'it is up')
    newest = 230
    await until(() => hub.count('renewed') === 1, 'it has said so')
    expect(hub.hellos.get(low.server)?.hello.blockNumber).to.equal(230)
    kept.set(low.server, hub.hellos.get(low.server) as SignedHello)
    await before.network.stop()

    const after = await startServer(low, { incarnation: 2, newestBlock: () => 210 })
    after.network.connect({ url: hub.url })
    await until(() => after.count('shown') === 1, 'it is shown what it has signed')
    expect(hub.network.stats().refused.malformed).to.equal(0)
  })

  it('is believed no hello of another connection, nor one of an earlier block', async () => {
    const victim = await startServer(low)
    const raw = await RawPeer.greet(victim.url, high)
    await until(() => victim.isUp(high), 'it is up')
    raw.sendSealed(raw.hello)
    const other = await RawPeer.greet(victim.url, identity('carol'))
    other.sendSealed(raw.hello)
    await until(() => victim.network.stats().refused.malformed === 2, 'both are refused')
    expect(victim.count('renewed')).to.equal(0)
  })

  it('is shown nothing when it has everything', async () => {
    const kept = new Map<string, SignedHello>()
    const hub = await startServer(high, { keptHello: (server) => kept.get(server)?.bytes })
    const first = await startServer(low, { incarnation: 1, newestBlock: () => 200 })
    first.network.connect({ url: hub.url })
    await until(() => hub.isUp(first), 'it is up')
    kept.set(low.server, hub.hellos.get(low.server) as SignedHello)
    await first.network.stop()
    const second = await startServer(low, { incarnation: 2, newestBlock: () => 200 })
    second.network.connect({ url: hub.url })
    await expectOneConnection(second, hub)
    expect(second.count('shown')).to.equal(0)
  })

  it('believes no hello that somebody else has signed in its name', async () => {
    const victim = await startServer(low)
    const raw = await RawPeer.greet(victim.url, high)
    await until(() => victim.isUp(high), 'the liar is up')
    const forger = await RawPeer.dial(
      victim.url,
      contextOf(low, {
        incarnation: 99,
        sign: (digest) => high.signers.sign(high.server, digest),
      }),
    )
    forger.sendRaw(forger.opening)
    await forger.agree()
    expect(decodeSignedHello(forger.hello)).to.equal(undefined)
    raw.sendShown(forger.hello)
    await until(() => victim.network.stats().refused.malformed === 1, 'it is refused')
    expect(victim.count('shown')).to.equal(0)
  })
})
