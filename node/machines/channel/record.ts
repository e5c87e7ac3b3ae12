/**
 * A channel as one flat record: what is written to disk, and hashed into the entity's state. Everything
 * that is needed after a restart is in it. A channel at rest with one token takes about 400 bytes, of
 * which the peer's signature is 65.
 *
 * `rulesVersion ‖ rlp([mutual, counted, view, flags, comparedIn, …])`; whatever is at rest is an empty list.
 */
import { UINT64_MAX } from '@xln/shared/amounts.ts'
import { readBlock, writeBlock } from '@xln/shared/channel/blockCodec.ts'
import { readMutual, writeMutual } from '@xln/shared/channel/stateCodec.ts'
import type { Settle } from '@xln/shared/channel/transaction.ts'
import {
  readList,
  readTransaction,
  writeTransaction,
} from '@xln/shared/channel/transactionCodec.ts'
import { RlpReader, RlpWriter } from '@xln/shared/codec/rlp.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { Hash } from '@xln/shared/ids.ts'
import { SIGNATURE_BYTES_MAX } from '@xln/shared/limits.ts'
import type { RecordCodec } from '../ports.ts'
import type { Channel } from './channel.ts'
import type { HeldBlock, RefusedBlock } from './parts.ts'
import { queueOf, type Wish, wishesOf } from './queue.ts'
import {
  list,
  optional,
  readCollateralRequest,
  readDispute,
  readNote,
  readOptional,
  readOrigin,
  readRestoring,
  readSettlement,
  readView,
  writeCollateralRequest,
  writeDispute,
  writeNote,
  writeOrigin,
  writeRestoring,
  writeSettlement,
  writeView,
} from './recordParts.ts'
import {
  readCounted,
  readFormer,
  readOwn,
  writeCounted,
  writeFormer,
  writeOwn,
} from './recordSigned.ts'

/** The first byte of every record; older ones would be read for ever. */
export const RULES_VERSION = 1

const writer = new RlpWriter()

export function encodeChannel(channel: Channel): Uint8Array {
  writer.reset()
  const start = writer.open(2)
  writeMutual(writer, channel.mutual)
  optional(writer, channel.counted, writeCounted)
  writeView(writer, channel.view)
  writer.number(flagsOf(channel))
  writer.number(channel.comparedIn)
  const busy = writer.open(2)
  if (isBusy(channel)) writeBusy(channel)
  writer.close(busy, 2)
  writer.close(start, 2)
  const body = writer.take()
  const record = new Uint8Array(1 + body.length)
  record[0] = RULES_VERSION
  record.set(body, 1)
  return record
}

/** Throws on what `encodeChannel` never wrote: the disk is ours, so that is a fault. */
export function decodeChannel(record: Uint8Array): Channel {
  if (record[0] !== RULES_VERSION) throw new TypeError(`a channel of unknown rules ${record[0]}`)
  const reader = new RlpReader(record.subarray(1))
  const end = reader.enter()
  const mutual = readMutual(reader)
  const counted = readOptional(reader, readCounted)
  const view = readView(reader)
  const flags = reader.number(FLAGS_MAX)
  const comparedIn = reader.number()
  const busyEnd = reader.enter()
  const hasBusy = reader.more(busyEnd)
  const busy = hasBusy ? readBusy(reader, busyEnd) : AT_REST
  reader.leave(busyEnd)
  reader.leave(end)
  if (!reader.isDone() || hasBusy !== isBusy(busy))
    throw new TypeError('a channel record is malformed')
  return {
    key: channelKeyOf(mutual.left, mutual.right),
    side: (flags & Flag.right) === 0 ? 'left' : 'right',
    mutual,
    counted,
    view,
    ...busy,
    due: { ack: (flags & Flag.ackDue) !== 0, proposal: (flags & Flag.proposalDue) !== 0 },
    resumes: (flags & Flag.resumes) !== 0,
    connected: (flags & Flag.connected) !== 0,
    comparedIn,
    waitsOnChain: (flags & Flag.waitsOnChain) !== 0,
  }
}

/** For the table of channels. */
export const channelCodec: RecordCodec<Channel> = { encode: encodeChannel, decode: decodeChannel }

const Flag = {
  right: 1,
  connected: 2,
  resumes: 4,
  waitsOnChain: 8,
  ackDue: 16,
  proposalDue: 32,
} as const
const FLAGS_MAX = 63

function flagsOf(channel: Channel): number {
  return (
    (channel.side === 'right' ? Flag.right : 0) |
    (channel.connected ? Flag.connected : 0) |
    (channel.resumes ? Flag.resumes : 0) |
    (channel.waitsOnChain ? Flag.waitsOnChain : 0) |
    (channel.due.ack ? Flag.ackDue : 0) |
    (channel.due.proposal ? Flag.proposalDue : 0)
  )
}

/** What a channel has only while something is going on. */
type Busy = Pick<
  Channel,
  | 'outstanding'
  | 'refused'
  | 'held'
  | 'queue'
  | 'settleWish'
  | 'notes'
  | 'settlement'
  | 'dispute'
  | 'restoring'
  | 'takenBackEra'
  | 'former'
  | 'retryAt'
  | 'askedAt'
  | 'collateralRequest'
  | 'scheduledAt'
>

const AT_REST: Busy = {
  outstanding: [],
  refused: null,
  held: null,
  queue: queueOf([]),
  settleWish: null,
  notes: [],
  settlement: null,
  dispute: null,
  restoring: null,
  takenBackEra: null,
  former: [],
  retryAt: 0,
  askedAt: 0,
  collateralRequest: null,
  scheduledAt: null,
}

function isBusy(channel: Busy): boolean {
  return (
    channel.outstanding.length + channel.queue.length + channel.notes.length > 0 ||
    channel.former.length > 0 ||
    channel.refused !== null ||
    channel.held !== null ||
    channel.settleWish !== null ||
    channel.settlement !== null ||
    channel.dispute !== null ||
    channel.restoring !== null ||
    channel.takenBackEra !== null ||
    channel.retryAt !== 0 ||
    channel.askedAt !== 0 ||
    channel.collateralRequest !== null ||
    channel.scheduledAt !== null
  )
}

function writeBusy(channel: Channel): void {
  list(writer, channel.outstanding, writeOwn)
  optional(writer, channel.refused, writeRefused)
  optional(writer, channel.held, writeHeld)
  list(writer, wishesOf(channel.queue), writeWish)
  optional(writer, channel.settleWish, (out, { transaction, requestId }) => {
    writeTransaction(out, transaction)
    out.bigint(requestId)
  })
  list(writer, channel.notes, writeNote)
  optional(writer, channel.settlement, writeSettlement)
  optional(writer, channel.dispute, writeDispute)
  optional(writer, channel.restoring, writeRestoring)
  optional(writer, channel.takenBackEra, (out, era) => out.bigint(era))
  writer.number(channel.retryAt)
  writer.number(channel.askedAt)
  optional(writer, channel.collateralRequest, writeCollateralRequest)
  optional(writer, channel.scheduledAt, (out, at) => out.number(at))
  // Only where there are any: every other record is as it was before there were.
  for (const former of channel.former) writeFormer(writer, former)
}

function readBusy(reader: RlpReader, end: number): Busy {
  return {
    outstanding: readList(reader, MANY, readOwn),
    refused: readOptional(reader, readRefused),
    held: readOptional(reader, readHeld),
    queue: queueOf(readList(reader, MANY, readWish)),
    settleWish: readOptional(reader, () => ({
      transaction: readTransaction(reader) as Settle,
      requestId: reader.bigint(UINT64_MAX),
    })),
    notes: readList(reader, MANY, readNote),
    settlement: readOptional(reader, readSettlement),
    dispute: readOptional(reader, readDispute),
    restoring: readOptional(reader, readRestoring),
    takenBackEra: readOptional(reader, () => reader.bigint(UINT64_MAX)),
    retryAt: reader.number(),
    askedAt: reader.number(),
    collateralRequest: readOptional(reader, readCollateralRequest),
    scheduledAt: readOptional(reader, () => reader.number()),
    former: readRest(reader, end, readFormer),
  }
}

function readRest<T>(reader: RlpReader, end: number, read: (reader: RlpReader) => T): T[] {
  const values: T[] = []
  while (reader.more(end)) values.push(read(reader))
  return values
}

const MANY = Number.MAX_SAFE_INTEGER

function writeRefused(out: RlpWriter, refused: RefusedBlock): void {
  out.hex(refused.hash)
  out.number(refused.term)
  out.flag(refused.byLeft)
  out.number(refused.reason)
  out.number(refused.transaction)
}

function readRefused(reader: RlpReader): RefusedBlock {
  return {
    hash: reader.hex(32) as Hash,
    term: reader.number(),
    byLeft: reader.flag(),
    reason: reader.number(),
    transaction: reader.number(),
  }
}

function writeHeld(out: RlpWriter, held: HeldBlock): void {
  writeBlock(out, held.block)
  out.bytes(held.signature)
  optional(out, held.newProofSignature, (inner, signature) => inner.bytes(signature))
}

function readHeld(reader: RlpReader): HeldBlock {
  return {
    block: readBlock(reader),
    signature: reader.bytes(SIGNATURE_BYTES_MAX),
    newProofSignature: readOptional(reader, () => reader.bytes(SIGNATURE_BYTES_MAX)),
  }
}

function writeWish(out: RlpWriter, { transaction, origin }: Wish): void {
  const start = out.open(2)
  writeTransaction(out, transaction)
  writeOrigin(out, origin)
  out.close(start, 2)
}

function readWish(reader: RlpReader): Wish {
  const end = reader.enter()
  const transaction = readTransaction(reader) as Wish['transaction']
  const origin = readOrigin(reader)
  reader.leave(end)
  return { transaction, origin }
}
