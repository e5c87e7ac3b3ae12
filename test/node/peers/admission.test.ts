import { Admission, addressKey } from '@xln/node/shell/peers/admission.ts'
import { DEFAULT_PEER_LIMITS, type PeerLimits } from '@xln/node/shell/peers/limits.ts'
import { PeerNetwork } from '@xln/node/shell/peers/network.ts'
import { expect } from 'chai'
import { contextOf, RawPeer } from './support/rawPeer.ts'
import { identity, startServer, stopServers, type TestServer } from './support/servers.ts'
import { until } from './support/until.ts'

const [alice, bob, carol] = [identity('alice'), identity('bob'), identity('carol')]
const nothing = () => undefined
const admission = (limits: Partial<PeerLimits>) =>
  new Admission({ ...DEFAULT_PEER_LIMITS, ...limits })

describe('admission of connections', () => {
  afterEach(stopServers)

  it('counts a place back when its connection is gone, once', () => {
    const admitted = admission({ connectionsMax: 1 })
    const ticket = admitted.enter('a', nothing)
    expect(admitted.enter('b', nothing)).to.equal(undefined)
    ticket?.leave()
    ticket?.leave()
    expect(admitted.open).to.equal(0)
    expect(admitted.enter('b', nothing)).not.to.equal(undefined)
  })

  it('lets no address have more than its share', () => {
    const admitted = admission({ connectionsPerAddressMax: 2 })
    expect(admitted.enter('a', nothing)).not.to.equal(undefined)
    expect(admitted.enter('a', nothing)).not.to.equal(undefined)
    expect(admitted.enter('a', nothing)).to.equal(undefined)
    expect(admitted.enter('b', nothing)).not.to.equal(undefined)
  })

  it('lets nobody come faster than the rate', () => {
    const admitted = admission({ addressBurst: 3, addressPerSecond: 0 })
    const comes = () => admitted.enter('a', nothing)?.leave() === undefined && admitted.open === 0
    expect([comes(), comes(), comes()]).to.deep.equal([true, true, true])
    expect(admitted.enter('a', nothing)).to.equal(undefined)
    expect(admitted.enter('b', nothing)).not.to.equal(undefined)
  })

  it('lets strangers from everywhere together come no faster than theirs, and friends still', () => {
    const admitted = admission({ strangersBurst: 2, strangersPerSecond: 0 })
    const friend = admitted.enter('friend', nothing)
    friend?.authenticated(true)
    friend?.leave()
    expect(admitted.enter('a', nothing)).not.to.equal(undefined)
    expect(admitted.enter('b', nothing)).to.equal(undefined)
    expect(admitted.enter('friend', nothing)).not.to.equal(undefined)
  })

  it('gives the place of who has waited longest for a handshake to the next one', () => {
    const admitted = admission({ unauthenticatedMax: 2 })
    const evicted: string[] = []
    const enter = (name: string) => admitted.enter(name, () => void evicted.push(name))
    enter('a')?.authenticated(false)
    enter('b')
    enter('c')
    enter('d')
    expect(evicted).to.deep.equal(['b'])
    expect(admitted.unauthenticated).to.equal(2)
  })

  it('remembers a bounded number of addresses', () => {
    const admitted = admission({ addressBurst: 1, addressPerSecond: 0, strangersBurst: 1e6 })
    const come = (name: string) => {
      const ticket = admitted.enter(name, nothing)
      ticket?.leave()
      return ticket !== undefined
    }
    expect(come('a')).to.equal(true)
    expect(come('a')).to.equal(false)
    for (let i = 0; i < 10_001; i++) come(`other ${i}`)
    expect(come('a')).to.equal(true)
  })

  it('takes an IPv6 network for one address', () => {
    expect(addressKey('::ffff:10.1.2.3')).to.equal('10.1.2.3')
    expect(addressKey('10.1.2.3')).to.equal('10.1.2.3')
    expect(addressKey('2001:db8:1:2:3:4:5:6')).to.equal('2001:db8:1:2')
    expect(addressKey('2001:db8::1')).to.equal('2001:db8:0:0')
    expect(addressKey('2001:db8:1:2::')).to.equal('2001:db8:1:2')
    expect(addressKey('::1')).to.equal('0:0:0:0')
    expect(addressKey('')).to.equal('')
  })

  it('turns connections away on real sockets, and counts them', async () => {
    const b = await startServer(bob, { limits: { connectionsMax: 1 } })
    const raw = await RawPeer.greet(b.url, alice)
    await until(() => b.isUp(alice), 'alice is in')
    const c = await startServer(carol)
    c.network.connect({ url: b.url })
    await until(() => b.network.stats().refused.crowded > 1, 'carol is turned away')
    expect(b.isUp(alice)).to.equal(true)
    raw.close()
    await until(() => b.isUp(carol), 'carol comes in when alice has left')
  })

  it('drops a silent connection for a new one, on real sockets', async () => {
    const b = await startServer(bob, { limits: { unauthenticatedMax: 1 } })
    const silent = await RawPeer.dial(b.url, contextOf(alice))
    await RawPeer.greet(b.url, carol)
    await until(() => b.isUp(carol), 'carol is in')
    expect(await silent.refusal()).to.equal(1006)
    expect(b.network.stats().unauthenticated).to.equal(0)
  })
})

describe('a network that cannot start', () => {
  afterEach(stopServers)

  const faultOf = async (start: () => unknown) => {
    try {
      await start()
    } catch (error) {
      return (error as { fault?: unknown }).fault
    }
    return undefined
  }

  it('says which port it could not have', async () => {
    const b: TestServer = await startServer(bob)
    const listen = { host: '127.0.0.1', port: Number(new URL(b.url).port) }
    const fault = await faultOf(() => startServer(carol, { listen }))
    expect(fault).to.deep.equal({ code: 'listen_failed', ...listen })
  })

  it('says which address is none', async () => {
    const a = await startServer(alice)
    expect(a.network).to.be.instanceOf(PeerNetwork)
    for (const url of ['http://127.0.0.1', 'nonsense', 'ws://', 'ws://host/#part', '']) {
      const fault = await faultOf(() => a.network.connect({ url }))
      expect(fault).to.deep.equal({ code: 'peer_url_invalid', url })
    }
  })
})
