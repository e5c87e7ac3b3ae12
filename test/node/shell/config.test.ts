import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeConfigOf } from '@xln/node/shell/config/config.ts'
import { ConfigError } from '@xln/node/shell/config/faults.ts'
import { loadSettings } from '@xln/node/shell/config/load.ts'
import { configTemplate, withDeployment } from '@xln/node/shell/config/template.ts'
import { erc20TokenId, etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { parseAddress } from '@xln/shared/ids.ts'
import { expect } from 'chai'

const address = (byte: string) => parseAddress(`0x${byte.repeat(20)}`)
const deployment = {
  chainId: 31_337,
  block: 5,
  entityProvider: address('e0'),
  subcontractProvider: address('50'),
  depository: address('de'),
}
const password = () => Promise.resolve('')

describe('the settings', () => {
  let dataDir = ''
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'xln-config-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))

  const load = (
    yaml: string,
    environment: Record<string, string> = {},
    flags: Record<string, string> = {},
  ) => {
    writeFileSync(join(dataDir, 'xln.yaml'), yaml)
    return loadSettings({ dataDir, environment, flags })
  }
  const faultOf = async (promise: Promise<unknown>) => {
    const error: unknown = await promise.catch((caught: unknown) => caught)
    if (error instanceof ConfigError) return error.fault
    throw new Error(`not a fault of the configuration: ${String(error)}`)
  }

  it('are complete when nothing is said', async () => {
    const settings = await load('')
    expect(settings).to.deep.include({
      rpcUrls: [],
      deployment: null,
      confirmations: 12,
      pollMs: 1_000,
      listen: { host: '0.0.0.0', port: 7800 },
      api: { host: '127.0.0.1', port: 7801, loopbackReads: false, requestsPerSecond: 2_000 },
      peers: [],
      log: { level: 'info', format: 'human' },
      keystorePath: join(dataDir, 'keystore.json'),
      passwordFile: null,
    })
    expect([...settings.tokens]).to.deep.equal([['ether', { token: etherTokenId, decimals: 18 }]])
  })

  it('take an address without quotes for what it is, not for a number', async () => {
    const {
      deployment: found,
      tokens,
      names,
      peers,
    } = await load(`
chain:
  chainId: 31337
  block: 5
  entityProvider: ${deployment.entityProvider}
  subcontractProvider: ${deployment.subcontractProvider}
  depository: ${deployment.depository}
tokens: { USDC: { address: 0x${'A0'.repeat(20)}, decimals: 6 } }
names: { hub: 0x${'4b'.repeat(32)} }
peers: [{ url: ws://127.0.0.1:1, server: ${address('5e')} }]
`)
    expect(found).to.deep.equal(deployment)
    expect(tokens.get('USDC')).to.deep.equal({ token: erc20TokenId(address('a0')), decimals: 6 })
    expect(names.get('hub')).to.equal(`0x${'4b'.repeat(32)}`)
    expect(peers).to.deep.equal([{ url: 'ws://127.0.0.1:1', server: address('5e') }])
  })

  it('come from the file, over it the environment, over that the flags', async () => {
    const yaml = 'chain: { confirmations: 1 }\nlog: { level: warn }'
    expect((await load(yaml)).confirmations).to.equal(1)
    const environment = { XLN_CONFIRMATIONS: '2', XLN_LOG_LEVEL: '', XLN_RPC: 'http://a, http://b' }
    const over = await load(yaml, environment)
    expect(over).to.deep.include({ confirmations: 2, rpcUrls: ['http://a', 'http://b'] })
    expect(over.log.level).to.equal('warn')
    const flags = { confirmations: '3', listen: 'none', 'api-listen': '[::1]:0' }
    const flagged = await load(yaml, environment, flags)
    expect(flagged).to.include({ confirmations: 3, listen: null })
    expect(flagged.api).to.include({ host: '::1', port: 0 })
  })

  it('take a path in the file from the folder, and elsewhere from where the user is', async () => {
    expect((await load('passwordFile: secret')).passwordFile).to.equal(join(dataDir, 'secret'))
    const { passwordFile } = await load('', { XLN_PASSWORD_FILE: 'secret' })
    expect(passwordFile).to.equal(join(process.cwd(), 'secret'))
  })

  const invalid: Record<string, string> = {
    'an unknown name': 'chian: {}',
    'a list': '- a',
    'a text': 'hello',
    'no YAML': 'a: [',
    'a name twice': 'listen: none\nlisten: none',
    'a part of a deployment': 'chain: { chainId: 1 }',
    'a port that is too large': 'listen: 0.0.0.0:65536',
    'no host': 'listen: ":80"',
    'no URL': 'chain: { rpc: [localhost] }',
    'a negative number': 'chain: { confirmations: -1 }',
    'a fraction': 'chain: { pollMs: 1.5 }',
    'an address that is too short': 'tokens: { A: { address: 0x12, decimals: 6 } }',
    'an unknown level': 'log: { level: loud }',
    'a flag that is none': 'api: { loopbackReads: maybe }',
  }
  for (const [what, yaml] of Object.entries(invalid)) {
    it(`are refused, with the place, for ${what}`, async () => {
      const fault = await faultOf(load(yaml))
      expect(fault).to.include({ code: 'config_invalid', source: join(dataDir, 'xln.yaml') })
    })
  }

  it('name the variable that is wrong', async () => {
    const fault = await faultOf(load('', { XLN_POLL_MS: 'soon' }))
    expect(fault).to.have.property('source').that.includes('XLN_POLL_MS')
  })

  it('are missing where there is no file, unless that may be', async () => {
    const options = { dataDir: join(dataDir, 'none'), environment: {}, flags: {} }
    expect(await faultOf(loadSettings(options))).to.have.property('code', 'config_missing')
    expect(await loadSettings({ ...options, mayBeMissing: true })).to.have.property('pollMs', 1_000)
  })

  it('are not enough for a node without contracts or a chain', async () => {
    const empty = await load('')
    expect(() => nodeConfigOf(empty, password)).to.throw(/"chain" is not set/)
    const text = withDeployment('chain:\n', deployment, [])
    const noRpc = await load(text)
    expect(() => nodeConfigOf(noRpc, password)).to.throw(/"chain.rpc" is not set/)
  })

  it('survive being written as a new configuration, with the addresses that are deployed', async () => {
    const environment = {
      XLN_RPC: 'http://127.0.0.1:8545,https://a.example/"key"#x',
      XLN_LISTEN: '[::1]:1',
      XLN_API_LISTEN: '0.0.0.0:2',
      XLN_LOG_FORMAT: 'json',
      XLN_PASSWORD_FILE: '/a: b/"c"',
    }
    const settings = await load('', environment)
    const text = configTemplate(settings)
    expect(await load(text)).to.deep.equal(settings)
    const deployed = withDeployment(text, deployment, [])
    expect(await load(deployed)).to.deep.equal({ ...settings, deployment })
    expect(deployed).to.include('# Blocks on top of one')
    expect(withDeployment(deployed, deployment, [])).to.equal(deployed)
  })

  it('written for nobody in particular are as when nothing is said', async () => {
    const settings = await load('')
    expect(await load(configTemplate(settings))).to.deep.equal(settings)
    const rpc = ['http://127.0.0.1:8545']
    const deployed = await load(withDeployment(configTemplate(settings), deployment, rpc))
    expect(deployed).to.deep.include({ deployment, rpcUrls: rpc })
  })
})
