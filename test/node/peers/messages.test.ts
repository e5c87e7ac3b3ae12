import { DEFAULT_PEER_LIMITS } from '@xln/node/shell/peers/limits.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { MessageType } from '@xln/shared/wire/envelope.ts'
import { expect } from 'chai'
import { encodeEnvelope, RawPeer } from './support/rawPeer.ts'
import { identity, startServer, stopServers, type TestServer } from './support/servers.ts'
import { until } from './support/until.ts'

const alice = identity('alice')
const bob = identity('bob')
const mallory = identity('mallory')
const [sender, recipient] = [alice.entities[0], bob.entities[0]] as [EntityId, EntityId]
const channel = MessageType.channel
const text = (data: string) => new TextEncoder().encode(data)

describe('messages from a peer', () => {
  let server: TestServer
  let raw: RawPeer

  beforeEach(async () => {
    server = await startServer(bob, { limits: { frameBytesMax: 20_000, messageBytesMax: 10_000 } })
    raw = await RawPeer.greet(server.url, alice)
    await until(() => server.isUp(alice), 'alice is up')
  })
  afterEach(stopServers)

  const nonces = () => server.received.map(({ envelope }) => envelope.nonce)
  const refused = () => server.network.stats().refused

  it('come as they were sent', async () => {
    const data = text('what alice says')
    const signature = new Uint8Array(65).fill(7)
    const whole = { type: 0x2f, sender, recipient, nonce: 5, data, signature }
    raw.sendSealed(encodeEnvelope(whole))
    await until(() => server.received.length === 1, 'it comes')
    const { peer, envelope } = server.received[0] ?? {}
    expect(peer).to.deep.equal({ server: alice.server, incarnation: 1 })
    expect(envelope).to.deep.equal(whole)
    expect(Buffer.isBuffer(envelope?.data)).to.equal(false)
  })

  it('are taken of the server itself and of all families that are not the network', async () => {
    const types = [0x01, 0x03, 0x10, 0x1f, 0x20, 0x2f, 0x38, 0x3f, 0x40, 0x5f]
    raw.sendSealed(...types.map((type, i) => encodeEnvelope({ type, nonce: i + 1 })))
    await until(() => server.received.length === types.length, 'all come')
    expect(server.received.map(({ envelope }) => envelope.type)).to.deep.equal(types)
  })

  it('are refused, each alone, when their type means nothing or is the network’s own', async () => {
    const types = [0x00, 0x04, 0x0f, 0x60, 0x7f, 0x30, 0x33, 0x34, 0x37]
    raw.sendSealed(
      ...types.map((type) => encodeEnvelope({ type, nonce: 1 })),
      encodeEnvelope({ type: channel, sender, recipient, nonce: 1 }),
    )
    await until(() => server.received.length === 1, 'the good one comes')
    expect(refused().malformed).to.equal(types.length)
  })

  it('are refused when the peer does not speak for their sender', async () => {
    raw.sendSealed(
      encodeEnvelope({ type: channel, sender: mallory.entities[0], recipient, nonce: 1 }),
      encodeEnvelope({ type: channel, sender, recipient, nonce: 2 }),
    )
    await until(() => server.received.length === 1, 'the good one comes')
    expect(nonces()).to.deep.equal([2])
    expect(refused().unendorsed).to.equal(1)
  })

  it('are refused when this server does not speak for their recipient', async () => {
    raw.sendSealed(
      encodeEnvelope({ type: channel, sender, recipient: mallory.entities[0], nonce: 1 }),
      encodeEnvelope({ type: channel, sender, recipient, nonce: 2 }),
    )
    await until(() => server.received.length === 1, 'the good one comes')
    expect(refused().misdirected).to.equal(1)
  })

  it('are refused when their nonce is not above the last', async () => {
    const numbered = (nonce: number) => encodeEnvelope({ type: channel, sender, recipient, nonce })
    raw.sendSealed(...[0, 3, 3, 2, 4].map(numbered))
    raw.sendSealed(...[4, 1, 9].map(numbered))
    await until(() => server.received.length === 3, 'the good ones come')
    expect(nonces()).to.deep.equal([3, 4, 9])
    expect(refused().replayed).to.equal(5)
  })

  it('are refused on the next connection, too, though they are not committed yet', async () => {
    const hub = await startServer(mallory, { position: () => ({ incarnation: 1, nonce: 1 }) })
    const first = await RawPeer.greet(hub.url, alice)
    first.sendSealed(...[2, 5].map((nonce) => encodeEnvelope({ type: 0x38, nonce })))
    await until(() => hub.received.length === 2, 'both come')
    first.close()
    await until(() => !hub.isUp(alice), 'alice is gone')
    const second = await RawPeer.greet(hub.url, alice)
    second.sendSealed(...[1, 3, 5, 6].map((nonce) => encodeEnvelope({ type: 0x38, nonce })))
    await until(() => hub.received.length === 3, 'the good one comes')
    expect(hub.received.map(({ envelope }) => envelope.nonce)).to.deep.equal([2, 5, 6])
  })

  it('are refused, each alone, when they are too large', async () => {
    raw.sendSealed(
      encodeEnvelope({ type: channel, nonce: 1, data: new Uint8Array(10_001) }),
      encodeEnvelope({ type: channel, nonce: 2 }),
    )
    await until(() => server.received.length === 1, 'the good one comes')
    expect(nonces()).to.deep.equal([2])
    expect(refused().oversized).to.equal(1)
  })

  it('are refused, each alone, when they are lists but no messages', async () => {
    const good = encodeEnvelope({ type: channel, nonce: 1 })
    const shorter = Uint8Array.of(0xc1, 0x20)
    // A nonce with a leading zero: the same message in other bytes.
    const uncanonical = Uint8Array.of(0xc8, 0x20, 0x80, 0x80, 0x82, 0x00, 0x01, 0x80, 0x80)
    const shortId = Uint8Array.of(0xc7, 0x20, 0x81, 0xff, 0x80, 0x01, 0x80, 0x80)
    raw.sendSealed(shorter, uncanonical, shortId, good)
    await until(() => server.received.length === 1, 'the good one comes')
    expect(refused().malformed).to.equal(3)
  })

  it('end the connection when the frame is no messages at all', async () => {
    raw.sendSealed(encodeEnvelope({ type: channel, nonce: 1 }), Uint8Array.of(0x20))
    expect(await raw.refusal()).to.equal('malformed')
    expect(server.received).to.deep.equal([])
    await until(() => !server.isUp(alice), 'alice is down')
  })

  it('end the connection when a frame is larger than the bound, before it is all here', async () => {
    raw.sendRaw(new Uint8Array(20_001))
    expect(await raw.refusal()).to.equal(1009)
    expect(refused().oversized).to.equal(1)
  })

  it('end the connection when a frame has more of them than the bound', async () => {
    const few = await startServer(mallory, { limits: { messagesPerFrameMax: 2 } })
    const peer = await RawPeer.greet(few.url, alice)
    peer.sendSealed(...[1, 2].map((nonce) => encodeEnvelope({ type: channel, nonce })))
    peer.sendSealed(...[3, 4, 5].map((nonce) => encodeEnvelope({ type: channel, nonce })))
    expect(await peer.refusal()).to.equal('malformed')
    expect(few.received.length).to.equal(2)
  })

  it('end the connection when a frame was altered on its way', async () => {
    const frame = raw.seal(encodeEnvelope({ type: channel, nonce: 1 }))
    frame[3] = (frame[3] ?? 0) ^ 0x10
    raw.sendRaw(frame)
    expect(await raw.refusal()).to.equal('tampered')
    expect(server.received).to.deep.equal([])
    expect(refused().tampered).to.equal(1)
  })

  it('end the connection when a frame comes a second time', async () => {
    const frame = raw.seal(encodeEnvelope({ type: channel, nonce: 1 }))
    raw.sendRaw(frame)
    raw.sendRaw(frame)
    expect(await raw.refusal()).to.equal('tampered')
    expect(nonces()).to.deep.equal([1])
  })

  it('end the connection when a frame was left out', async () => {
    raw.seal(encodeEnvelope({ type: channel, nonce: 1 }))
    raw.sendRaw(raw.seal(encodeEnvelope({ type: channel, nonce: 2 })))
    expect(await raw.refusal()).to.equal('tampered')
    expect(server.received).to.deep.equal([])
  })

  it('end the connection when a frame is text, or shorter than its code', async () => {
    raw.sendRaw('hello')
    expect(await raw.refusal()).to.equal('malformed')
    const second = await RawPeer.greet(server.url, alice)
    second.sendRaw(new Uint8Array(15))
    expect(await second.refusal()).to.equal('tampered')
  })

  it('are neither taken nor counted once the connection is refused', async () => {
    raw.sendRaw('hello')
    raw.sendSealed(encodeEnvelope({ type: channel, nonce: 1 }))
    await raw.refusal()
    expect(server.received).to.deep.equal([])
    expect(refused().malformed).to.equal(1)
  })

  it('show this server nothing but its own signature on something newer', async () => {
    const stranger = await RawPeer.greet(server.url, mallory, { incarnation: 99 })
    // Bob's own hello to Mallory is his signature, but not newer; Mallory's is newer, but not his.
    const [ownHello] = await stranger.opened(1)
    stranger.sendShown(ownHello === undefined ? text('') : encodeEnvelope(ownHello))
    stranger.sendShown(stranger.hello)
    stranger.sendShown(text('nothing'))
    stranger.sendSealed(encodeEnvelope({ type: 0x38, nonce: 1 }))
    await until(() => server.received.length === 1, 'the good one comes')
    expect(ownHello?.type).to.equal(MessageType.hello)
    expect(server.count('shown')).to.equal(0)
    expect(refused().malformed).to.equal(3)
  })

  it('cost a peer its connection when they ask for too many signatures to be checked', async () => {
    const asked = DEFAULT_PEER_LIMITS.checksMax + 1
    const forged = encodeEnvelope({ type: MessageType.shown, nonce: 0, data: raw.hello })
    raw.sendSealed(...Array<Uint8Array>(asked).fill(forged))
    expect(await raw.refusal()).to.equal('excessive')
  })
})
