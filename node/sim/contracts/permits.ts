/** What owners of an ERC-20 sign so that others can move it: EIP-2612 and ERC-3009, as SignedToken has them. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { typedDigest, typeHash } from '@xln/shared/depository/domain.ts'
import type { Address, Hash, Hex } from '@xln/shared/ids.ts'
import { AbiCoder, concat, toBeHex } from 'ethers'
import type { Frame } from './frame.ts'
import { revert } from './reverts.ts'
import { moveToken } from './tokens.ts'

const coder = AbiCoder.defaultAbiCoder()
const DOMAIN = typeHash('EIP712Domain(uint256 chainId,address verifyingContract)')
export const PERMIT_TYPE = typeHash(
  'Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)',
)
export const RECEIVE_TYPE = typeHash(
  'ReceiveWithAuthorization(address from,address to,uint256 value,' +
    'uint256 validAfter,uint256 validBefore,bytes32 nonce)',
)

/** `v`, `r`, `s`. */
type Parts = readonly [v: bigint, r: Hex, s: Hex]

export interface TokenPermit {
  readonly owner: Address
  readonly spender: Address
  readonly amount: bigint
  /** Unix seconds. */
  readonly deadline: bigint
}

export interface TokenAuthorization {
  readonly from: Address
  readonly to: Address
  readonly amount: bigint
  /** Unix seconds: good between the two, neither included. */
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly nonce: Hash
}

/** What is signed at `token` for a struct with this hash. */
export function tokenDigest(
  domain: ChainDomain,
  token: Address,
  structHash: Uint8Array,
): Uint8Array {
  const words = coder.encode(['bytes32', 'uint256', 'address'], [DOMAIN, domain.chainId, token])
  return typedDigest(keccak256(hexToBytes(words)), structHash)
}

/** What the owner signs, with the nonce that the token has for him. */
export function permitDigest(
  domain: ChainDomain,
  token: Address,
  { owner, spender, amount, deadline }: TokenPermit,
  nonce: bigint,
): Uint8Array {
  const types = ['bytes32', 'address', 'address', 'uint256', 'uint256', 'uint256']
  return structDigest(domain, token, types, [PERMIT_TYPE, owner, spender, amount, nonce, deadline])
}

export function authorizationDigest(
  domain: ChainDomain,
  token: Address,
  { from, to, amount, validAfter, validBefore, nonce }: TokenAuthorization,
): Uint8Array {
  const types = ['bytes32', 'address', 'address', 'uint256', 'uint256', 'uint256', 'bytes32']
  const values = [RECEIVE_TYPE, from, to, amount, validAfter, validBefore, nonce]
  return structDigest(domain, token, types, values)
}

function structDigest(
  domain: ChainDomain,
  token: Address,
  types: readonly string[],
  values: readonly unknown[],
): Uint8Array {
  return tokenDigest(domain, token, keccak256(hexToBytes(coder.encode(types, values))))
}

/** Allows what the owner has signed; uses up his nonce. */
export function usePermit(frame: Frame, token: Address, permit: TokenPermit, parts: Parts): void {
  const { owner, spender, amount, deadline } = permit
  if (BigInt(frame.now) > deadline) revert('SignatureWrong')
  const nonce = tokenNonceOf(frame, token, owner)
  frame.world.tokenNonces.set(`${token}/${owner}`, nonce + 1n)
  requireSigned(frame, owner, permitDigest(frame.domain, token, permit, nonce), parts)
  frame.world.allowances.set(`${token}/${owner}/${spender}`, amount)
}

export function tokenNonceOf({ world }: Frame, token: Address, owner: Address): bigint {
  return world.tokenNonces.get(`${token}/${owner}`) ?? 0n
}

/** Moves to the caller what the owner has signed, once. */
export function useAuthorization(
  frame: Frame,
  token: Address,
  authorization: TokenAuthorization,
  parts: Parts,
): void {
  const { from, to, amount, validAfter, validBefore, nonce } = authorization
  const now = BigInt(frame.now)
  if (to !== frame.sender || now <= validAfter || now >= validBefore) revert('SignatureWrong')
  const key = `${token}/${from}/${nonce}`
  if (frame.world.authorizations.get(key) !== undefined) revert('AuthorizationUsed')
  frame.world.authorizations.set(key, true)
  requireSigned(frame, from, authorizationDigest(frame.domain, token, authorization), parts)
  moveToken(frame, token, from, to, amount)
}

function requireSigned(frame: Frame, owner: Address, digest: Uint8Array, [v, r, s]: Parts): void {
  const signature = hexToBytes(concat([r, s, toBeHex(v, 1)]))
  if (frame.recover(digest, signature) !== owner) revert('SignatureWrong')
}
