import { connect } from 'node:net'
import type { Outgoing } from '@xln/node/shell/peers/framePacker.ts'
import { MessageType } from '@xln/shared/wire/envelope.ts'
import { expect } from 'chai'
import { identity, startServer, stopServers, type TestServer } from './support/servers.ts'
import { until } from './support/until.ts'

const alice = identity('alice')
const bob = identity('bob')

/** A message that says which one it is. */
function numbered(from: TestServer, to: TestServer, number: number, length = 8): Outgoing {
  const data = new Uint8Array(length)
  new DataView(data.buffer).setUint32(0, number)
  return { type: MessageType.channel, sender: from.entity, recipient: to.entity, data }
}

function numbersOf(server: TestServer): number[] {
  return server.received.map(({ envelope: { data } }) =>
    new DataView(data.buffer, data.byteOffset).getUint32(0),
  )
}

async function meet(a: TestServer, b: TestServer): Promise<void> {
  a.network.connect({ url: b.url, server: b.server })
  await until(() => a.isUp(b) && b.isUp(a), 'both are up')
}

describe('delivery between two servers', () => {
  afterEach(stopServers)

  it('keeps the order of many messages, in both directions at once', async () => {
    const a = await startServer(alice)
    const b = await startServer(bob)
    await meet(a, b)
    let sent = 0
    for (const size of [1, 2, 997, 4_000, 5_000]) {
      const batch = (from: TestServer, to: TestServer) =>
        Array.from({ length: size }, (_, i) => numbered(from, to, sent + i, 8 + ((i * 31) % 700)))
      expect(a.network.send(b.server, batch(a, b))).to.equal(true)
      expect(b.network.send(a.server, batch(b, a))).to.equal(true)
      sent += size
    }
    await until(() => a.received.length === sent && b.received.length === sent, 'all come')
    const inOrder = Array.from({ length: sent }, (_, i) => i)
    expect(numbersOf(a)).to.deep.equal(inOrder)
    expect(numbersOf(b)).to.deep.equal(inOrder)
    expect(a.network.stats().dropped + b.network.stats().dropped).to.equal(0)
  })

  it('numbers messages upwards, whatever comes between', async () => {
    const a = await startServer(alice)
    const b = await startServer(bob)
    await meet(a, b)
    a.network.send(b.server, [numbered(a, b, 0), numbered(a, b, 1)])
    a.network.send(identity('nobody').server, [numbered(a, b, 2)])
    a.network.send(b.server, [numbered(a, b, 3)])
    await until(() => b.received.length === 3, 'three come')
    const nonces = b.received.map(({ envelope }) => envelope.nonce)
    expect(nonces).to.deep.equal([...nonces].sort((x, y) => x - y))
    expect(new Set(nonces).size).to.equal(3)
  })

  it('puts as many messages into a frame as fit, and no more', async () => {
    const limits = { frameBytesMax: 10_000, messageBytesMax: 10_000, messagesPerFrameMax: 50 }
    const a = await startServer(alice, { limits })
    const b = await startServer(bob, { limits })
    await meet(a, b)
    const before = a.network.stats().sent.frames
    a.network.send(
      b.server,
      Array.from({ length: 101 }, (_, i) => numbered(a, b, i)),
    )
    expect(a.network.stats().sent.frames - before).to.equal(3)
    a.network.send(
      b.server,
      Array.from({ length: 10 }, (_, i) => numbered(a, b, i, 4_000)),
    )
    expect(a.network.stats().sent.frames - before).to.equal(8)
    await until(() => b.received.length === 111, 'all come')
  })

  it('leaves out and counts a message that is too large, and says so', async () => {
    const a = await startServer(alice, { limits: { messageBytesMax: 1_000 } })
    const b = await startServer(bob)
    await meet(a, b)
    const batch = [numbered(a, b, 0), numbered(a, b, 1, 1_000), numbered(a, b, 2)]
    expect(a.network.send(b.server, batch)).to.equal(false)
    await until(() => b.received.length === 2, 'the others come')
    expect(numbersOf(b)).to.deep.equal([0, 2])
    expect(a.network.stats().dropped).to.equal(1)
  })

  it('drops and counts what is sent to nobody', async () => {
    const a = await startServer(alice)
    const b = await startServer(bob)
    expect(a.network.send(b.server, [numbered(a, b, 0), numbered(a, b, 1)])).to.equal(false)
    expect(a.network.stats().dropped).to.equal(2)
  })

  it('comes back when the other side has restarted, under its new incarnation', async () => {
    const a = await startServer(alice)
    const b = await startServer(bob)
    const port = Number(new URL(b.url).port)
    await meet(a, b)
    a.network.send(b.server, [numbered(a, b, 0)])
    await until(() => b.received.length === 1, 'the first comes')
    await b.network.stop()
    await until(() => !a.isUp(b), 'alice has noticed')
    expect(a.network.send(b.server, [numbered(a, b, 1)])).to.equal(false)
    expect(a.network.serverOf(b.entity)).to.equal(undefined)

    const again = await startServer(bob, { incarnation: 2, listen: { host: '127.0.0.1', port } })
    await until(() => a.isUp(again) && again.isUp(a), 'they have met again')
    expect(a.happened.at(-1)).to.deep.include({ peer: { server: bob.server, incarnation: 2 } })
    again.network.send(a.server, [numbered(again, a, 7)])
    await until(() => a.received.length === 1, 'the new run is heard')
    expect(a.received[0]?.peer.incarnation).to.equal(2)
  })

  it('comes back when the one that dials has restarted, and starts its nonces anew', async () => {
    const b = await startServer(bob)
    const a = await startServer(alice, { incarnation: 5 })
    await meet(a, b)
    a.network.send(b.server, [numbered(a, b, 0), numbered(a, b, 1)])
    await until(() => b.received.length === 2, 'both come')
    await a.network.stop()
    const again = await startServer(alice, { incarnation: 6 })
    await meet(again, b)
    again.network.send(b.server, [numbered(again, b, 2)])
    await until(() => b.received.length === 3, 'the third comes')
    expect(b.received.map(({ envelope }) => envelope.nonce)).to.deep.equal([1, 2, 1])
  })

  it('takes nothing again that is committed already', async () => {
    const b = await startServer(bob, { position: () => ({ incarnation: 3, nonce: 2 }) })
    const a = await startServer(alice, { incarnation: 3 })
    await meet(a, b)
    a.network.send(
      b.server,
      [0, 1, 2].map((number) => numbered(a, b, number)),
    )
    await until(() => b.received.length === 1, 'the third comes')
    expect(numbersOf(b)).to.deep.equal([2])
    expect(b.network.stats().refused.replayed).to.equal(2)
  })

  it('makes a peer wait while this side does not read, and loses nothing', async () => {
    const a = await startServer(alice)
    const b = await startServer(bob)
    await meet(a, b)
    b.network.pause(a.server)
    const count = 2_000
    for (let i = 0; i < count; i++) a.network.send(b.server, [numbered(a, b, i, 4_000)])
    await until(() => b.network.stats().received.messages < count, 'bob does not read it all')
    b.network.resume(a.server)
    await until(() => b.received.length === count, 'all come')
    expect(numbersOf(b)).to.deep.equal(Array.from({ length: count }, (_, i) => i))
    expect(a.isUp(b)).to.equal(true)
  })

  it('cuts off who reads too slowly, and holds no more than the bound for him', async () => {
    const queueBytesMax = 2_000_000
    const a = await startServer(alice, { limits: { queueBytesMax } })
    const b = await startServer(bob)
    await meet(a, b)
    b.network.pause(a.server)
    const batch = Array.from({ length: 100 }, (_, i) => numbered(a, b, i, 5_000))
    let sent = 0
    while (a.network.send(b.server, batch)) sent += 500_000
    expect(a.network.stats().refused.slow).to.equal(1)
    expect(a.network.stats().dropped).to.be.greaterThan(0)
    // What the system itself has taken over is in no queue of ours.
    expect(sent).to.be.lessThan(queueBytesMax + 20_000_000)
    await until(() => !a.isUp(b), 'alice has dropped him')
  })

  it('answers no more pings than the other side takes', async () => {
    const b = await startServer(bob, { limits: { queueBytesMax: 100_000 } })
    const socket = connect(Number(new URL(b.url).port), '127.0.0.1')
    socket.pause()
    socket.on('error', () => undefined)
    const key = Buffer.alloc(16).toString('base64')
    socket.write(
      'GET / HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    )
    // Pings of 125 bytes, masked with zeros, without end.
    const ping = Buffer.concat([Buffer.of(0x89, 0xfd), Buffer.alloc(129)])
    const pings = Buffer.concat(Array<Buffer>(5_000).fill(ping))
    const flood = setInterval(() => socket.write(pings), 1)
    try {
      await until(() => b.network.stats().refused.slow === 1, 'bob cuts')
    } finally {
      clearInterval(flood)
      socket.destroy()
    }
  })

  it('notices a peer that has gone silent', async () => {
    const limits = { heartbeatMs: 10, heartbeatMissesMax: 3 }
    const a = await startServer(alice, { limits })
    const b = await startServer(bob, { limits: { heartbeatMs: 60_000 } })
    await meet(a, b)
    // Reads nothing, and so answers nothing, though the connection stands.
    b.network.pause(a.server)
    await until(() => a.network.stats().refused.timedOut === 1, 'alice gives up')
  })

  it('stays up through many heartbeats without a message', async () => {
    const limits = { heartbeatMs: 4 }
    const a = await startServer(alice, { limits })
    const b = await startServer(bob, { limits })
    await meet(a, b)
    const start = performance.now()
    await until(() => performance.now() - start > 100, 'time passes')
    expect(a.isUp(b) && b.isUp(a)).to.equal(true)
    expect(a.count('down') + b.count('down')).to.equal(0)
  })

  it('dials no more once it is told so', async () => {
    const a = await startServer(alice)
    const b = await startServer(bob)
    await meet(a, b)
    a.network.disconnect(b.url)
    await b.network.stop()
    await until(() => !a.isUp(b), 'bob is gone')
    const again = await startServer(bob, {
      incarnation: 2,
      listen: { host: '127.0.0.1', port: Number(new URL(b.url).port) },
    })
    again.network.connect({ url: a.url })
    await until(() => a.isUp(again), 'bob comes by himself')
    expect(a.count('up')).to.equal(2)
  })
})
