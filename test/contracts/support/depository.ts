import {
  AbiCoder,
  concat,
  dataLength,
  dataSlice,
  type HDNodeWallet,
  keccak256,
  TypedDataEncoder,
  toBeHex,
  type Wallet,
  ZeroHash,
} from 'ethers'
import { type Hex, soleEntity } from './boards.ts'

/**
 * What entities sign and send to the Depository, written with ethers alone: tests of the contract hold
 * it against an encoder that is not ours.
 */

export type Signer = Wallet | HDNodeWallet

const coder = AbiCoder.defaultAbiCoder()

const proofFields =
  'uint96 disputeNonce, uint32 disputeWindow, bytes32 proofBodyHash, bytes32 blockHash'
const allowanceType = 'tuple(uint16 deltaIndex, uint128 leftAllowance, uint128 rightAllowance)'
const clauseType = `tuple(address provider, uint64 gasLimit, uint64 until, bytes batch, ${allowanceType}[] allowances)`
const bodyType = `tuple(bytes32[] tokenIds, int128[] offdeltas, ${clauseType}[] clauses)`

/** The lists of a batch in the order of their kinds, and what stands in them; settlements are packed. */
const listTypes = {
  withdrawals: 'tuple(bytes32 token, address to, uint256 amount)',
  transfers: 'tuple(bytes32 token, bytes32 to, uint256 amount)',
  fundings: 'tuple(bytes32 token, bytes32 receiver, tuple(bytes32 peer, uint128 amount)[] topUps)',
  settlements: '',
  starts: `tuple(bytes32 peer, uint64 cooperativeNonce, tuple(${proofFields}) proof, bytes peerSignature)`,
  counters: `tuple(bytes32 left, bytes32 right, uint64 cooperativeNonce, tuple(${proofFields}) proof,
    bytes leftSignature, bytes rightSignature)`,
  arguments: 'tuple(bytes32 peer, bytes32 proofBodyHash, bytes data, bytes32[] tokens)',
  finalises: `tuple(bytes32 left, bytes32 right, ${bodyType} body, bytes leftArguments, bytes rightArguments,
    bytes32[] leftTokens, bytes32[] rightTokens)`,
  secrets: 'bytes32',
} as const

const tokenDiffFields = [
  { name: 'token', type: 'bytes32' },
  { name: 'leftDiff', type: 'int256' },
  { name: 'rightDiff', type: 'int256' },
  { name: 'collateralDiff', type: 'int256' },
  { name: 'ondeltaDiff', type: 'int256' },
]

/** EIP-712 types under the Depository's domain. */
export const signedTypes = {
  batch: {
    Batch: [
      { name: 'entity', type: 'bytes32' },
      { name: 'batch', type: 'bytes' },
      { name: 'nonce', type: 'uint64' },
      { name: 'validUntil', type: 'uint64' },
    ],
  },
  settlement: {
    Settlement: [
      { name: 'channelKey', type: 'bytes32' },
      { name: 'cooperativeNonce', type: 'uint64' },
      { name: 'newNonce', type: 'uint64' },
      { name: 'deadline', type: 'uint64' },
      { name: 'diffs', type: 'TokenDiff[]' },
      { name: 'forgiveness', type: 'Forgiveness[]' },
    ],
    TokenDiff: tokenDiffFields,
    Forgiveness: [
      { name: 'token', type: 'bytes32' },
      { name: 'leftOwes', type: 'bool' },
      { name: 'index', type: 'uint256' },
    ],
  },
  proof: {
    DisputeProof: [
      { name: 'channelKey', type: 'bytes32' },
      { name: 'cooperativeNonce', type: 'uint64' },
      { name: 'disputeNonce', type: 'uint96' },
      { name: 'disputeWindow', type: 'uint32' },
      { name: 'proofBodyHash', type: 'bytes32' },
      { name: 'blockHash', type: 'bytes32' },
    ],
  },
}

export interface DepositoryDomain {
  readonly chainId: bigint
  readonly depository: Hex
}

export interface Proof {
  readonly disputeNonce: bigint
  readonly disputeWindow: number
  readonly proofBodyHash: Hex
  readonly blockHash: Hex
}

export interface Clause {
  readonly provider: Hex
  readonly gasLimit: bigint
  readonly until: number
  readonly batch: Hex
  readonly allowances: readonly {
    readonly deltaIndex: number
    readonly leftAllowance: bigint
    readonly rightAllowance: bigint
  }[]
}

export interface ProofBody {
  readonly tokenIds: readonly Hex[]
  readonly offdeltas: readonly bigint[]
  readonly clauses: readonly Clause[]
}

export interface TokenDiff {
  readonly token: Hex
  readonly leftDiff: bigint
  readonly rightDiff: bigint
  readonly collateralDiff: bigint
  readonly ondeltaDiff: bigint
}

/** The arrays of a batch; each item is what ethers encodes for its struct. */
export interface BatchItems {
  readonly atomic?: boolean
  readonly withdrawals?: readonly object[]
  readonly transfers?: readonly object[]
  readonly fundings?: readonly object[]
  readonly settlements?: readonly object[]
  readonly starts?: readonly object[]
  readonly counters?: readonly object[]
  readonly arguments?: readonly object[]
  readonly finalises?: readonly object[]
  readonly secrets?: readonly Hex[]
}

export const etherId: Hex = ZeroHash

export function erc20Id(address: Hex): Hex {
  return `0x01${'00'.repeat(11)}${address.slice(2).toLowerCase()}`
}

/** An entity of one wallet. */
export interface Actor {
  readonly wallet: Signer
  readonly id: Hex
}

export function actorOf(wallet: Signer): Actor {
  return { wallet, id: soleEntity(wallet.address) }
}

/** Two actors in the order of their ids. */
export function sidesOf(a: Actor, b: Actor): { readonly left: Actor; readonly right: Actor } {
  return BigInt(a.id) < BigInt(b.id) ? { left: a, right: b } : { left: b, right: a }
}

export function channelKeyOf(left: Hex, right: Hex): Hex {
  return keccak256(coder.encode(['bytes32', 'bytes32'], [left, right]))
}

/** The bytes of a batch, as libraries/BatchLists.sol says. */
export function encodeBatch({ atomic = false, ...lists }: BatchItems): Hex {
  let flags = atomic ? 1 : 0
  const parts: string[] = []
  for (const [index, [kind, type]] of Object.entries(listTypes).entries()) {
    const items = lists[kind as keyof typeof listTypes] ?? []
    if (items.length === 0) continue
    flags |= 2 << index
    const list =
      kind === 'settlements'
        ? concat(items.map((item) => packSettlement(item as Settlement)))
        : dataSlice(coder.encode([`${type}[]`], [items]), 32)
    parts.push(toBeHex(dataLength(list), 3), list)
  }
  return concat([toBeHex(flags, 2), ...parts]) as Hex
}

interface Settlement {
  readonly peer: Hex
  readonly cooperativeNonce: bigint
  readonly newNonce: bigint
  readonly deadline: bigint
  readonly diffs: readonly TokenDiff[]
  readonly forgiveness: readonly { token: Hex; leftOwes: boolean; index: bigint }[]
  readonly peerSignature: Hex
}

/** The bytes of a settlement, as libraries/SettlementForm.sol says. */
function packSettlement(item: Settlement): Hex {
  const { diffs, forgiveness, peerSignature } = item
  const numbers = [item.cooperativeNonce, item.newNonce, item.deadline]
  return concat([
    item.peer,
    ...numbers.map((value) => toBeHex(value, 8)),
    toBeHex(diffs.length, 1),
    toBeHex(forgiveness.length, 1),
    toBeHex(dataLength(peerSignature), 2),
    ...diffs.flatMap((diff) => [
      diff.token,
      packAmount(diff.leftDiff),
      packAmount(diff.rightDiff),
      packAmount(diff.collateralDiff),
      packAmount(diff.ondeltaDiff),
    ]),
    ...forgiveness.flatMap(({ token, leftOwes, index }) => [
      token,
      toBeHex(leftOwes ? 1 : 0, 1),
      toBeHex(index, 32),
    ]),
    peerSignature,
  ]) as Hex
}

/** A byte for the sign and how many bytes follow, and these. */
function packAmount(value: bigint): Hex {
  const size = value < 0n ? -value : value
  const bytes = size === 0n ? '0x' : toBeHex(size)
  return concat([toBeHex(dataLength(bytes) | (value < 0n ? 0x80 : 0), 1), bytes]) as Hex
}

export function hashBody(body: ProofBody): Hex {
  return keccak256(coder.encode([bodyType], [body]))
}

/** Signs as an entity of one: the 65-byte form over the digest itself. */
export function signAs(
  wallet: Signer,
  domain: DepositoryDomain,
  type: keyof typeof signedTypes,
  message: Record<string, unknown>,
): Promise<Hex> {
  return wallet.signTypedData(eip712Of(domain), signedTypes[type], message)
}

/** What {@link signAs} signs, for those who sign otherwise. */
export function messageDigest(
  domain: DepositoryDomain,
  type: keyof typeof signedTypes,
  message: Record<string, unknown>,
): Hex {
  return TypedDataEncoder.hash(eip712Of(domain), signedTypes[type], message)
}

const eip712Of = ({ chainId, depository }: DepositoryDomain) => ({
  name: 'XLN Depository',
  version: '1',
  chainId,
  verifyingContract: depository,
})
