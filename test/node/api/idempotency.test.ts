import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectApi } from '@xln/node/api/client.ts'
import { KeyStore } from '@xln/node/api/keyStore.ts'
import { expect } from 'chai'
import { faultOf, until, withApi } from './support/api.ts'
import { alice, ether, hub } from './support/memoryBackend.ts'

const payment = { entity: alice, peer: hub, token: ether, amount: 5n }

describe('the same key', () => {
  it('brings the same answer, and what was asked for happens once', async () => {
    await withApi({}, async ({ client, backend }) => {
      const { call } = await bound(client('entity'))
      const first = await call('payment.payPeer', { ...payment, key: 'k' })
      const second = await call('payment.payPeer', { ...payment, key: 'k' })
      expect(second).to.deep.equal(first)
      expect(backend.decisions).to.have.length(1)
      await call('payment.payPeer', { ...payment, key: 'other' })
      await call('payment.payPeer', payment)
      expect(backend.decisions).to.have.length(3)
    })
  })

  it('brings the same refusal, though it would be taken now', async () => {
    await withApi({}, async ({ client, backend }) => {
      const { call } = await bound(client('entity'))
      backend.verdict = () => Promise.resolve({ code: 'settling' })
      const ask = () => faultOf(call('payment.payPeer', { ...payment, key: 'k' }))
      const first = await ask()
      backend.verdict = () => Promise.resolve(null)
      expect(await ask()).to.deep.equal(first)
      expect(backend.decisions).to.have.length(1)
    })
  })

  it('waits for the answer of a request that is under way', async () => {
    await withApi({}, async ({ client, backend }) => {
      const { call } = await bound(client('entity'))
      let decided: (reason: null) => void = () => undefined
      backend.verdict = () =>
        new Promise((resolve) => {
          decided = resolve
        })
      const both = [1, 2].map(() => call('payment.payPeer', { ...payment, key: 'k' }))
      await until(() => backend.decisions.length === 1)
      decided(null)
      expect(await Promise.all(both)).to.deep.equal([{ accepted: true }, { accepted: true }])
      expect(backend.decisions).to.have.length(1)
    })
  })

  it('brings the same answer after a restart', async () => {
    await withApi({}, async ({ token, url, backend, restart }) => {
      const text = await token('entity')
      const ask = async () => {
        const client = await connectApi({ url: url(), token: text })
        const state = await client.call('depository.transfer', {
          ...{ entity: alice, token: ether, to: hub, amount: 5n },
          key: 'k',
        })
        await client.close()
        return state
      }
      const first = await ask()
      await restart()
      expect(await ask()).to.deep.equal(first)
      expect(backend.decisions).to.have.length(1)
    })
  })

  it('is never tried again when the node stopped in the middle', async () => {
    await withApi({}, async ({ token, url, backend, restart }) => {
      const text = await token('entity')
      const client = await connectApi({ url: url(), token: text })
      backend.verdict = () => new Promise(() => undefined)
      const cut = faultOf(client.call('payment.payPeer', { ...payment, key: 'k' }))
      await until(() => backend.decisions.length === 1)
      await restart()
      expect((await cut).code).to.equal('connection_lost')
      backend.verdict = () => Promise.resolve(null)
      const again = await connectApi({ url: url(), token: text })
      const fault = await faultOf(again.call('payment.payPeer', { ...payment, key: 'k' }))
      expect(fault).to.deep.equal({ code: 'outcome_unknown', number: -32_005, key: 'k' })
      expect(backend.decisions).to.have.length(1)
      await again.close()
    })
  })

  it('of another request is refused', async () => {
    await withApi({}, async ({ client, backend }) => {
      const { call } = await bound(client('entity'))
      await call('payment.payPeer', { ...payment, key: 'k' })
      const faults = [
        await faultOf(call('payment.payPeer', { ...payment, amount: 6n, key: 'k' })),
        await faultOf(call('channel.collateralise', { ...payment, key: 'k' })),
      ]
      expect(faults.map(({ code }) => code)).to.deep.equal(['key_reused', 'key_reused'])
      expect(backend.decisions).to.have.length(1)
    })
  })

  it('of another token is another key', async () => {
    await withApi({}, async ({ client, backend }) => {
      for (let i = 0; i < 2; i++) {
        await (await client('entity')).call('payment.payPeer', { ...payment, key: 'k' })
      }
      expect(backend.decisions).to.have.length(2)
    })
  })

  it('is not used up by a request that is not let through', async () => {
    await withApi({}, async ({ client, raw, token }) => {
      const reader = await client('read')
      await faultOf(reader.call('payment.payPeer', { ...payment, key: 'k' }))
      const { send, next } = await raw(await token('entity'))
      const params = { ...payment, amount: 'x', key: 'k' }
      send(JSON.stringify({ id: 1, method: 'payment.payPeer', params }))
      expect((await next()).error?.code).to.equal(-32_602)
      send(JSON.stringify({ id: 2, method: 'payment.payPeer', params: { ...params, amount: '5' } }))
      expect(await next()).to.deep.equal({ id: 2, result: { accepted: true } })
    })
  })

  it('may be used by many requests at once, each with its own', async () => {
    await withApi({}, async ({ client, backend }) => {
      const { call } = await bound(client('entity'))
      const keys = Array.from({ length: 500 }, (_, i) => `k${i}`)
      await Promise.all(keys.map((key) => call('payment.payPeer', { ...payment, key })))
      await Promise.all(keys.map((key) => call('payment.payPeer', { ...payment, key })))
      expect(backend.decisions).to.have.length(500)
    })
  })
})

describe('the store of keys', () => {
  let dataDir = ''
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'xln-keys-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))

  it('forgets the oldest keys of a token that has many, but none younger than an hour', async () => {
    let now = 0
    const options = { keysMax: 3, keptMs: 10, now: () => now }
    const store = await KeyStore.open(dataDir, new Set(), options)
    for (const key of ['a', 'b', 'c']) {
      expect(await store.begin('t', key, 'f')).to.be.an('object')
      now += 2
    }
    expect(await store.begin('t', 'd', 'f')).to.equal(4)
    expect(await store.begin('u', 'd', 'f')).to.be.an('object')
    now = 12
    expect(await store.begin('t', 'd', 'f')).to.be.an('object')
    const kept = await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.get('t', key)))
    expect(kept.map((record) => record !== undefined)).to.deep.equal([false, false, true, true])
    await store.close()
  })

  it('stays within its bound however many ask at once', async () => {
    let now = 0
    const store = await KeyStore.open(dataDir, new Set(), {
      keysMax: 50,
      keptMs: 10,
      now: () => now,
    })
    const fill = async (round: number) => {
      const asked = Array.from({ length: 80 }, (_, i) => store.begin('t', `${round}-${i}`, 'f'))
      const answers = await Promise.all(asked)
      return answers.filter((answer) => typeof answer === 'object').length
    }
    const taken: number[] = []
    for (let round = 0; round < 4; round++) {
      taken.push(await fill(round))
      now += 10
    }
    expect(taken).to.deep.equal([50, 50, 50, 50])
    await store.close()
  })

  it('opens with what it held, but for the keys of tokens that are gone', async () => {
    const first = await KeyStore.open(dataDir, new Set())
    for (const token of ['t', 'tt', 'u']) {
      const record = await first.begin(token, 'k/~', 'f')
      if (typeof record === 'object') await first.end(token, 'k/~', record, '"result":1')
    }
    await first.close()
    const second = await KeyStore.open(dataDir, new Set(['t', 'u']))
    const kept = await Promise.all(['t', 'tt', 'u'].map((token) => second.get(token, 'k/~')))
    expect(kept.map((record) => record?.answer)).to.deep.equal([
      '"result":1',
      undefined,
      '"result":1',
    ])
    await second.close()
  })
})

async function bound(client: ReturnType<Parameters<Parameters<typeof withApi>[1]>[0]['client']>) {
  const connected = await client
  return { call: connected.call.bind(connected) as typeof connected.call }
}
