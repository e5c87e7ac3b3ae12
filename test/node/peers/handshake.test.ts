import { connect } from 'node:net'
import { parseAddress } from '@xln/shared/ids.ts'
import { decodeSignedHello } from '@xln/shared/wire/hello.ts'
import { expect } from 'chai'
import { contextOf, encodeEnvelope, RawPeer } from './support/rawPeer.ts'
import { domain, identity, startServer, stopServers } from './support/servers.ts'
import { until } from './support/until.ts'

const alice = identity('alice', 2)
const bob = identity('bob')
const mallory = identity('mallory')

describe('the handshake between two servers', () => {
  afterEach(stopServers)

  it('tells each who the other is, how far it has come, and whom it speaks for', async () => {
    const a = await startServer(alice, { incarnation: 7, newestBlock: () => 42 })
    const b = await startServer(bob, { incarnation: 9, newestBlock: () => 3 })
    a.network.connect({ url: b.url, server: b.server })
    await until(() => a.isUp(b) && b.isUp(a), 'both are up')

    expect(b.happened).to.deep.equal([
      { type: 'up', peer: { server: alice.server, incarnation: 7 }, entities: alice.entities },
    ])
    expect(a.happened).to.deep.equal([
      { type: 'up', peer: { server: bob.server, incarnation: 9 }, entities: bob.entities },
    ])
    expect(b.hellos.get(alice.server)?.hello.blockNumber).to.equal(42)
    expect(a.network.serverOf(b.entity)).to.equal(bob.server)
    expect(b.network.serverOf(alice.entities[1] ?? a.entity)).to.equal(alice.server)
  })

  it('gives a hello that still proves itself when it is kept', async () => {
    const a = await startServer(alice)
    const b = await startServer(bob, { newestBlock: () => 77 })
    a.network.connect({ url: b.url })
    await until(() => a.isUp(b), 'alice has met bob')
    const kept = a.hellos.get(bob.server)
    expect(decodeSignedHello(kept?.bytes ?? new Uint8Array(0))).to.deep.equal(kept)
    const altered = kept?.bytes.slice() ?? new Uint8Array(0)
    altered[40] = (altered[40] ?? 0) ^ 1
    expect(decodeSignedHello(altered)).to.equal(undefined)
  })

  it('refuses another server than the one that was dialled', async () => {
    const a = await startServer(alice)
    const b = await startServer(bob)
    a.network.connect({ url: b.url, server: mallory.server })
    await until(() => a.network.stats().refused.wrongKey > 0, 'alice refuses')
    expect(a.happened).to.deep.equal([])
  })

  it('refuses a hello that names a server whose key has not signed it', async () => {
    const b = await startServer(bob)
    const sign = (digest: Uint8Array) => mallory.signers.sign(mallory.server, digest)
    const raw = await RawPeer.greet(b.url, alice, { sign })
    expect(await raw.refusal()).to.equal('wrongKey')
    expect(b.happened).to.deep.equal([])
  })

  it('refuses a server of another deployment, and says so', async () => {
    const b = await startServer(bob)
    const depository = parseAddress(`0x${'d1'.repeat(20)}`)
    for (const network of [
      { ...domain, chainId: 1n },
      { ...domain, depository },
    ]) {
      const raw = await RawPeer.dial(b.url, contextOf(alice, { network }))
      raw.sendRaw(raw.opening)
      expect(await raw.refusal()).to.equal('networkMismatch')
    }
    expect(b.network.stats().refused.networkMismatch).to.equal(2)
  })

  it('refuses another version of the protocol, and says so', async () => {
    const b = await startServer(bob)
    const raw = await RawPeer.dial(b.url, contextOf(alice))
    // The list's header has two bytes, the magic word four.
    const opening = raw.opening.slice()
    expect(opening[6]).to.equal(1)
    opening[6] = 2
    raw.sendRaw(opening)
    expect(await raw.refusal()).to.equal('versionMismatch')
  })

  it('refuses a handshake that was recorded', async () => {
    const b = await startServer(bob)
    const honest = await RawPeer.dial(b.url, contextOf(alice))
    honest.sendRaw(honest.opening)
    await honest.agree()
    const greeting = honest.seal(honest.hello)
    honest.sendRaw(greeting)
    honest.sendWelcome()
    await until(() => b.isUp(alice), 'alice is up')

    const replay = await RawPeer.dial(b.url, contextOf(mallory))
    replay.sendRaw(honest.opening)
    replay.sendRaw(greeting)
    expect(await replay.refusal()).to.equal('tampered')
  })

  it('refuses a hello made for another connection, even to who can read it', async () => {
    const b = await startServer(bob)
    // Mallory has read what Alice says on her connection, and says it on his.
    const honest = await RawPeer.dial(b.url, contextOf(alice))
    honest.sendRaw(honest.opening)
    await honest.agree()
    const relay = await RawPeer.dial(b.url, contextOf(mallory))
    relay.sendRaw(relay.opening)
    await relay.agree()
    relay.sendSealed(honest.hello)
    expect(await relay.refusal()).to.equal('wrongKey')
    expect(b.happened).to.deep.equal([])
  })

  it('is not over before the other side is content, and takes no message until then', async () => {
    const b = await startServer(bob)
    const raw = await RawPeer.dial(b.url, contextOf(alice))
    raw.sendRaw(raw.opening)
    await raw.agree()
    raw.sendSealed(raw.hello)
    raw.sendSealed(encodeEnvelope({ type: 0x38, nonce: 1 }))
    await until(() => b.network.stats().refused.malformed === 1, 'the message is refused')
    expect(b.happened).to.deep.equal([])
    expect(b.network.send(alice.server, [{ type: 0x38, data: new Uint8Array(1) }])).to.equal(false)
    raw.sendWelcome()
    raw.sendSealed(encodeEnvelope({ type: 0x38, nonce: 2 }))
    await until(() => b.received.length === 1, 'the next one is taken')
    raw.sendWelcome()
    await until(() => b.network.stats().refused.malformed === 2, 'a second welcome means nothing')
    expect(b.count('up')).to.equal(1)
  })

  it('gives way to a deadline when the welcome does not come', async () => {
    const b = await startServer(bob, { limits: { handshakeMs: 30 } })
    const raw = await RawPeer.dial(b.url, contextOf(alice))
    raw.sendRaw(raw.opening)
    await raw.agree()
    raw.sendSealed(raw.hello)
    expect(await raw.refusal()).to.equal(1006)
    expect(b.happened).to.deep.equal([])
  })

  it('refuses something else than a hello', async () => {
    const b = await startServer(bob)
    const raw = await RawPeer.dial(b.url, contextOf(alice))
    raw.sendRaw(raw.opening)
    await raw.agree()
    raw.sendSealed(encodeEnvelope({ type: 0x20 }))
    expect(await raw.refusal()).to.equal('wrongKey')
  })

  it('refuses a key of a connection that makes no secret', async () => {
    const b = await startServer(bob)
    const raw = await RawPeer.dial(b.url, contextOf(alice))
    const opening = raw.opening.slice()
    opening.fill(0, opening.length - 32)
    raw.sendRaw(opening)
    expect(await raw.refusal()).to.equal('malformed')
  })

  it('notices that a server has dialled itself', async () => {
    const a = await startServer(alice)
    a.network.connect({ url: a.url })
    await until(() => a.network.stats().refused.self > 0, 'alice finds herself')
    expect(a.happened).to.deep.equal([])
  })

  it('ends a connection that does not greet in time', async () => {
    const b = await startServer(bob, { limits: { handshakeMs: 20 } })
    const raw = await RawPeer.dial(b.url, contextOf(alice))
    expect(await raw.refusal()).to.equal(1006)
    expect(b.network.stats().refused.timedOut).to.equal(1)
    await until(() => b.network.stats().accepted === 0, 'its place is free')
  })

  it('ends a connection that does not even ask for a WebSocket', async () => {
    const b = await startServer(bob, { limits: { handshakeMs: 20 } })
    const socket = connect(Number(new URL(b.url).port), '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    await closed
    expect(b.network.stats().refused.timedOut).to.equal(1)
  })

  it('answers a browser with what this port is for', async () => {
    const b = await startServer(bob)
    const response = await fetch(b.url.replace('ws', 'http'))
    expect(response.status).to.equal(426)
    await until(() => b.network.stats().accepted === 0, 'the connection is gone')
  })

  it('needs no port to dial from', async () => {
    const b = await startServer(bob)
    const a = await startServer(alice, { listen: undefined })
    a.network.connect({ url: b.url })
    await until(() => a.isUp(b) && b.isUp(a), 'both are up')
  })
})
