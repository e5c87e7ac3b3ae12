import type { EntityId } from '@xln/shared/ids.ts'
import { encodeEndorsement } from '@xln/shared/wire/endorsement.ts'
import { expect } from 'chai'
import { encodeEnvelope, endorsementBy, RawPeer } from './support/rawPeer.ts'
import { identity, startServer, stopServers } from './support/servers.ts'
import { until } from './support/until.ts'

const alice = identity('alice', 3)
const bob = identity('bob')
const mallory = identity('mallory')
const [first, second, third] = alice.entities as [EntityId, EntityId, EntityId]
const none = { ...alice, entities: [] }
const now = () => Math.floor(Date.now() / 1000)

describe('endorsements', () => {
  afterEach(stopServers)

  it('reach peers that are connected when one more entity is hosted', async () => {
    const a = await startServer({ ...alice, entities: [first] })
    const b = await startServer(bob)
    a.network.connect({ url: b.url })
    await until(() => a.isUp(b) && b.isUp(a), 'both are up')
    await a.network.host(second)
    await until(() => b.network.serverOf(second) === a.server, 'bob knows')
    expect(b.happened.at(-1)).to.deep.equal({
      type: 'entities',
      peer: { server: a.server, incarnation: 1 },
      entities: [first, second],
    })
    a.network.send(b.server, [{ type: 0x20, sender: second, data: new Uint8Array(1) }])
    await until(() => b.received.length === 1, 'bob takes its messages')
  })

  it('reach a peer whatever moment of the handshake they are made in', async () => {
    const many = identity('many', 24)
    const a = await startServer({ ...many, entities: [] })
    const b = await startServer(bob)
    a.network.connect({ url: b.url })
    for (const entity of many.entities) {
      await a.network.host(entity)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(
      () => many.entities.every((entity) => b.network.serverOf(entity) === a.server),
      'bob knows all of them',
    )
  })

  it('make a message to an entity arrive that is hosted only now', async () => {
    const a = await startServer(alice)
    const b = await startServer({ ...bob, entities: [] })
    a.network.connect({ url: b.url })
    await until(() => a.isUp(b), 'they are up')
    const message = {
      type: 0x20,
      sender: first,
      recipient: bob.entities[0],
      data: new Uint8Array(1),
    }
    a.network.send(b.server, [message])
    await until(() => b.network.stats().refused.misdirected === 1, 'nobody is there for it')
    await b.network.host(bob.entities[0] as EntityId)
    a.network.send(b.server, [message])
    await until(() => b.received.length === 1, 'somebody is')
  })

  it('are refused when somebody else has signed', async () => {
    const b = await startServer(bob)
    const forged = encodeEndorsement(
      { entity: mallory.entities[0] as EntityId, server: alice.server, validUntil: now() + 60 },
      alice.signers.sign(alice.server, new Uint8Array(32)),
    )
    const raw = await RawPeer.greet(b.url, none)
    raw.sendSealed(forged)
    await until(() => b.network.stats().refused.endorsement === 1, 'it is refused')
    expect(b.network.serverOf(mallory.entities[0] as EntityId)).to.equal(undefined)
  })

  it('are refused when they are for another server', async () => {
    const b = await startServer(bob)
    const raw = await RawPeer.greet(b.url, { ...mallory, entities: [] })
    raw.sendSealed(endorsementBy(alice, first, alice.server))
    await until(() => b.network.stats().refused.endorsement === 1, 'it is refused')
    expect(b.network.serverOf(first)).to.equal(undefined)
  })

  it('are refused when their time is over, or too long', async () => {
    const b = await startServer(bob)
    const raw = await RawPeer.greet(b.url, none)
    raw.sendSealed(
      endorsementBy(alice, first, alice.server, now() - 1),
      endorsementBy(alice, second, alice.server, now() + 10 * 365 * 86_400),
      endorsementBy(alice, third, alice.server, now() + 86_400),
    )
    await until(() => b.network.serverOf(third) === alice.server, 'the good one is taken')
    expect(b.network.stats().refused.endorsement).to.equal(2)
    expect(b.network.serverOf(first)).to.equal(undefined)
  })

  it('end by themselves', async () => {
    const b = await startServer(bob, { limits: { heartbeatMs: 10 } })
    const raw = await RawPeer.greet(b.url, none)
    raw.sendSealed(
      endorsementBy(alice, first, alice.server, now() + 1),
      endorsementBy(alice, second, alice.server, now() + 86_400),
    )
    await until(() => b.network.serverOf(second) === alice.server, 'both are taken')
    await until(() => b.network.serverOf(first) === undefined, 'the short one is over')
    expect(b.happened.at(-1)).to.have.deep.property('entities', [second])
    raw.sendSealed(encodeEnvelope({ type: 0x20, sender: first }))
    await until(() => b.network.stats().refused.unendorsed === 1, 'its messages are refused')
  })

  it('are renewed long before they end', async () => {
    const asked: number[] = []
    const sign = (digest: Uint8Array) =>
      alice.signers.sign(alice.signers.addressOf('entity0'), digest)
    const a = await startServer(
      { ...alice, entities: [first] },
      {
        limits: { endorsementSeconds: 2 },
        endorse: (_, digest) => {
          asked.push(performance.now())
          return Promise.resolve(sign(digest))
        },
      },
    )
    const b = await startServer(bob, { limits: { heartbeatMs: 10 } })
    a.network.connect({ url: b.url })
    await until(() => b.isUp(a), 'they are up')
    await until(() => asked.length >= 3, 'it is renewed twice', 8_000)
    expect(b.network.serverOf(first)).to.equal(a.server)
    expect(b.count('entities')).to.equal(0)
    // Not before half of their time is over.
    expect((asked[2] ?? 0) - (asked[0] ?? 0)).to.be.greaterThan(1_000)
  })

  it('by boards cost as many checks as they hold signatures', async () => {
    const b = await startServer(bob, { limits: { checksMax: 64 } })
    const raw = await RawPeer.greet(b.url, none)
    const ofBoard = encodeEndorsement(
      { entity: first, server: alice.server, validUntil: now() + 60 },
      new Uint8Array(65 * 32),
    )
    raw.sendSealed(ofBoard, ofBoard)
    await until(() => b.network.stats().refused.endorsement === 2, 'both are checked')
    raw.sendSealed(ofBoard)
    expect(await raw.refusal()).to.equal('excessive')
  })

  it('that say nothing new are not checked again', async () => {
    let checks = 0
    const verify = () => ++checks > 0
    const b = await startServer(bob, { verify })
    const raw = await RawPeer.greet(b.url, none)
    const same = endorsementBy(alice, first, alice.server, now() + 60)
    raw.sendSealed(same, same, same, encodeEnvelope({ type: 0x38 }))
    await until(() => b.received.length === 1, 'all have come')
    expect(checks).to.equal(1)
    raw.sendSealed(endorsementBy(alice, first, alice.server, now() + 90))
    await until(() => checks === 2, 'a longer one is')
  })

  it('are bounded in number', async () => {
    const b = await startServer(bob, { limits: { entitiesPerPeerMax: 2 } })
    await RawPeer.greet(b.url, alice)
    await until(() => b.isUp(alice), 'alice is up')
    expect(b.happened.at(-1)).to.have.deep.property('entities', [first, second])
    expect(b.network.stats().refused.endorsement).to.equal(1)
  })

  it('of one entity by two servers leave it reachable when one of them is gone', async () => {
    const b = await startServer(bob)
    const one = await RawPeer.greet(b.url, alice)
    const two = await RawPeer.greet(b.url, { ...mallory, entities: [] })
    two.sendSealed(endorsementBy(alice, first, mallory.server))
    await until(() => b.count('entities') === 1, 'both speak for it')
    expect(b.network.serverOf(first)).to.equal(alice.server)
    one.close()
    await until(() => b.network.serverOf(first) === mallory.server, 'the other one is asked')
    two.close()
    await until(() => b.network.serverOf(first) === undefined, 'nobody is')
  })

  it('leave the network as it was when the entity does not sign', async () => {
    const refuse = () => Promise.reject(new Error('no quorum'))
    const a = await startServer(none, { endorse: refuse })
    const failed = await a.network.host(first).catch((error: Error) => error.message)
    expect(failed).to.equal('no quorum')
  })
})
