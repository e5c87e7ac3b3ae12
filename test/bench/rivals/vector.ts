/** Vector of Connext: a proxy for each channel, and a transfer definition for hash locks. */
import {
  AbiCoder,
  Contract,
  ContractFactory,
  concat,
  id,
  keccak256,
  MaxUint256,
  sha256,
  toUtf8Bytes,
  type Wallet,
  ZeroAddress,
} from 'ethers'
import { gasOf, networkHelpers } from '../../contracts/support/depositoryWorld.ts'
import { alice, bob, type Flows, type Token, unit, window } from './flows.ts'
import type { Package, Unpacked } from './packages.ts'

export const vectorPackage: Package = {
  name: '@connext/vector-contracts@0.2.5-beta.21',
  integrity:
    'sha512-se4w5/vOtL6Z2QYeiAtlYYX2rGFmkWlWJ1Cg+LHIl7UIm6zifxSOHrQbULAwC2DJa0uH3y9r1UBcqTM0JpySbA==',
}

const coder = AbiCoder.defaultAbiCoder()
const balanceType = 'tuple(uint256[2] amount, address[2] to)'
const channelType = `tuple(address channelAddress, address alice, address bob, address[] assetIds, ${balanceType}[] balances, uint256[] processedDepositsA, uint256[] processedDepositsB, uint256[] defundNonces, uint256 timeout, uint256 nonce, bytes32 merkleRoot)`
const transferType = `tuple(address channelAddress, bytes32 transferId, address transferDefinition, address initiator, address responder, address assetId, ${balanceType} balance, uint256 transferTimeout, bytes32 initialStateHash)`
const withdrawType =
  'tuple(address channelAddress, address assetId, address recipient, uint256 amount, uint256 nonce, address callTo, bytes callData)'
const commitment = { channel: 0, withdrawal: 1 }

const hashOf = (type: string, value: unknown) => keccak256(coder.encode([type], [value]))

/** A signature under Vector's own prefix. */
function signBare(signer: Wallet, hash: string): string {
  const prefix = toUtf8Bytes('\x16Vector Signed Message:\n32')
  return signer.signingKey.sign(keccak256(concat([prefix, hash]))).serialized
}

/** The same over a commitment of a kind. */
function sign(signer: Wallet, kind: number, hash: string): string {
  return signBare(signer, keccak256(coder.encode(['uint8', 'bytes32'], [kind, hash])))
}

const balance = (left: bigint, right: bigint) => ({
  amount: [left, right],
  to: [alice.address, bob.address],
})

async function deploy(contracts: Unpacked, file: string, token: Token, ...args: unknown[]) {
  const { abi, bytecode } = contracts.artifact(`artifacts/src.sol/${file}.json`)
  const deployed = await new ContractFactory(abi, bytecode, token.payer).deploy(...args)
  return new Contract(await deployed.getAddress(), abi, token.payer)
}

/** The channel of alice and bob at its proxy. */
class Channel {
  readonly address: string
  readonly #contract: Contract
  readonly #token: string

  constructor(contract: Contract, address: string, token: string) {
    this.#contract = contract
    this.address = address
    this.#token = token
  }

  call(name: string, ...args: readonly unknown[]): Promise<number> {
    return gasOf(this.#contract.getFunction(name)(...args))
  }

  /** So much for one of them, signed by both. */
  withdraw(recipient: string, amount: bigint, nonce: number): Promise<number> {
    const [channelAddress, assetId] = [this.address, this.#token]
    const data = {
      channelAddress,
      assetId,
      recipient,
      amount,
      nonce,
      callTo: ZeroAddress,
      callData: '0x',
    }
    const hash = hashOf(withdrawType, data)
    const signatures = [alice, bob].map((signer) => sign(signer, commitment.withdrawal, hash))
    return this.call('withdraw', data, ...signatures)
  }

  /** A state in which each has half of a unit, beside transfers under `merkleRoot`. */
  state(nonce: number, merkleRoot: string) {
    return {
      channelAddress: this.address,
      alice: alice.address,
      bob: bob.address,
      assetIds: [this.#token],
      balances: [balance(unit / 2n, unit / 2n)],
      processedDepositsA: [2n * unit],
      processedDepositsB: [0n],
      defundNonces: [1],
      timeout: window,
      nonce,
      merkleRoot,
    }
  }

  dispute(nonce: number, merkleRoot: string): Promise<number> {
    const state = this.state(nonce, merkleRoot)
    const hash = hashOf(channelType, state)
    const signatures = [alice, bob].map((signer) => sign(signer, commitment.channel, hash))
    return this.call('disputeChannel', state, ...signatures)
  }

  exit(owner: Wallet): Promise<number> {
    return this.call('exit', this.#token, owner.address, owner.address)
  }
}

/** A hash lock that alice owes bob, the only transfer of its channel, and what opens it. */
async function lockIn(channel: Channel, definition: Contract, token: Token) {
  const preImage = id('secret')
  const lock = [sha256(preImage), 0]
  const state = coder.encode(['bytes32', 'uint256'], lock)
  const transfer = {
    channelAddress: channel.address,
    transferId: id('transfer'),
    transferDefinition: await definition.getAddress(),
    initiator: alice.address,
    responder: bob.address,
    assetId: token.address,
    balance: balance(unit / 4n, 0n),
    transferTimeout: window,
    initialStateHash: keccak256(state),
  }
  const signature = signBare(bob, transfer.initialStateHash)
  return { transfer, opening: [state, preImage, signature], leaf: hashOf(transferType, transfer) }
}

/** Plays every flow. */
export async function measureVector(contracts: Unpacked, token: Token): Promise<Flows> {
  const mastercopy = await deploy(contracts, 'ChannelMastercopy.sol/ChannelMastercopy', token)
  const factory = await deploy(
    contracts,
    'ChannelFactory.sol/ChannelFactory',
    token,
    await mastercopy.getAddress(),
    0,
  )
  const hashLock = await deploy(
    contracts,
    'transferDefinitions/HashlockTransfer.sol/HashlockTransfer',
    token,
  )
  await token.token.approve(await factory.getAddress(), MaxUint256)
  const people = [alice.address, bob.address]
  const address: string = await factory.getFunction('getChannelAddress')(...people)
  const funded = await gasOf(
    factory.getFunction('createChannelAndDepositAlice')(...people, token.address, unit),
  )
  await token.token.approve(address, MaxUint256)
  const proxy = new Contract(address, mastercopy.interface, token.payer)
  const channel = new Channel(proxy, address, token.address)
  const more = await channel.call('depositAlice', token.address, unit)
  // A second withdrawal, so that no counter of the channel is new.
  await channel.withdraw(alice.address, unit / 16n, 1)
  const some = await channel.withdraw(alice.address, unit / 16n, 2)
  const other = await channel.withdraw(bob.address, unit / 16n, 3)
  await channel.call('depositAlice', token.address, unit)

  const { transfer, opening, leaf } = await lockIn(channel, hashLock, token)
  const started = await channel.dispute(1, leaf)
  const countered = await channel.dispute(2, leaf)
  await networkHelpers.time.increase(window + 1)
  const defunded = await channel.call('defundChannel', channel.state(2, leaf), [token.address], [0])
  const ended = defunded + (await channel.exit(alice)) + (await channel.exit(bob))
  const lock =
    (await channel.call('disputeTransfer', transfer, [])) +
    (await channel.call('defundTransfer', transfer, ...opening))
  return {
    'a new channel, funded by one side': funded,
    'one of 100 new channels that a hub opens': funded,
    'more money into it': more,
    'some of it out, agreed; the channel stays': some,
    'all of it out to both, agreed': some + other,
    'a dispute: start': started,
    'a newer state against it': countered,
    'the end of it, both paid outside': ended,
    'the same, paid to where it can be used again': undefined,
    'a lock judged in it, with its secret': lock,
  }
}
