/** The same flows through XLN's contracts, the production build. */
import { id, keccak256 } from 'ethers'
import type { Hex } from '../../contracts/support/boards.ts'
import {
  type Actor,
  channelKeyOf,
  type ProofBody,
  signAs,
} from '../../contracts/support/depository.ts'
import {
  counter,
  createWorld,
  farAway,
  finaliseOf,
  gasOf,
  passDeadline,
  proofOf,
  run,
  startOf,
  stateOf,
  type World,
} from '../../contracts/support/depositoryWorld.ts'
import { packClause } from '../../shared/support/packed.ts'
import { type Flows, unit } from './flows.ts'

/** A world in which both have a reserve, and have sent a batch before. */
async function usedWorld(): Promise<World> {
  const world = await createWorld()
  for (const { id, wallet } of [world.left, world.right]) {
    await world.token.mint(wallet.address, unit)
    await world.depository.deposit(id, world.tokenId, 10n * unit)
  }
  for (const actor of [world.left, world.right]) await run(world, actor, {})
  return world
}

const deposit = (world: World) =>
  gasOf(world.depository.deposit(world.left.id, world.tokenId, 2n * unit))

function fund(world: World): Promise<number> {
  const topUps = [{ peer: world.right.id, amount: 2n * unit }]
  return run(world, world.left, {
    fundings: [{ token: world.tokenId, receiver: world.left.id, topUps }],
  })
}

/** Collateral back to reserves, by a settlement that right has signed. */
async function settle(world: World, leftDiff: bigint, rightDiff: bigint): Promise<number> {
  const { cooperativeNonce } = await stateOf(world, world)
  const collateralDiff = -(leftDiff + rightDiff)
  const terms = {
    cooperativeNonce,
    newNonce: cooperativeNonce + 1n,
    deadline: farAway,
    diffs: [
      { token: world.tokenId, leftDiff, rightDiff, collateralDiff, ondeltaDiff: collateralDiff },
    ],
    forgiveness: [],
  }
  const message = { channelKey: channelKeyOf(world.left.id, world.right.id), ...terms }
  const peerSignature = await signAs(world.right.wallet, world.domain, 'settlement', message)
  return run(world, world.left, {
    settlements: [{ ...terms, peer: world.right.id, peerSignature }],
  })
}

/** A batch withdraws before it settles, so what comes back from a channel leaves with the next one. */
const withdraw = (world: World, actor: Actor, amount: bigint) =>
  run(world, actor, {
    withdrawals: [{ token: world.tokenId, to: actor.wallet.address, amount }],
  })

const secret = id('secret') as Hex

/** Half of a unit for right, beside one lock or none. */
function bodyOf(world: World, hasLock: boolean): ProofBody {
  const payment = {
    fromLeft: true,
    deltaIndex: 0,
    amount: unit / 4n,
    hashlock: keccak256(secret) as Hex,
    revealBy: 1_999_999_999n,
  }
  const clause = {
    provider: world.subcontractProvider.target as Hex,
    gasLimit: 50_000n,
    until: 0,
    batch: packClause([payment]),
    allowances: [{ deltaIndex: 0, leftAllowance: unit, rightAllowance: unit }],
  }
  return { tokenIds: [world.tokenId], offdeltas: [-unit / 2n], clauses: hasLock ? [clause] : [] }
}

/** The first dispute of a channel, countered, and both paid outside. */
async function dispute(hasLock: boolean) {
  const world = await usedWorld()
  await fund(world)
  const body = bodyOf(world, hasLock)
  const items = await startOf(world, world, world.left, proofOf(1, body))
  const started = await run(world, world.left, items)
  const countered = await counter(world, proofOf(2, body))
  const shown = hasLock ? await gasOf(world.subcontractProvider.revealSecret(secret)) : 0
  await passDeadline(world)
  const finalised = await gasOf(world.depository.finalise(finaliseOf(world, body)))
  const out =
    (await withdraw(world, world.left, unit)) + (await withdraw(world, world.right, unit / 2n))
  return { started, countered, shown, finalised, ended: finalised + out }
}

/** Each of a hundred further channels that one batch opens out of one reserve. */
async function openMany(world: World): Promise<number> {
  const topUps = Array.from({ length: 100 }, (_, i) => ({
    peer: id(`peer ${i}`),
    amount: unit / 100n,
  }))
  const gas = await run(world, world.left, {
    fundings: [{ token: world.tokenId, receiver: world.left.id, topUps }],
  })
  return Math.round(gas / topUps.length)
}

/** Plays every flow. */
export async function measureOwn(): Promise<Flows> {
  const world = await usedWorld()
  const funded = (await deposit(world)) + (await fund(world))
  const more = (await deposit(world)) + (await fund(world))
  // A second one, as no number of the channel is new then.
  await settle(world, unit / 16n, 0n)
  const some =
    (await settle(world, unit / 16n, 0n)) + (await withdraw(world, world.left, unit / 16n))
  const half = unit / 2n
  const all =
    (await settle(world, half, half)) +
    (await withdraw(world, world.left, half)) +
    (await withdraw(world, world.right, half))
  const plain = await dispute(false)
  const locked = await dispute(true)
  return {
    'a new channel, funded by one side': funded,
    'one of 100 new channels that a hub opens': await openMany(world),
    'more money into it': more,
    'some of it out, agreed; the channel stays': some,
    'all of it out to both, agreed': all,
    'a dispute: start': plain.started,
    'a newer state against it': plain.countered,
    'the end of it, both paid outside': plain.ended,
    'the same, paid to where it can be used again': plain.finalised,
    'a lock judged in it, with its secret': locked.shown + locked.finalised - plain.finalised,
  }
}
