import { deployedBytecode } from '@xln/shared/abi/bytecode/Depository.ts'
import { expect } from 'chai'
import { AbiCoder, getBytes, id } from 'ethers'
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

/**
 * The gas of whole transactions of the production build, intrinsic gas and refunds included. A change
 * that makes a number worse says why in its commit; one that makes it better lowers it.
 */
const ceilings: Readonly<Record<string, number>> = {
  'empty batch': 42_700,
  'deposit, ERC-20': 51_400,
  'deposit, ether': 30_300,
  'withdraw, ERC-20': 73_700,
  'collateralise a channel': 66_400,
  'collateralise a new channel': 83_100,
  'each further channel': 28_500,
  'cooperative withdrawal': 83_300,
  'close to reserves': 86_200,
  'dispute start, first of a channel': 103_000,
  'dispute start': 86_000,
  counter: 51_800,
  finalise: 68_700,
  'each further lock': 3_700,
  'secret, alone': 45_800,
  'each further secret': 25_500,
}

/** The most bytes of code that a contract can have on Ethereum (EIP-170), and what this one has. */
const CODE_MAX = 24_576
const CODE_CEILING = 23_300

const unit = 10n ** 18n
const coder = AbiCoder.defaultAbiCoder()
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
  const payments = hashlocks.map((hashlock) => [0, 1_000_000n, hashlock, 1_999_999_999n])
  const types = [
    'tuple(uint16, int128, bytes32, uint64)[]',
    'tuple(bool, uint16, uint128, uint16, uint128, uint32, uint64)[]',
  ]
  const clause = {
    provider: world.subcontractProvider.target as Hex,
    gasLimit: 50_000n + 4_000n * BigInt(hashlocks.length),
    until: 0,
    batch: coder.encode(types, [payments, []]),
    allowances: [{ deltaIndex: 0, leftAllowance: 0n, rightAllowance: 2n ** 100n }],
  }
  return {
    tokenIds: [world.tokenId],
    offdeltas: [-unit / 2n],
    clauses: hashlocks.length === 0 ? [] : [clause],
  }
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

/** Every flow, after a round that has made the slots nonzero which are so in use. */
async function measure(): Promise<Record<string, number>> {
  const world = await createWorld()
  const { left, right } = world
  await deposit(world, 10_000n * unit)
  await world.depository.deposit(right.id, world.tokenId, unit)
  await depositEther(world)
  await run(world, left, {})
  const first = await dispute(world, bodyOf(world))
  await fund(world, [right.id])

  const used: Record<string, number> = {
    'empty batch': await run(world, left, {}),
    'deposit, ERC-20': await deposit(world, unit),
    'deposit, ether': await depositEther(world),
    'withdraw, ERC-20': await run(world, left, {
      withdrawals: [{ token: world.tokenId, to: world.payer.address, amount: unit }],
    }),
    'collateralise a channel': await fund(world, [right.id]),
    'collateralise a new channel': await fund(world, [id('new')]),
    'cooperative withdrawal': await settle(world, payOut(world, unit, 0n)),
    'close to reserves': await settle(world, payOut(world, unit / 2n, unit / 2n)),
    'secret, alone': await gasOf(world.subcontractProvider.revealSecret(id('alone'))),
  }
  const one = await fund(world, [id('peer')])
  const many = await fund(world, secrets('peer', 101).slice(1))
  used['each further channel'] = Math.round((many - one) / 99)
  const oneSecret = await run(world, left, { secrets: secrets('one', 1) })
  const manySecrets = await run(world, left, { secrets: secrets('many', 101) })
  used['each further secret'] = Math.round((manySecrets - oneSecret) / 100)

  const again = await dispute(world, bodyOf(world))
  used['dispute start, first of a channel'] = first.start
  used['dispute start'] = again.start
  used['counter'] = again.countered
  used['finalise'] = again.finalised
  const oneLock = await dispute(world, bodyOf(world, secrets('lock', 1)))
  const manyLocks = await dispute(world, bodyOf(world, secrets('locks', 101)))
  used['each further lock'] = Math.round((manyLocks.finalised - oneLock.finalised) / 100)
  return used
}

describe('Depository, gas of whole transactions', () => {
  it('stays below its ceilings', async () => {
    const measured = await measure()
    for (const [flow, gas] of Object.entries(measured)) console.log(`${gas}`.padStart(12), flow)
    expect(Object.keys(measured)).to.have.members(Object.keys(ceilings))
    for (const [flow, ceiling] of Object.entries(ceilings)) {
      expect(measured[flow], flow).to.be.at.most(ceiling)
    }
  })

  it('fits on a chain', () => {
    const size = getBytes(deployedBytecode).length
    console.log(`${size}`.padStart(12), 'bytes of code')
    expect(CODE_CEILING).to.be.below(CODE_MAX)
    expect(size).to.be.at.most(CODE_CEILING)
  })
})
