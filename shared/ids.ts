/** Ids: what names an entity, a channel, a token, a secret's hash; each checked once, at the edge. */

/** A 0x-prefixed, lower-case hex string. */
export type Hex = `0x${string}`

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** The hash of the entity's board (lazy), or its left-padded number below 2^64 (registered). */
export type EntityId = Brand<Hex, 'EntityId'>
/** `keccak256(abi.encode(left, right))`. */
export type ChannelKey = Brand<Hex, 'ChannelKey'>
/** Ether is zero; an ERC-20 is `1 << 248 | address`. */
export type TokenId = Brand<Hex, 'TokenId'>
/** `keccak256(secret)`. */
export type Hashlock = Brand<Hex, 'Hashlock'>
/** The 32-byte preimage of a hashlock. */
export type Secret = Brand<Hex, 'Secret'>
/** Any other 32-byte hash: of a block, a proof body, a state, a batch. */
export type Hash = Brand<Hex, 'Hash'>
/** A 20-byte Ethereum address, lower case. */
export type Address = Brand<Hex, 'Address'>

type Bytes32Id = EntityId | ChannelKey | TokenId | Hashlock | Secret | Hash

const bytes32 = /^0x[0-9a-f]{64}$/
const bytes20 = /^0x[0-9a-f]{40}$/

/** The only way to make a 32-byte id from text: checked once, at the edge; trusted everywhere after. */
export function parseId<Id extends Bytes32Id>(text: string): Id {
  if (!bytes32.test(text)) throw new TypeError(`not a bytes32 id: ${text}`)
  return text as Id
}

/** The only way to make an address from text; checksummed letters are accepted and lowered. */
export function parseAddress(text: string): Address {
  const lower = text.toLowerCase()
  if (!bytes20.test(lower)) throw new TypeError(`not an address: ${text}`)
  return lower as Address
}

export const ZERO_HASH = parseId<Hash>(`0x${'00'.repeat(32)}`)
