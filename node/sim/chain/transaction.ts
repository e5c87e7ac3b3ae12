/** Signed transactions as they come to the chain: EIP-1559 calls, the only kind that the node sends. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '@xln/shared/codec/rlp.ts'
import { keccak256, keccakHex } from '@xln/shared/crypto/keccak.ts'
import { recover } from '@xln/shared/crypto/secp256k1.ts'
import type { Address, Hash } from '@xln/shared/ids.ts'

export interface SimTransaction {
  readonly hash: Hash
  readonly raw: Uint8Array
  readonly from: Address
  readonly chainId: bigint
  readonly nonce: number
  /** Wei a gas. */
  readonly maxPriorityFeePerGas: bigint
  readonly maxFeePerGas: bigint
  readonly gasLimit: bigint
  readonly to: Address
  /** Wei. */
  readonly value: bigint
  readonly data: Uint8Array
  /** r ‖ s ‖ v, v 27 or 28. */
  readonly signature: Uint8Array
}

/**
 * Who made `signature` (65 bytes r ‖ s ‖ v) over a 32-byte digest; undefined when nobody did. A fake
 * must keep the top bit of s clear, since ethers refuses to write down a high s.
 */
export type RecoverSender = (digest: Uint8Array, signature: Uint8Array) => Address | undefined

/** With true signatures. */
export const recoverSender: RecoverSender = recover

const TYPE = 2
const FIELDS = 12
const SIGNED_FIELDS = 9
const SAFE_BYTES = 6
const WORD_BYTES = 32
const ADDRESS_BYTES = 20

/** The transaction in `raw`; undefined when it is none of this kind, or nobody signed it. Never throws. */
export function decodeTransaction(
  raw: Uint8Array,
  recoverFrom: RecoverSender,
): SimTransaction | undefined {
  const items = raw[0] === TYPE ? decodeRlp(raw.subarray(1)) : undefined
  if (items === undefined || items instanceof Uint8Array || items.length !== FIELDS) {
    return undefined
  }
  const accessList = items[8]
  if (accessList instanceof Uint8Array || accessList?.length !== 0) return undefined
  const strings = items.filter((item) => item instanceof Uint8Array)
  if (strings.length !== FIELDS - 1) return undefined
  return readFields(raw, items, strings, recoverFrom)
}

function readFields(
  raw: Uint8Array,
  items: readonly RlpItem[],
  [chainId, nonce, tip, fee, gas, to, value, data, parity, r, s]: readonly Uint8Array[],
  recoverFrom: RecoverSender,
): SimTransaction | undefined {
  if (to?.length !== ADDRESS_BYTES || !isNumber(nonce, SAFE_BYTES)) return undefined
  if (![chainId, tip, fee, gas, value, r, s].every((each) => isNumber(each, WORD_BYTES))) {
    return undefined
  }
  const signature = joinSignature(r, s, parity)
  const from = recoverFrom(digestOf(items), signature)
  if (from === undefined) return undefined
  return {
    hash: keccakHex(raw),
    raw,
    from,
    chainId: toBigint(chainId),
    nonce: Number(toBigint(nonce)),
    maxPriorityFeePerGas: toBigint(tip),
    maxFeePerGas: toBigint(fee),
    gasLimit: toBigint(gas),
    to: bytesToHex(to) as Address,
    value: toBigint(value),
    data: data ?? new Uint8Array(),
    signature,
  }
}

/** What the sender signed: everything before the signature, with the type in front. */
function digestOf(items: readonly RlpItem[]): Uint8Array {
  const body = encodeRlp(items.slice(0, SIGNED_FIELDS))
  const signed = new Uint8Array(1 + body.length)
  signed[0] = TYPE
  signed.set(body, 1)
  return keccak256(signed)
}

function joinSignature(r?: Uint8Array, s?: Uint8Array, parity?: Uint8Array): Uint8Array {
  const signature = new Uint8Array(2 * WORD_BYTES + 1)
  if (r !== undefined) signature.set(r, WORD_BYTES - r.length)
  if (s !== undefined) signature.set(s, 2 * WORD_BYTES - s.length)
  signature[2 * WORD_BYTES] = 27 + Number(toBigint(parity))
  return signature
}

/** RLP of an integer has no zero in front. */
function isNumber(bytes: Uint8Array | undefined, lengthMax: number): boolean {
  return bytes !== undefined && bytes.length <= lengthMax && bytes[0] !== 0
}

function toBigint(bytes: Uint8Array | undefined): bigint {
  return bytes === undefined || bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes))
}

/** The gas that a transaction costs at least, whatever it does (EIP-7623). */
export function leastGas(data: Uint8Array): bigint {
  let tokens = 0
  for (const byte of data) tokens += byte === 0 ? 1 : 4
  return 21_000n + 10n * BigInt(tokens)
}

/** What a gas of the transaction pays to whoever makes the block, beyond the base fee; may be negative. */
export function tipAt(transaction: SimTransaction, baseFeePerGas: bigint): bigint {
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction
  return smaller(maxFeePerGas - baseFeePerGas, maxPriorityFeePerGas)
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
