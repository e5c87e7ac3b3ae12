import { connect } from 'node:net'
import type { EntityId } from '@xln/shared/ids.ts'
import { decodeEndorsement } from '@xln/shared/wire/endorsement.ts'
import { readEnvelope, splitFrame } from '@xln/shared/wire/envelope.ts'
import { decodeOpening, decodeSignedHello } from '@xln/shared/wire/hello.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { contextOf, encodeEnvelope, endorsementBy, RawPeer } from './support/rawPeer.ts'
import { identity, startServer, stopServers, type TestServer } from './support/servers.ts'
import { until } from './support/until.ts'

const alice = identity('alice')
const bob = identity('bob')
const carol = identity('carol')
const bytes = (maxLength: number) => fc.uint8Array({ minLength: 0, maxLength })

/** Something valid with a few bytes changed, and perhaps cut. */
const nearly = (valid: Uint8Array) =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 })), { maxLength: 3 }),
      fc.nat({ max: valid.length }),
      fc.boolean(),
    )
    .map(([changes, length, cuts]) => {
      const copy = valid.slice(0, cuts ? length : valid.length)
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value
      return copy
    })

describe('whatever bytes come', function () {
  this.timeout(30_000)
  let server: TestServer
  before(async () => {
    const limits = { handshakeMs: 1_000, addressBurst: 1e6, strangersBurst: 1e6, closeMs: 50 }
    server = await startServer(bob, { limits })
  })
  after(stopServers)

  /** The server is as good as before: a peer can connect and be heard. */
  async function expectWell(): Promise<void> {
    const heard = server.received.length
    const raw = await RawPeer.greet(server.url, carol, { incarnation: 2 })
    raw.sendSealed(encodeEnvelope({ type: 0x38, nonce: 1e9 + heard }))
    await until(() => server.received.length > heard, 'an honest peer is heard')
    raw.close()
    await until(() => !server.isUp(carol), 'and leaves')
  }

  it('instead of a handshake, the server goes on', async () => {
    const opening = (await RawPeer.dial(server.url, contextOf(alice))).opening
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(bytes(200), nearly(opening)), { maxLength: 4 }),
        async (frames) => {
          const raw = await RawPeer.dial(server.url, contextOf(alice))
          for (const frame of frames) raw.sendRaw(frame)
          raw.close()
        },
      ),
      { numRuns: 60 },
    )
    await expectWell()
  })

  it('instead of a hello, the server goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes(300),
        fc.nat({ max: 300 }),
        fc.boolean(),
        async (noise, at, isNoise) => {
          const raw = await RawPeer.dial(server.url, contextOf(alice))
          raw.sendRaw(raw.opening)
          await raw.agree()
          const hello = raw.hello.slice()
          hello[at % hello.length] = (hello[at % hello.length] ?? 0) ^ 0x11
          raw.sendSealed(isNoise ? noise : hello)
          await raw.refusal()
        },
      ),
      { numRuns: 40 },
    )
    expect(server.isUp(alice)).to.equal(false)
    await expectWell()
  })

  it('in the frames of a peer, the server goes on and takes nothing that was not said', async () => {
    const message = encodeEnvelope({ type: 0x20, sender: alice.entities[0], nonce: 3 })
    const endorsement = endorsementBy(alice, alice.entities[0] as EntityId, alice.server)
    const part = fc.oneof(bytes(100), nearly(message), nearly(endorsement))
    const before = server.received.length
    let incarnation = 1
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        const raw = await RawPeer.greet(server.url, alice, { incarnation: incarnation++ })
        await until(() => server.isUp(alice), 'the peer is up')
        raw.sendSealed(...parts)
        raw.close()
        await until(() => !server.isUp(alice), 'the peer is down')
      }),
      { numRuns: 60 },
    )
    for (const { peer, envelope } of server.received.slice(before)) {
      expect(peer.server).to.equal(alice.server)
      expect([undefined, alice.entities[0]]).to.include(envelope.sender)
    }
    await expectWell()
  })

  it('on the bare socket, the server goes on', async () => {
    const request = new TextEncoder().encode(
      'GET / HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes(100), nearly(request)), bytes(300), async (first, next) => {
        const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
        socket.on('error', () => undefined)
        await new Promise<void>((resolve) => {
          socket.on('close', () => resolve())
          socket.write(first)
          socket.end(next)
          socket.resume()
        })
      }),
      { numRuns: 60 },
    )
    await expectWell()
  })

  it('the decoders take or refuse them, and never throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(bytes(300), nearly(encodeEnvelope({ type: 0x31, nonce: 0 }))),
        (input) => {
          decodeOpening(input)
          decodeSignedHello(input)
          splitFrame(input, 10)
          const envelope = readEnvelope(input)
          if (envelope !== undefined) decodeEndorsement(envelope)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
