import { IUndoable__factory } from '@xln/shared/abi/typechain/factories/interfaces/IUndoable__factory.ts'
import { expect } from 'chai'
import { createWorld } from './support/depositoryWorld.ts'
import { argumentsRefusals } from './support/refusals/arguments.ts'
import { batchesRefusals } from './support/refusals/batches.ts'
import { depositsRefusals } from './support/refusals/deposits.ts'
import { disputesRefusals } from './support/refusals/disputes.ts'
import { finalisesRefusals } from './support/refusals/finalises.ts'
import { settlementsRefusals } from './support/refusals/settlements.ts'
import { spendsRefusals } from './support/refusals/spends.ts'

/**
 * Every error of the Depository: what reverts a call with it and with which arguments, and what is
 * skipped for it. An item that is skipped leaves no other event, and reverts an atomic batch.
 */
const refusals = [
  ...depositsRefusals,
  ...batchesRefusals,
  ...spendsRefusals,
  ...settlementsRefusals,
  ...disputesRefusals,
  ...argumentsRefusals,
  ...finalisesRefusals,
]

describe('Depository refuses', () => {
  for (const { error, when, from, check } of refusals) {
    it(`with ${error} when ${when}`, async () => check(await from()))
  }

  it('with no other error than those that are tested here', async () => {
    const { depository } = await createWorld()
    const known = new Set<string>()
    for (const abi of [depository.interface, IUndoable__factory.createInterface()]) {
      abi.forEachError(({ name }) => known.add(name))
    }
    const tested = new Set(refusals.map(({ error }) => error))
    expect([...tested].sort()).to.deep.equal([...known].sort())
  })
})
