import { type ContractTransactionResponse, Result, ZeroHash } from 'ethers'
import type { Hex } from './boards.ts'
import {
  type Actor,
  type BatchItems,
  channelKeyOf,
  encodeBatch,
  etherId,
  type Proof,
  type ProofBody,
  signAs,
  type TokenDiff,
} from './depository.ts'
import {
  type Ends,
  farAway,
  finaliseOf,
  proofOf,
  type Shown,
  signProof,
  startOf,
  stateOf,
  type World,
} from './depositoryWorld.ts'

/** Items of batches, right unless a test makes them wrong, and the way in which they are sent. */

export const unit = 10n ** 18n
export const noBody: ProofBody = { tokenIds: [], offdeltas: [], clauses: [] }
/** The proof that says that nothing was signed. */
export const emptyProof: Proof = {
  disputeNonce: 0n,
  disputeWindow: 0,
  proofBodyHash: ZeroHash as Hex,
  blockHash: ZeroHash as Hex,
}

/** What can be said wrongly about a batch. */
export interface BatchOverrides {
  readonly nonce?: bigint
  readonly validUntil?: bigint
  readonly signer?: Actor
  readonly gasLimit?: number
}

/** Sends bytes as a batch, signed by `actor` with its next nonce. */
export async function sendBytes(
  world: World,
  actor: Actor,
  batch: Hex,
  overrides: BatchOverrides = {},
): Promise<ContractTransactionResponse> {
  const { validUntil = farAway, signer = actor, gasLimit } = overrides
  const nonce = overrides.nonce ?? (await world.depository.batchNonce(actor.id))
  const message = { entity: actor.id, batch, nonce, validUntil }
  const signature = await signAs(signer.wallet, world.domain, 'batch', message)
  const gas = gasLimit === undefined ? {} : { gasLimit }
  return world.depository.processBatch(actor.id, batch, nonce, validUntil, signature, gas)
}

/** Sends a batch, signed by `actor` with its next nonce. */
export function send(
  world: World,
  actor: Actor,
  items: BatchItems,
  overrides: BatchOverrides = {},
): Promise<ContractTransactionResponse> {
  return sendBytes(world, actor, encodeBatch(items), overrides)
}

/** Deposits for `actor`, of the world's token or of another that the payer may spend. */
export function deposit(
  world: World,
  actor: Actor,
  amount: bigint,
  token: Hex = world.tokenId,
): Promise<ContractTransactionResponse> {
  const value = token === etherId ? amount : 0n
  return world.depository.deposit(actor.id, token, amount, { value })
}

/** Moves `amount` of the world's token from the reserve of left into its channel with right. */
export function fundingOf(world: World, amount: bigint, token: Hex = world.tokenId): BatchItems {
  const { left, right } = world
  return { fundings: [{ token, receiver: left.id, topUps: [{ peer: right.id, amount }] }] }
}

/** The channel of left and right, with collateral of left's. */
export async function collateralise(world: World, amount: bigint): Promise<void> {
  await deposit(world, world.left, amount)
  await send(world, world.left, fundingOf(world, amount))
}

/** What a settlement says, its diffs among them. */
export interface Terms {
  readonly cooperativeNonce: bigint
  readonly newNonce: bigint
  readonly deadline: bigint
  readonly diffs: readonly TokenDiff[]
  readonly forgiveness: readonly { token: Hex; leftOwes: boolean; index: bigint }[]
}

/** A settlement of left's, signed by right or by another. */
export async function settlementOf(
  world: World,
  changed: Partial<Terms>,
  signer: Actor = world.right,
): Promise<BatchItems> {
  const { cooperativeNonce } = await stateOf(world, world)
  const terms = {
    cooperativeNonce,
    newNonce: cooperativeNonce + 1n,
    deadline: farAway,
    diffs: [],
    forgiveness: [],
    ...changed,
  }
  const message = { channelKey: channelKeyOf(world.left.id, world.right.id), ...terms }
  const peerSignature = await signAs(signer.wallet, world.domain, 'settlement', message)
  return { settlements: [{ ...terms, peer: world.right.id, peerSignature }] }
}

/** How the world's token moves. */
export function diffOf(
  world: World,
  leftDiff: bigint,
  rightDiff: bigint,
  ondeltaDiff: bigint,
): TokenDiff {
  const collateralDiff = -leftDiff - rightDiff
  return { token: world.tokenId, leftDiff, rightDiff, collateralDiff, ondeltaDiff }
}

/** Who signs a counter in place of left and right, and what it names. */
export interface CounterOverrides {
  readonly left?: Actor
  readonly right?: Actor
  readonly cooperativeNonce?: bigint
  readonly ends?: Ends
}

export async function counterOf(world: World, proof: Proof, overrides: CounterOverrides = {}) {
  const { ends = world, left = world.left, right = world.right } = overrides
  const stored = await stateOf(world, world)
  return {
    left: ends.left.id,
    right: ends.right.id,
    cooperativeNonce: overrides.cooperativeNonce ?? stored.cooperativeNonce,
    proof,
    leftSignature: await signProof(world, world, left, proof),
    rightSignature: await signProof(world, world, right, proof),
  }
}

/** What right gives, or left, in the dispute between them. */
export function argumentsOf(
  peer: Actor,
  proofBodyHash: Hex,
  data: Hex,
  tokens: readonly Hex[] = [],
): BatchItems {
  return { arguments: [{ peer: peer.id, proofBodyHash, data, tokens }] }
}

/** Some body of the world's token alone. */
export function bodyOf(world: World, offdelta: bigint): ProofBody {
  return { tokenIds: [world.tokenId], offdeltas: [offdelta], clauses: [] }
}

/** Starts a dispute between left and right, at `height` with `body`. */
export async function start(
  world: World,
  by: Actor,
  height: number,
  body: ProofBody,
): Promise<ContractTransactionResponse> {
  return send(world, by, await startOf(world, world, by, proofOf(height, body)))
}

/** Ends the dispute by a batch. */
export function finaliseBy(
  world: World,
  by: Actor,
  body: ProofBody,
  shown: Shown = {},
): Promise<ContractTransactionResponse> {
  return send(world, by, { finalises: [finaliseOf(world, body, shown)] })
}

/** Makes left owe right `amount` of the world's token, with nothing in their channel. */
export async function indebtLeft(world: World, amount: bigint): Promise<void> {
  const body = bodyOf(world, -amount)
  await start(world, world.right, 1, body)
  await finaliseBy(world, world.left, body)
}

/** An event: its name and its arguments in their order. */
export type Told = readonly [name: string, ...args: readonly unknown[]]

/** The events of the Depository in a transaction, in their order. */
export async function eventsOf(
  world: World,
  sent: Promise<ContractTransactionResponse>,
): Promise<readonly Told[]> {
  const receipt = await (await sent).wait()
  const emitted = receipt?.logs.filter(({ address }) => address === world.depository.target) ?? []
  return emitted.map((log): Told => {
    const told = world.depository.interface.parseLog(log)
    if (told === null) throw new Error('an event that is not in the ABI')
    return [told.name, ...plain(told.args)]
  })
}

/** Structs and arrays as plain arrays. */
function plain(args: Result): readonly unknown[] {
  return args.toArray().map((arg: unknown) => (arg instanceof Result ? plain(arg) : arg))
}
