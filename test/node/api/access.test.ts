import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bearerOf, isLocalProgram } from '@xln/node/api/authorise.ts'
import { connectApi } from '@xln/node/api/client.ts'
import { createToken, listTokens, revokeToken } from '@xln/node/api/tokens.ts'
import { isLevelEnough, levels } from '@xln/shared/api/method.ts'
import { api, type MethodName } from '@xln/shared/api.ts'
import { expect } from 'chai'
import { faultOf, withApi } from './support/api.ts'
import { alice, bob, hub } from './support/memoryBackend.ts'

const config = { host: '127.0.0.1', port: 0, loopbackReads: true, requestsPerSecond: 1_000 }

describe('the levels of the API', () => {
  it('let each token do what is of its level or below, method by method', async () => {
    await withApi({}, async ({ raw, token }) => {
      for (const level of levels) {
        const { send, next, socket } = await raw(await token(level))
        for (const method of Object.keys(api) as MethodName[]) {
          const { params } = api[method].example
          send(JSON.stringify({ id: method, method, params }))
          const { error } = await next()
          const isTooLow = error?.data !== undefined && 'needs' in error.data
          const what = `${method} with a token of level ${level}`
          expect(!isTooLow, what).to.equal(isLevelEnough(level, api[method].level))
        }
        socket.close()
      }
    })
  })

  it('are checked before the parameters, of which the token learns nothing', async () => {
    await withApi({}, async ({ raw, token }) => {
      const { send, next } = await raw(await token('read'))
      send('{"id":1,"method":"channel.close","params":{"a":1}}')
      expect((await next()).error?.code).to.equal(-32_001)
    })
  })
})

describe('the scope of a token', () => {
  it('closes every other entity', async () => {
    await withApi({}, async ({ client, backend }) => {
      const scoped = await client('signer', [bob])
      const fault = await faultOf(scoped.call('channel.close', { entity: alice, peer: hub }))
      expect(fault).to.deep.equal({ code: 'out_of_scope', number: -32_001, entity: alice })
      expect((await faultOf(scoped.call('entity.getState', { entity: alice }))).code).to.equal(
        'out_of_scope',
      )
      expect(backend.decisions).to.be.empty
      await scoped.call('channel.close', { entity: bob, peer: hub })
      expect(backend.decisions).to.have.length(1)
    })
  })

  it('shows in the list of entities only its own', async () => {
    await withApi({}, async ({ client }) => {
      const idsFor = async (...scope: Parameters<typeof client>) =>
        (await (await client(...scope)).call('entity.list', {})).map(({ id }) => id)
      expect(await idsFor('read', [bob])).to.deep.equal([bob])
      expect(await idsFor('read', [])).to.deep.equal([])
      expect(await idsFor('read')).to.deep.equal([alice, bob])
    })
  })
})

describe('a token', () => {
  it('is kept as a hash, in files that only their owner reads', async () => {
    await withApi({}, async ({ token, dataDir }) => {
      const text = await token('server')
      const folder = join(dataDir, 'api', 'tokens')
      const [name = ''] = readdirSync(folder)
      const path = join(folder, name)
      expect(readFileSync(path, 'utf8')).to.not.include(text.slice(4, 20))
      expect(statSync(path).mode & 0o777).to.equal(0o600)
    })
  })

  it('opens a running node at once, and no longer when it is revoked', async () => {
    await withApi({}, async ({ dataDir, url }) => {
      const request = { level: 'read', entities: null, label: 'once' } as const
      const { text, token } = await createToken(dataDir, request)
      const client = await connectApi({ url: url(), token: text })
      expect(await listTokens(dataDir)).to.deep.equal([token])
      expect(await revokeToken(dataDir, token.id)).to.equal(true)
      expect(await revokeToken(dataDir, token.id)).to.equal(false)
      await client.closed
      const fault = await faultOf(connectApi({ url: url(), token: text }))
      expect(fault.code).to.equal('token_unknown')
    })
  })

  it('in a damaged file opens nothing and closes nothing', async () => {
    await withApi({}, async ({ dataDir, client }) => {
      const good = await client('read')
      writeFileSync(join(dataDir, 'api', 'tokens', '0123456789abcdef.json'), '{"level":"server"')
      await (await client('read')).call('peer.list', {})
      await good.call('peer.list', {})
    })
  })

  it('that is wrong is asked for ever more slowly', async () => {
    await withApi({ limits: { wrongTokensBurst: 3 } }, async ({ url, client }) => {
      await client('read')
      const codes: string[] = []
      for (let i = 0; i < 5; i++) {
        codes.push((await faultOf(connectApi({ url: url(), token: `xln_${i}` }))).code)
      }
      const [wrong, slow] = ['token_unknown', 'rate_limited']
      expect(codes).to.deep.equal([wrong, wrong, wrong, slow, slow])
    })
  })
})

describe('without a token', () => {
  it('nobody is let in', async () => {
    await withApi({}, async ({ url, http }) => {
      expect((await faultOf(connectApi({ url: url() }))).code).to.equal('token_missing')
      expect((await http('/metrics')).status).to.equal(401)
    })
  })

  it('a program of this machine may read, where the configuration says so, and only read', async () => {
    await withApi({ config }, async ({ url, backend }) => {
      const client = await connectApi({ url: url() })
      expect(await client.call('peer.list', {})).to.have.length(1)
      const close = client.call('channel.close', { entity: alice, peer: hub })
      expect((await faultOf(close)).code).to.equal('level_too_low')
      expect(backend.decisions).to.be.empty
      await client.close()
    })
  })

  it('a page in a browser of this machine is not let in', async () => {
    await withApi({ config }, async ({ raw, http }) => {
      const page = raw(undefined, { origin: 'https://evil.example' })
      expect(await page.catch((error: Error) => error.message)).to.match(/refused/)
      expect((await http('/metrics', { origin: 'https://evil.example' })).status).to.equal(401)
      expect((await http('/metrics')).status).to.equal(200)
    })
  })

  it('a wrong token is not taken for none', async () => {
    await withApi({ config }, async ({ http }) => {
      expect((await http('/metrics', { authorization: 'Basic YTpi' })).status).to.equal(401)
    })
  })
})

describe('a local program', () => {
  const from = (remoteAddress: string, host: string, origin?: string) =>
    isLocalProgram({ remoteAddress, headers: { host, origin } })

  it('comes from a loopback address, by a local name and without an origin', () => {
    expect(from('127.0.0.1', '127.0.0.1:7801')).to.equal(true)
    expect(from('::1', '[::1]:7801')).to.equal(true)
    expect(from('::ffff:127.0.0.1', 'localhost')).to.equal(true)
    expect(from('192.0.2.7', 'localhost')).to.equal(false)
    expect(from('127.0.0.1', 'rebound.example')).to.equal(false)
    expect(from('127.0.0.1', 'localhost', 'null')).to.equal(false)
    expect(from('1127.0.0.1', 'localhost')).to.equal(false)
  })
})

describe('bearerOf', () => {
  it('reads the token of a bearer header and of nothing else', () => {
    expect(bearerOf('Bearer xln_a')).to.equal('xln_a')
    expect(bearerOf('bearer  xln_a')).to.equal('xln_a')
    for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic xln_a', 'Bearer a b']) {
      expect(bearerOf(header)).to.equal(undefined)
    }
  })
})
