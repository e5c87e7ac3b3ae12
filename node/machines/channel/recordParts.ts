/** The parts of a channel's record, each as fields of a list; an origin is a list of its own. */
import { UINT64_MAX, UINT256_MAX } from '@xln/shared/amounts.ts'
import type { ChainPosition } from '@xln/shared/channel/block.ts'
import type { Settle } from '@xln/shared/channel/transaction.ts'
import {
  readClauseId,
  readList,
  readTransaction,
  writeClauseId,
  writeTransaction,
} from '@xln/shared/channel/transactionCodec.ts'
import type { RlpReader, RlpWriter } from '@xln/shared/codec/rlp.ts'
import type { Poster } from '@xln/shared/depository/events.ts'
import { readToken, writeToken } from '@xln/shared/depository/tokenCodec.ts'
import type { ChannelKey, Hash, Hashlock, Secret } from '@xln/shared/ids.ts'
import { ARGUMENTS_MAX, SIGNATURE_BYTES_MAX } from '@xln/shared/limits.ts'
import type { Origin } from './messages.ts'
import type {
  ClauseNote,
  CollateralRequest,
  CommittedArguments,
  Dispute,
  OnchainToken,
  Restoring,
  Settlement,
  Standing,
  View,
} from './parts.ts'

const MANY = Number.MAX_SAFE_INTEGER

/** A list: empty for null, else with the fields of `value`. */
export function optional<T>(
  writer: RlpWriter,
  value: T | null,
  write: (writer: RlpWriter, value: T) => void,
): void {
  const start = writer.open(2)
  if (value !== null) write(writer, value)
  writer.close(start, 2)
}

export function readOptional<T>(reader: RlpReader, read: (reader: RlpReader) => T): T | null {
  const end = reader.enter()
  const value = reader.more(end) ? read(reader) : null
  reader.leave(end)
  return value
}

export function list<T>(
  writer: RlpWriter,
  items: readonly T[],
  write: (writer: RlpWriter, item: T) => void,
): void {
  const start = writer.open(2)
  for (const item of items) write(writer, item)
  writer.close(start, 2)
}

export function writePosition(writer: RlpWriter, { block, logIndex }: ChainPosition): void {
  const start = writer.open()
  writer.number(block)
  writer.number(logIndex)
  writer.close(start)
}

export function readPosition(reader: RlpReader): ChainPosition {
  const end = reader.enter()
  const position = { block: reader.number(), logIndex: reader.number() }
  reader.leave(end)
  return position
}

export function writeView(writer: RlpWriter, view: View): void {
  const start = writer.open(2)
  writePosition(writer, view.position)
  list(writer, view.tokens, writeOnchain)
  writer.flag(view.incomplete)
  writer.close(start, 2)
}

export function readView(reader: RlpReader): View {
  const end = reader.enter()
  const view = {
    position: readPosition(reader),
    tokens: readList(reader, MANY, readOnchain),
    incomplete: reader.flag(),
  }
  reader.leave(end)
  return view
}

function writeOnchain(writer: RlpWriter, { token, collateral, ondelta }: OnchainToken): void {
  const start = writer.open()
  writeToken(writer, token)
  writer.bigint(collateral)
  writer.signed(ondelta)
  writer.close(start)
}

function readOnchain(reader: RlpReader): OnchainToken {
  const end = reader.enter()
  const onchain = {
    token: readToken(reader),
    collateral: reader.bigint(UINT256_MAX),
    ondelta: reader.signed(INT128_MAX),
  }
  reader.leave(end)
  return onchain
}

const INT128_MAX = (1n << 127n) - 1n

const OriginType = { forward: 1, payment: 2, request: 3 } as const

export function writeOrigin(writer: RlpWriter, origin: Origin | null): void {
  const start = writer.open()
  if (origin !== null) {
    writer.number(OriginType[origin.type])
    if (origin.type === 'forward') {
      writer.hex(origin.channelKey)
      writeClauseId(writer, origin.lock)
    } else if (origin.type === 'payment') writer.hex(origin.hashlock)
    else writer.bigint(origin.id)
  }
  writer.close(start)
}

export function readOrigin(reader: RlpReader): Origin | null {
  return readOptional(reader, readOriginFields)
}

function readOriginFields(reader: RlpReader): Origin {
  switch (reader.number()) {
    case OriginType.forward:
      return {
        type: 'forward',
        channelKey: reader.hex(32) as ChannelKey,
        lock: readClauseId(reader),
      }
    case OriginType.payment:
      return { type: 'payment', hashlock: reader.hex(32) as Hashlock }
    case OriginType.request:
      return { type: 'request', id: reader.bigint(UINT256_MAX) }
    default:
      reader.fail()
      return { type: 'request', id: 0n }
  }
}

export function writeNote(writer: RlpWriter, note: ClauseNote): void {
  const start = writer.open(2)
  writeClauseId(writer, note.id)
  writeOrigin(writer, note.origin)
  optional(writer, note.secret, (inner, secret) => inner.hex(secret))
  writer.number(note.revealedAt)
  const flags = (note.revealFinal ? 1 : 0) | (note.revealAsked ? 2 : 0) | (note.told ? 4 : 0)
  writer.number(flags)
  writer.number(note.ratio)
  writer.close(start, 2)
}

export function readNote(reader: RlpReader): ClauseNote {
  const end = reader.enter()
  const id = readClauseId(reader)
  const origin = readOrigin(reader)
  const secret = readOptional(reader, () => reader.hex(32) as Secret)
  const revealedAt = reader.number()
  const flags = reader.number()
  const ratio = reader.number()
  reader.leave(end)
  const revealFinal = (flags & 1) !== 0
  const revealAsked = (flags & 2) !== 0
  const told = (flags & 4) !== 0
  return { id, origin, secret, revealedAt, revealFinal, revealAsked, told, ratio }
}

export function writeSettlement(writer: RlpWriter, settlement: Settlement): void {
  writer.flag(settlement.byUs)
  writeTransaction(writer, settlement.transaction)
  optional(writer, settlement.newProofSignature, (inner, signature) => inner.bytes(signature))
  writer.flag(settlement.submitted)
}

export function readSettlement(reader: RlpReader): Settlement {
  return {
    byUs: reader.flag(),
    transaction: readTransaction(reader) as Settle,
    newProofSignature: readOptional(reader, () => reader.bytes(SIGNATURE_BYTES_MAX)),
    submitted: reader.flag(),
  }
}

export function writeDispute(writer: RlpWriter, dispute: Dispute): void {
  writer.flag(dispute.startedByUs)
  optional(writer, dispute.startUntil, (inner, until) => inner.number(until))
  optional(writer, dispute.standing, writeStanding)
  writer.bigint(dispute.submittedNonce)
  writer.number(dispute.finaliseAskedAt)
  list(writer, dispute.arguments, (inner, { byLeft, proofBodyHash, data }) => {
    const start = inner.open(2)
    inner.flag(byLeft)
    inner.hex(proofBodyHash)
    inner.bytes(data)
    inner.close(start, 2)
  })
  list(writer, dispute.leftTokens, writeToken)
  list(writer, dispute.rightTokens, writeToken)
}

export function readDispute(reader: RlpReader): Dispute {
  return {
    startedByUs: reader.flag(),
    startUntil: readOptional(reader, () => reader.number()),
    standing: readOptional(reader, readStanding),
    submittedNonce: reader.bigint(UINT256_MAX),
    finaliseAskedAt: reader.number(),
    arguments: readList(reader, MANY, readArguments),
    leftTokens: readList(reader, MANY, readToken),
    rightTokens: readList(reader, MANY, readToken),
  }
}

function readArguments(reader: RlpReader): CommittedArguments {
  const end = reader.enter()
  const committed = {
    byLeft: reader.flag(),
    proofBodyHash: reader.hex(32) as Hash,
    data: reader.bytes(ARGUMENTS_MAX),
  }
  reader.leave(end)
  return committed
}

const posters: readonly Poster[] = ['anyone', 'left', 'right']

function writeStanding(writer: RlpWriter, standing: Standing): void {
  writer.bigint(standing.cooperativeNonce)
  writer.bigint(standing.nonce)
  writer.hex(standing.proofBodyHash)
  writer.flag(standing.startedByLeft)
  writer.number(posters.indexOf(standing.poster))
  writer.number(standing.deadline)
  writer.number(standing.seenBlock)
  writer.flag(standing.final)
}

function readStanding(reader: RlpReader): Standing {
  return {
    cooperativeNonce: reader.bigint(UINT64_MAX),
    nonce: reader.bigint(UINT256_MAX),
    proofBodyHash: reader.hex(32) as Hash,
    startedByLeft: reader.flag(),
    poster: posters[reader.number(posters.length - 1)] as Poster,
    deadline: reader.number(),
    seenBlock: reader.number(),
    final: reader.flag(),
  }
}

export function writeRestoring(writer: RlpWriter, restoring: Restoring): void {
  writer.number(restoring.until)
  optional(writer, restoring.cooperativeNonce, (inner, nonce) => inner.bigint(nonce))
  writer.number(restoring.askedAt)
  writer.flag(restoring.shown)
}

export function readRestoring(reader: RlpReader): Restoring {
  return {
    until: reader.number(),
    cooperativeNonce: readOptional(reader, () => reader.bigint(UINT64_MAX)),
    askedAt: reader.number(),
    shown: reader.flag(),
  }
}

export function writeCollateralRequest(writer: RlpWriter, request: CollateralRequest): void {
  writeToken(writer, request.token)
  writer.bigint(request.amount)
  writer.bigint(request.fee)
  writer.signed(request.shareBefore)
}

export function readCollateralRequest(reader: RlpReader): CollateralRequest {
  return {
    token: readToken(reader),
    amount: reader.bigint(UINT256_MAX),
    fee: reader.bigint(UINT256_MAX),
    shareBefore: reader.signed(INT128_MAX),
  }
}
