/** The record of an entity's account on chain. */
import {
  type Field,
  flag,
  list,
  number,
  struct,
  time,
  uint64,
  uint256,
} from '@xln/shared/codec/schema.ts'
import { batchItem } from '@xln/shared/depository/batchItemCodec.ts'
import { entityId, hash, token } from '@xln/shared/depository/fields.ts'
import { recordCodec } from '../codec.ts'
import type {
  AccountView,
  BatchInFlight,
  ChainHead,
  Depository,
  OwnDebt,
  QueuedItem,
  Reserve,
} from './depository.ts'

export const chainHead: Field<ChainHead> = struct<ChainHead>({
  block: number(),
  hash,
  timestamp: time,
})

const queuedItem: Field<QueuedItem> = struct<QueuedItem>({
  item: batchItem,
  requestId: uint64,
  urgent: flag,
})

const batchInFlight: Field<BatchInFlight> = struct<BatchInFlight>({
  nonce: number(),
  validUntil: time,
  items: list(queuedItem),
  failed: flag,
})

const reserves = list(struct<Reserve>({ token, amount: uint256 }))

const debts = list(
  struct<OwnDebt>({
    debtor: entityId,
    creditor: entityId,
    token,
    index: uint256,
    remaining: uint256,
  }),
)

export const accountView: Field<AccountView> = struct<AccountView>({
  batchNonce: number(),
  reserves,
  debts,
})

export const depositoryCodec = recordCodec(
  struct<Depository>({
    head: chainHead,
    nextNonce: number(),
    chainNonce: number(),
    reserves,
    debts,
    waiting: list(queuedItem),
    inFlight: list(batchInFlight),
    itemsPerBatch: number(),
  }),
)
