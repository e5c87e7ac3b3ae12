import { bytecode as depositoryCode } from '@xln/shared/abi/bytecode/Depository.ts'
import { bytecode as entityProviderCode } from '@xln/shared/abi/bytecode/EntityProvider.ts'
import { bytecode as subcontractProviderCode } from '@xln/shared/abi/bytecode/SubcontractProvider.ts'
import { Depository__factory } from '@xln/shared/abi/typechain/factories/Depository__factory.ts'
import { EntityProvider__factory } from '@xln/shared/abi/typechain/factories/EntityProvider__factory.ts'
import { SubcontractProvider__factory } from '@xln/shared/abi/typechain/factories/SubcontractProvider__factory.ts'
import { ContractFactory, type InterfaceAbi, id, MaxUint256, Wallet } from 'ethers'
import { network } from 'hardhat'
import type { Hex } from './boards.ts'
import {
  type Actor,
  actorOf,
  type BatchItems,
  channelKeyOf,
  type DepositoryDomain,
  encodeBatch,
  erc20Id,
  hashBody,
  type Proof,
  type ProofBody,
  sidesOf,
  signAs,
  type TokenDiff,
} from './depository.ts'

/**
 * One chain in memory with the three contracts as they are deployed (the production build), an
 * ERC-20, and two entities of one wallet each.
 */

export const DAY = 86_400
/** A time that no test reaches. */
export const farAway = 2n ** 40n

const { ethers, networkHelpers } = await network.create()

export { ethers, networkHelpers }

interface Sent {
  wait(): Promise<{ gasUsed: bigint } | null>
}

/** The gas of a whole transaction, intrinsic gas and refunds included. */
export async function gasOf(sent: Promise<Sent>): Promise<number> {
  const receipt = await (await sent).wait()
  if (receipt === null) throw new Error('not mined')
  return Number(receipt.gasUsed)
}

/** Deploys the production build of a contract, and tells its address. */
async function deploy(abi: InterfaceAbi, bytecode: Hex, ...args: readonly Hex[]): Promise<Hex> {
  const [deployer] = await ethers.getSigners()
  const contract = await new ContractFactory(abi, bytecode, deployer).deploy(...args)
  return contract.getAddress()
}

export async function createWorld() {
  const [payer] = await ethers.getSigners()
  if (payer === undefined) throw new Error('no signer')
  const entityProvider = EntityProvider__factory.connect(
    await deploy(EntityProvider__factory.abi, entityProviderCode),
    payer,
  )
  const subcontractProvider = SubcontractProvider__factory.connect(
    await deploy(SubcontractProvider__factory.abi, subcontractProviderCode),
    payer,
  )
  const providers = [await entityProvider.getAddress(), await subcontractProvider.getAddress()]
  const depository = Depository__factory.connect(
    await deploy(Depository__factory.abi, depositoryCode, ...providers),
    payer,
  )
  const domain: DepositoryDomain = {
    chainId: (await ethers.provider.getNetwork()).chainId,
    depository: await depository.getAddress(),
  }
  const { left, right } = sidesOf(actorOf(new Wallet(id('a'))), actorOf(new Wallet(id('b'))))
  const world = { entityProvider, subcontractProvider, depository, domain, payer, left, right }
  const { token, tokenId } = await newToken(world)
  return { ...world, token, tokenId }
}

type Contracts = Pick<Awaited<ReturnType<typeof createWorld>>, 'depository' | 'payer'>
export type World = Awaited<ReturnType<typeof createWorld>>

/** A further ERC-20, of which the payer has plenty and the Depository may take all. */
export async function newToken({ depository, payer }: Contracts) {
  const token = await ethers.deployContract('TestToken', ['Test', 'TEST'])
  const address = await token.getAddress()
  await token.mint(payer.address, 10n ** 30n)
  await token.approve(await depository.getAddress(), MaxUint256)
  return { token, tokenId: erc20Id(address) }
}

/** Executes a batch, signed by `actor` with its next nonce. */
export async function run(world: World, actor: Actor, items: BatchItems): Promise<number> {
  const batch = encodeBatch(items)
  const nonce = await world.depository.batchNonce(actor.id)
  const message = { entity: actor.id, batch, nonce, validUntil: farAway }
  const signature = await signAs(actor.wallet, world.domain, 'batch', message)
  return gasOf(world.depository.processBatch(actor.id, batch, nonce, farAway, signature))
}

// ─── The channel between left and right, or between any two ──────────────────────────────────────

export interface Ends {
  readonly left: Actor
  readonly right: Actor
}

export function stateOf(world: World, { left, right }: Ends) {
  return world.depository.channelOf(left.id, right.id)
}

/** A settlement of left's, signed by right. */
export async function settle(world: World, diffs: readonly TokenDiff[]): Promise<number> {
  const { cooperativeNonce } = await stateOf(world, world)
  const terms = {
    cooperativeNonce,
    newNonce: cooperativeNonce + 1n,
    deadline: farAway,
    diffs: [...diffs],
    forgiveness: [],
  }
  const message = { channelKey: channelKeyOf(world.left.id, world.right.id), ...terms }
  const peerSignature = await signAs(world.right.wallet, world.domain, 'settlement', message)
  return run(world, world.left, {
    settlements: [{ ...terms, peer: world.right.id, peerSignature }],
  })
}

/** A proof of `height`, proposed by right in term 0, with a window of a day. */
export function proofOf(height: number, body: ProofBody): Proof {
  return {
    disputeNonce: 2n * BigInt(height),
    disputeWindow: DAY,
    proofBodyHash: hashBody(body),
    blockHash: id(`block ${height}`),
  }
}

export async function signProof(world: World, ends: Ends, signer: Actor, proof: Proof) {
  const { cooperativeNonce } = await stateOf(world, ends)
  const channelKey = channelKeyOf(ends.left.id, ends.right.id)
  const message = { channelKey, cooperativeNonce, ...proof }
  return signAs(signer.wallet, world.domain, 'proof', message)
}

/** The items of a batch by which one end starts a dispute, signed by the other. */
export async function startOf(
  world: World,
  ends: Ends,
  starter: Actor,
  proof: Proof,
): Promise<BatchItems> {
  const { cooperativeNonce } = await stateOf(world, ends)
  const peer = starter.id === ends.left.id ? ends.right : ends.left
  const peerSignature = await signProof(world, ends, peer, proof)
  return { starts: [{ peer: peer.id, cooperativeNonce, proof, peerSignature }] }
}

/** A counter by anyone. */
export async function counter(world: World, proof: Proof): Promise<number> {
  const { cooperativeNonce } = await stateOf(world, world)
  return gasOf(
    world.depository.counter({
      left: world.left.id,
      right: world.right.id,
      cooperativeNonce,
      proof,
      leftSignature: await signProof(world, world, world.left, proof),
      rightSignature: await signProof(world, world, world.right, proof),
    }),
  )
}

export interface Shown {
  readonly leftArguments?: Hex
  readonly rightArguments?: Hex
  readonly leftTokens?: readonly Hex[]
  readonly rightTokens?: readonly Hex[]
}

export function finaliseOf(ends: Ends, body: ProofBody, shown: Shown = {}) {
  const nothing = { leftArguments: '0x', rightArguments: '0x', leftTokens: [], rightTokens: [] }
  const item = { left: ends.left.id, right: ends.right.id, body, ...nothing, ...shown }
  // Typed calls of ethers take no readonly arrays.
  return item as unknown as Parameters<World['depository']['finalise']>[0]
}

export async function passDeadline(world: World): Promise<void> {
  const { deadline } = await stateOf(world, world)
  await networkHelpers.time.increaseTo(deadline)
}
