/** What both sides of a channel sign: EIP-712 under the Depository's domain. Mirrors IDepository. */
import { writeBigint, writeHex, writeNumber } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'
import { type ChainDomain, separatorsOf, typedDigest, typeHash } from '../depository/domain.ts'
import type { ChannelKey, Hash } from '../ids.ts'
import type { Forgiveness, TokenDiff } from './transaction.ts'

/** What one signature on a channel block says to the court. */
export interface DisputeProof {
  readonly channelKey: ChannelKey
  readonly cooperativeNonce: bigint
  readonly disputeNonce: bigint
  /** Seconds. */
  readonly disputeWindow: number
  readonly proofBodyHash: Hash
  readonly blockHash: Hash
}

/** What the peer of a settlement signs. */
export interface SettlementTerms {
  readonly channelKey: ChannelKey
  readonly cooperativeNonce: bigint
  readonly newNonce: bigint
  /** Unix seconds; executed at or before. */
  readonly deadline: number
  readonly diffs: readonly TokenDiff[]
  readonly forgiveness: readonly Forgiveness[]
}

const FORGIVENESS = 'Forgiveness(bytes32 token,bool leftOwes,uint256 index)'
const TOKEN_DIFF =
  'TokenDiff(bytes32 token,int256 leftDiff,int256 rightDiff,int256 collateralDiff,int256 ondeltaDiff)'
const SETTLEMENT =
  'Settlement(bytes32 channelKey,uint64 cooperativeNonce,uint64 newNonce,uint64 deadline,TokenDiff[] diffs,Forgiveness[] forgiveness)'
const DISPUTE_PROOF =
  'DisputeProof(bytes32 channelKey,uint64 cooperativeNonce,uint96 disputeNonce,uint32 disputeWindow,bytes32 proofBodyHash,bytes32 blockHash)'

const forgivenessType = typeHash(FORGIVENESS)
const tokenDiffType = typeHash(TOKEN_DIFF)
const settlementType = typeHash(SETTLEMENT + FORGIVENESS + TOKEN_DIFF)

/** `term · 2^48 + 2 · height + (proposed by left ? 1 : 0)`: the higher one wins a dispute. */
export function disputeNonce(term: number, height: number, byLeft: boolean): bigint {
  return (BigInt(term) << 48n) + BigInt(2 * height + (byLeft ? 1 : 0))
}

const proofWords = new Uint8Array(32 * 7)
proofWords.set(typeHash(DISPUTE_PROOF))

/** The 32-byte digest of a dispute proof. On the path of every channel block. */
export function disputeProofDigest(domain: ChainDomain, proof: DisputeProof): Uint8Array {
  writeHex(proofWords, 32, proof.channelKey)
  writeBigint(proofWords, 64, 32, proof.cooperativeNonce)
  writeBigint(proofWords, 96, 32, proof.disputeNonce)
  writeNumber(proofWords, 128 + 24, 8, proof.disputeWindow)
  writeHex(proofWords, 160, proof.proofBodyHash)
  writeHex(proofWords, 192, proof.blockHash)
  return typedDigest(separatorsOf(domain).depository, keccak256(proofWords))
}

/** The 32-byte digest of a settlement. */
export function settlementDigest(domain: ChainDomain, terms: SettlementTerms): Uint8Array {
  const words = new Uint8Array(32 * 7)
  words.set(settlementType)
  writeHex(words, 32, terms.channelKey)
  writeBigint(words, 64, 32, terms.cooperativeNonce)
  writeBigint(words, 96, 32, terms.newNonce)
  writeNumber(words, 128, 32, terms.deadline)
  words.set(hashArray(terms.diffs, hashTokenDiff), 160)
  words.set(hashArray(terms.forgiveness, hashForgiveness), 192)
  return typedDigest(separatorsOf(domain).depository, keccak256(words))
}

/** EIP-712: the hash of an array of structs is that of their hashes, one after another. */
function hashArray<Item>(items: readonly Item[], hash: (item: Item) => Uint8Array): Uint8Array {
  const hashes = new Uint8Array(32 * items.length)
  let at = 0
  for (const item of items) {
    hashes.set(hash(item), at)
    at += 32
  }
  return keccak256(hashes)
}

function hashTokenDiff(diff: TokenDiff): Uint8Array {
  const words = new Uint8Array(32 * 6)
  words.set(tokenDiffType)
  writeHex(words, 32, diff.token)
  writeBigint(words, 64, 32, diff.leftDiff)
  writeBigint(words, 96, 32, diff.rightDiff)
  writeBigint(words, 128, 32, diff.collateralDiff)
  writeBigint(words, 160, 32, diff.ondeltaDiff)
  return keccak256(words)
}

function hashForgiveness(forgiveness: Forgiveness): Uint8Array {
  const words = new Uint8Array(32 * 4)
  words.set(forgivenessType)
  writeHex(words, 32, forgiveness.token)
  words[95] = forgiveness.leftOwes ? 1 : 0
  writeBigint(words, 96, 32, forgiveness.index)
  return keccak256(words)
}
