import { Shares__factory } from '@xln/shared/abi/typechain/factories/Shares__factory.ts'
import { id, MaxUint256, Wallet } from 'ethers'
import { boardOf, hashBoard, registered, seat } from './support/boards.ts'
import { createWorld, ethers, farAway, gasOf, networkHelpers } from './support/depositoryWorld.ts'
import { holdFigures } from './support/gasSnapshot.ts'

/** What shares cost: whole transactions of the production build, with boards of one wallet. */

const DELAY = 7n * 86_400n

/** Holders who pay for themselves: the first accounts of the chain. */
async function createCompany() {
  const world = await createWorld()
  const { entityProvider, payer } = world
  const shares = Shares__factory.connect(await entityProvider.shares(), payer)
  const [, ann, bob, cid] = await ethers.getSigners()
  if (ann === undefined || bob === undefined || cid === undefined) throw new Error('no signers')
  await entityProvider.register({ threshold: 1n, members: [seat(payer.address)] })
  const next = boardOf([new Wallet(id('next'))], 1)
  await entityProvider.checkBoard(next)
  const [entity, controlId] = [registered(1), 2n]
  return { ...world, shares, ann, bob, cid, entity, controlId, next: hashBoard(next) }
}

async function measure(): Promise<Record<string, number>> {
  const world = await createCompany()
  const { shares, ann, bob, cid, entity, controlId, depository, tokenId } = world
  const used: Record<string, number> = {}
  const allotments = [ann, bob, cid].map(({ address }) => ({
    to: address,
    control: 40n,
    dividend: 4n,
  }))
  used['issuing shares to 3 holders'] = await gasOf(
    shares.issue(entity, DELAY, allotments, farAway, '0x'),
  )
  const give = (value: bigint, shareId: bigint) =>
    gasOf(shares.connect(ann).safeTransferFrom(ann.address, bob.address, shareId, value, '0x'))
  used['giving control shares'] = await give(5n, controlId)
  used['giving dividend shares'] = await give(1n, controlId + 1n)

  const pot = await shares.potOf(entity)
  const source = { entity, depository: await depository.getAddress(), token: tokenId }
  const payIn = () => depository.deposit(pot, tokenId, 1_000n)
  const take = async () => {
    const home = await world.entityProvider.soleEntity(bob.address)
    return gasOf(shares.connect(bob).takeDividend(source, bob.address, home, MaxUint256))
  }
  await payIn()
  await gasOf(shares.reportDividend(source))
  await take()
  await payIn()
  used['reporting a dividend'] = await gasOf(shares.reportDividend(source))
  used['taking a dividend'] = await take()

  used['voting'] = await gasOf(shares.connect(ann).vote(entity, world.next, 35n))
  used['the vote that decides'] = await gasOf(shares.connect(bob).vote(entity, world.next, 45n))
  await networkHelpers.time.increase(DELAY)
  used['a board of the shareholders takes over'] = await gasOf(
    world.entityProvider.activateBoard(entity),
  )
  return used
}

describe('Shares, gas of whole transactions', () => {
  it('is not worse than what is committed of shares', async () => {
    holdFigures('shares', await measure())
  })
})
