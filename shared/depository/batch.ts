/** Batches: everything an entity does on chain at once. Mirrors the structs of IDepository. */
import { encodeAbiParameters, parseAbiParameters } from 'viem/utils'
import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  writeBigint,
  writeHex,
  writeNumber,
} from '../bytes.ts'
import type { ProofBody } from '../channel/proofBody.ts'
import { keccak256 } from '../crypto/keccak.ts'
import type { Address, EntityId, Hash, Secret, TokenId } from '../ids.ts'
import type { Proof } from './batchItem.ts'
import { type ChainDomain, separatorsOf, typedDigest, typeHash } from './domain.ts'
import { packSettlement, type Settlement } from './settlementForm.ts'

export interface Withdrawal {
  readonly token: TokenId
  readonly to: Address
  readonly amount: bigint
}

export interface Transfer {
  readonly token: TokenId
  /** All zero: the lazy entity whose one member sends the transaction, which is a relayer's fee. */
  readonly to: EntityId
  readonly amount: bigint
}

export interface TopUp {
  readonly peer: EntityId
  readonly amount: bigint
}

/** Moves reserve of the acting entity into channels of `receiver`, as the receiver's own share in each. */
export interface Funding {
  readonly token: TokenId
  readonly receiver: EntityId
  readonly topUps: readonly TopUp[]
}

/** With `disputeNonce` 0 everything else in `proof` is zero and the signature empty. */
export interface DisputeStart {
  readonly peer: EntityId
  readonly cooperativeNonce: bigint
  readonly proof: Proof
  readonly peerSignature: Uint8Array
}

export interface DisputeCounter {
  readonly left: EntityId
  readonly right: EntityId
  readonly cooperativeNonce: bigint
  readonly proof: Proof
  readonly leftSignature: Uint8Array
  readonly rightSignature: Uint8Array
}

export interface DisputeArguments {
  readonly peer: EntityId
  /** The body that `data` is for; zero when only tokens are named. */
  readonly proofBodyHash: Hash
  readonly data: Uint8Array
  /** Strictly ascending. */
  readonly tokens: readonly TokenId[]
}

/** Whatever was committed is shown again; empty where nothing was. */
export interface DisputeFinalise {
  readonly left: EntityId
  readonly right: EntityId
  readonly body: ProofBody
  readonly leftArguments: Uint8Array
  readonly rightArguments: Uint8Array
  readonly leftTokens: readonly TokenId[]
  readonly rightTokens: readonly TokenId[]
}

/** Executed in the order of the fields. */
export interface Batch {
  /** Whether an item that would be skipped reverts the whole batch instead. */
  readonly atomic: boolean
  readonly withdrawals: readonly Withdrawal[]
  readonly transfers: readonly Transfer[]
  readonly fundings: readonly Funding[]
  readonly settlements: readonly Settlement[]
  readonly starts: readonly DisputeStart[]
  readonly counters: readonly DisputeCounter[]
  readonly arguments: readonly DisputeArguments[]
  readonly finalises: readonly DisputeFinalise[]
  readonly secrets: readonly Secret[]
}

/** A batch that does nothing: to be spread into one that does. */
export const EMPTY_BATCH: Batch = {
  atomic: false,
  withdrawals: [],
  transfers: [],
  fundings: [],
  settlements: [],
  starts: [],
  counters: [],
  arguments: [],
  finalises: [],
  secrets: [],
}

/** The structs of IDepository, as viem reads them. */
export const batchStructs = [
  'struct Withdrawal { bytes32 token; address to; uint256 amount; }',
  'struct Transfer { bytes32 token; bytes32 to; uint256 amount; }',
  'struct Funding { bytes32 token; bytes32 receiver; TopUp[] topUps; }',
  'struct TopUp { bytes32 peer; uint128 amount; }',
  'struct Settlement { bytes32 peer; uint64 cooperativeNonce; uint64 newNonce; uint64 deadline; TokenDiff[] diffs; Forgiveness[] forgiveness; bytes peerSignature; }',
  'struct TokenDiff { bytes32 token; int256 leftDiff; int256 rightDiff; int256 collateralDiff; int256 ondeltaDiff; }',
  'struct Forgiveness { bytes32 token; bool leftOwes; uint256 index; }',
  'struct DisputeStart { bytes32 peer; uint64 cooperativeNonce; Proof proof; bytes peerSignature; }',
  'struct DisputeCounter { bytes32 left; bytes32 right; uint64 cooperativeNonce; Proof proof; bytes leftSignature; bytes rightSignature; }',
  'struct Proof { uint96 disputeNonce; uint32 disputeWindow; bytes32 proofBodyHash; bytes32 blockHash; }',
  'struct DisputeArguments { bytes32 peer; bytes32 proofBodyHash; bytes data; bytes32[] tokens; }',
  'struct DisputeFinalise { bytes32 left; bytes32 right; ProofBody body; bytes leftArguments; bytes rightArguments; bytes32[] leftTokens; bytes32[] rightTokens; }',
  'struct ProofBody { bytes32[] tokenIds; int128[] offdeltas; Clause[] clauses; }',
  'struct Clause { address provider; uint64 gasLimit; uint64 until; bytes batch; Allowance[] allowances; }',
  'struct Allowance { uint16 deltaIndex; uint128 leftAllowance; uint128 rightAllowance; }',
] as const

/** The lists of a batch, in the order of their kinds. */
export const batchLists = parseAbiParameters([
  'Withdrawal[] withdrawals, Transfer[] transfers, Funding[] fundings, Settlement[] settlements, DisputeStart[] starts, DisputeCounter[] counters, DisputeArguments[] arguments_, DisputeFinalise[] finalises, bytes32[] secrets',
  ...batchStructs,
])

/** Bytes of the flags of a batch, and of the size that stands before each list. */
export const BATCH_HEAD_BYTES = 2
export const LIST_SIZE_BYTES = 3
const LIST_BYTES_MAX = 0xff_ffff
/** Which of the lists is packed, and not written by the ABI. */
export const SETTLEMENTS = 3

/**
 * What `processBatch` takes, as libraries/BatchLists.sol says: flags for what is there, and each list
 * that has items behind its size. Throws for a number outside its field.
 */
export function encodeBatch(batch: Batch): Uint8Array {
  let flags = batch.atomic ? 1 : 0
  const parts: Uint8Array[] = []
  for (const [index, list] of encodeLists(batch).entries()) {
    if (list === undefined) continue
    if (list.length > LIST_BYTES_MAX) throw new RangeError(`a list of ${list.length} bytes`)
    flags |= 2 << index
    parts.push(numberToBytes(list.length, LIST_SIZE_BYTES), list)
  }
  return concatBytes(numberToBytes(flags, BATCH_HEAD_BYTES), ...parts)
}

/**
 * Each list by the ABI without the word that says where it begins, but for the packed one of settlements;
 * `undefined` if it has no items.
 */
function encodeLists(batch: Batch): readonly (Uint8Array | undefined)[] {
  const values = [
    batch.withdrawals,
    batch.transfers,
    batch.fundings,
    // Packed: see below.
    [],
    batch.starts.map((start) => ({ ...start, peerSignature: bytesToHex(start.peerSignature) })),
    batch.counters.map((counter) => ({
      ...counter,
      leftSignature: bytesToHex(counter.leftSignature),
      rightSignature: bytesToHex(counter.rightSignature),
    })),
    batch.arguments.map((given) => ({ ...given, data: bytesToHex(given.data) })),
    batch.finalises.map(finaliseValue),
    batch.secrets,
  ]
  const lists = values.map((items, index) => {
    if (items.length === 0) return undefined
    const parameter = batchLists.slice(index, index + 1)
    return hexToBytes(encodeAbiParameters(parameter, [items])).subarray(32)
  })
  if (batch.settlements.length === 0) return lists
  return lists.with(SETTLEMENTS, concatBytes(...batch.settlements.map(packSettlement)))
}

function numberToBytes(value: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  writeNumber(bytes, 0, length, value)
  return bytes
}

function finaliseValue(finalise: DisputeFinalise) {
  const { body, leftArguments, rightArguments } = finalise
  return {
    ...finalise,
    body: proofBodyValue(body),
    leftArguments: bytesToHex(leftArguments),
    rightArguments: bytesToHex(rightArguments),
  }
}

/** A proof body as an ABI library takes it. */
export function proofBodyValue({ tokenIds, offdeltas, clauses }: ProofBody) {
  return {
    tokenIds,
    offdeltas,
    clauses: clauses.map(({ provider, gasLimit, until, batch, allowances }) => ({
      provider,
      gasLimit: BigInt(gasLimit),
      until: BigInt(until),
      batch: bytesToHex(batch),
      allowances,
    })),
  }
}

const batchWords = new Uint8Array(32 * 5)
batchWords.set(typeHash('Batch(bytes32 entity,bytes batch,uint64 nonce,uint64 validUntil)'))

/** The 32-byte digest that `entity` signs for `batch`, an encoded batch. */
export function batchDigest(
  domain: ChainDomain,
  entity: EntityId,
  batch: Uint8Array,
  nonce: bigint,
  validUntil: number,
): Uint8Array {
  writeHex(batchWords, 32, entity)
  batchWords.set(keccak256(batch), 64)
  writeBigint(batchWords, 96, 32, nonce)
  writeBigint(batchWords, 128, 32, BigInt(validUntil))
  return typedDigest(separatorsOf(domain).depository, keccak256(batchWords))
}
