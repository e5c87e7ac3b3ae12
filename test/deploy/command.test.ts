import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { factoryAddress, placementTransaction, placerAddress } from '@xln/deploy/factory.ts'
import { expect } from 'chai'
import { until } from '../node/chain/support/until.ts'
import { Stranger } from './support/command.ts'

const names = ['entityProvider', 'subcontractProvider', 'depository', 'lens'] as const

describe('xln deploy, as a stranger runs it', function () {
  this.timeout(120_000)
  const here: Stranger[] = []
  const come = async (...options: Parameters<typeof Stranger.come>) => {
    const stranger = await Stranger.come(...options)
    here.push(stranger)
    return stranger
  }
  afterEach(async () => {
    for (const stranger of here.splice(0)) await stranger.leave()
  })

  const addressesIn = (record: Record<string, unknown>) => names.map((name) => record[name])

  it('shows what it would do and cost, and sends nothing', async () => {
    const stranger = await come()
    const { code, out } = await stranger.deploy('--dry-run', '--json')
    expect(code).to.equal(0)
    const plan = JSON.parse(out) as {
      contracts: { name: string; stands: boolean; gas: string; costWei: string }[]
      gasPriceWei: string
      costWei: string
    }
    expect(plan.contracts.map(({ name }) => name)).to.deep.equal(['factory', ...names])
    expect(plan.contracts.some(({ stands }) => stands)).to.equal(false)
    for (const { gas } of plan.contracts) expect(Number(gas)).to.be.above(20_000)
    const costs = plan.contracts.map(({ costWei }) => BigInt(costWei))
    expect(BigInt(plan.costWei)).to.equal(costs.reduce((sum, cost) => sum + cost, 0n))
    expect(BigInt(plan.gasPriceWei) > 10n ** 9n).to.equal(true)
    expect(await stranger.sent(stranger.payer, 'pending')).to.equal(0)
  })

  it('comes to the addresses that it has shown, the same on another chain for another payer', async () => {
    const first = await come()
    const shown = await first.deploy('--dry-run', '--json')
    expect(await first.deploy()).to.include({ code: 0 })
    const record = await first.kept()
    const { contracts } = JSON.parse(shown.out) as { contracts: { address: string }[] }
    expect(contracts.map(({ address }) => address)).to.deep.equal([
      factoryAddress,
      ...addressesIn(record),
    ])
    const second = await come({ type: 'interval', ms: 200 }, 4_242)
    await second.useKey(3)
    expect(await second.deploy()).to.include({ code: 0 })
    expect(addressesIn(await second.kept())).to.deep.equal(addressesIn(record))
  })

  it('keeps constructor data, code hashes, compiler settings and the block', async () => {
    const stranger = await come()
    await stranger.deploy()
    const record = await stranger.kept()
    const contracts = record['contracts'] as Record<string, Record<string, unknown>>
    expect(Object.keys(contracts)).to.deep.equal([...names, 'shares', 'gate'])
    const data = String(contracts['depository']?.['constructorData'])
    for (const name of ['entityProvider', 'subcontractProvider']) {
      expect(data).to.include(String(record[name]).slice(2))
    }
    const compiler = contracts['depository']?.['compiler'] as Record<string, unknown>
    expect(compiler).to.deep.include({ solc: '0.8.37' })
    expect(compiler).to.have.nested.property('settings.optimizer.runs', 800)
    const before = Number(record['block']) - 1
    const codeAt = (block: number) =>
      stranger.chain.request('eth_getCode', [record['entityProvider'], `0x${block.toString(16)}`])
    expect(await codeAt(before)).to.equal('0x')
  })

  it('sends nothing when all stands, and finds since when for who has no record', async () => {
    const stranger = await come()
    await stranger.deploy()
    const record = await stranger.kept()
    const sent = await stranger.sent(stranger.payer)
    const again = await stranger.run(...stranger.deployWords.with(4, 'elsewhere'), '--json')
    expect(again.code).to.equal(0)
    const found = JSON.parse(again.out) as Record<string, unknown>
    expect(addressesIn(found)).to.deep.equal(addressesIn(record))
    const code = (block: number) =>
      stranger.chain.request('eth_getCode', [found['entityProvider'], `0x${block.toString(16)}`])
    expect(await code(Number(found['block']))).to.not.equal('0x')
    expect(await code(Number(found['block']) - 1)).to.equal('0x')
    expect(await stranger.sent(stranger.payer, 'pending')).to.equal(sent)
  })

  /** Kills the program while `name` is on its way. */
  async function killAt(stranger: Stranger, name: string, ...more: string[]): Promise<void> {
    const child = stranger.start(...stranger.deployWords, ...more)
    const ended = once(child, 'close')
    const isOnItsWay = async () => {
      const { payer } = stranger
      const isSent = (await stranger.sent(payer, 'pending')) > (await stranger.sent(payer))
      const record = await stranger.kept().catch(() => ({}) as Record<string, unknown>)
      return isSent && record['pending'] === name
    }
    await until(`${name} is on its way`, isOnItsWay, 60_000)
    child.kill('SIGKILL')
    await ended
  }

  for (const more of [[], ['--no-deterministic']]) {
    for (const name of ['entityProvider', 'depository']) {
      it(`killed while ${name} is on its way, goes on and sends nothing twice ${more}`, async () => {
        const stranger = await come({ type: 'interval', ms: 1_000 })
        await killAt(stranger, name, ...more)
        const again = await stranger.deploy(...more)
        expect(again.code, again.error).to.equal(0)
        const record = await stranger.kept()
        expect(record).to.not.have.property('pending')
        // The four contracts, and the money for the deterministic deployer.
        const expected = more.length === 0 ? names.length + 1 : names.length
        expect(await stranger.sent(stranger.payer, 'pending')).to.equal(expected)
      })
    }
  }

  it('refuses a payer with too little, before it sends anything', async () => {
    const stranger = await come()
    await stranger.chain.fund(stranger.payer, 10n ** 16n)
    const { code, out } = await stranger.deploy('--json')
    expect(code).to.equal(1)
    expect(JSON.parse(out)).to.have.nested.property('error.code', 'balance_insufficient')
    expect(await stranger.sent(stranger.payer, 'pending')).to.equal(0)
    const dry = await stranger.deploy('--dry-run')
    expect(dry.out).to.match(/too little\n$/)
  })

  it('refuses a chain with another id, and a network that nobody has named', async () => {
    const stranger = await come()
    await stranger.name(stranger.chain.url, 5)
    const { code, error } = await stranger.deploy()
    expect(code).to.equal(1)
    expect(error).to.include(`serves chain ${stranger.chain.chainId}, and testnet is chain 5`)
    const unknown = await stranger.run(...stranger.deployWords.with(2, 'nowhere'))
    expect(unknown.error).to.match(/^There is no network "nowhere": local, testnet are known/)
    expect(await stranger.sent(stranger.payer, 'pending')).to.equal(0)
  })

  it('says what to do where other code stands in the place of the deterministic deployer', async () => {
    const stranger = await come()
    await stranger.chain.request('hardhat_setCode', [factoryAddress, '0x60'])
    const { code, error } = await stranger.deploy()
    expect(code).to.equal(1)
    expect(error).to.match(/other code stands at its address.*--no-deterministic/)
    expect(await stranger.sent(stranger.payer, 'pending')).to.equal(0)
  })

  /** An endpoint before the chain that takes no transaction without a chain id, as Geth's may. */
  async function withStrictEndpoint(stranger: Stranger, test: () => Promise<void>): Promise<void> {
    const message = 'only replay-protected (EIP-155) transactions allowed over RPC'
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      const isRefused = body.includes(placementTransaction)
      const { id } = [JSON.parse(body)].flat()[0] as { id: number }
      const refusal = { jsonrpc: '2.0', id, error: { code: -32000, message } }
      const headers = { 'content-type': 'application/json' }
      const answer = isRefused
        ? JSON.stringify(refusal)
        : await (await fetch(stranger.chain.url, { method: 'POST', headers, body })).text()
      response.writeHead(200, headers).end(answer)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    await stranger.name(`http://127.0.0.1:${port}`, stranger.chain.chainId)
    try {
      await test()
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }

  it('pays nothing for a deterministic deployer that the chain will not take', async () => {
    const stranger = await come()
    await withStrictEndpoint(stranger, async () => {
      const { code, error } = await stranger.deploy()
      expect(code).to.equal(1)
      expect(error).to.match(/cannot be placed.*--no-deterministic/)
      expect(await stranger.chain.request('eth_getBalance', [placerAddress, 'latest'])).to.equal(
        '0x0',
      )
      expect(await stranger.sent(stranger.payer, 'pending')).to.equal(0)
      expect(await stranger.deploy('--no-deterministic')).to.include({ code: 0 })
      expect(await stranger.kept()).to.include({ deterministic: null })
    })
  })
})
