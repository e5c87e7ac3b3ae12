/**
 * The values of the API, each with its two forms: what stands in JSON (amounts as decimal strings,
 * ids and bytes as hex) and what the code works with. One schema checks and converts both ways.
 */
import * as z from 'zod'
import { INT256_MAX, INT256_MIN, UINT64_MAX, UINT128_MAX, UINT256_MAX } from '../amounts.ts'
import { bytesToHex, hexToBytes } from '../bytes.ts'
import type { Address, ChannelKey, EntityId, Hash, Hashlock, Hex, Secret, TokenId } from '../ids.ts'
import { TIME_MAX } from '../limits.ts'
import type { Schema } from './schema.ts'

function bytes32<Id extends Hex>(what: string): Schema<Id, string> {
  const schema = z
    .string()
    .regex(/^0x[0-9a-f]{64}$/, `not ${what}: 0x and 64 lower-case hex digits`)
  return schema as unknown as Schema<Id, string>
}

export const entityId = bytes32<EntityId>('an entity id')
export const tokenId = bytes32<TokenId>('a token id')
export const channelKey = bytes32<ChannelKey>('a channel key')
export const hash = bytes32<Hash>('a hash')
export const hashlock = bytes32<Hashlock>('a hashlock')
export const secret = bytes32<Secret>('a secret')

/** Checksummed letters are accepted and lowered; the checksum is not looked at. */
export const address: Schema<Address, string> = z.codec(
  z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'not an address: 0x and 40 hex digits'),
  z.custom<Address>((value) => typeof value === 'string'),
  { decode: (text) => text.toLowerCase() as Address, encode: (value) => value },
)

function integer(min: bigint, max: bigint, pattern: RegExp, what: string): Schema<bigint, string> {
  // 78 digits hold 256 bits: whatever is longer is refused before it is converted.
  return z.codec(
    z.string().max(79).regex(pattern, what),
    z.bigint().min(min, `below ${min}`).max(max, `above ${max}`),
    { decode: (text) => BigInt(text), encode: (value) => value.toString() },
  )
}

const unsigned = (max: bigint) =>
  integer(0n, max, /^(0|[1-9][0-9]*)$/, 'not a decimal string without sign and leading zeros')

/** Base units of a token inside a channel. */
export const amount = unsigned(UINT128_MAX)
/** Base units of a token on chain. */
export const chainAmount = unsigned(UINT256_MAX)
/** A nonce, a chain id, an index. */
export const counter = unsigned(UINT64_MAX)
/** A number that may be below zero, such as a delta. */
export const signedAmount = integer(
  INT256_MIN,
  INT256_MAX,
  /^(0|-?[1-9][0-9]*)$/,
  'not a decimal string without leading zeros',
)
/** A dispute nonce and whatever else counts beyond 64 bits. */
export const bigCounter = unsigned(UINT256_MAX)

/** Unix seconds. */
export const time: Schema<number, number> = z.int().min(0).max(TIME_MAX)
/** A number of things or of seconds. */
export const count: Schema<number, number> = z.int().min(0)

/** At most `max` bytes, as hex. */
export function bytes(max: number): Schema<Uint8Array, string> {
  return z.codec(
    z
      .string()
      .max(2 + 2 * max, `longer than ${max} bytes`)
      .regex(/^0x([0-9a-f]{2})*$/, 'not bytes: 0x and lower-case hex digits'),
    z.custom<Uint8Array>((value) => value instanceof Uint8Array),
    { decode: (text) => hexToBytes(text as Hex), encode: (value) => bytesToHex(value) },
  )
}

/** A list that is not changed. */
export function list<Value, Json>(
  item: Schema<Value, Json>,
  max = 1_000_000,
): Schema<readonly Value[], readonly Json[]> {
  return z.array(item).max(max) as unknown as Schema<readonly Value[], readonly Json[]>
}

/**
 * An idempotency key, up to 64 visible ASCII characters: the same key brings the same answer, and
 * what was asked for happens at most once.
 */
export const key = z.string().regex(/^[\x21-\x7e]{1,64}$/, 'not 1 to 64 visible ASCII characters')
