import { deployTestToken, mintTestToken } from '@xln/deploy/testToken.ts'
import type { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { ChainReader } from '@xln/node/shell/chain/reader.ts'
import { Wallet } from '@xln/node/shell/chain/wallet.ts'
import { erc20TokenId, etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { parseId, type TokenId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { Desk } from './support/submit.ts'
import { chainHead, openEndpoints, RICH, startWorld, type World } from './support/world.ts'

describe('wallet', function () {
  this.timeout(60_000)
  let world: World
  let endpoints: Endpoints
  let desk: Desk
  let wallet: Wallet

  before(async () => {
    world = await startWorld()
    endpoints = openEndpoints(world)
    const { carol, domain } = world
    desk = new Desk(world, endpoints, carol)
    const { submitter } = desk
    wallet = new Wallet({ endpoints, contracts: domain, submitter, address: carol.address })
  })
  after(async () => {
    await desk.submitter.stop()
    endpoints.close()
    await world.close()
  })

  async function reservesOf(entity = world.carol.entity) {
    const reader = new ChainReader({ endpoints, contracts: world.domain, fromBlock: 1 })
    const { reserves } = await reader.readEntity(entity, await chainHead(world))
    return new Map(reserves.map(({ token, reserve }) => [token, reserve]))
  }

  it('deposits ether into the reserve of an entity', async () => {
    const before = await wallet.balanceOf(etherTokenId)
    await wallet.deposit(world.carol.entity, etherTokenId, 7n)
    expect((await reservesOf()).get(etherTokenId)).to.equal(7n)
    expect(await wallet.balanceOf(etherTokenId)).to.be.lessThan(before - 7n)
  })

  it('deposits an ERC-20 that is allowed already', async () => {
    const { token, bob } = world
    await wallet.deposit(bob.entity, token.id, 5n)
    expect((await reservesOf(bob.entity)).get(token.id)).to.equal(5n)
    expect(await wallet.balanceOf(token.id)).to.equal(RICH - 5n)
  })

  it('allows an ERC-20 first when that is needed, no more than is deposited', async () => {
    const { chain, carol } = world
    const [deployer] = chain.accounts
    const keys = { rpcUrl: chain.url, deployerKey: deployer?.key ?? '0x' } as const
    const address = await deployTestToken({ ...keys, name: 'Other', symbol: 'OTH' })
    await mintTestToken(keys, address, carol.address, 100n)
    const token = erc20TokenId(address)
    await wallet.deposit(carol.entity, token, 60n)
    await wallet.deposit(carol.entity, token, 40n)
    expect((await reservesOf()).get(token)).to.equal(100n)
    expect(await wallet.balanceOf(token)).to.equal(0n)
  })

  it('says what the contract refuses, and that other kinds of token are not taken', async () => {
    const zero = await wallet.deposit(world.carol.entity, etherTokenId, 0n).catch((e) => e)
    expect(zero).to.have.nested.property('fault.error.name', 'AmountZero')
    const strange = parseId<TokenId>(`0x02${'00'.repeat(30)}01`)
    const refused = await wallet.deposit(world.carol.entity, strange, 1n).catch((e) => e)
    expect(refused).to.have.nested.property('fault.code', 'token_unsupported')
    const empty = erc20TokenId(world.carol.address)
    const nobody = await wallet.balanceOf(empty).catch((e) => e)
    expect(nobody).to.have.nested.property('fault.code', 'address_empty')
  })
})
