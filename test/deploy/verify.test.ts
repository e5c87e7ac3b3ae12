import { type ContractName, type CreatedName, createdBy } from '@xln/deploy/codes.ts'
import { type Deployment, deployContracts } from '@xln/deploy/contracts.ts'
import { type LocalChain, startLocalChain } from '@xln/deploy/localChain.ts'
import { type RecompiledAll, recompile } from '@xln/deploy/recompile.ts'
import { type Verification, verifyDeployment } from '@xln/deploy/verify.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { Stranger } from './support/command.ts'

describe('the comparison with recompiled contracts', function () {
  this.timeout(180_000)
  let chain: LocalChain
  let deployment: Deployment
  let recompiled: RecompiledAll
  let snapshot: string

  before(async () => {
    // First: it holds this thread for so long that connections to a chain would break off.
    recompiled = await recompile()
    chain = await startLocalChain()
    const deployerKey = chain.accounts[0]?.key ?? '0x'
    deployment = await deployContracts({ rpcUrl: chain.url, deployerKey, isDeterministic: true })
    snapshot = await chain.snapshot()
  })
  afterEach(async () => {
    await chain.revert(snapshot)
    snapshot = await chain.snapshot()
  })
  after(() => chain.stop())

  const verify = () => verifyDeployment(chain.url, deployment, () => Promise.resolve(recompiled))
  const verdictOf = ({ contracts }: Verification, name: ContractName | CreatedName) =>
    contracts.find((each) => each.name === name)

  const addressOf = (name: ContractName | CreatedName): Address | undefined =>
    ({ ...deployment, ...createdBy(deployment) })[name]

  /** Changes one byte of what stands. */
  async function alter(name: ContractName | CreatedName, at: number): Promise<void> {
    const code = await chain.request<Hex>('eth_getCode', [addressOf(name), 'latest'])
    const bytes = Buffer.from(code.slice(2), 'hex')
    const index = at < 0 ? bytes.length + at : at
    bytes[index] = (bytes[index] ?? 0) ^ 1
    await chain.request('hardhat_setCode', [addressOf(name), `0x${bytes.toString('hex')}`])
  }

  it('finds what was just deployed whole, and the sent at the addresses of their code', async () => {
    const { isWhole, misconnected, contracts } = await verify()
    expect({ isWhole, misconnected }).to.deep.equal({ isWhole: true, misconnected: null })
    expect(contracts.map(({ verdict }) => verdict)).to.deep.equal(Array(6).fill('same'))
    const places = contracts.map(({ isAtItsPlace }) => isAtItsPlace)
    expect(places).to.deep.equal([true, true, true, true, false, false])
  })

  for (const name of [
    ...(['entityProvider', 'subcontractProvider', 'depository', 'lens'] as const),
    ...(['shares', 'gate'] as const),
  ]) {
    it(`says that ${name} differs, from which byte on, and that the others do not`, async () => {
      await alter(name, 1_001)
      const verification = await verify()
      expect(verification.isWhole).to.equal(false)
      expect(verdictOf(verification, name)).to.include({
        verdict: 'different',
        at: 1_001,
        isMetadataOnly: false,
      })
      const others = verification.contracts.filter((each) => each.name !== name)
      expect(others.map(({ verdict }) => verdict)).to.deep.equal(Array(5).fill('same'))
    })
  }

  it('tells other sources or settings from other instructions', async () => {
    await alter('lens', -20)
    const found = verdictOf(await verify(), 'lens')
    expect(found).to.include({ verdict: 'different', isMetadataOnly: true })
  })

  it('says that nothing stands', async () => {
    await chain.request('hardhat_setCode', [addressOf('shares'), '0x'])
    expect(verdictOf(await verify(), 'shares')).to.include({ verdict: 'missing' })
  })

  it('finds an immutable that names another', async () => {
    const code = await chain.request<Hex>('eth_getCode', [deployment.depository, 'latest'])
    const other = code.replaceAll(deployment.entityProvider.slice(2), '11'.repeat(20))
    await chain.request('hardhat_setCode', [deployment.depository, other])
    const verification = await verify()
    expect(verdictOf(verification, 'depository')).to.include({ verdict: 'same' })
    expect(verification.isWhole).to.equal(false)
    expect(verification.misconnected).to.match(/^The Depository names 0x1111/)
  })
})

describe('xln deploy verify', function () {
  this.timeout(180_000)
  let stranger: Stranger
  beforeEach(async () => {
    stranger = await Stranger.come()
  })
  afterEach(() => stranger.leave())
  const verify = (...more: string[]) =>
    stranger.run('deploy', 'verify', '--network', 'testnet', '--addresses', 'addresses', ...more)

  it('ends with 1 and names what was altered', async () => {
    await stranger.deploy()
    const shares = createdBy((await stranger.kept()) as unknown as Deployment).shares
    await stranger.chain.request('hardhat_setCode', [shares, '0x6001'])
    const { code, out, error } = await verify()
    expect(error).to.equal('compiling …\n')
    expect(code).to.equal(1)
    expect(out).to.match(/^shares .* differs from byte \d+ on \(2 bytes, compiled \d+\)$/m)
    expect(out.match(/ the same/g)).to.have.length(5)
  })

  it('says that there is nothing to compare with', async () => {
    const { code, error } = await verify()
    expect(code).to.equal(1)
    expect(error).to.match(/holds no finished deployment/)
  })
})
