import {
  deployedBytecode as depositoryCode,
  bytecode as depositoryInit,
} from '@xln/shared/abi/bytecode/Depository.ts'
import { deployedBytecode as entityProviderCode } from '@xln/shared/abi/bytecode/EntityProvider.ts'
import {
  deployedBytecode as gateCode,
  bytecode as gateInit,
} from '@xln/shared/abi/bytecode/Gate.ts'
import { deployedBytecode as lensCode } from '@xln/shared/abi/bytecode/Lens.ts'
import { deployedBytecode as sharesCode } from '@xln/shared/abi/bytecode/Shares.ts'
import { deployedBytecode as subcontractProviderCode } from '@xln/shared/abi/bytecode/SubcontractProvider.ts'
import { expect } from 'chai'
import { getBytes, id } from 'ethers'
import { packClause } from '../shared/support/packed.ts'
import type { Hex } from './support/boards.ts'
import { etherId, type ProofBody } from './support/depository.ts'
import {
  counter,
  createWorld,
  finaliseOf,
  gasOf,
  passDeadline,
  proofOf,
  run,
  settle,
  startOf,
  type World,
} from './support/depositoryWorld.ts'
import { holdFigures, pageOf, readPage, readSnapshot, worseThan } from './support/gasSnapshot.ts'

/**
 * The gas of whole transactions of the production build, intrinsic gas and refunds included, with an
 * ERC-20 and entities of one key; and the size of what is deployed.
 */

/** The most bytes of code that a contract can have on Ethereum (EIP-170). */
const CODE_MAX = 24_576

const unit = 10n ** 18n
const secrets = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => id(`${name} ${i}`))

const deposit = (world: World, amount: bigint) =>
  gasOf(world.depository.deposit(world.left.id, world.tokenId, amount))

function depositEther(world: World) {
  return gasOf(world.depository.deposit(world.left.id, etherId, 1n, { value: 1n }))
}

function fund(world: World, peers: readonly Hex[]) {
  const topUps = peers.map((peer) => ({ peer, amount: unit }))
  return run(world, world.left, {
    fundings: [{ token: world.tokenId, receiver: world.left.id, topUps }],
  })
}

/** Left's share and right's, out of the collateral, all of which is left's on chain. */
function payOut({ tokenId }: World, leftDiff: bigint, rightDiff: bigint) {
  const collateralDiff = -(leftDiff + rightDiff)
  return [{ token: tokenId, leftDiff, rightDiff, collateralDiff, ondeltaDiff: collateralDiff }]
}

function bodyOf(world: World, hashlocks: readonly Hex[] = []): ProofBody {
  const payments = hashlocks.map((hashlock) => ({
    fromLeft: false,
    deltaIndex: 0,
    amount: 1_000_000n,
    hashlock,
    revealBy: 1_999_999_999n,
  }))
  const clause = {
    provider: world.subcontractProvider.target as Hex,
    gasLimit: 50_000n + 4_000n * BigInt(hashlocks.length),
    until: 0,
    batch: packClause(payments),
    allowances: [{ deltaIndex: 0, leftAllowance: 0n, rightAllowance: 2n ** 100n }],
  }
  return {
    tokenIds: [world.tokenId],
    offdeltas: [-unit / 2n],
    clauses: hashlocks.length === 0 ? [] : [clause],
  }
}

/** A start and the end of it, with nobody answering. */
async function endUncontested(world: World, body: ProofBody): Promise<number> {
  await fund(world, [world.right.id])
  const started = await startOf(world, world, world.left, proofOf(1, body))
  const start = await run(world, world.left, started)
  await passDeadline(world)
  return start + (await gasOf(world.depository.finalise(finaliseOf(world, body))))
}

async function dispute(world: World, body: ProofBody) {
  await fund(world, [world.right.id])
  const start = await run(
    world,
    world.left,
    await startOf(world, world, world.left, proofOf(1, body)),
  )
  const countered = await counter(world, proofOf(2, body))
  await passDeadline(world)
  const finalised = await gasOf(world.depository.finalise(finaliseOf(world, body)))
  return { start, countered, finalised }
}

/** Every flow; but for those called first or new, after a round that has filled the slots in use. */
async function measure(): Promise<Record<string, number>> {
  const world = await createWorld()
  const { left, right } = world
  const used: Record<string, number> = { 'deposit, first': await deposit(world, 10_000n * unit) }
  await world.depository.deposit(right.id, world.tokenId, unit)
  await depositEther(world)
  await run(world, left, {})
  const first = await dispute(world, bodyOf(world))
  await fund(world, [right.id])

  Object.assign(used, {
    'deposit, repeated': await deposit(world, unit),
    'deposit of ether, repeated': await depositEther(world),
    withdraw: await run(world, left, {
      withdrawals: [{ token: world.tokenId, to: world.payer.address, amount: unit }],
    }),
    'collateralise, repeated': await fund(world, [right.id]),
    'collateralise a new channel': await fund(world, [id('new')]),
    'cooperative withdrawal': await settle(world, payOut(world, unit, 0n)),
    'close to reserves': await settle(world, payOut(world, unit / 2n, unit / 2n)),
    'secret, alone': await gasOf(world.subcontractProvider.revealSecret(id('alone'))),
    'empty batch': await run(world, left, {}),
  })
  const one = await fund(world, [id('peer')])
  const peers = secrets('peer', 101).slice(1)
  const many = await fund(world, peers)
  used['each further channel'] = Math.round((many - one) / 99)
  const again = await fund(world, peers)
  used['each further top-up'] = Math.round((again - (await fund(world, peers.slice(0, 1)))) / 99)
  const oneSecret = await run(world, left, { secrets: secrets('one', 1) })
  const manySecrets = await run(world, left, { secrets: secrets('many', 101) })
  used['secret, in a batch'] = Math.round((manySecrets - oneSecret) / 100)

  const second = await dispute(world, bodyOf(world))
  used['dispute start, first of a channel'] = first.start
  used['dispute start'] = second.start
  used['counter'] = second.countered
  used['finalise'] = second.finalised
  used['uncontested unhappy path'] = await endUncontested(world, bodyOf(world))
  const oneLock = await dispute(world, bodyOf(world, secrets('lock', 1)))
  const manyLocks = await dispute(world, bodyOf(world, secrets('locks', 101)))
  used['each further lock'] = Math.round((manyLocks.finalised - oneLock.finalised) / 100)
  return used
}

describe('Depository, gas of whole transactions', () => {
  it('is not worse than what is committed', async () => {
    holdFigures('flows', await measure())
  })

  it('would be called worse one part in a hundred above, and not below', () => {
    const committed = { flow: 50_000 }
    expect(worseThan(committed, { flow: 50_500 })).to.deep.equal([])
    expect(worseThan(committed, { flow: 50_501 })).to.deep.equal(['flow: 50501, was 50000'])
  })
})

describe('The code of every contract', () => {
  const code = {
    Depository: depositoryCode,
    EntityProvider: entityProviderCode,
    Shares: sharesCode,
    SubcontractProvider: subcontractProviderCode,
    Gate: gateCode,
    Lens: lensCode,
  }

  it('fits on a chain, and is not larger than what is committed', () => {
    const sizes = Object.entries(code).map(
      ([name, bytes]) => [name, getBytes(bytes).length] as const,
    )
    for (const [name, size] of sizes) expect(size, name).to.be.at.most(CODE_MAX)
    holdFigures('code', Object.fromEntries(sizes))
  })

  it('makes, in the Depository, the very Gate that deploy/ looks for', () => {
    expect(depositoryInit).to.include(gateInit.slice(2))
    expect(getBytes(depositoryInit).length).to.be.at.most(2 * CODE_MAX)
  })
})

describe('contracts/README.md', () => {
  it('says what is committed of gas and bytes', () => {
    const page = readPage()
    for (const [name, figure] of pageOf(readSnapshot()))
      expect(page.get(name), name).to.equal(figure)
  })
})
