/** Settlements as they stand in a batch, packed. Mirrors `SettlementForm` on chain. */
import {
  bigintToBytes,
  bytesToHex,
  concatBytes,
  hexToBytes,
  numberToBytes,
  readBigint,
  readNumber,
} from '../bytes.ts'
import type { Forgiveness, TokenDiff } from '../channel/transaction.ts'
import type { EntityId, TokenId } from '../ids.ts'

/** A cooperative settlement with `peer`, who signed it. */
export interface Settlement {
  readonly peer: EntityId
  readonly cooperativeNonce: bigint
  readonly newNonce: bigint
  /** Unix seconds; executed at or before. */
  readonly deadline: number
  readonly diffs: readonly TokenDiff[]
  readonly forgiveness: readonly Forgiveness[]
  readonly peerSignature: Uint8Array
}

const ID_BYTES = 32
const HEAD_BYTES = ID_BYTES + 3 * 8 + 4
const FORGIVENESS_BYTES = ID_BYTES + 1 + 32
const NEGATIVE = 0x80
const WORD_BYTES = 32

/**
 * `peer 32 ‖ cooperative nonce 8 ‖ new nonce 8 ‖ deadline 8 ‖ diffs 1 ‖ forgiven 1 ‖ signature's length 2 ‖` diffs,
 * what is forgiven, and the signature. Throws for a number outside its field.
 */
export function packSettlement(settlement: Settlement): Uint8Array {
  const { diffs, forgiveness, peerSignature } = settlement
  return concatBytes(
    hexToBytes(settlement.peer),
    bigintToBytes(settlement.cooperativeNonce, 8),
    bigintToBytes(settlement.newNonce, 8),
    numberToBytes(settlement.deadline, 8),
    numberToBytes(diffs.length, 1),
    numberToBytes(forgiveness.length, 1),
    numberToBytes(peerSignature.length, 2),
    ...diffs.map(packDiff),
    ...forgiveness.map(packForgiveness),
    peerSignature,
  )
}

/**
 * The settlements that `bytes` are, one behind the other; `undefined` for bytes that end within one, and for a
 * deadline beyond 2^53.
 */
export function unpackSettlements(bytes: Uint8Array): readonly Settlement[] | undefined {
  const settlements: Settlement[] = []
  for (let at = 0; at < bytes.length; ) {
    const read = readSettlement(bytes, at)
    if (read === undefined) return undefined
    settlements.push(read.settlement)
    at = read.end
  }
  return settlements
}

function packDiff(diff: TokenDiff): Uint8Array {
  const { leftDiff, rightDiff, collateralDiff, ondeltaDiff } = diff
  const amounts = [leftDiff, rightDiff, collateralDiff, ondeltaDiff].map(packAmount)
  return concatBytes(hexToBytes(diff.token), ...amounts)
}

function packForgiveness({ token, leftOwes, index }: Forgiveness): Uint8Array {
  return concatBytes(hexToBytes(token), Uint8Array.of(leftOwes ? 1 : 0), bigintToBytes(index, 32))
}

/** A byte for the sign and how many bytes follow, and these. */
function packAmount(value: bigint): Uint8Array {
  if (BigInt.asIntN(256, value) !== value) throw new RangeError(`${value} has more than 256 bits`)
  const size = value < 0n ? -value : value
  const length = size === 0n ? 0 : Math.ceil(size.toString(16).length / 2)
  return concatBytes(
    Uint8Array.of(length | (value < 0n ? NEGATIVE : 0)),
    bigintToBytes(size, length),
  )
}

/** Where a diff's amounts are read, and how far. */
interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

function readSettlement(bytes: Uint8Array, start: number) {
  if (start + HEAD_BYTES > bytes.length) return undefined
  const numbers = start + ID_BYTES
  const cursor: Cursor = { bytes, at: start + HEAD_BYTES }
  const counts = numbers + 24
  const diffs = Array.from({ length: bytes[counts] as number }, () => readDiff(cursor))
  const forgiveness = Array.from({ length: bytes[counts + 1] as number }, () => {
    return readForgiveness(cursor)
  })
  const end = cursor.at + readNumber(bytes, counts + 2, counts + 4)
  const deadline = Number(readBigint(bytes, numbers + 16, counts))
  if (end > bytes.length || !Number.isSafeInteger(deadline)) return undefined
  const settlement: Settlement = {
    peer: bytesToHex(bytes, start, numbers) as EntityId,
    cooperativeNonce: readBigint(bytes, numbers, numbers + 8),
    newNonce: readBigint(bytes, numbers + 8, numbers + 16),
    deadline,
    diffs,
    forgiveness,
    peerSignature: bytes.slice(cursor.at, end),
  }
  return { settlement, end }
}

function readDiff(cursor: Cursor): TokenDiff {
  return {
    token: readId(cursor),
    leftDiff: readAmount(cursor),
    rightDiff: readAmount(cursor),
    collateralDiff: readAmount(cursor),
    ondeltaDiff: readAmount(cursor),
  }
}

function readForgiveness(cursor: Cursor): Forgiveness {
  const start = cursor.at
  const token = readId(cursor)
  cursor.at = start + FORGIVENESS_BYTES
  const leftOwes = cursor.bytes[start + ID_BYTES] !== 0
  return { token, leftOwes, index: readBigint(cursor.bytes, start + ID_BYTES + 1, cursor.at) }
}

function readId(cursor: Cursor): TokenId {
  cursor.at += ID_BYTES
  return bytesToHex(cursor.bytes, cursor.at - ID_BYTES, cursor.at) as TokenId
}

/** As the chain reads it: of more than 32 bytes none counts, and what has 256 bits is below zero. */
function readAmount(cursor: Cursor): bigint {
  const { bytes } = cursor
  const head = bytes[cursor.at] ?? 0
  const length = head & ~NEGATIVE
  const start = cursor.at + 1
  cursor.at = start + length
  if (length > WORD_BYTES || cursor.at > bytes.length) return 0n
  const size = readBigint(bytes, start, cursor.at)
  return BigInt.asIntN(256, (head & NEGATIVE) === 0 ? size : -size)
}
