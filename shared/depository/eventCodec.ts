/** The canonical bytes of chain events: as they stand in a server's log. */
import {
  bytes,
  codecOf,
  type Field,
  flag,
  hex,
  id,
  list,
  number,
  oneOf,
  signed,
  struct,
  time,
  uint64,
  uint128,
  uint256,
  union,
  unsigned,
} from '../codec/schema.ts'
import type { Hashlock, Secret } from '../ids.ts'
import { ARGUMENTS_MAX, NAMED_TOKENS_MAX } from '../limits.ts'
import type { ChainEvent, EventPosition, LocatedEvent, PostedProof } from './events.ts'
import { entityId, hash, seconds, token } from './fields.ts'

const sides = { left: entityId, right: entityId }
const debt = { debtor: entityId, token, creditor: entityId, index: uint256 }
const disputeNonce = unsigned((1n << 96n) - 1n)

const postedProof: Field<PostedProof> = struct<PostedProof>({
  disputeNonce,
  disputeWindow: seconds,
  proofBodyHash: hash,
  blockHash: hash,
})

const event: Field<ChainEvent> = union<ChainEvent>({
  reserveUpdated: [1, { entity: entityId, token, reserve: uint256 }],
  batchProcessed: [2, { entity: entityId, nonce: uint64, batchHash: hash }],
  batchItemSkipped: [3, { entity: entityId, nonce: uint64, index: number(), reason: hex(4) }],
  debtCreated: [4, { ...debt, amount: uint256 }],
  debtPaid: [5, { ...debt, remaining: uint256 }],
  debtForgiven: [6, debt],
  channelUpdated: [7, { ...sides, token, collateral: uint128, ondelta: signed }],
  settled: [8, { ...sides, cooperativeNonce: uint64 }],
  disputeStarted: [
    9,
    {
      ...sides,
      startedByLeft: flag,
      cooperativeNonce: uint64,
      proof: postedProof,
      deadline: time,
    },
  ],
  disputeCountered: [
    10,
    {
      ...sides,
      poster: oneOf('anyone', 'left', 'right'),
      cooperativeNonce: uint64,
      proof: postedProof,
      deadline: time,
    },
  ],
  argumentsCommitted: [
    11,
    { ...sides, byLeft: flag, proofBodyHash: hash, data: bytes(ARGUMENTS_MAX) },
  ],
  tokensNamed: [12, { ...sides, byLeft: flag, tokens: list(token, NAMED_TOKENS_MAX) }],
  tokenSplit: [
    13,
    {
      ...sides,
      token,
      toLeft: uint256,
      toRight: uint256,
      leftDebt: uint256,
      rightDebt: uint256,
      forfeit: uint256,
    },
  ],
  disputeFinalised: [14, { ...sides, disputeNonce, cooperativeNonce: uint64, fraud: flag }],
  secretRevealed: [15, { hashlock: id<Hashlock>(), secret: id<Secret>(), revealedAt: time }],
})

const position: Field<EventPosition> = struct<EventPosition>({
  block: number(),
  hash,
  timestamp: time,
  logIndex: number(),
})

/** An event with its place, inside other encodings. */
export const locatedEvent: Field<LocatedEvent> = struct<LocatedEvent>({ event, position })

export const { encode: encodeLocatedEvent, decode: decodeLocatedEvent } = codecOf(locatedEvent)

const events = codecOf(event)

/** Whether all numbers of `value` are in their ranges and its lists within their limits: it has bytes. */
export function isChainEvent(value: ChainEvent): boolean {
  try {
    return events.decode(events.encode(value)) !== undefined
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
