import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type LocalChain, startLocalChain } from '@xln/deploy/localChain.ts'
import { expect } from 'chai'
import { until } from '../node/chain/support/until.ts'

interface Block {
  readonly number: string
  readonly timestamp: string
  readonly hash: string
}

describe('local chain', function () {
  this.timeout(60_000)
  let chain: LocalChain | undefined

  afterEach(async () => {
    await chain?.stop()
    chain = undefined
  })

  const latest = (of: LocalChain) => of.request<Block>('eth_getBlockByNumber', ['latest', false])
  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0)
      return true
    } catch {
      return false
    }
  }

  it('answers when it has started, and is gone when it has stopped', async () => {
    chain = await startLocalChain({ chainId: 4_242 })
    expect(await chain.request('eth_chainId')).to.equal('0x1092')
    const { pid = 0, url } = chain
    expect(isAlive(pid)).to.equal(true)
    await chain.stop()
    await chain.stop()
    expect(isAlive(pid)).to.equal(false)
    const answer = await fetch(url, { method: 'POST', body: '{}' }).catch(() => 'nobody')
    expect(answer).to.equal('nobody')
  })

  it('takes the port that it is given, and says so when that is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const refused = await startLocalChain({ port }).catch((error: Error) => error)
    expect(refused).to.be.instanceOf(Error).and.have.property('message').that.includes('EADDRINUSE')
    holder.close()
    await once(holder, 'close')
    chain = await startLocalChain({ port })
    expect(chain.url).to.equal(`http://127.0.0.1:${port}`)
  })

  it('starts with rich accounts whose keys are given', async () => {
    chain = await startLocalChain({ accounts: 3 })
    expect(chain.accounts.length).to.equal(3)
    for (const { address } of chain.accounts) {
      const balance = BigInt(await chain.request<string>('eth_getBalance', [address, 'latest']))
      expect(balance).to.equal(10_000n * 10n ** 18n)
    }
    await chain.fund(`0x${'11'.repeat(20)}`, 5n)
    const given = await chain.request('eth_getBalance', [`0x${'11'.repeat(20)}`, 'latest'])
    expect(given).to.equal('0x5')
  })

  it('mines at an interval without running ahead of the time', async () => {
    chain = await startLocalChain({ mining: { type: 'interval', ms: 20 } })
    const running = chain
    await until('there are 30 blocks', async () => Number((await latest(running)).number) >= 30)
    const { timestamp } = await latest(chain)
    expect(Number(timestamp)).to.be.at.most(Date.now() / 1_000 + 1)
  })

  it('mines only what it is told when mining is manual', async () => {
    chain = await startLocalChain({ mining: { type: 'manual' } })
    const [from, to] = chain.accounts.map(({ address }) => address)
    await chain.request('eth_sendTransaction', [{ from, to, value: '0x1' }])
    expect(Number((await latest(chain)).number)).to.equal(0)
    await chain.mine(3)
    expect(Number((await latest(chain)).number)).to.equal(3)
  })

  it('moves its clock forward, and goes on from there', async () => {
    chain = await startLocalChain()
    const before = Number((await latest(chain)).timestamp)
    await chain.advanceTime(86_400)
    const after = Number((await latest(chain)).timestamp)
    expect(after - before).to.be.within(86_400, 86_410)
    await chain.mine()
    expect(Number((await latest(chain)).timestamp)).to.be.at.least(after)
  })

  it('goes back to a snapshot, from where another history begins', async () => {
    chain = await startLocalChain()
    const [from, to] = chain.accounts.map(({ address }) => address)
    await chain.mine(2)
    const snapshot = await chain.snapshot()
    await chain.mine(1)
    const old = await latest(chain)
    await chain.revert(snapshot)
    await chain.request('eth_sendTransaction', [{ from, to, value: '0x1' }])
    const other = await latest(chain)
    expect(other.number).to.equal(old.number)
    expect(other.hash).to.not.equal(old.hash)
  })

  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
    it(`ends when the process that started it is ended by ${signal}`, async () => {
      const script = fileURLToPath(new URL('support/startChain.ts', import.meta.url))
      const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [said] = (await once(parent.stdout, 'data')) as [Buffer]
      const pid = Number(said.toString())
      expect(isAlive(pid)).to.equal(true)
      parent.kill(signal)
      await once(parent, 'close')
      await until('the chain is gone', () => !isAlive(pid))
    })
  }
})
