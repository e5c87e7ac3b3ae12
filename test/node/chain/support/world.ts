import { type Deployment, deployContracts } from '@xln/deploy/contracts.ts'
import { type LocalChain, type LocalChainOptions, startLocalChain } from '@xln/deploy/localChain.ts'
import { deployTestToken } from '@xln/deploy/testToken.ts'
import type { ProcessBatch } from '@xln/node/shell/chain/calls.ts'
import type { Contracts } from '@xln/node/shell/chain/decode.ts'
import { Endpoints, type EndpointsOptions } from '@xln/node/shell/chain/endpoints.ts'
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { TestToken__factory } from '@xln/shared/abi/typechain/factories/mocks/TestToken__factory.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { disputeNonce, disputeProofDigest, settlementDigest } from '@xln/shared/channel/digests.ts'
import { type ProofBody, proofBodyHash } from '@xln/shared/channel/proofBody.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import {
  type Batch,
  batchDigest,
  type DisputeCounter,
  type DisputeStart,
  EMPTY_BATCH,
  encodeBatch,
} from '@xln/shared/depository/batch.ts'
import type { Proof } from '@xln/shared/depository/batchItem.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Settlement } from '@xln/shared/depository/settlementForm.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import { channelKeyOf, lazyEntityId, orderSides } from '@xln/shared/entity/board.ts'
import {
  type Address,
  type EntityId,
  type Hex,
  parseAddress,
  type TokenId,
  ZERO_HASH,
} from '@xln/shared/ids.ts'

/** A key that is an entity by itself. */
export interface Actor {
  readonly key: Hex
  readonly address: Address
  readonly entity: EntityId
}

/** A local chain with everything deployed, and actors who have tokens. */
export interface World {
  readonly chain: LocalChain
  readonly deployment: Deployment
  readonly domain: ChainDomain & Contracts
  readonly token: { readonly address: Address; readonly id: TokenId }
  /** Pays for gas, and is nobody's entity. */
  readonly relay: Actor
  readonly alice: Actor
  readonly bob: Actor
  readonly carol: Actor
  /** In which no test writes: the chain as it was when everything was ready. */
  close(): Promise<void>
}

export const RICH = 10n ** 24n
const WINDOW = 3_600

export async function startWorld(options?: LocalChainOptions): Promise<World> {
  const chain = await startLocalChain({ accounts: 8, ...options })
  const actors = chain.accounts.map(({ key, address }): Actor => {
    const lower = parseAddress(address)
    return { key, address: lower, entity: lazyEntityId(lower) }
  })
  const [deployer, relay, alice, bob, carol] = actors as [Actor, Actor, Actor, Actor, Actor]
  const keys = { rpcUrl: chain.url, deployerKey: deployer.key }
  const deployment = await deployContracts(keys)
  const address = await deployTestToken(keys)
  const domain = { ...deployment, chainId: BigInt(deployment.chainId) }
  const token = { address, id: erc20TokenId(address) }
  const world = { chain, deployment, domain, token, relay, alice, bob, carol }
  for (const actor of [relay, alice, bob, carol]) await enrich(world, actor)
  return { ...world, close: () => chain.stop() }
}

type Place = Omit<World, 'close'>

/** Mints tokens for an actor and allows the Depository to take them. */
async function enrich(world: Place, actor: Actor): Promise<void> {
  const token = TestToken__factory.createInterface()
  const { address: to } = world.token
  const { depository } = world.domain
  await send(world, actor, to, token.encodeFunctionData('mint', [actor.address, RICH]))
  await send(world, actor, to, token.encodeFunctionData('approve', [depository, RICH]))
}

export function openEndpoints(
  world: Pick<World, 'chain'>,
  options: Partial<EndpointsOptions> = {},
): Endpoints {
  return new Endpoints({
    urls: [world.chain.url],
    chainId: BigInt(world.chain.chainId),
    timeoutMs: 2_000,
    backOff: { minMs: 10, maxMs: 100 },
    ...options,
  })
}

export const depositoryInterface = IDepository__factory.createInterface()

/** Sends a transaction by itself, beside anything under test, and returns its hash. */
export async function send(
  world: Pick<World, 'chain'>,
  from: Actor,
  to: string,
  data: string,
  value = 0n,
): Promise<Hex> {
  const gas = `0x${(10_000_000).toString(16)}`
  const transaction = { from: from.address, to, data, gas, value: `0x${value.toString(16)}` }
  return world.chain.request<Hex>('eth_sendTransaction', [transaction])
}

export async function receiptOf(
  world: Pick<World, 'chain'>,
  hash: Hex,
): Promise<{ status: string; blockNumber: string; gasUsed: string } | null> {
  return world.chain.request('eth_getTransactionReceipt', [hash])
}

/** Sends, and throws unless it is in a block and succeeded. Needs a chain that mines by itself. */
export async function succeed(
  world: Pick<World, 'chain'>,
  from: Actor,
  to: string,
  data: string,
): Promise<number> {
  const receipt = await receiptOf(world, await send(world, from, to, data))
  if (receipt?.status !== '0x1') throw new Error('the transaction failed')
  return Number(receipt.blockNumber)
}

export function deposit(world: World, from: Actor, entity: EntityId, amount: bigint) {
  const data = depositoryInterface.encodeFunctionData('deposit', [entity, world.token.id, amount])
  return succeed(world, from, world.domain.depository, data)
}

export async function batchNonceOf(world: World, entity: EntityId): Promise<bigint> {
  const data = depositoryInterface.encodeFunctionData('batchNonce', [entity])
  const call = { to: world.domain.depository, data }
  return BigInt(await world.chain.request<string>('eth_call', [call, 'latest']))
}

export async function chainTime(world: Pick<World, 'chain'>): Promise<number> {
  const block = await world.chain.request<{ timestamp: string }>('eth_getBlockByNumber', [
    'latest',
    false,
  ])
  return Number(block.timestamp)
}

export async function chainHead(world: Pick<World, 'chain'>): Promise<number> {
  return Number(await world.chain.request<string>('eth_blockNumber'))
}

/** A batch of `actor`, signed; `nonce` is the next by default. */
export async function signBatch(
  world: World,
  actor: Actor,
  items: Partial<Batch>,
  { nonce, validUntil }: { nonce?: bigint; validUntil?: number } = {},
): Promise<ProcessBatch> {
  const batch = encodeBatch({ ...EMPTY_BATCH, ...items })
  const { entity } = actor
  const signed = {
    nonce: nonce ?? (await batchNonceOf(world, entity)),
    validUntil: validUntil ?? (await chainTime(world)) + 900,
  }
  const digest = batchDigest(world.domain, entity, batch, signed.nonce, signed.validUntil)
  const signature = signDigest(digest, hexToBytes(actor.key))
  return { type: 'processBatch', entity, batch, ...signed, signature }
}

/** Signs a batch and has it executed at once. */
export async function act(world: World, actor: Actor, items: Partial<Batch>): Promise<number> {
  const { entity, batch, nonce, validUntil, signature } = await signBatch(world, actor, items)
  const parameters = [entity, batch, nonce, validUntil, signature] as const
  const data = depositoryInterface.encodeFunctionData('processBatch', [...parameters])
  return succeed(world, world.relay, world.domain.depository, data)
}

export function fund(world: World, actor: Actor, peer: Actor, amount: bigint): Promise<number> {
  const topUps = [{ peer: peer.entity, amount }]
  const funding = { token: world.token.id, receiver: actor.entity, topUps }
  return act(world, actor, { fundings: [funding] })
}

export function bodyOf(world: World, offdelta: bigint): ProofBody {
  return { tokenIds: [world.token.id], offdeltas: [offdelta], clauses: [] }
}

/** The proof of a channel block of this height, and one side's signature on it. */
export function prove(
  world: World,
  signer: Actor,
  peer: Actor,
  body: ProofBody,
  height: number,
  cooperativeNonce = 0n,
): { proof: Proof; signature: Uint8Array } {
  const proof: Proof = {
    disputeNonce: disputeNonce(0, height, true),
    disputeWindow: WINDOW,
    proofBodyHash: proofBodyHash(body),
    blockHash: ZERO_HASH,
  }
  const channelKey = channelKeyOf(signer.entity, peer.entity)
  const digest = disputeProofDigest(world.domain, { channelKey, cooperativeNonce, ...proof })
  return { proof, signature: signDigest(digest, hexToBytes(signer.key)) }
}

export function startOf(
  world: World,
  actor: Actor,
  peer: Actor,
  body: ProofBody,
  height: number,
  cooperativeNonce = 0n,
): DisputeStart {
  const { proof, signature } = prove(world, peer, actor, body, height, cooperativeNonce)
  return { peer: peer.entity, cooperativeNonce, proof, peerSignature: signature }
}

export function counterOf(
  world: World,
  a: Actor,
  b: Actor,
  body: ProofBody,
  height: number,
  cooperativeNonce = 0n,
): DisputeCounter {
  const { left, right } = orderSides(a.entity, b.entity)
  const [one, other] = left === a.entity ? [a, b] : [b, a]
  const { proof, signature } = prove(world, one, other, body, height, cooperativeNonce)
  const { signature: rightSignature } = prove(world, other, one, body, height, cooperativeNonce)
  return { left, right, cooperativeNonce, proof, leftSignature: signature, rightSignature }
}

/** A settlement that `actor` submits and `peer` has signed: moves collateral to the reserves. */
export function settlementOf(
  world: World,
  actor: Actor,
  peer: Actor,
  {
    forgiveness = [],
    ...terms
  }: Omit<Settlement, 'peer' | 'peerSignature' | 'forgiveness'> &
    Partial<Pick<Settlement, 'forgiveness'>>,
): Settlement {
  const channelKey = channelKeyOf(actor.entity, peer.entity)
  const digest = settlementDigest(world.domain, { channelKey, forgiveness, ...terms })
  const peerSignature = signDigest(digest, hexToBytes(peer.key))
  return { peer: peer.entity, forgiveness, peerSignature, ...terms }
}

export function ends(a: Actor, b: Actor): { left: EntityId; right: EntityId } {
  return orderSides(a.entity, b.entity)
}

export function gasKeyOf(actor: Actor) {
  const key = hexToBytes(actor.key)
  return { address: actor.address, sign: (digest: Uint8Array) => signDigest(digest, key) }
}
