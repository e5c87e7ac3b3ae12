import { connect } from 'node:net'
import { RateLimits } from '@xln/node/api/rateLimits.ts'
import { expect } from 'chai'
import { faultOf, until, withApi } from './support/api.ts'
import { alice, hub } from './support/memoryBackend.ts'

const config = { host: '127.0.0.1', port: 0, loopbackReads: false, requestsPerSecond: 5 }
const request = (id: number) => JSON.stringify({ id, method: 'peer.list' })

describe('the rate of requests', () => {
  it('is limited for each token, and says when to come again', async () => {
    await withApi({ config }, async ({ client }) => {
      const first = await client('read')
      const ask = () => first.call('peer.list', {})
      const faults = await Promise.all(
        Array.from({ length: 14 }, () =>
          ask().then(
            () => undefined,
            (error: unknown) => error,
          ),
        ),
      )
      // Twice as many at once as in a second.
      expect(faults.filter((fault) => fault === undefined)).to.have.length(10)
      const fault = await faultOf(ask())
      expect(fault).to.include({ code: 'rate_limited', number: -32_002, of: 'token' })
      expect(fault['retryAfterMs']).to.be.within(1, 200)
      await (await client('read')).call('peer.list', {})
      await new Promise((resolve) => setTimeout(resolve, Number(fault['retryAfterMs'])))
      await ask()
    })
  })

  it('is limited for each address, however many tokens it has', async () => {
    await withApi({ config }, async ({ client }) => {
      let answered = 0
      const faults: string[] = []
      for (let i = 0; i < 4; i++) {
        const one = await client('read')
        for (let j = 0; j < 8; j++) {
          await one.call('peer.list', {}).then(
            () => answered++,
            (error: { fault: { of: string } }) => faults.push(error.fault.of),
          )
        }
      }
      expect(answered).to.be.within(20, 24)
      expect(faults).to.include('address').and.not.include('token')
    })
  })

  it('is that of a bucket which fills with time', () => {
    const rates = new RateLimits(10, 2)
    expect([rates.take('a', 0), rates.take('a', 0)]).to.deep.equal([0, 0])
    expect(rates.take('a', 0)).to.equal(100)
    expect(rates.take('a', 40)).to.equal(60)
    expect(rates.take('b', 40)).to.equal(0)
    expect(rates.waitOf('a', 99)).to.be.within(1, 2)
    expect(rates.take('a', 100)).to.equal(0)
    expect(rates.take('a', 10_000)).to.equal(0)
    expect(rates.take('a', 10_000)).to.equal(0)
    expect(rates.take('a', 10_000)).to.equal(100)
  })
})

describe('connections', () => {
  it('are limited for each address', async () => {
    await withApi({ limits: { connectionsPerAddressMax: 2 } }, async ({ client, http }) => {
      const first = await client('read')
      const second = await client('read')
      expect((await faultOf(client('read'))).code).to.equal('unreachable')
      expect(await http('/health').catch(() => 'closed')).to.equal('closed')
      await second.close()
      await new Promise((resolve) => setTimeout(resolve, 50))
      await client('read')
      await first.call('peer.list', {})
    })
  })

  it('that say nothing end', async () => {
    await withApi({ limits: { heartbeatMs: 50 } }, async ({ url, token, http }) => {
      const text = await token('read')
      const { hostname, port, pathname } = new URL(url())
      const socket = connect(Number(port), hostname)
      const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
      socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n` +
          `Authorization: Bearer ${text}\r\n\r\n`,
      )
      socket.resume()
      await closed
      const headers = { authorization: `Bearer ${text}` }
      const metrics = await (await http('/metrics', headers)).text()
      expect(metrics).to.include('xln_api_ended_total{reason="silent"} 1')
    })
  })

  it('read no further request while too many are without an answer', async () => {
    await withApi({ limits: { inFlightMax: 3 } }, async ({ raw, token, backend, client }) => {
      const waiting: (() => void)[] = []
      backend.verdict = () => new Promise((done) => waiting.push(() => done(null)))
      const { send, next } = await raw(await token('entity'))
      const params = { entity: alice, peer: hub }
      for (let id = 0; id < 20; id++) {
        send(JSON.stringify({ id, method: 'channel.close', params }))
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      await until(() => waiting.length >= 3)
      await new Promise((resolve) => setTimeout(resolve, 50))
      const first = backend.decisions.length
      expect(first).to.be.below(20)
      await (await client('read')).call('peer.list', {})
      backend.verdict = () => Promise.resolve(null)
      for (const done of waiting) done()
      for (let id = 0; id < 20; id++) expect(await next()).to.have.property('result')
      expect(backend.decisions).to.have.length(20)
    })
  })

  it('of a client that reads no events end', async () => {
    const limits = { unreadBytesMax: 1_000_000, unreadBytesPause: 100_000 }
    await withApi({ limits }, async ({ url, token, backend, client }) => {
      const text = await token('read')
      const { hostname, port, pathname } = new URL(url())
      const socket = connect(Number(port), hostname)
      const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
      socket.on('error', () => undefined)
      const upgraded = new Promise<void>((resolve) => socket.once('data', () => resolve()))
      socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n` +
          `Authorization: Bearer ${text}\r\n\r\n`,
      )
      await upgraded
      socket.write(frame('{"id":1,"method":"subscribe","params":{"topics":["chain"]}}'))
      await new Promise<void>((resolve) => socket.once('data', () => resolve()))
      socket.pause()
      const other = await client('read')
      const data = { bytes: 'x'.repeat(100_000) }
      let isOpen = true
      void other.closed.then(() => {
        isOpen = false
      })
      for (let i = 0; i < 200; i++) {
        backend.emit({ topic: 'chain', type: 'a', entity: null, data })
        await new Promise((resolve) => setImmediate(resolve))
      }
      socket.resume()
      await closed
      expect(isOpen).to.equal(true)
      await other.call('peer.list', {})
    })
  })
})

describe('a flood of requests', () => {
  it('on one connection is answered one by one, all of it', async () => {
    await withApi({}, async ({ raw, token }) => {
      const { send, next } = await raw(await token('read'))
      for (let id = 0; id < 5_000; id++) send(request(id))
      const ids = new Set<unknown>()
      for (let id = 0; id < 5_000; id++) ids.add((await next()).id)
      expect(ids.size).to.equal(5_000)
    })
  })
})

/** A short text as a WebSocket client sends it. */
function frame(text: string): Buffer {
  const data = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | data.length, 0, 0, 0, 0]), data])
}
