/** The canonical bytes of an action: what a signer signs, and what the server's log holds. */
import {
  bytes,
  codecOf,
  type Field,
  flag,
  id,
  list,
  number,
  struct,
  time,
  uint128,
  uint256,
  union,
} from '../codec/schema.ts'
import { address, diffs, entityId, forgiveness, seconds, token } from '../depository/fields.ts'
import type { Hashlock, Secret } from '../ids.ts'
import { HOPS_MAX, MEMO_BYTES_MAX, NOTE_BYTES_MAX } from '../limits.ts'
import type { Action, Hop, Policy } from './action.ts'

export const policy: Field<Policy> = struct<Policy>({
  feeBase: uint128,
  feePpm: uint128,
  forwards: flag,
  acceptsChannels: flag,
  hopMarginSeconds: seconds,
  revealMarginSeconds: seconds,
  enforceMin: uint128,
})

export const route: Field<readonly Hop[]> = list(
  struct<Hop>({ entity: entityId, fee: uint128 }),
  HOPS_MAX,
)

const memo = bytes(MEMO_BYTES_MAX)
const move = { peer: entityId, token, amount: uint128 }

/** An action inside other encodings. */
export const action: Field<Action> = union<Action>({
  openChannel: [1, { peer: entityId, disputeWindow: number(0xffff_ffff) }],
  extendCredit: [2, { peer: entityId, token, limit: uint128 }],
  payPeer: [3, { ...move, memo }],
  pay: [4, { route, token, amount: uint128, hashlock: id<Hashlock>() }],
  createInvoice: [5, { secret: id<Secret>(), token, amount: uint128, expiresAt: time, memo }],
  withdraw: [6, { to: address, token, amount: uint256 }],
  transfer: [7, { to: entityId, token, amount: uint256 }],
  collateralise: [8, move],
  requestCollateral: [9, { ...move, fee: uint128 }],
  settle: [10, { peer: entityId, diffs, forgiveness }],
  cashOut: [11, move],
  closeChannel: [12, { peer: entityId }],
  startDispute: [13, { peer: entityId }],
  setPolicy: [14, { policy }],
  note: [15, { peer: entityId, data: bytes(NOTE_BYTES_MAX) }],
})

export const { encode: encodeAction, decode: decodeAction } = codecOf(action)
