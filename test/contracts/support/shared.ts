/** The contracts as the vectors know them, for tests that hold shared/ against them. */
import { readFileSync } from 'node:fs'
import { network } from 'hardhat'

/** The JSON of one file of vectors. Integers are decimal strings, bytes are hex. */
export function vectorsOf<Vectors>(name: string): Vectors {
  const path = new URL(`../../vectors/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')) as Vectors
}

/** A chain of its own, with the contracts at the addresses that the vectors name. */
export async function deployAll() {
  // Built quickly and not small, the contracts may be larger than a chain takes.
  const override = { allowUnlimitedContractSize: true }
  const { ethers, networkHelpers } = await network.create({ override })
  const entityProvider = await ethers.deployContract('EntityProvider')
  const subcontractProvider = await ethers.deployContract('SubcontractProvider')
  const depository = await ethers.deployContract('Depository', [
    await entityProvider.getAddress(),
    await subcontractProvider.getAddress(),
  ])
  const harness = await ethers.deployContract('VectorHarness')
  return {
    ethers,
    time: networkHelpers.time,
    entityProvider,
    subcontractProvider,
    depository,
    harness,
  }
}

export type World = Awaited<ReturnType<typeof deployAll>>
