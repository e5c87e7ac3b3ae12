import { Gate__factory } from '@xln/shared/abi/typechain/factories/Gate__factory.ts'
import { expect } from 'chai'
import { type BatchItems, encodeBatch } from './support/depository.ts'
import { eventsOf, send } from './support/depositoryItems.ts'
import { createWorld, ethers, networkHelpers, type World } from './support/depositoryWorld.ts'
import { selectorOf } from './support/refusals/expect.ts'

/**
 * Whoever relays a batch chooses the gas, and a collection chooses how much of its grant it burns. For every
 * amount of gas a withdrawal through the Gate is judged by what the collection did, or the batch reverts.
 */

const PLENTY = 16_000_000
const STEP = 40_000
const modes = { honest: 0, burnsGas: 4 }
const answers = { truth: 0, burnsGas: 3 }

async function withCollection(mode: number, answer: number) {
  const world = await createWorld()
  const gate = Gate__factory.connect(await world.depository.gate(), world.payer)
  const trick = await ethers.deployContract('TrickAsset')
  const collection = await trick.getAddress()
  await trick.mint(world.payer.address, 7n, 20n)
  await gate.depositErc1155(world.left.id, collection, 7n, 20n)
  await trick.setMode(mode)
  await trick.setAnswer(answer)
  const token = await gate.tokenIdOf(3, collection, 7n)
  const items = { withdrawals: [{ token, to: world.payer.address, amount: 5n }] }
  return { world, items }
}

/** What is left of a batch with so much gas: its events, or the error that reverted it. */
async function outcomeOf(world: World, items: BatchItems, gasLimit: number): Promise<string> {
  try {
    const events = await eventsOf(world, send(world, world.left, items, { gasLimit }))
    return JSON.stringify(events, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
  } catch {
    return 'reverted'
  }
}

describe('A withdrawal through the Gate', () => {
  it('is skipped for what the collection did, when it burns all that it is granted', async () => {
    const { world, items } = await withCollection(modes.burnsGas, answers.burnsGas)
    const { depository, left } = world
    const nonce = await depository.batchNonce(left.id)
    expect(await eventsOf(world, send(world, left, items))).to.deep.equal([
      ['BatchProcessed', left.id, nonce, ethers.keccak256(encodeBatch(items))],
      ['BatchItemSkipped', left.id, nonce, 0n, selectorOf(world, 'TransferFailed')],
    ])
  })

  for (const [name, mode, answer] of [
    ['an honest collection', modes.honest, answers.truth],
    ['one that burns its gas', modes.burnsGas, answers.burnsGas],
  ] as const) {
    it(`does with any gas what it does with plenty, or reverts: ${name}`, async () => {
      const { world, items } = await withCollection(mode, answer)
      const snapshot = await networkHelpers.takeSnapshot()
      const expected = await outcomeOf(world, items, PLENTY)
      const seen = new Set<string>()
      for (let gasLimit = 60_000; gasLimit < 1_500_000; gasLimit += STEP) {
        await snapshot.restore()
        seen.add(await outcomeOf(world, items, gasLimit))
      }
      expect([...seen].sort()).to.deep.equal([expected, 'reverted'].sort())
    })
  }
})
