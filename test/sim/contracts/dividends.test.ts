import { sharesOf } from '@xln/node/sim/contracts/accounts.ts'
import { depositoryAbi, sharesAbi } from '@xln/node/sim/contracts/interfaces.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { potOf } from '@xln/shared/entity/shares.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import type { Interface } from 'ethers'
import { ACCOUNTS, ENTITIES, type Entity } from './support/cast.ts'
import { openStages, type Stage, setStage } from './support/stage.ts'

const [first, second] = ACCOUNTS as [Address, Address]
const [someone, , , registered] = ENTITIES as [Entity, Entity, Entity, Entity]

/** What can happen in one second: one gives the other a share, something comes in, and all ask for theirs. */
const STEPS = ['gift', 'income', 'report', 'take first', 'take second'] as const
type Step = (typeof STEPS)[number]

function orders(steps: readonly Step[]): readonly (readonly Step[])[] {
  if (steps.length < 2) return [steps]
  return steps.flatMap((step) =>
    orders(steps.filter((each) => each !== step)).map((rest) => [step, ...rest]),
  )
}

describe('dividends of shares that change hands', () => {
  let stage: Stage
  before(async () => {
    stage = await setStage('dividends', await (await openStages())())
    const owner = registered.signers[0]?.address as Address
    const allotments = [first, second].map((to) => ({ to, control: 1n, dividend: 3n }))
    const { now } = stage.known
    await toShares(owner, 'issue', [registered.id, 345_600, allotments, now, '0x'])
  })

  it('are the same for the model in every order of what one second holds', async function () {
    this.timeout(120_000)
    for (const [round, order] of orders(STEPS).entries()) {
      stage.known.now++
      for (const step of order) await run(step, round)
      if (round % 3 !== 0) continue
      stage.known.now++
      for (const step of ['take first', 'take second'] as const) await run(step, round)
    }
    stage.known.now++
    await run('report', 0)
    const source = [registered.id, stage.known.domain.depository, etherTokenId]
    const paid = stage.known.askAt(sharesOf(stage.known.domain), sharesAbi, 'dividendsOf', source)
    expect(paid?.['total']).to.equal(120n)
  })

  function run(step: Step, round: number): Promise<void> {
    const { domain } = stage.known
    const { depository } = domain
    const source = [registered.id, depository, etherTokenId]
    const [giver, taker] = round % 2 === 0 ? [first, second] : [second, first]
    const takeFor = (holder: Address) => {
      return toShares(holder, 'takeDividend', [source, holder, someone.id, 1 + (round % 2)])
    }
    switch (step) {
      case 'gift':
        return toShares(giver, 'safeTransferFrom', [giver, taker, 3n, 1n, '0x'])
      case 'income': {
        const pot = potOf(sharesOf(domain), registered.id) as EntityId
        return send(first, depository, depositoryAbi, 'deposit', [pot, etherTokenId, 1n], 1n)
      }
      case 'report':
        return toShares(taker, 'reportDividend', [source])
      case 'take first':
        return takeFor(first)
      case 'take second':
        return takeFor(second)
    }
  }

  function toShares(from: Address, name: string, args: readonly unknown[]): Promise<void> {
    return send(from, sharesOf(stage.known.domain), sharesAbi, name, args)
  }

  async function send(
    from: Address,
    to: Address,
    abi: Interface,
    name: string,
    args: readonly unknown[],
    value = 0n,
  ): Promise<void> {
    const data = hexToBytes(abi.encodeFunctionData(name, args))
    const { ok } = await stage.both.execute({ from, to, value, data }, stage.known.now)
    expect(ok, name).to.equal(true)
  }
})
