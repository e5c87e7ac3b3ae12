/**
 * Canonical bytes of channel blocks. `decodeBlock` takes exactly what `encodeBlock` gives for a block
 * within the limits; everything else is refused.
 */
import { RlpReader, RlpWriter } from '../codec/rlp.ts'
import { keccakHex } from '../crypto/keccak.ts'
import type { ChannelKey, Hash } from '../ids.ts'
import {
  BLOCK_BYTES_MAX,
  BLOCK_OTHER_TRANSACTIONS_MAX,
  BLOCK_TRANSACTIONS_MAX,
  HEIGHT_MAX,
  TIME_MAX,
} from '../limits.ts'
import type { BlockHeader, ChainPosition, ChannelBlock } from './block.ts'
import type { ChannelTransaction } from './transaction.ts'
import { readTransaction, writeTransaction } from './transactionCodec.ts'

const encoder = new RlpWriter()

export function encodeBlock(block: ChannelBlock): Uint8Array {
  encoder.reset()
  writeBlock(encoder, block)
  return encoder.take()
}

/** A block from foreign bytes; `undefined` if they are not one. Never throws. */
export function decodeBlock(bytes: Uint8Array): ChannelBlock | undefined {
  const reader = new RlpReader(bytes)
  const block = readBlock(reader)
  return reader.isDone() ? block : undefined
}

/** The hash that both sides sign and the next block names: that of the block's header. */
export function blockHash(block: ChannelBlock): Hash {
  return headerHash(headerOf(block))
}

/** A block with the hash of its transactions' encoding in their place. */
export function headerOf(block: ChannelBlock): BlockHeader {
  const { transactions, ...header } = block
  return { ...header, transactionsHash: transactionsHash(transactions) }
}

/** `keccak256` of the header's canonical bytes. */
export function headerHash(header: BlockHeader): Hash {
  encoder.reset()
  writeHeader(encoder, header)
  return keccakHex(encoder.view())
}

function transactionsHash(transactions: readonly ChannelTransaction[]): Hash {
  encoder.reset()
  writeTransactions(encoder, transactions)
  return keccakHex(encoder.view())
}

/** Guesses at the lengths of headers: a block with one lock takes some 300 bytes. */
const BLOCK_HEADER = 3
const TRANSACTIONS_HEADER = 2

export function writeBlock(writer: RlpWriter, block: ChannelBlock): void {
  const start = writer.open(BLOCK_HEADER)
  writePlace(writer, block)
  writeTransactions(writer, block.transactions)
  writer.hex(block.stateHash)
  writer.hex(block.proofBodyHash)
  writer.close(start, BLOCK_HEADER)
}

/** The same fields as a block's, with one hash for all transactions. */
export function writeHeader(writer: RlpWriter, header: BlockHeader): void {
  const start = writer.open(BLOCK_HEADER)
  writePlace(writer, header)
  writer.hex(header.transactionsHash)
  writer.hex(header.stateHash)
  writer.hex(header.proofBodyHash)
  writer.close(start, BLOCK_HEADER)
}

function writePlace(writer: RlpWriter, block: Omit<BlockHeader, 'transactionsHash'>): void {
  writer.hex(block.channelKey)
  writer.number(block.term)
  writer.number(block.height)
  writer.hex(block.prevBlockHash)
  writer.flag(block.proposedByLeft)
  writer.number(block.timestamp)
  const position = writer.open()
  writer.number(block.chainPosition.block)
  writer.number(block.chainPosition.logIndex)
  writer.close(position)
}

function writeTransactions(writer: RlpWriter, list: readonly ChannelTransaction[]): void {
  const transactions = writer.open(TRANSACTIONS_HEADER)
  for (const transaction of list) writeTransaction(writer, transaction)
  writer.close(transactions, TRANSACTIONS_HEADER)
}

/** Reads a block inside a longer encoding; fails the reader for what is not one. */
export function readBlock(reader: RlpReader): ChannelBlock {
  const from = reader.position
  const end = reader.enter()
  if (end - from > BLOCK_BYTES_MAX) reader.fail()
  const block = {
    channelKey: reader.hex(32) as ChannelKey,
    term: reader.number(TIME_MAX),
    height: reader.number(HEIGHT_MAX),
    prevBlockHash: reader.hex(32) as Hash,
    proposedByLeft: reader.flag(),
    timestamp: reader.number(TIME_MAX),
    chainPosition: readPosition(reader),
    transactions: readTransactions(reader),
    stateHash: reader.hex(32) as Hash,
    proofBodyHash: reader.hex(32) as Hash,
  }
  reader.leave(end)
  return block
}

/** Reads a header inside a longer encoding; fails the reader for what is not one. */
export function readHeader(reader: RlpReader): BlockHeader {
  const end = reader.enter()
  const header = {
    channelKey: reader.hex(32) as ChannelKey,
    term: reader.number(TIME_MAX),
    height: reader.number(HEIGHT_MAX),
    prevBlockHash: reader.hex(32) as Hash,
    proposedByLeft: reader.flag(),
    timestamp: reader.number(TIME_MAX),
    chainPosition: readPosition(reader),
    transactionsHash: reader.hex(32) as Hash,
    stateHash: reader.hex(32) as Hash,
    proofBodyHash: reader.hex(32) as Hash,
  }
  reader.leave(end)
  return header
}

function readPosition(reader: RlpReader): ChainPosition {
  const end = reader.enter()
  const position = { block: reader.number(TIME_MAX), logIndex: reader.number(TIME_MAX) }
  reader.leave(end)
  return position
}

function readTransactions(reader: RlpReader): readonly ChannelTransaction[] {
  const transactions: ChannelTransaction[] = []
  let others = 0
  const end = reader.enter()
  while (reader.more(end)) {
    const transaction = readTransaction(reader)
    if (transaction === undefined) break
    if (transaction.type !== 'pay') others++
    transactions.push(transaction)
    if (transactions.length > BLOCK_TRANSACTIONS_MAX || others > BLOCK_OTHER_TRANSACTIONS_MAX) {
      reader.fail()
    }
  }
  reader.leave(end)
  return transactions
}
