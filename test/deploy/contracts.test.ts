import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { readAddresses, readDeployment, writeAddresses } from '@xln/deploy/addresses.ts'
import { type ContractName, type CreatedName, createdBy, creators } from '@xln/deploy/codes.ts'
import { type Deployment, deployContracts, type PartialDeployment } from '@xln/deploy/contracts.ts'
import { type LocalChain, startLocalChain } from '@xln/deploy/localChain.ts'
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { IEntityProvider__factory } from '@xln/shared/abi/typechain/factories/interfaces/IEntityProvider__factory.ts'
import { IGate__factory } from '@xln/shared/abi/typechain/factories/interfaces/IGate__factory.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import { sharesOf } from '@xln/shared/entity/shares.ts'
import type { Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'

const main = fileURLToPath(new URL('../../deploy/main.ts', import.meta.url))

describe('deployment', function () {
  this.timeout(60_000)
  let chain: LocalChain
  let directory: string
  let deployerKey: Hex

  beforeEach(async () => {
    chain = await startLocalChain()
    deployerKey = chain.accounts[0]?.key ?? '0x'
    directory = await mkdtemp(join(tmpdir(), 'xln-deploy-'))
  })
  afterEach(async () => {
    await chain.stop()
    await rm(directory, { recursive: true })
  })

  const deploy = (known?: PartialDeployment, stopAfter = Number.POSITIVE_INFINITY) => {
    let reports = 0
    return deployContracts({
      rpcUrl: chain.url,
      deployerKey,
      ...(known && { known }),
      onProgress: async (sofar) => {
        if (reports === stopAfter) throw new Error('interrupted')
        reports += 1
        await writeAddresses(sofar, directory)
      },
    })
  }

  async function ask(deployment: Deployment, name: 'entityProvider' | 'secretRegistry') {
    const depository = IDepository__factory.createInterface()
    const data = depository.encodeFunctionData(name as 'entityProvider')
    const call = { to: deployment.depository, data }
    const answer = await chain.request<string>('eth_call', [call, 'latest'])
    return depository.decodeFunctionResult(name as 'entityProvider', answer)[0].toLowerCase()
  }

  /** Runs the program and gives what it says and how it ends. */
  async function run(...args: string[]) {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk
    })
    const [code] = (await once(child, 'close')) as [number]
    return { code, output, errors }
  }

  it('puts the contracts on the chain, the Depository with those that it names', async () => {
    const deployment = await deploy()
    expect(deployment.chainId).to.equal(chain.chainId)
    expect(deployment.block).to.equal(1)
    expect(await ask(deployment, 'entityProvider')).to.equal(deployment.entityProvider)
    expect(await ask(deployment, 'secretRegistry')).to.equal(deployment.subcontractProvider)
    expect(await readDeployment(chain.chainId, directory)).to.deep.equal(deployment)
  })

  it('finds the Gate that the Depository made, which serves it alone', async () => {
    const { depository } = await deploy()
    const gate = gateOf(depository)
    const abi = IGate__factory.createInterface()
    const call = { to: gate, data: abi.encodeFunctionData('depository') }
    const answer = await chain.request<string>('eth_call', [call, 'latest'])
    expect(abi.decodeFunctionResult('depository', answer)[0].toLowerCase()).to.equal(depository)
  })

  for (const [name, creator] of Object.entries(creators) as [CreatedName, ContractName][]) {
    it(`refuses a deployment whose ${name} is another`, async () => {
      const deployment = await deploy()
      const address = createdBy(deployment)[name]
      await chain.request('hardhat_setCode', [address, '0x60'])
      const error = await deploy(deployment).catch((e: Error) => e.message)
      expect(error).to.equal(`What is at ${address} is not the ${name} that the ${creator} makes.`)
    })
  }

  it('knows where the EntityProvider has its Shares', async () => {
    const { entityProvider } = await deploy()
    const abi = IEntityProvider__factory.createInterface()
    const call = { to: entityProvider, data: abi.encodeFunctionData('shares') }
    const answer = await chain.request<string>('eth_call', [call, 'latest'])
    const shares = abi.decodeFunctionResult('shares', answer)[0].toLowerCase()
    expect(sharesOf(entityProvider)).to.equal(shares)
  })

  it('deploys nothing again that stands already', async () => {
    const deployment = await deploy()
    const blocks = await chain.request('eth_blockNumber')
    expect(await deploy(deployment)).to.deep.equal(deployment)
    expect(await chain.request('eth_blockNumber')).to.equal(blocks)
  })

  // Each contract is reported twice: before it is sent and when it stands.
  for (const stopAfter of [0, 1, 2, 3, 4, 5, 6, 7]) {
    it(`takes up again what was interrupted after report ${stopAfter}`, async () => {
      const interrupted = await deploy(undefined, stopAfter).catch((error: Error) => error.message)
      expect(interrupted).to.equal('interrupted')
      const known = await readAddresses(chain.chainId, directory)
      // With the Depository it can be used: only the Lens is missing then.
      const usable = (await readDeployment(chain.chainId, directory)) !== undefined
      expect(usable).to.equal(stopAfter === 6)
      const deployment = await deploy(known)
      expect(await chain.request('eth_blockNumber')).to.equal('0x4')
      expect(await ask(deployment, 'entityProvider')).to.equal(deployment.entityProvider)
    })
  }

  it('refuses addresses of another chain', async () => {
    const error = await deploy({ chainId: 1 }).catch((e: Error) => e.message)
    expect(error).to.equal(`The endpoint serves chain ${chain.chainId}, not 1.`)
  })

  it('is done by a program of its own, which prints the addresses and keeps them', async () => {
    const keyFile = join(directory, 'key')
    await writeFile(keyFile, `${deployerKey}\n`, { mode: 0o600 })
    const args = ['--rpc', chain.url, '--key-file', keyFile, '--write', '--directory', directory]
    const first = await run(...args)
    expect(first.errors).to.equal('')
    expect(first.code).to.equal(0)
    const deployment = JSON.parse(first.output) as Deployment
    expect(await ask(deployment, 'entityProvider')).to.equal(deployment.entityProvider)
    const kept = JSON.parse(await readFile(join(directory, `${chain.chainId}.json`), 'utf8'))
    expect(kept).to.deep.equal(deployment)
    const second = await run(...args)
    expect(JSON.parse(second.output)).to.deep.equal(deployment)
    expect(await chain.request('eth_blockNumber')).to.equal('0x4')
  })

  it('says in one line what is missing or wrong', async () => {
    expect(await run()).to.deep.include({ code: 1, output: '' })
    const nobody = await run('--rpc', 'http://127.0.0.1:9', '--key-file', main)
    expect(nobody.code).to.equal(1)
    expect(nobody.errors.trim().split('\n').length).to.equal(1)
  })
})
