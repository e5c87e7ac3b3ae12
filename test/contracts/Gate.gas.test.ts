import { Gate__factory } from '@xln/shared/abi/typechain/factories/Gate__factory.ts'
import { AbiCoder, id, keccak256, MaxUint256, Signature, TypedDataEncoder } from 'ethers'
import type { Hex } from './support/boards.ts'
import { erc20Id } from './support/depository.ts'
import { createWorld, ethers, farAway, gasOf, run, type World } from './support/depositoryWorld.ts'
import { holdFigures } from './support/gasSnapshot.ts'

/** The gas of whole transactions through the Gate, and of a batch that pays its relayer. */

const coder = AbiCoder.defaultAbiCoder()
const depositTypes = {
  Deposit: [
    { name: 'entity', type: 'bytes32' },
    { name: 'token', type: 'bytes32' },
    { name: 'amount', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
}

async function createGate() {
  const world = await createWorld()
  const gate = Gate__factory.connect(await world.depository.gate(), world.payer)
  return { ...world, gate, gateAddress: (await gate.getAddress()) as Hex }
}
type GateWorld = Awaited<ReturnType<typeof createGate>>

/** Numbers 1 and 2 of a collection, in and out: the first finds nothing, the second its contract. */
async function measureErc721(world: GateWorld): Promise<Record<string, number>> {
  const { gate, gateAddress, left, payer } = world
  const art = await ethers.deployContract('TestErc721')
  const address = (await art.getAddress()) as Hex
  for (const number of [1, 2, 3]) await art.mint(payer.address, number)
  await art.setApprovalForAll(gateAddress, true)
  await gate.depositErc721(left.id, address, 1)
  const token = await gate.tokenIdOf(2, address, 2)
  const send = art.getFunction('safeTransferFrom(address,address,uint256,bytes)')
  const entity = coder.encode(['bytes32'], [left.id])
  return {
    'deposit of a new ERC-721': await gasOf(gate.depositErc721(left.id, address, 2)),
    'a new ERC-721 sent straight in': await gasOf(send(payer.address, gateAddress, 3, entity)),
    'withdraw an ERC-721': await run(world, left, {
      withdrawals: [{ token, to: payer.address, amount: 1n }],
    }),
    'deposit of an ERC-721 seen before': await gasOf(gate.depositErc721(left.id, address, 2)),
  }
}

async function measureErc1155(world: GateWorld): Promise<Record<string, number>> {
  const { gate, gateAddress, left, payer } = world
  const coins = await ethers.deployContract('TestErc1155')
  const address = (await coins.getAddress()) as Hex
  await coins.mint(payer.address, 1, 1_000)
  await coins.setApprovalForAll(gateAddress, true)
  await gate.depositErc1155(left.id, address, 1, 100)
  const token = await gate.tokenIdOf(3, address, 1)
  return {
    'deposit of an ERC-1155, repeated': await gasOf(gate.depositErc1155(left.id, address, 1, 10)),
    'withdraw an ERC-1155': await run(world, left, {
      withdrawals: [{ token, to: payer.address, amount: 10n }],
    }),
  }
}

async function measureSigned(world: GateWorld): Promise<Record<string, number>> {
  const { gate, left, right, domain, depository } = world
  const token = await ethers.deployContract('SignedToken')
  const id20 = erc20Id((await token.getAddress()) as Hex)
  const owner = right.wallet
  await token.mint(owner.address, 10n ** 30n)
  const sign = async (structHash: string) =>
    Signature.from(owner.signingKey.sign(await token.digestOf(structHash)))

  const byPermit = async () => {
    const [nonce, permits] = [
      await gate.depositNonceOf(owner.address),
      await token.nonces(owner.address),
    ]
    const terms = { entity: left.id, token: id20, amount: 10n, nonce, deadline: farAway }
    const types = ['bytes32', 'address', 'address', 'uint256', 'uint256', 'uint256']
    const values = [
      await token.PERMIT_TYPEHASH(),
      owner.address,
      domain.depository,
      10n,
      permits,
      farAway,
    ]
    const { v, r, s } = await sign(keccak256(coder.encode(types, values)))
    const typed = { name: 'XLN Depository', version: '1', chainId: domain.chainId }
    const signedFor = { ...typed, verifyingContract: domain.depository }
    const digest = TypedDataEncoder.hash(signedFor, depositTypes, terms)
    const signature = owner.signingKey.sign(digest).serialized
    const permit = { amount: 10n, deadline: farAway, v, r, s }
    return gasOf(gate.depositWithPermit({ owner: owner.address, ...terms }, permit, signature))
  }
  const byAuthorization = async (salt: string) => {
    const nonce = keccak256(coder.encode(['bytes32', 'bytes32'], [left.id, salt]))
    const types = ['bytes32', 'address', 'address', 'uint256', 'uint256', 'uint256', 'bytes32']
    const typehash = await token.RECEIVE_TYPEHASH()
    const values = [typehash, owner.address, domain.depository, 10n, 0n, farAway, nonce]
    const { v, r, s } = await sign(keccak256(coder.encode(types, values)))
    const item = { owner: owner.address, entity: left.id, token: id20, amount: 10n }
    const times = { validAfter: 0n, validBefore: farAway }
    return gasOf(gate.depositWithAuthorization({ ...item, ...times, salt, v, r, s }))
  }
  await token.connect(world.payer).getFunction('approve')(depository, MaxUint256)
  await byPermit()
  return {
    'deposit by permit, repeated': await byPermit(),
    'deposit by authorization, repeated': await byAuthorization(id('salt')),
  }
}

/** A batch that pays who sends it, beside one that does nothing: both slots of the reserves in use. */
async function measureFee(world: World): Promise<Record<string, number>> {
  const { left, depository, tokenId } = world
  await depository.deposit(left.id, tokenId, 1_000n)
  const fee = { transfers: [{ token: tokenId, to: `0x${'00'.repeat(32)}`, amount: 1n }] }
  await run(world, left, fee)
  const paid = await run(world, left, fee)
  return { "a relayer's fee, repeated": paid - (await run(world, left, {})) }
}

describe('Gate, gas of whole transactions', () => {
  it('is not worse than what is committed', async () => {
    const world = await createGate()
    holdFigures('gate', {
      ...(await measureErc721(world)),
      ...(await measureErc1155(world)),
      ...(await measureSigned(world)),
      ...(await measureFee(world)),
    })
  })
})
