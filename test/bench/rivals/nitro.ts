/** Nitro of statechannels.org: one adjudicator for all channels; judged by the rules of its ConsensusApp. */
import {
  AbiCoder,
  type BytesLike,
  Contract,
  ContractFactory,
  getBytes,
  keccak256,
  MaxUint256,
  Signature,
  type Wallet,
  zeroPadValue,
} from 'ethers'
import { gasOf, networkHelpers } from '../../contracts/support/depositoryWorld.ts'
import { alice, bob, type Flows, type Token, unit, window } from './flows.ts'
import type { Package, Unpacked } from './packages.ts'

export const nitroPackage: Package = {
  name: '@statechannels/nitro-protocol@2.0.1-alpha.6',
  integrity:
    'sha512-VehCgq3AOVTGCvGGIoF23YyQX+x1IbLzByFWbqPovucsm9vW0udR7r8Okw9hC0ZHanHOjQH5KxJL6aKUnrXinw==',
}

const outcomeType =
  'tuple(address asset, tuple(uint8 assetType, bytes metadata) assetMetadata, tuple(bytes32 destination, uint256 amount, uint8 allocationType, bytes metadata)[] allocations)[]'
const coder = AbiCoder.defaultAbiCoder()

/** One channel of alice and bob. */
class Channel {
  readonly fixedPart: {
    participants: string[]
    channelNonce: number
    appDefinition: string
    challengeDuration: number
  }
  readonly id: string
  readonly asset: string

  constructor(channelNonce: number, appDefinition: string, asset: string) {
    const participants = [alice.address, bob.address]
    this.fixedPart = { participants, channelNonce, appDefinition, challengeDuration: window }
    this.id = keccak256(
      coder.encode(
        ['address[]', 'uint64', 'address', 'uint48'],
        [participants, channelNonce, appDefinition, window],
      ),
    )
    this.asset = asset
  }

  /** Half for each of them. */
  variablePart(turnNum: number, isFinal: boolean) {
    const allocations = [alice, bob].map(({ address }) => ({
      destination: zeroPadValue(address, 32),
      amount: unit / 2n,
      allocationType: 0,
      metadata: '0x',
    }))
    const assetMetadata = { assetType: 0, metadata: '0x' }
    const outcome = [{ asset: this.asset, assetMetadata, allocations }]
    return { outcome, appData: '0x', turnNum, isFinal }
  }

  stateHash(turnNum: number, isFinal: boolean): string {
    const { outcome, appData } = this.variablePart(turnNum, isFinal)
    const types = ['bytes32', 'bytes', outcomeType, 'uint48', 'bool']
    return keccak256(coder.encode(types, [this.id, appData, outcome, turnNum, isFinal]))
  }

  /** A state that both have signed. */
  signed(turnNum: number, isFinal = false) {
    const hash = this.stateHash(turnNum, isFinal)
    const sigs = [alice, bob].map((signer) => sign(signer, hash))
    return { variablePart: this.variablePart(turnNum, isFinal), sigs }
  }

  /** What shows that the challenger is one of the two. */
  challengedBy(signer: Wallet, turnNum: number) {
    const types = ['bytes32', 'string']
    return sign(
      signer,
      keccak256(coder.encode(types, [this.stateHash(turnNum, false), 'forceMove'])),
    )
  }
}

function sign(signer: Wallet, hash: BytesLike) {
  const { v, r, s } = Signature.from(signer.signMessageSync(getBytes(hash)))
  return { v, r, s }
}

async function deploy(contracts: Unpacked, name: string, { payer }: Token): Promise<Contract> {
  const { abi, bytecode } = contracts.artifact(`dist/artifacts/contracts/${name}.sol/${name}.json`)
  const deployed = await new ContractFactory(abi, bytecode, payer).deploy()
  return new Contract(await deployed.getAddress(), abi, payer)
}

/** Plays every flow that Nitro has. */
export async function measureNitro(contracts: Unpacked, token: Token): Promise<Flows> {
  const adjudicator = await deploy(contracts, 'NitroAdjudicator', token)
  const app = await (await deploy(contracts, 'ConsensusApp', token)).getAddress()
  await token.token.approve(await adjudicator.getAddress(), MaxUint256)
  const call = (name: string, ...args: readonly unknown[]) =>
    gasOf(adjudicator.getFunction(name)(...args))
  const deposit = ({ id }: Channel, held: bigint) => call('deposit', token.address, id, held, unit)
  const [first, agreed, disputed] = [1, 2, 3].map(
    (nonce) => new Channel(nonce, app, token.address),
  ) as [Channel, Channel, Channel]
  // The adjudicator has the token already, as it always will.
  await deposit(first, 0n)

  const funded = await deposit(agreed, 0n)
  const more = await deposit(agreed, unit)
  const closed = await call(
    'concludeAndTransferAllAssets',
    agreed.fixedPart,
    agreed.signed(2, true),
  )

  await deposit(disputed, 0n)
  const { fixedPart } = disputed
  const challenge = (turn: number) =>
    call('challenge', fixedPart, [], disputed.signed(turn), disputed.challengedBy(alice, turn))
  const started = await challenge(1)
  const countered = await call('checkpoint', fixedPart, [], disputed.signed(2))
  await challenge(3)
  await networkHelpers.time.increase(window + 1)
  const { outcome } = disputed.variablePart(3, false)
  const ended = await call('transferAllAssets', disputed.id, outcome, disputed.stateHash(3, false))
  return {
    'a new channel, funded by one side': funded,
    'one of 100 new channels that a hub opens': funded,
    'more money into it': more,
    'some of it out, agreed; the channel stays': undefined,
    'all of it out to both, agreed': closed,
    'a dispute: start': started,
    'a newer state against it': countered,
    'the end of it, both paid outside': ended,
    'the same, paid to where it can be used again': undefined,
    'a lock judged in it, with its secret': undefined,
  }
}
