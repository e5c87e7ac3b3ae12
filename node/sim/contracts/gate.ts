/** The Gate: collectibles come in by their own transfers and leave the same way; signed deposits of ERC-20s. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { authorizationNonce, depositDigest, gateOf } from '@xln/shared/depository/gate.ts'
import { type AssetKind, assetTokenId } from '@xln/shared/depository/tokenIds.ts'
import {
  type Address,
  type EntityId,
  type Hash,
  type Hex,
  type TokenId,
  ZERO_HASH,
} from '@xln/shared/ids.ts'
import { attempt, callAs, type Frame } from './frame.ts'
import { arrive } from './reserves.ts'
import { revert } from './reverts.ts'
import { take } from './tokens.ts'
import type { Asset } from './world.ts'

/** In the place of the awaited arrival, once its token has called the receive hook. */
const SEEN = 'seen'

/** By the number of the enum `TokenKind`. */
export const ASSET_KINDS: Readonly<Record<AssetKind, number>> = { erc721: 2, erc1155: 3 }

/** Whether it lies here, and not at the Depository. */
export function isAtGate(token: TokenId): boolean {
  return Number.parseInt(token.slice(2, 4), 16) >= ASSET_KINDS.erc721
}

/** What is about to come in. */
export interface Arrival {
  readonly kind: AssetKind
  readonly collection: Address
  readonly id: bigint
  readonly amount: bigint
}

// ─── Ways in ────────────────────────────────────────────────────────────────────────────────────

/** Asks the token to bring an arrival from the caller, and credits what came. */
export function pullAsset(frame: Frame, entity: EntityId, arrival: Arrival): void {
  const { kind, collection, id, amount } = arrival
  const gate = gateOf(frame.domain.depository)
  const token = begin(frame, entity, arrival)
  const before = holding(frame, arrival)
  frame.world.awaited = keyOf(arrival)
  const isDone =
    kind === 'erc721'
      ? ask(frame, collection, 'transferFrom(address,address,uint256)', frame.sender, gate, id)
      : ask(frame, collection, SAFE_1155, frame.sender, gate, id, amount, '0x')
  if (isDone === undefined) revert('TransferFailed', token, gate, amount)
  frame.world.awaited = undefined
  const afterwards = holding(frame, arrival)
  if (afterwards <= before) revert('NothingArrived', token, amount)
  creditArrival(frame, entity, token, afterwards - before, afterwards)
}

/** The receive hook: sent straight here, and credited; or of the arrival that is being pulled. */
export function receive(frame: Frame, arrival: Arrival, data: Hex): void {
  const { awaited } = frame.world
  if (awaited !== undefined) {
    if (awaited !== keyOf(arrival)) revert('Reentered')
    frame.world.awaited = SEEN
    return
  }
  if (data.length !== ZERO_HASH.length) revert('DataInvalid', (data.length - 2) / 2)
  const entity = data as EntityId
  const token = begin(frame, entity, arrival)
  creditArrival(frame, entity, token, arrival.amount, holding(frame, arrival))
}

/** A contract keeps the kind of its first arrival, and a token is named at its own. */
function begin(frame: Frame, entity: EntityId, { kind, collection, id }: Arrival): TokenId {
  if (entity === (ZERO_HASH as Hex)) revert('EntityMissing')
  const { world, domain } = frame
  const first = world.kinds.get(collection) ?? kind
  if (first !== kind) revert('KindWrong', collection, ASSET_KINDS[kind], ASSET_KINDS[first])
  world.kinds.set(collection, kind)
  const token = assetTokenId(kind, collection, id)
  if (world.assets.get(token) !== undefined) return token
  world.assets.set(token, { kind, collection, id, held: 0n })
  const address = gateOf(domain.depository)
  const event = { type: 'assetNamed', token, kind: ASSET_KINDS[kind], collection, id } as const
  frame.emitted.push({ address, event })
  return token
}

/** Holds what is promised in all against what is there. */
function creditArrival(
  frame: Frame,
  entity: EntityId,
  token: TokenId,
  amount: bigint,
  there: bigint,
): void {
  if (amount === 0n) revert('AmountZero')
  const asset = frame.world.assets.get(token) as Asset
  if (there - asset.held < amount) revert('NothingArrived', token, amount)
  frame.world.assets.set(token, { ...asset, held: asset.held + amount })
  arrive(frame, entity, token, amount)
}

// ─── The way out ────────────────────────────────────────────────────────────────────────────────

/** Gives exactly `amount`, which is in a reserve and so held here, or reverts. */
export function release(frame: Frame, token: TokenId, to: Address, amount: bigint): void {
  const asset = frame.world.assets.get(token) as Asset
  frame.world.assets.set(token, { ...asset, held: asset.held - amount })
  const { kind, collection, id } = asset
  const gate = gateOf(frame.domain.depository)
  const before = holding(frame, asset)
  const isDone =
    kind === 'erc721'
      ? ask(frame, collection, 'safeTransferFrom(address,address,uint256)', gate, to, id)
      : ask(frame, collection, SAFE_1155, gate, to, id, amount, '0x')
  const cost = before - holding(frame, asset)
  if (isDone === undefined || cost !== amount) revert('TransferFailed', token, to, amount)
}

const SAFE_1155 = 'safeTransferFrom(address,address,uint256,uint256,bytes)'

/** What a collection answers, an account without code nothing; `undefined` if it reverts. */
function ask(
  frame: Frame,
  collection: Address,
  signature: string,
  ...args: readonly unknown[]
): readonly unknown[] | undefined {
  if (!frame.contracts.has(collection)) return []
  const gate = gateOf(frame.domain.depository)
  let answer: readonly unknown[] = []
  const reverted = attempt(frame, () => {
    answer = callAs(frame, gate, collection, signature, ...args)
  })
  return reverted === undefined ? answer : undefined
}

/** By the token's own word; nothing where it does not answer. */
function holding(
  frame: Frame,
  { kind, collection, id }: Pick<Arrival, 'kind' | 'collection' | 'id'>,
): bigint {
  const gate = gateOf(frame.domain.depository)
  if (kind === 'erc721')
    return ask(frame, collection, 'ownerOf(uint256)', id)?.[0] === gate ? 1n : 0n
  const [balance] = ask(frame, collection, 'balanceOf(address,uint256)', gate, id) ?? []
  return (balance as bigint | undefined) ?? 0n
}

function keyOf({ kind, collection, id, amount }: Arrival): string {
  return `${kind}/${collection}/${id}/${amount}`
}

// ─── Signed deposits ────────────────────────────────────────────────────────────────────────────

/** An ERC-20 of `owner` for the reserve of `entity`, and no other. */
export interface OwnersDeposit {
  readonly owner: Address
  readonly entity: EntityId
  readonly token: TokenId
  readonly amount: bigint
}

/** Deposits for an owner who signed for this beneficiary; `permit` are the arguments of his permit, if there is one. */
export function depositWithPermit(
  frame: Frame,
  item: OwnersDeposit & { readonly nonce: bigint; readonly deadline: bigint },
  permit: readonly unknown[] | undefined,
  signature: Uint8Array,
): void {
  const { owner, token, amount, nonce, deadline } = item
  const expected = frame.world.depositNonces.get(owner) ?? 0n
  if (nonce !== expected) revert('DepositNonceWrong', owner, nonce, expected)
  if (BigInt(frame.now) > deadline) revert('DepositExpired', deadline, frame.now)
  const digest = depositDigest(frame.domain, { ...item, deadline: Number(deadline) })
  const signer = signature.length === 65 ? frame.recover(digest, signature) : undefined
  if (signer !== owner) revert('DepositSignatureInvalid', owner, bytesToHex(digest))
  frame.world.depositNonces.set(owner, expected + 1n)
  const address = gateOf(frame.domain.depository)
  frame.emitted.push({ address, event: { type: 'depositSigned', owner, nonce: expected } })

  const { depository } = frame.domain
  // Whether it fails is of no interest: one that was used already has left its allowance.
  const contract = `0x${token.slice(26)}` as Address
  if (permit !== undefined) ask(frame, contract, PERMIT, owner, depository, ...permit)
  bring(frame, item, 'transferFrom(address,address,uint256)', owner, depository, amount)
}

const PERMIT = 'permit(address,address,uint256,uint256,uint8,bytes32,bytes32)'
const RECEIVE =
  'receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)'

/** Deposits by an ERC-3009 authorization, whose nonce names the beneficiary. */
export function depositWithAuthorization(
  frame: Frame,
  item: OwnersDeposit,
  salt: Hash,
  validity: readonly unknown[],
  signature: readonly unknown[],
): void {
  const terms = [item.owner, frame.domain.depository, item.amount, ...validity]
  bring(frame, item, RECEIVE, ...terms, authorizationNonce(item.entity, salt), ...signature)
}

/** Credits what really comes by a call that its owner signed. */
function bring(
  frame: Frame,
  { entity, token, amount }: OwnersDeposit,
  signature: string,
  ...args: readonly unknown[]
): void {
  arrive(frame, entity, token, take(frame, token, amount, signature, ...args))
}
