import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { Lens__factory } from '@xln/shared/abi/typechain/factories/Lens__factory.ts'
import type { PositionStructOutput } from '@xln/shared/abi/typechain/interfaces/ILens.ts'
import { expect } from 'chai'
import { id } from 'ethers'
import type { Hex } from './support/boards.ts'
import type { ProofBody } from './support/depository.ts'
import { hashBody } from './support/depository.ts'
import {
  createWorld,
  DAY,
  ethers,
  finaliseOf,
  newToken,
  passDeadline,
  proofOf,
  run,
  startOf,
  type World,
} from './support/depositoryWorld.ts'

const other = id('other') as Hex

async function createLens() {
  const world = await createWorld()
  const { tokenId: second } = await newToken(world)
  const made = await ethers.deployContract('Lens')
  const lens = Lens__factory.connect(await made.getAddress(), world.payer)
  return { ...world, second, lens }
}
type LensWorld = Awaited<ReturnType<typeof createLens>>

function read(
  world: LensWorld,
  entity: Hex,
  peers: Hex[],
  debtsMax = 16n,
): Promise<PositionStructOutput> {
  const tokens = [world.tokenId, world.second]
  return world.lens.positionOf(world.depository, entity, tokens, peers, debtsMax)
}

function bodyOf(world: World, offdelta: bigint): ProofBody {
  return { tokenIds: [world.tokenId], offdeltas: [offdelta], clauses: [] }
}

async function start(world: World, body: ProofBody): Promise<void> {
  await run(world, world.left, await startOf(world, world, world.left, proofOf(1, body)))
}

/** Left owes right `amount`, once more. */
async function indebt(world: World, amount: bigint): Promise<void> {
  const body = bodyOf(world, -amount)
  await start(world, body)
  await passDeadline(world)
  await (await world.depository.finalise(finaliseOf(world, body))).wait()
}

describe('Lens', () => {
  it('tells reserves, channels, nonces and open disputes in one call', async () => {
    const world = await createLens()
    const { left, right, depository, tokenId, second } = world
    await depository.deposit(left.id, tokenId, 100n)
    await depository.deposit(left.id, second, 7n)
    const topUps = [{ peer: right.id, amount: 60n }]
    await run(world, left, { fundings: [{ token: tokenId, receiver: left.id, topUps }] })
    await start(world, bodyOf(world, -10n))

    const position = await read(world, left.id, [right.id, other])
    expect(position.batchNonce).to.equal(2n)
    expect(position.tokens.map(({ token, reserve }) => [token, reserve])).to.deep.equal([
      [tokenId, 40n],
      [second, 7n],
    ])
    const [channel, unused] = position.channels
    expect([channel?.peer, channel?.isLeft]).to.deep.equal([right.id, true])
    const holdings = channel?.holdings.map(({ collateral, ondelta }) => [collateral, ondelta])
    expect(holdings).to.deep.equal([
      [60n, 60n],
      [0n, 0n],
    ])
    expect(channel?.state.deadline).to.equal(position.timestamp + BigInt(DAY))
    expect(channel?.state.proofBodyHash).to.equal(hashBody(bodyOf(world, -10n)))
    expect([unused?.peer, unused?.state.deadline]).to.deep.equal([other, 0n])
  })

  it('tells the other side the same channel', async () => {
    const world = await createLens()
    const { left, right, depository, tokenId } = world
    await depository.deposit(left.id, tokenId, 60n)
    const topUps = [{ peer: right.id, amount: 60n }]
    await run(world, left, { fundings: [{ token: tokenId, receiver: left.id, topUps }] })
    const [channel] = (await read(world, right.id, [left.id])).channels
    expect([channel?.isLeft, channel?.holdings[0]?.ondelta]).to.deep.equal([false, 60n])
  })

  it('tells the oldest debts, as many as are asked for', async () => {
    const world = await createLens()
    const { left, right, depository, tokenId } = world
    for (const amount of [10n, 11n, 12n]) await indebt(world, amount)
    const [token] = (await read(world, left.id, [], 2n)).tokens
    expect([token?.debt, token?.debtHead, token?.debtTail]).to.deep.equal([33n, 0n, 3n])
    const debts = token?.debts.map(({ creditor, amount }) => [creditor, amount])
    expect(debts).to.deep.equal([
      [right.id, 10n],
      [right.id, 11n],
    ])
    await depository.deposit(left.id, tokenId, 11n)
    await depository.enforceDebts(left.id, tokenId, 9n)
    const [later] = (await read(world, left.id, [])).tokens
    expect([later?.debt, later?.debtHead]).to.deep.equal([22n, 1n])
    expect(later?.debts.map(({ amount }) => amount)).to.deep.equal([10n, 12n])
  })

  it('refuses the channel of an entity with itself', async () => {
    const world = await createLens()
    const { left } = world
    const failed = await read(world, left.id, [left.id]).catch((error) => error)
    const abi = IDepository__factory.createInterface()
    expect(failed.data).to.equal(abi.encodeErrorResult('LeftNotBelowRight', [left.id, left.id]))
  })
})
