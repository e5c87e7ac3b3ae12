import type { NodeEvent } from '@xln/node/api/backend.ts'
import { connectApi } from '@xln/node/api/client.ts'
import { expect } from 'chai'
import { faultOf, until, withApi } from './support/api.ts'
import { alice, bob, hub, id, lock } from './support/memoryBackend.ts'

const paid = (entity: NodeEvent['entity']): NodeEvent => ({
  topic: 'payments',
  type: 'paymentSettled',
  entity,
  data: { hashlock: lock, amount: 5n, memo: new Uint8Array([1, 2]) },
})
const block: NodeEvent = { topic: 'blocks', type: 'block', entity: null, data: { number: 1 } }

describe('a subscription', () => {
  it('pushes the events of its topics, with amounts as decimal strings', async () => {
    await withApi({}, async ({ raw, token, backend }) => {
      const { send, next } = await raw(await token('read'))
      send('{"id":1,"method":"subscribe","params":{"topics":["payments","chain"]}}')
      expect((await next()).result).to.deep.equal({ subscription: '1' })
      backend.emit(block)
      backend.emit(paid(alice))
      const data = { hashlock: lock, amount: '5', memo: '0x0102' }
      expect(await next()).to.deep.equal({
        method: 'event',
        params: {
          subscription: '1',
          topic: 'payments',
          type: 'paymentSettled',
          entity: alice,
          data,
        },
      })
    })
  })

  it('of one entity brings nothing of another', async () => {
    await withApi({}, async ({ client, backend }) => {
      const told: unknown[] = []
      const one = await client('read')
      await one.subscribe({ topics: ['payments', 'blocks'], entity: bob }, ({ entity, topic }) =>
        told.push([topic, entity]),
      )
      for (const event of [paid(alice), block, paid(bob)]) backend.emit(event)
      await until(() => told.length === 1)
      expect(told).to.deep.equal([['payments', bob]])
    })
  })

  it('brings only what the token may see', async () => {
    await withApi({}, async ({ client, backend }) => {
      const told: unknown[] = []
      const one = await client('read', [bob])
      await one.subscribe({ topics: ['payments', 'blocks'] }, ({ entity }) => told.push(entity))
      for (const event of [paid(alice), paid(hub), block, paid(bob)]) backend.emit(event)
      await until(() => told.length === 2)
      expect(told).to.deep.equal([null, bob])
      const other = { topics: ['payments'], entity: alice } as const
      expect((await faultOf(one.subscribe(other, () => undefined))).code).to.equal('out_of_scope')
    })
  })

  it('ends when it is asked to, and with its connection', async () => {
    await withApi({}, async ({ client, backend }) => {
      const told: unknown[] = []
      const one = await client('read')
      const end = await one.subscribe({ topics: ['blocks'] }, (event) => told.push(event))
      backend.emit(block)
      await until(() => told.length === 1)
      await end()
      backend.emit(block)
      await one.call('peer.list', {})
      expect(told).to.have.length(1)
    })
  })

  it('is one of at most so many on a connection', async () => {
    await withApi({ limits: { subscriptionsMax: 2 } }, async ({ client }) => {
      const one = await client('read')
      const subscribe = () => one.subscribe({ topics: ['blocks'] }, () => undefined)
      const end = await subscribe()
      await subscribe()
      expect(await faultOf(subscribe())).to.include({ code: 'subscriptions_full', max: 2 })
      await end()
      await subscribe()
    })
  })

  it('of an unknown topic is refused', async () => {
    await withApi({}, async ({ raw, token }) => {
      const { send, next } = await raw(await token('read'))
      send('{"id":1,"method":"subscribe","params":{"topics":["gossip"]}}')
      expect((await next()).error?.code).to.equal(-32_602)
    })
  })
})

describe('the client', () => {
  it('fails what it waits for when the connection ends', async () => {
    await withApi({}, async ({ client, backend, restart }) => {
      const one = await client('entity')
      backend.verdict = () => new Promise(() => undefined)
      const waiting = faultOf(one.call('channel.close', { entity: alice, peer: hub }))
      await until(() => backend.decisions.length === 1)
      await restart()
      expect((await waiting).code).to.equal('connection_lost')
      await one.closed
      expect((await faultOf(one.call('peer.list', {}))).code).to.equal('connection_lost')
    })
  })

  it('says when no node answers', async () => {
    const fault = await faultOf(connectApi({ url: 'ws://127.0.0.1:9/api/v1/ws' }))
    expect(fault).to.include({ code: 'unreachable', number: null })
  })

  it('does not send what is not of the right form', async () => {
    await withApi({}, async ({ client, backend }) => {
      const one = await client('entity')
      const close = one.call('channel.close', { entity: id<typeof alice>('A1'), peer: hub })
      expect(await faultOf(close)).to.include({ code: 'params_invalid', where: 'entity' })
      expect(backend.decisions).to.be.empty
    })
  })
})

describe('/health', () => {
  it('tells everybody whether the node is fit, and nothing else', async () => {
    await withApi({}, async ({ http }) => {
      const response = await http('/health')
      expect(response.status).to.equal(200)
      const checks = { node: 'ok', chain: 'ok', state: 'ok', memory: 'ok' }
      expect(await response.json()).to.deep.equal({ status: 'ok', checks })
    })
  })

  it('is 503 when the chain is not followed', async () => {
    await withApi({}, async ({ http, backend }) => {
      backend.healthy = false
      const response = await http('/health')
      expect(response.status).to.equal(503)
      expect(await response.json()).to.have.nested.property('checks.chain', 'not followed')
    })
  })

  it('does not ask the node more often than once a second', async () => {
    await withApi({}, async ({ http, backend }) => {
      for (let i = 0; i < 20; i++) await http('/health')
      expect(backend.statusCalls).to.equal(1)
    })
  })
})

describe('/metrics', () => {
  it('counts requests by method and outcome', async () => {
    await withApi({}, async ({ http, raw, token }) => {
      const text = await token('read')
      const { send, next } = await raw(text)
      for (const method of ['peer.list', 'peer.list', 'channel.close', 'nonsense"\\n']) {
        send(JSON.stringify({ id: 1, method }))
        await next()
      }
      const metrics = await (await http('/metrics', { authorization: `Bearer ${text}` })).text()
      expect(metrics).to.include('xln_api_requests_total{method="peer.list",outcome="answered"} 2')
      expect(metrics).to.include('{method="channel.close",outcome="refused"} 1')
      expect(metrics).to.include('{method="unknown",outcome="refused"} 1')
      expect(metrics).to.include('xln_chain_block 9')
      expect(metrics).to.match(/^(# TYPE xln_\w+ (gauge|counter)\n|xln_\w+(\{[^\n]*\})? \d+\n)+$/)
    })
  })
})

describe('other paths', () => {
  it('are not there', async () => {
    await withApi({}, async ({ http, url }) => {
      expect((await http('/')).status).to.equal(404)
      expect((await http('/api/v1/ws')).status).to.equal(426)
      const post = await fetch(new URL('/health', url().replace('ws:', 'http:')), {
        method: 'POST',
        body: 'x'.repeat(1_000),
      })
      expect(post.status).to.equal(405)
      const elsewhere = url().replace('/api/v1/ws', '/else')
      expect((await faultOf(connectApi({ url: elsewhere }))).code).to.equal('path_unknown')
    })
  })
})
