/** Fields that the codecs of the chain's things share. */
import type { Forgiveness, TokenDiff } from '../channel/transaction.ts'
import {
  type Field,
  flag,
  hex,
  id,
  list,
  number,
  signed,
  struct,
  uint256,
} from '../codec/schema.ts'
import type { Address, EntityId, Hash, TokenId } from '../ids.ts'
import { SETTLEMENT_DIFFS_MAX, SETTLEMENT_FORGIVENESS_MAX } from '../limits.ts'
import { readToken, writeToken } from './tokenCodec.ts'

export const entityId: Field<EntityId> = id<EntityId>()
export const hash: Field<Hash> = id<Hash>()
export const address: Field<Address> = hex<Address>(20)
export const token: Field<TokenId> = { write: writeToken, read: readToken }
/** Seconds, 32 bits. */
export const seconds: Field<number> = number(0xffff_ffff)

export const diffs: Field<readonly TokenDiff[]> = list(
  struct<TokenDiff>({
    token,
    leftDiff: signed,
    rightDiff: signed,
    collateralDiff: signed,
    ondeltaDiff: signed,
  }),
  SETTLEMENT_DIFFS_MAX,
)

export const forgiveness: Field<readonly Forgiveness[]> = list(
  struct<Forgiveness>({ token, leftOwes: flag, index: uint256 }),
  SETTLEMENT_FORGIVENESS_MAX,
)
