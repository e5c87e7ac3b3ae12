/**
 * How tokens are named: ether is 0, an ERC-20 `1 << 248 | address`, number `id` of an ERC-721 (kind 2) or ERC-1155
 * (kind 3) `kind << 248 | keccak256(abi.encode(contract, id)) mod 2^248`. The first byte is the kind.
 */
import { bytesToHex, writeBigint, writeHex } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'
import type { Address, TokenId } from '../ids.ts'

export type TokenKind = 'ether' | 'erc20' | 'erc721' | 'erc1155'
/** Kinds that the Gate holds. */
export type AssetKind = Extract<TokenKind, 'erc721' | 'erc1155'>

export const etherTokenId = `0x${'00'.repeat(32)}` as TokenId

const ERC20 = `0x01${'00'.repeat(11)}`
const ERC721 = 2
const ERC1155 = 3
const NO_ADDRESS = '00'.repeat(20)

/** The id of an ERC-20 contract, which is not the zero address. */
export function erc20TokenId(contract: Address): TokenId {
  return `${ERC20}${contract.slice(2)}` as TokenId
}

/**
 * The id of number `id` (0 … 2^256 − 1) of a collection. What an id stands for, only the Gate tells: its
 * event `AssetNamed`, its view `assetOf`.
 */
export function assetTokenId(kind: AssetKind, collection: Address, id: bigint): TokenId {
  const words = new Uint8Array(64)
  writeHex(words, 12, collection)
  writeBigint(words, 32, 32, id)
  const hash = keccak256(words)
  const named = new Uint8Array(hash)
  named[0] = kind === 'erc721' ? ERC721 : ERC1155
  return bytesToHex(named) as TokenId
}

/** The kind of a token; `undefined` when no token can have this id. */
export function tokenKind(token: TokenId): TokenKind | undefined {
  if (token === etherTokenId) return 'ether'
  if (tokenAddress(token) !== undefined) return 'erc20'
  const kind = Number.parseInt(token.slice(2, 4), 16)
  if (kind === ERC721) return 'erc721'
  return kind === ERC1155 ? 'erc1155' : undefined
}

/** The contract of an ERC-20; `undefined` for all else. */
export function tokenAddress(token: TokenId): Address | undefined {
  if (!token.startsWith(ERC20) || token.endsWith(NO_ADDRESS)) return undefined
  return `0x${token.slice(26)}` as Address
}
