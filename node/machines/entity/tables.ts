/** The tables of an entity, and its records over them. */
import { bytesToHex, hexToBytes, readNumber, writeHex, writeNumber } from '@xln/shared/bytes.ts'
import {
  bytes,
  flag,
  id,
  number,
  oneOf,
  optional,
  struct,
  time,
  uint128,
} from '@xln/shared/codec/schema.ts'
import { address, entityId, seconds, token } from '@xln/shared/depository/fields.ts'
import { policy, route } from '@xln/shared/entity/actionCodec.ts'
import type { ChannelKey, Hashlock, Secret } from '@xln/shared/ids.ts'
import { MEMO_BYTES_MAX, REASON_MAX } from '@xln/shared/limits.ts'
import type { Channel } from '../channel/channel.ts'
import { decodeChannel, encodeChannel } from '../channel/record.ts'
import { recordCodec } from '../codec.ts'
import type { Depository } from '../depository/depository.ts'
import { depositoryCodec } from '../depository/record.ts'
import { presenceCodec, type RecordCodec, type Records, type Table } from '../ports.ts'
import {
  type Entity,
  type Invoice,
  OPENING_MESSAGE_MAX,
  type Opening,
  type Payment,
} from './entity.ts'
import type { EntityRecords } from './records.ts'

const entityCodec = recordCodec(
  struct<Entity>({
    id: entityId,
    signer: address,
    nonce: number(),
    policy,
    restoring: flag,
    lostAt: time,
  }),
)

const invoiceCodec = recordCodec(
  struct<Invoice>({
    hashlock: id<Hashlock>(),
    secret: id<Secret>(),
    token,
    amount: uint128,
    expiresAt: time,
    memo: bytes(MEMO_BYTES_MAX),
    status: oneOf('open', 'paid'),
  }),
)

const paymentCodec = recordCodec(
  struct<Payment>({
    hashlock: id<Hashlock>(),
    token,
    amount: uint128,
    route,
    status: oneOf('sending', 'locked', 'settled', 'failed', 'forgotten'),
    reason: number(REASON_MAX),
    secret: optional(id<Secret>()),
    createdAt: time,
  }),
)

const openingCodec = recordCodec(
  struct<Opening>({
    key: id<ChannelKey>(),
    peer: entityId,
    disputeWindow: seconds,
    message: optional(bytes(OPENING_MESSAGE_MAX)),
  }),
)

const numberCodec: RecordCodec<number> = {
  encode(value) {
    const bytes = new Uint8Array(8)
    writeNumber(bytes, 0, 8, value)
    return bytes
  },
  decode: (bytes) => readNumber(bytes),
}

const channelCodec: RecordCodec<Channel> = { encode: encodeChannel, decode: decodeChannel }

export const ChannelTable: Table<Channel> = { id: 3, name: 'channels', codec: channelCodec }
export const InvoiceTable: Table<Invoice> = { id: 5, name: 'invoices', codec: invoiceCodec }
export const PaymentTable: Table<Payment> = { id: 6, name: 'payments', codec: paymentCodec }
export const EntityTable: Table<Entity> = { id: 16, name: 'entity', codec: entityCodec }
export const DepositoryTable: Table<Depository> = {
  id: 17,
  name: 'depository',
  codec: depositoryCodec,
}
export const OpeningTable: Table<Opening> = {
  id: 18,
  name: 'openings',
  codec: openingCodec,
  local: true,
  orderedKeyBytes: 32,
}
const WaitingTable = index('waiting', 20, 32)
/** Second (8 bytes) and channel key. */
const DeadlineTable = index('deadlines', 21, 40)
const DeadlineOfTable: Table<number> = {
  id: 22,
  name: 'deadline of',
  codec: numberCodec,
  local: true,
}
const QuarantineTable = index('quarantine', 23, 32)
const UnshownTable = index('unshown', 24, 32)

function index(name: string, id: number, orderedKeyBytes: number): Table<true> {
  return { id, name, codec: presenceCodec, local: true, orderedKeyBytes }
}

/** Every table that an entity has: the store is opened with them. */
export const entityTables: readonly Table<never>[] = [
  ChannelTable,
  InvoiceTable,
  PaymentTable,
  EntityTable,
  DepositoryTable,
  OpeningTable,
  WaitingTable,
  DeadlineTable,
  DeadlineOfTable,
  QuarantineTable,
  UnshownTable,
] as unknown as readonly Table<never>[]

const ONLY = new Uint8Array(32)
const FIRST_KEY = new Uint8Array(32)
const FIRST_DEADLINE = new Uint8Array(40)
const EVERYTHING = Number.MAX_SAFE_INTEGER

/** The records of the entity that `records` belong to. */
export function entityRecords(records: Records): EntityRecords {
  return {
    entity: () => required(records.get(EntityTable, ONLY)),
    putEntity: (entity) => records.put(EntityTable, ONLY, entity),
    depository: () => required(records.get(DepositoryTable, ONLY)),
    putDepository: (depository) => records.put(DepositoryTable, ONLY, depository),
    channel: (key) => records.get(ChannelTable, hexToBytes(key)),
    putChannel: (channel) => records.put(ChannelTable, hexToBytes(channel.key), channel),
    invoice: (hashlock) => records.get(InvoiceTable, hexToBytes(hashlock)),
    putInvoice: (invoice) => records.put(InvoiceTable, hexToBytes(invoice.hashlock), invoice),
    payment: (hashlock) => records.get(PaymentTable, hexToBytes(hashlock)),
    putPayment: (payment) => records.put(PaymentTable, hexToBytes(payment.hashlock), payment),
    opening: (key) => records.get(OpeningTable, hexToBytes(key)),
    putOpening: (opening) => records.put(OpeningTable, hexToBytes(opening.key), opening),
    deleteOpening: (key) => records.delete(OpeningTable, hexToBytes(key)),
    openingPeers: () =>
      records.scan(OpeningTable, FIRST_KEY, EVERYTHING).map(({ value }) => value.peer),
    setWaiting: (key, waits) => mark(records, WaitingTable, key, waits),
    waiting: () => keysOf(records, WaitingTable),
    deadline: (key) => records.get(DeadlineOfTable, hexToBytes(key)),
    setDeadline: (key, at) => setDeadline(records, key, at),
    due: (now, limit) => due(records, now, limit),
    nextDeadline: () => {
      const [first] = records.scan(DeadlineTable, FIRST_DEADLINE, 1)
      return first === undefined ? undefined : readNumber(first.key, 0, 8)
    },
    setUnshown: (key, unshown) => mark(records, UnshownTable, key, unshown),
    hasUnshown: () => records.scan(UnshownTable, FIRST_KEY, 1).length > 0,
    isQuarantined: (key) => has(records, QuarantineTable, key),
    quarantine: (key) => mark(records, QuarantineTable, key, true),
    release: (key) => mark(records, QuarantineTable, key, false),
  }
}

/** Every entity has its two records from its first block on. */
function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an entity without its own record')
  return value
}

function has(records: Records, table: Table<true>, key: ChannelKey): boolean {
  return records.get(table, hexToBytes(key)) === true
}

function mark(records: Records, table: Table<true>, key: ChannelKey, present: boolean): void {
  if (present) records.put(table, hexToBytes(key), true)
  else records.delete(table, hexToBytes(key))
}

function keysOf(records: Records, table: Table<true>): ChannelKey[] {
  const rows = records.scan(table, FIRST_KEY, EVERYTHING)
  return rows.map(({ key }) => bytesToHex(key) as ChannelKey)
}

function deadlineKey(at: number, key: ChannelKey): Uint8Array {
  const bytes = new Uint8Array(40)
  writeNumber(bytes, 0, 8, at)
  writeHex(bytes, 8, key)
  return bytes
}

function setDeadline(records: Records, key: ChannelKey, at: number | undefined): void {
  const keyBytes = hexToBytes(key)
  const before = records.get(DeadlineOfTable, keyBytes)
  if (before !== undefined) records.delete(DeadlineTable, deadlineKey(before, key))
  if (at === undefined) {
    records.delete(DeadlineOfTable, keyBytes)
    return
  }
  records.put(DeadlineTable, deadlineKey(at, key), true)
  records.put(DeadlineOfTable, keyBytes, at)
}

function due(records: Records, now: number, limit: number): ChannelKey[] {
  const keys: ChannelKey[] = []
  for (const { key } of records.scan(DeadlineTable, FIRST_DEADLINE, limit)) {
    if (readNumber(key, 0, 8) > now) break
    keys.push(bytesToHex(key, 8) as ChannelKey)
  }
  return keys
}
