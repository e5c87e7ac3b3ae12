import { expect } from 'chai'
import { faultOf, withApi } from './support/api.ts'
import { alice, bob, ether, hub, id, lock } from './support/memoryBackend.ts'

const toHub = { entity: alice, peer: hub }

describe('a request to the API', () => {
  it('is answered with amounts as decimal strings and what the table names, and no more', async () => {
    await withApi({}, async ({ raw, token }) => {
      const { send, next } = await raw(await token('read'))
      send(JSON.stringify({ id: 1, method: 'channel.get', params: toHub }))
      const { result } = await next()
      expect(result).to.have.nested.include({
        'tokens[0].collateral': '100',
        'tokens[0].offdelta': '-10',
      })
      send(
        JSON.stringify({ id: 2, method: 'invoice.get', params: { entity: alice, hashlock: lock } }),
      )
      const answer = await next()
      expect(answer.id).to.equal(2)
      expect(answer.result).to.include({ memo: '0x01', status: 'open' }).and.not.have.key('secret')
    })
  })

  it('comes to the node in its own types', async () => {
    await withApi({}, async ({ backend, client }) => {
      const { call } = await bound(client('entity'))
      await call('channel.extendCredit', { ...toHub, token: ether, limit: 7n })
      await call('payment.payPeer', { ...toHub, token: ether, amount: 2n ** 127n })
      await call('channel.open', toHub)
      expect(backend.decisions.map(({ action }) => action)).to.deep.equal([
        { type: 'extendCredit', peer: hub, token: ether, limit: 7n },
        { type: 'payPeer', peer: hub, token: ether, amount: 2n ** 127n, memo: new Uint8Array(0) },
        { type: 'openChannel', peer: hub, disputeWindow: 86_400 },
      ])
    })
  })

  it('tells what the node declined, with its numbers, in the family of the method', async () => {
    await withApi({}, async ({ backend, client }) => {
      const { call } = await bound(client('entity'))
      backend.verdict = () => Promise.resolve({ code: 'reserve_exceeded', amount: 9n, reserve: 5n })
      const asked = { entity: alice, token: ether, to: bob, amount: 9n }
      const fault = await faultOf(call('depository.transfer', asked))
      expect(fault).to.deep.equal({
        code: 'reserve_exceeded',
        number: -32_014,
        amount: '9',
        reserve: '5',
      })
    })
  })

  it('for what is not here is told so', async () => {
    await withApi({}, async ({ client }) => {
      const { call } = await bound(client('entity'))
      const stranger = id<typeof alice>('ff')
      const faults = await Promise.all([
        faultOf(call('entity.getState', { entity: stranger })),
        faultOf(call('channel.get', { entity: alice, peer: bob })),
        faultOf(call('channel.close', { entity: stranger, peer: bob })),
        faultOf(call('unsubscribe', { subscription: '9' })),
      ])
      const codes = ['entity_unknown', 'channel_unknown', 'entity_unknown', 'subscription_unknown']
      expect(faults.map(({ code }) => code)).to.deep.equal(codes)
      expect(faults.map(({ number }) => number)).to.deep.equal([-32_004, -32_004, -32_004, -32_004])
    })
  })

  it('that makes the node throw is answered, and nothing of the cause gets out', async () => {
    await withApi({}, async ({ backend, client, log }) => {
      const { call } = await bound(client('entity'))
      backend.verdict = () => Promise.reject(new Error('the private key is 42'))
      const fault = await faultOf(call('channel.close', toHub))
      expect(fault).to.deep.equal({ code: 'internal', number: -32_603 })
      expect(log.join()).to.include('the private key is 42')
    })
  })

  it('may be one of many under way at once', async () => {
    await withApi({}, async ({ backend, client }) => {
      const { call } = await bound(client('entity'))
      const waiting: (() => void)[] = []
      backend.verdict = () => new Promise((done) => waiting.push(() => done(null)))
      const slow = call('channel.close', toHub)
      expect(await call('peer.list', {})).to.have.length(1)
      for (const done of waiting) done()
      expect(await slow).to.deep.equal({ accepted: true })
    })
  })

  it('lists page by page', async () => {
    await withApi({}, async ({ client }) => {
      const { call } = await bound(client('read'))
      const first = await call('channel.list', { entity: alice, limit: 2 })
      expect(first.items).to.have.length(2)
      const from = first.next ?? ''
      const second = await call('channel.list', { entity: alice, limit: 2, from })
      expect(second).to.have.nested.property('items.length', 1)
      expect(second.next).to.equal(null)
    })
  })
})

describe('what is no request', () => {
  const cases: Record<string, [text: string, code: number, id: unknown]> = {
    'no JSON': ['{', -32_600, null],
    'an empty text': ['', -32_600, null],
    'a list': ['[]', -32_600, null],
    'a number': ['7', -32_600, null],
    null: ['null', -32_600, null],
    'an object without id': ['{"method":"peer.list"}', -32_600, null],
    'an id that is an object': ['{"id":{},"method":"peer.list"}', -32_600, null],
    'an id that is too long': [`{"id":"${'x'.repeat(65)}","method":"peer.list"}`, -32_600, null],
    'an id that is a fraction': ['{"id":1.5,"method":"peer.list"}', -32_600, null],
    'a further field': ['{"id":5,"method":"peer.list","extra":1}', -32_600, 5],
    'an unknown method': ['{"id":5,"method":"peer.kill"}', -32_601, 5],
    'a method of every object': ['{"id":5,"method":"toString"}', -32_601, 5],
    'a method called __proto__': ['{"id":5,"method":"__proto__"}', -32_601, 5],
    'parameters that are a list': ['{"id":"a","method":"peer.list","params":[]}', -32_602, 'a'],
    'parameters that are null': ['{"id":"a","method":"peer.list","params":null}', 0, 'a'],
    'a further parameter': ['{"id":5,"method":"peer.list","params":{"a":1}}', -32_602, 5],
    'a parameter called __proto__': [
      '{"id":5,"method":"peer.list","params":{"__proto__":{"a":1}}}',
      -32_602,
      5,
    ],
    'a parameter that is missing': ['{"id":5,"method":"channel.get","params":{}}', -32_602, 5],
    'deep nesting': [
      `{"id":5,"method":"peer.list","params":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      -32_602,
      5,
    ],
  }
  for (const [what, [text, code, requestId]] of Object.entries(cases)) {
    it(`is answered with its error: ${what}`, async () => {
      await withApi({}, async ({ raw, token }) => {
        const { send, next } = await raw(await token('server'))
        send(text)
        const answer = await next()
        expect(answer.id, 'id').to.deep.equal(requestId)
        expect(answer.error?.code ?? 0).to.equal(code)
        send('{"id":6,"method":"peer.list"}')
        expect(await next()).to.have.property('result')
      })
    })
  }

  const amounts: Record<string, unknown> = {
    'a number': 5,
    'a sign': '+5',
    'a minus': '-5',
    'a leading zero': '05',
    'a fraction': '5.0',
    'an exponent': '1e9',
    hexadecimal: '0x5',
    'a space': '5 ',
    nothing: '',
    'too many digits': '1'.repeat(100),
    'more than 128 bits': (2n ** 128n).toString(),
  }
  for (const [what, amount] of Object.entries(amounts)) {
    it(`is an amount with ${what}`, async () => {
      await withApi({}, async ({ raw, token, backend }) => {
        const { send, next } = await raw(await token('server'))
        const params = { entity: alice, peer: hub, token: ether, amount }
        send(JSON.stringify({ id: 1, method: 'payment.payPeer', params }))
        const { error } = await next()
        expect(error?.code).to.equal(-32_602)
        expect(error?.message).to.match(/^amount: /)
        expect(backend.decisions).to.be.empty
      })
    })
  }

  it('ends the connection when it is binary or too long', async () => {
    await withApi({ limits: { messageBytesMax: 1_000 } }, async ({ raw, token, client }) => {
      const text = await token('server')
      const binary = await raw(text)
      binary.send(new Uint8Array(10))
      expect(await binary.closed).to.equal(1003)
      const long = await raw(text)
      long.send('x'.repeat(1_001))
      expect(await long.closed).to.equal(1009)
      const { call } = await bound(client('read'))
      expect(await call('peer.list', {})).to.have.length(1)
    })
  })
})

/** `call` of a client, free of it. */
async function bound(client: ReturnType<Parameters<Parameters<typeof withApi>[1]>[0]['client']>) {
  const connected = await client
  return { call: connected.call.bind(connected) as typeof connected.call }
}
