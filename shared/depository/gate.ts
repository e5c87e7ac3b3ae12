/** What owners of tokens sign for the Gate, so that anyone can bring their deposits; and where it is. */
import { concatBytes, hexToBytes, writeBigint, writeHex } from '../bytes.ts'
import { firstContractOf } from '../crypto/created.ts'
import { keccak256, keccakHex } from '../crypto/keccak.ts'
import type { Address, EntityId, Hash, TokenId } from '../ids.ts'
import { type ChainDomain, separatorsOf, typedDigest, typeHash } from './domain.ts'

/** An owner's word that `amount` of his ERC-20 is for the reserve of `entity`; beside an EIP-2612 permit. */
export interface SignedDeposit {
  readonly entity: EntityId
  readonly token: TokenId
  /** Base units. */
  readonly amount: bigint
  /** `depositNonceOf` the owner at the Gate. */
  readonly nonce: bigint
  /** Unix seconds; executed at or before. */
  readonly deadline: number
}

const DEPOSIT = typeHash(
  'Deposit(bytes32 entity,bytes32 token,uint256 amount,uint256 nonce,uint256 deadline)',
)

/** What the key of the tokens' owner signs. */
export function depositDigest(domain: ChainDomain, deposit: SignedDeposit): Uint8Array {
  const words = new Uint8Array(6 * 32)
  words.set(DEPOSIT)
  writeHex(words, 32, deposit.entity)
  writeHex(words, 64, deposit.token)
  writeBigint(words, 96, 32, deposit.amount)
  writeBigint(words, 128, 32, deposit.nonce)
  writeBigint(words, 160, 32, BigInt(deposit.deadline))
  return typedDigest(separatorsOf(domain).depository, keccak256(words))
}

/** The nonce of an ERC-3009 authorization to the Depository that can credit `entity` alone. */
export function authorizationNonce(entity: EntityId, salt: Hash): Hash {
  return keccakHex(concatBytes(hexToBytes(entity), hexToBytes(salt)))
}

/** The Gate of a Depository: the first contract that it makes. */
export function gateOf(depository: Address): Address {
  return firstContractOf(depository)
}
