/** Canonical bytes of a channel block's transactions: `[type, …fields]`, the types numbered. */
import { INT256_MAX, UINT64_MAX, UINT256_MAX } from '../amounts.ts'
import type { RlpReader, RlpWriter } from '../codec/rlp.ts'
import { readToken, writeToken } from '../depository/tokenCodec.ts'
import type { Hashlock, Secret } from '../ids.ts'
import {
  AMOUNT_MAX,
  HEIGHT_MAX,
  MEMO_BYTES_MAX,
  NOTE_BYTES_MAX,
  ONION_BYTES_MAX,
  RATIO_MAX,
  REASON_MAX,
  SETTLEMENT_DIFFS_MAX,
  SETTLEMENT_FORGIVENESS_MAX,
  TIME_MAX,
} from '../limits.ts'
import type {
  AddLock,
  AddOffer,
  ChannelTransaction,
  ClauseId,
  Forgiveness,
  Settle,
  TokenDiff,
} from './transaction.ts'

/** The numbers of the types; never given anew. */
const Type = {
  open: 1,
  extendCredit: 2,
  pay: 3,
  lock: 4,
  resolve: 5,
  cancel: 6,
  expire: 7,
  offer: 8,
  fill: 9,
  release: 10,
  requestCollateral: 11,
  settle: 12,
  note: 13,
} as const satisfies Record<ChannelTransaction['type'], number>

const UINT32_MAX = 0xffff_ffff
const INDEX_MAX = 0xffff

export function writeTransaction(writer: RlpWriter, transaction: ChannelTransaction): void {
  const start = writer.open()
  writer.number(Type[transaction.type])
  writeFields(writer, transaction)
  writer.close(start)
}

function writeFields(writer: RlpWriter, transaction: ChannelTransaction): void {
  switch (transaction.type) {
    case 'open':
      writer.number(transaction.disputeWindow)
      break
    case 'extendCredit':
      writeToken(writer, transaction.token)
      writer.bigint(transaction.limit)
      break
    case 'pay':
      writeToken(writer, transaction.token)
      writer.bigint(transaction.amount)
      writer.bytes(transaction.memo)
      break
    case 'lock':
      writeLock(writer, transaction)
      break
    case 'resolve':
      writeClauseId(writer, transaction.lock)
      writer.hex(transaction.secret)
      break
    case 'cancel':
      writeClauseId(writer, transaction.lock)
      writer.number(transaction.reason)
      break
    case 'expire':
      writeClauseId(writer, transaction.lock)
      writer.bigint(transaction.chainBlock)
      break
    case 'offer':
      writeOffer(writer, transaction)
      break
    case 'fill':
      writeClauseId(writer, transaction.offer)
      writer.number(transaction.ratio)
      break
    case 'release':
      writeClauseId(writer, transaction.offer)
      break
    case 'requestCollateral':
      writeToken(writer, transaction.token)
      writer.bigint(transaction.amount)
      writer.bigint(transaction.fee)
      break
    case 'settle':
      writeSettle(writer, transaction)
      break
    case 'note':
      writer.bytes(transaction.data)
      break
  }
}

/** Reads a transaction; `undefined` for a type without meaning, which fails the reader. */
export function readTransaction(reader: RlpReader): ChannelTransaction | undefined {
  const end = reader.enter()
  const transaction = readFields(reader, reader.number(INDEX_MAX))
  if (transaction === undefined) reader.fail()
  reader.leave(end)
  return transaction
}

function readFields(reader: RlpReader, type: number): ChannelTransaction | undefined {
  switch (type) {
    case Type.open:
      return { type: 'open', disputeWindow: reader.number(UINT32_MAX) }
    case Type.extendCredit:
      return { type: 'extendCredit', token: readToken(reader), limit: reader.bigint(AMOUNT_MAX) }
    case Type.pay:
      return {
        type: 'pay',
        token: readToken(reader),
        amount: reader.bigint(AMOUNT_MAX),
        memo: reader.bytes(MEMO_BYTES_MAX),
      }
    case Type.lock:
      return readLock(reader)
    case Type.resolve:
      return { type: 'resolve', lock: readClauseId(reader), secret: reader.hex(32) as Secret }
    case Type.cancel:
      return { type: 'cancel', lock: readClauseId(reader), reason: reader.number(REASON_MAX) }
    case Type.expire:
      return { type: 'expire', lock: readClauseId(reader), chainBlock: reader.bigint(UINT64_MAX) }
    case Type.offer:
      return readOffer(reader)
    case Type.fill:
      return { type: 'fill', offer: readClauseId(reader), ratio: reader.number(RATIO_MAX) }
    case Type.release:
      return { type: 'release', offer: readClauseId(reader) }
    case Type.requestCollateral:
      return {
        type: 'requestCollateral',
        token: readToken(reader),
        amount: reader.bigint(AMOUNT_MAX),
        fee: reader.bigint(AMOUNT_MAX),
      }
    case Type.settle:
      return readSettle(reader)
    case Type.note:
      return { type: 'note', data: reader.bytes(NOTE_BYTES_MAX) }
    default:
      return undefined
  }
}

/** `[term, height, index]`. */
export function writeClauseId(writer: RlpWriter, { term, height, index }: ClauseId): void {
  const start = writer.open()
  writer.number(term)
  writer.number(height)
  writer.number(index)
  writer.close(start)
}

export function readClauseId(reader: RlpReader): ClauseId {
  const end = reader.enter()
  const id = {
    term: reader.number(TIME_MAX),
    height: reader.number(HEIGHT_MAX),
    index: reader.number(INDEX_MAX),
  }
  reader.leave(end)
  return id
}

function writeLock(writer: RlpWriter, lock: AddLock): void {
  writeToken(writer, lock.token)
  writer.bigint(lock.amount)
  writer.hex(lock.hashlock)
  writer.number(lock.revealBy)
  writer.bytes(lock.onion)
}

function readLock(reader: RlpReader): AddLock {
  return {
    type: 'lock',
    token: readToken(reader),
    amount: reader.bigint(AMOUNT_MAX),
    hashlock: reader.hex(32) as Hashlock,
    revealBy: reader.number(TIME_MAX),
    onion: reader.bytes(ONION_BYTES_MAX),
  }
}

function writeOffer(writer: RlpWriter, offer: AddOffer): void {
  writeToken(writer, offer.giveToken)
  writer.bigint(offer.giveAmount)
  writeToken(writer, offer.wantToken)
  writer.bigint(offer.wantAmount)
  writer.number(offer.minFill)
  writer.number(offer.fillBy)
}

function readOffer(reader: RlpReader): AddOffer {
  return {
    type: 'offer',
    giveToken: readToken(reader),
    giveAmount: reader.bigint(AMOUNT_MAX),
    wantToken: readToken(reader),
    wantAmount: reader.bigint(AMOUNT_MAX),
    minFill: reader.number(RATIO_MAX),
    fillBy: reader.number(TIME_MAX),
  }
}

function writeSettle(writer: RlpWriter, settle: Settle): void {
  writer.bigint(settle.newNonce)
  writer.number(settle.deadline)
  const diffs = writer.open()
  for (const { token, leftDiff, rightDiff, collateralDiff, ondeltaDiff } of settle.diffs) {
    const diff = writer.open()
    writeToken(writer, token)
    writer.signed(leftDiff)
    writer.signed(rightDiff)
    writer.signed(collateralDiff)
    writer.signed(ondeltaDiff)
    writer.close(diff)
  }
  writer.close(diffs)
  const forgiveness = writer.open()
  for (const { token, leftOwes, index } of settle.forgiveness) {
    const entry = writer.open()
    writeToken(writer, token)
    writer.flag(leftOwes)
    writer.bigint(index)
    writer.close(entry)
  }
  writer.close(forgiveness)
}

function readSettle(reader: RlpReader): Settle {
  return {
    type: 'settle',
    newNonce: reader.bigint(UINT64_MAX),
    deadline: reader.number(TIME_MAX),
    diffs: readList(reader, SETTLEMENT_DIFFS_MAX, readTokenDiff),
    forgiveness: readList(reader, SETTLEMENT_FORGIVENESS_MAX, readForgiveness),
  }
}

function readTokenDiff(reader: RlpReader): TokenDiff {
  const end = reader.enter()
  const diff = {
    token: readToken(reader),
    leftDiff: reader.signed(INT256_MAX),
    rightDiff: reader.signed(INT256_MAX),
    collateralDiff: reader.signed(INT256_MAX),
    ondeltaDiff: reader.signed(INT256_MAX),
  }
  reader.leave(end)
  return diff
}

function readForgiveness(reader: RlpReader): Forgiveness {
  const end = reader.enter()
  const entry = {
    token: readToken(reader),
    leftOwes: reader.flag(),
    index: reader.bigint(UINT256_MAX),
  }
  reader.leave(end)
  return entry
}

/** Reads a list of at most `max` items. */
export function readList<Item>(
  reader: RlpReader,
  max: number,
  readItem: (reader: RlpReader) => Item,
): readonly Item[] {
  const items: Item[] = []
  const end = reader.enter()
  while (reader.more(end)) {
    if (items.length === max) reader.fail()
    else items.push(readItem(reader))
  }
  reader.leave(end)
  return items
}
