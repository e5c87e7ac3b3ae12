/** What is signed in a channel's record: the block that counts, own ones that do not, and former states. */
import { UINT64_MAX, UINT256_MAX } from '@xln/shared/amounts.ts'
import { readBlock, writeBlock } from '@xln/shared/channel/blockCodec.ts'
import { readMutual, writeMutual } from '@xln/shared/channel/stateCodec.ts'
import { readList } from '@xln/shared/channel/transactionCodec.ts'
import type { RlpReader, RlpWriter } from '@xln/shared/codec/rlp.ts'
import type { Hash } from '@xln/shared/ids.ts'
import { SIGNATURE_BYTES_MAX } from '@xln/shared/limits.ts'
import type { Counted, Former, OwnBlock } from './parts.ts'
import {
  list,
  optional,
  readNote,
  readOptional,
  readOrigin,
  readPosition,
  writeNote,
  writeOrigin,
  writePosition,
} from './recordParts.ts'

const MANY = Number.MAX_SAFE_INTEGER

export function writeCounted(out: RlpWriter, counted: Counted): void {
  out.flag(counted.byLeft)
  out.number(counted.timestamp)
  writePosition(out, counted.chainPosition)
  out.hex(counted.prevBlockHash)
  out.hex(counted.transactionsHash)
  out.bigint(counted.hashedNonce)
  out.bytes(counted.peerSignature)
}

export function readCounted(reader: RlpReader): Counted {
  return {
    byLeft: reader.flag(),
    timestamp: reader.number(),
    chainPosition: readPosition(reader),
    prevBlockHash: reader.hex(32) as Hash,
    transactionsHash: reader.hex(32) as Hash,
    hashedNonce: reader.bigint(UINT64_MAX),
    peerSignature: reader.bytes(SIGNATURE_BYTES_MAX),
  }
}

export function writeOwn(out: RlpWriter, own: OwnBlock): void {
  const start = out.open(3)
  writeBlock(out, own.block)
  out.hex(own.hash)
  list(out, own.origins, writeOrigin)
  out.flag(own.dead)
  optional(out, own.peerSignature, (inner, signature) => inner.bytes(signature))
  out.close(start, 3)
}

export function readOwn(reader: RlpReader): OwnBlock {
  const end = reader.enter()
  const own = {
    block: readBlock(reader),
    hash: reader.hex(32) as Hash,
    origins: readList(reader, MANY, readOrigin),
    dead: reader.flag(),
    peerSignature: readOptional(reader, () => reader.bytes(SIGNATURE_BYTES_MAX)),
  }
  reader.leave(end)
  return own
}

export function writeFormer(out: RlpWriter, former: Former): void {
  const start = out.open(3)
  writeMutual(out, former.mutual)
  optional(out, former.counted, writeCounted)
  list(out, former.outstanding, writeOwn)
  list(out, former.notes, writeNote)
  out.bigint(former.judgedNonce)
  out.number(former.until)
  out.close(start, 3)
}

export function readFormer(reader: RlpReader): Former {
  const end = reader.enter()
  const former = {
    mutual: readMutual(reader),
    counted: readOptional(reader, readCounted),
    outstanding: readList(reader, MANY, readOwn),
    notes: readList(reader, MANY, readNote),
    judgedNonce: reader.bigint(UINT256_MAX),
    until: reader.number(),
  }
  reader.leave(end)
  return former
}
