import { IArrivals__factory } from '@xln/shared/abi/typechain/factories/interfaces/IArrivals__factory.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import { assetTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { watch } from './support/recorder.ts'
import { act, chainHead, openEndpoints, startWorld, type World } from './support/world.ts'

/** To a node a collectible is a token like any other: its id comes with the Depository's own events. */
describe('a collectible', function () {
  this.timeout(60_000)
  let world: World

  before(async () => {
    world = await startWorld()
  })
  after(() => world.close())

  /** An arrival, as the Gate tells the Depository of it: no collection stands behind this one. */
  async function arrive(token: string): Promise<void> {
    const { chain, domain, alice } = world
    const gate = gateOf(domain.depository)
    await chain.fund(gate, 10n ** 18n)
    await chain.request('hardhat_impersonateAccount', [gate])
    // The end alone: the lock that its beginning would take is gone with that transaction.
    const abi = IArrivals__factory.createInterface()
    const data = abi.encodeFunctionData('endArrival', [alice.entity, token, 1n])
    const sent = { from: gate, to: domain.depository, data, gas: '0x100000' }
    await chain.request('eth_sendTransaction', [sent])
  }

  it('is seen in a reserve, in another, and in a channel', async () => {
    const { alice, bob } = world
    const token = assetTokenId('erc721', `0x${'77'.repeat(20)}` as Address, 5n)
    const endpoints = openEndpoints(world)
    const { watcher, seen } = await watch(world, { endpoints, confirmations: 0 })
    await arrive(token)
    await act(world, alice, { transfers: [{ token, to: bob.entity, amount: 1n }] })
    const topUps = [{ peer: alice.entity, amount: 1n }]
    await act(world, bob, { fundings: [{ token, receiver: bob.entity, topUps }] })
    await seen.reach(await chainHead(world))
    await watcher.stop()
    endpoints.close()

    const told = seen.plain.filter((event) => 'token' in event && event.token === token)
    const left = told.flatMap((event) =>
      event.type === 'reserveUpdated' ? [[event.entity, event.reserve]] : [],
    )
    expect(left).to.deep.equal([
      [alice.entity, 1n],
      [alice.entity, 0n],
      [bob.entity, 1n],
      [bob.entity, 0n],
    ])
    const held = told.flatMap((event) =>
      event.type === 'channelUpdated' ? [event.collateral] : [],
    )
    expect(held).to.deep.equal([1n])
  })
})
