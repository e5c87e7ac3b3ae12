/** What owners of ERC-20 tokens sign for the tokens themselves: EIP-2612 permits and ERC-3009 authorizations. */
import { writeBigint, writeHex } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'
import type { Address, Hash } from '../ids.ts'
import { typedDigest, typeHash } from './domain.ts'

/** That `spender` may take `amount`. */
export interface Permit {
  readonly owner: Address
  readonly spender: Address
  /** Base units. */
  readonly amount: bigint
  /** `nonces` of the owner at the token. */
  readonly nonce: bigint
  /** Unix seconds; good at or before. */
  readonly deadline: number
}

/** That `to`, and nobody else, may fetch `amount`. */
export interface Receipt {
  readonly from: Address
  readonly to: Address
  /** Base units. */
  readonly amount: bigint
  /** Unix seconds; good after. */
  readonly validAfter: number
  /** Unix seconds; good before. */
  readonly validBefore: number
  readonly nonce: Hash
}

const PERMIT = typeHash(
  'Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)',
)
const RECEIVE = typeHash(
  'ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)',
)

/** EIP-2612, under the token's own domain separator. */
export function permitDigest(separator: Uint8Array, permit: Permit): Uint8Array {
  const words = new Uint8Array(6 * 32)
  words.set(PERMIT)
  writeHex(words, 32 + 12, permit.owner)
  writeHex(words, 64 + 12, permit.spender)
  writeBigint(words, 96, 32, permit.amount)
  writeBigint(words, 128, 32, permit.nonce)
  writeBigint(words, 160, 32, BigInt(permit.deadline))
  return typedDigest(separator, keccak256(words))
}

/** ERC-3009 `receiveWithAuthorization`, under the token's own domain separator. */
export function receiptDigest(separator: Uint8Array, receipt: Receipt): Uint8Array {
  const words = new Uint8Array(7 * 32)
  words.set(RECEIVE)
  writeHex(words, 32 + 12, receipt.from)
  writeHex(words, 64 + 12, receipt.to)
  writeBigint(words, 96, 32, receipt.amount)
  writeBigint(words, 128, 32, BigInt(receipt.validAfter))
  writeBigint(words, 160, 32, BigInt(receipt.validBefore))
  writeHex(words, 192, receipt.nonce)
  return typedDigest(separator, keccak256(words))
}
