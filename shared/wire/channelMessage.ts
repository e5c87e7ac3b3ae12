/**
 * What the two sides of a channel say to each other. The channel stands outside, in the routing.
 * Canonical bytes, bounded; whatever else is refused.
 */

import type { BlockHeader, ChannelBlock } from '../channel/block.ts'
import { readBlock, readHeader, writeBlock, writeHeader } from '../channel/blockCodec.ts'
import type { Mutual } from '../channel/state.ts'
import { readMutual, writeMutual } from '../channel/stateCodec.ts'
import { RlpReader, RlpWriter } from '../codec/rlp.ts'
import { type Hash, ZERO_HASH } from '../ids.ts'
import { MESSAGE_BYTES_MAX, REASON_MAX, SHOW_BYTES_MAX, SIGNATURE_BYTES_MAX } from '../limits.ts'

/** A signature on a block of the other side. */
export interface Acknowledgement {
  readonly blockHash: Hash
  readonly signature: Uint8Array
}

/** A block with its proposer's signature. */
export interface Proposal {
  readonly block: ChannelBlock
  readonly signature: Uint8Array
}

/** A block that counts, by its header, with both signatures. */
export interface CountedBlock {
  readonly header: BlockHeader
  readonly leftSignature: Uint8Array
  readonly rightSignature: Uint8Array
}

export type ChannelMessage = Update | Refuse | Show | Compare

/**
 * An acknowledgement, a proposal, or both: then the proposal is built on the acknowledged block, so
 * its signature alone is checked when it is accepted. At least one field is there.
 */
export interface Update {
  readonly type: 'update'
  readonly ack?: Acknowledgement
  readonly proposal?: Proposal
  /**
   * Over the second proof of a settle block, under the settlement's new nonce: the proposer's beside
   * the proposal, the other's beside the acknowledgement.
   */
  readonly newProofSignature?: Uint8Array
  /** Over the settlement that both have agreed on in a block; its proposer submits it with this. */
  readonly settlementSignature?: Uint8Array
}

/** A proposal was refused; nothing has changed. */
export interface Refuse {
  readonly type: 'refuse'
  readonly blockHash: Hash
  readonly reason: number
  /** The index of the offending transaction, or {@link NO_TRANSACTION}. */
  readonly transaction: number
}

/** What the sender holds of the channel, because one of the two has lost state. */
export interface Show {
  readonly type: 'show'
  /** Whether the sender has lost state and waits for a `resume` block. */
  readonly asksToResume: boolean
  /** The newest block that counts, signed under the nonce of today; absent before the first. */
  readonly counted?: CountedBlock
  /** The state that it led to, as its header names it. */
  readonly mutual: Mutual
}

/**
 * How far the sender's channel has come. Asked for after every start of a process, before anything new
 * is signed: its disk may have been put back. Not signed; who is behind is shown the proof of it.
 */
export interface Compare {
  readonly type: 'compare'
  /** The sender's incarnation, if it asks for the same of the other side; else 0. */
  readonly question: number
  /** The incarnation that the other side has asked in, if this is the answer; else 0. */
  readonly answer: number
  readonly cooperativeNonce: bigint
  /** The dispute nonce of the newest block that counts; 0 before the first. */
  readonly countedNonce: bigint
  /** The sender's highest own block that does not count, or {@link NO_BLOCK}. */
  readonly own: NamedBlock
  /** The same of the other side's blocks that it holds or has refused. */
  readonly seen: NamedBlock
  /** Whether the own one still waits for its answer. */
  readonly isPending: boolean
}

/** A block by its dispute nonce and its hash. */
export interface NamedBlock {
  readonly nonce: bigint
  readonly hash: Hash
}

export const NO_BLOCK: NamedBlock = { nonce: 0n, hash: ZERO_HASH }

/** In a refusal: the block as a whole. */
export const NO_TRANSACTION = 0xffff

const Type = { update: 1, refuse: 2, show: 3, compare: 4 } as const

const encoder = new RlpWriter()
const HEADER = 3

export function encodeChannelMessage(message: ChannelMessage): Uint8Array {
  encoder.reset()
  const start = encoder.open(HEADER)
  encoder.number(Type[message.type])
  switch (message.type) {
    case 'update':
      writeUpdate(message)
      break
    case 'refuse':
      encoder.hex(message.blockHash)
      encoder.number(message.reason)
      encoder.number(message.transaction)
      break
    case 'show':
      writeShow(message)
      break
    case 'compare':
      writeCompare(message)
      break
  }
  encoder.close(start, HEADER)
  return encoder.take()
}

/** A message from foreign bytes; `undefined` if they are not one. Never throws. */
export function decodeChannelMessage(bytes: Uint8Array): ChannelMessage | undefined {
  if (bytes.length > MESSAGE_BYTES_MAX) return undefined
  const reader = new RlpReader(bytes)
  const end = reader.enter()
  const type = reader.number(REASON_MAX)
  if (type === Type.show && bytes.length > SHOW_BYTES_MAX) return undefined
  const message = readFields(reader, type)
  reader.leave(end)
  return reader.isDone() ? message : undefined
}

function readFields(reader: RlpReader, type: number): ChannelMessage | undefined {
  switch (type) {
    case Type.update:
      return readUpdate(reader)
    case Type.refuse:
      return {
        type: 'refuse',
        blockHash: reader.hex(32) as Hash,
        reason: reader.number(REASON_MAX),
        transaction: reader.number(NO_TRANSACTION),
      }
    case Type.show:
      return readShow(reader)
    case Type.compare:
      return readCompare(reader)
    default:
      reader.fail()
      return undefined
  }
}

/** What may be absent is a list: empty, or with its fields. */
function writeUpdate(update: Update): void {
  const { ack, proposal, newProofSignature, settlementSignature } = update
  const ackStart = encoder.open(ACK_HEADER)
  if (ack !== undefined) {
    encoder.hex(ack.blockHash)
    encoder.bytes(ack.signature)
  }
  encoder.close(ackStart, ACK_HEADER)
  writeProposal(proposal)
  writeOptionalSignature(newProofSignature)
  writeOptionalSignature(settlementSignature)
}

function writeOptionalSignature(signature: Uint8Array | undefined): void {
  const start = encoder.open()
  if (signature !== undefined) encoder.bytes(signature)
  encoder.close(start)
}

const ACK_HEADER = 2

function readUpdate(reader: RlpReader): Update | undefined {
  const ack = readOptional(reader, readAck)
  const proposal = readOptional(reader, readProposalFields)
  const newProofSignature = readOptional(reader, readSignature)
  const settlementSignature = readOptional(reader, readSignature)
  if (ack === undefined && proposal === undefined && settlementSignature === undefined) {
    reader.fail()
  }
  return {
    type: 'update',
    ...(ack && { ack }),
    ...(proposal && { proposal }),
    ...(newProofSignature && { newProofSignature }),
    ...(settlementSignature && { settlementSignature }),
  }
}

function writeShow({ asksToResume, counted, mutual }: Show): void {
  encoder.flag(asksToResume)
  const start = encoder.open(HEADER)
  if (counted !== undefined) {
    writeHeader(encoder, counted.header)
    encoder.bytes(counted.leftSignature)
    encoder.bytes(counted.rightSignature)
  }
  encoder.close(start, HEADER)
  writeMutual(encoder, mutual)
}

function readShow(reader: RlpReader): Show {
  const asksToResume = reader.flag()
  const counted = readOptional(reader, readCountedFields)
  const mutual = readMutual(reader)
  return { type: 'show', asksToResume, ...(counted && { counted }), mutual }
}

function writeCompare(message: Compare): void {
  encoder.number(message.question)
  encoder.number(message.answer)
  encoder.bigint(message.cooperativeNonce)
  encoder.bigint(message.countedNonce)
  for (const { nonce, hash } of [message.own, message.seen]) {
    encoder.bigint(nonce)
    encoder.hex(hash)
  }
  encoder.flag(message.isPending)
}

function readCompare(reader: RlpReader): Compare {
  return {
    type: 'compare',
    question: reader.number(),
    answer: reader.number(),
    cooperativeNonce: reader.bigint(UINT64_MAX),
    countedNonce: reader.bigint(UINT96_MAX),
    own: readName(reader),
    seen: readName(reader),
    isPending: reader.flag(),
  }
}

function readName(reader: RlpReader): NamedBlock {
  return { nonce: reader.bigint(UINT96_MAX), hash: reader.hex(32) as Hash }
}

const UINT64_MAX = (1n << 64n) - 1n
const UINT96_MAX = (1n << 96n) - 1n

function writeProposal(proposal: Proposal | undefined): void {
  const start = encoder.open(HEADER)
  if (proposal !== undefined) {
    writeBlock(encoder, proposal.block)
    encoder.bytes(proposal.signature)
  }
  encoder.close(start, HEADER)
}

function readProposalFields(reader: RlpReader): Proposal {
  return { block: readBlock(reader), signature: readSignature(reader) }
}

function readCountedFields(reader: RlpReader): CountedBlock {
  return {
    header: readHeader(reader),
    leftSignature: readSignature(reader),
    rightSignature: readSignature(reader),
  }
}

function readAck(reader: RlpReader): Acknowledgement {
  return { blockHash: reader.hex(32) as Hash, signature: readSignature(reader) }
}

function readSignature(reader: RlpReader): Uint8Array {
  return reader.bytes(SIGNATURE_BYTES_MAX, 1)
}

function readOptional<Value>(
  reader: RlpReader,
  read: (reader: RlpReader) => Value,
): Value | undefined {
  const end = reader.enter()
  const value = reader.more(end) ? read(reader) : undefined
  reader.leave(end)
  return value
}
