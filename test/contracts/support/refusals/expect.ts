/** What every test of a refusal expects, and the worlds that it starts from. */
import { expect } from 'chai'
import { id, MaxUint256, TypedDataEncoder, Wallet } from 'ethers'
import { packClause } from '../../../shared/support/packed.ts'
import type { Hex } from '../boards.ts'
import {
  type Actor,
  actorOf,
  type BatchItems,
  channelKeyOf,
  encodeBatch,
  erc20Id,
  type Proof,
  type ProofBody,
  signedTypes,
} from '../depository.ts'
import { bodyOf, collateralise, eventsOf, send, start } from '../depositoryItems.ts'
import { createWorld, ethers, type World } from '../depositoryWorld.ts'

/** An error of the Depository, what leads to it, and the test that it does. */
export interface Refusal {
  readonly error: string
  readonly when: string
  readonly from: () => Promise<World>
  readonly check: (world: World) => Promise<void>
}

export const stranger = actorOf(new Wallet(id('stranger')))
export const anywhere = '0x00000000000000000000000000000000deadbeef'

/** A world with collateral of 100 in the channel of left and right, all of it left's. */
export async function collateralised(): Promise<World> {
  const world = await createWorld()
  await collateralise(world, 100n)
  return world
}

/** The same with a dispute that left has started at height 5. */
export async function disputed(): Promise<World> {
  const world = await collateralised()
  await start(world, world.left, 5, bodyOf(world, -40n))
  return world
}

export async function reverts(
  { depository }: Pick<World, 'depository'>,
  sent: Promise<unknown>,
  error: string,
  ...args: readonly unknown[]
): Promise<void> {
  const expected = expect(sent).to.be.revertedWithCustomError(depository, error)
  await (args.length === 0 ? expected : expected.withArgs(...args))
}

/** What stands for an error in the event of a skipped item. */
export function selectorOf({ depository }: Pick<World, 'depository'>, error: string): Hex {
  let selector: Hex | undefined
  depository.interface.forEachError((known) => {
    if (known.name === error) selector = known.selector
  })
  if (selector === undefined) throw new Error(`no error ${error}`)
  return selector
}

/** The only item is skipped and changes nothing; in an atomic batch it reverts everything. */
export async function skips(
  world: World,
  by: Actor,
  items: BatchItems,
  error: string,
): Promise<void> {
  const { depository } = world
  const reason = selectorOf(world, error)
  const atomic = send(world, by, { ...items, atomic: true })
  await reverts(world, atomic, 'BatchItemFailed', 0n, reason)
  const nonce = await depository.batchNonce(by.id)
  expect(await eventsOf(world, send(world, by, items))).to.deep.equal([
    ['BatchProcessed', by.id, nonce, ethers.keccak256(encodeBatch({ ...items }))],
    ['BatchItemSkipped', by.id, nonce, 0n, reason],
  ])
}

export function digestOf(
  world: World,
  type: keyof typeof signedTypes,
  message: Record<string, unknown>,
): Hex {
  const domain = {
    name: 'XLN Depository',
    version: '1',
    chainId: world.domain.chainId,
    verifyingContract: world.domain.depository,
  }
  return TypedDataEncoder.hash(domain, signedTypes[type], message)
}

export const proofDigest = (world: World, proof: Proof) =>
  digestOf(world, 'proof', {
    channelKey: channelKeyOf(world.left.id, world.right.id),
    cooperativeNonce: 0n,
    ...proof,
  })

export const swapped = ({ left, right }: World) => ({ ends: { left: right, right: left } })
export const withdrawal = (token: Hex, amount: bigint, to: Hex = anywhere): BatchItems => ({
  withdrawals: [{ token, to, amount }],
})
export const transfer = (token: Hex, to: Actor, amount: bigint): BatchItems => ({
  transfers: [{ token, to: to.id, amount }],
})

/** A further token of some kind, of which the payer has plenty. */
export async function hostile(world: World, kind: string) {
  const token = await ethers.deployContract(kind, kind === 'TestToken' ? ['Test', 'TEST'] : [])
  await token.getFunction('mint')(world.payer.address, 10n ** 30n)
  await token.getFunction('approve')(world.domain.depository, MaxUint256)
  return { token, tokenId: erc20Id(await token.getAddress()) }
}

/** A body with one payment under a secret of which nobody knows, pending until `revealBy`. */
export function pendingBody(world: World, revealBy: number): ProofBody {
  const terms = { fromLeft: false, deltaIndex: 0, amount: 5n, revealBy: BigInt(revealBy) }
  const clause = {
    provider: world.subcontractProvider.target as Hex,
    gasLimit: 100_000n,
    until: revealBy,
    batch: packClause([{ ...terms, hashlock: id('nobody knows') }]),
    allowances: [{ deltaIndex: 0, leftAllowance: 5n, rightAllowance: 5n }],
  }
  return { ...bodyOf(world, -40n), clauses: [clause] }
}
