/**
 * Canonical bytes of a channel's mutual state: `[prevBlockHash, hashed]`. A block names the hash of
 * `hashed`, the state that it leads to; its own hash stands outside, for it cannot contain itself.
 */
import { INT128_MAX, UINT64_MAX, UINT256_MAX } from '../amounts.ts'
import { RlpReader, RlpWriter } from '../codec/rlp.ts'
import { keccakHex } from '../crypto/keccak.ts'
import { readToken, writeToken } from '../depository/tokenCodec.ts'
import type { Address, EntityId, Hash, Hashlock, TokenId } from '../ids.ts'
import {
  AMOUNT_MAX,
  CHANNEL_LOCKS_MAX,
  CHANNEL_OFFERS_MAX,
  CHANNEL_TOKENS_MAX,
  HEIGHT_MAX,
  MUTUAL_BYTES_MAX,
  RATIO_MAX,
  TIME_MAX,
} from '../limits.ts'
import type { Lock, Mutual, MutualToken, Offer } from './state.ts'
import { readClauseId, readList, writeClauseId } from './transactionCodec.ts'

const UINT32_MAX = 0xffff_ffff
const encoder = new RlpWriter()

export function encodeMutual(mutual: Mutual): Uint8Array {
  encoder.reset()
  writeMutual(encoder, mutual)
  return encoder.take()
}

/** A state from foreign bytes; `undefined` if they are not one. Never throws. */
export function decodeMutual(bytes: Uint8Array): Mutual | undefined {
  const reader = new RlpReader(bytes)
  const mutual = readMutual(reader)
  return reader.isDone() ? mutual : undefined
}

/** What a block names: everything but the hash of the block that led here. */
export function stateHash(mutual: Mutual): Hash {
  encoder.reset()
  writeHashed(encoder, mutual)
  return keccakHex(encoder.view())
}

export function writeMutual(writer: RlpWriter, mutual: Mutual): void {
  const start = writer.open(STATE_HEADER)
  writer.hex(mutual.prevBlockHash)
  writeHashed(writer, mutual)
  writer.close(start, STATE_HEADER)
}

/** Guesses at the lengths of headers. */
const STATE_HEADER = 3
const LOCK_HEADER = 2

function writeHashed(writer: RlpWriter, mutual: Mutual): void {
  const start = writer.open(STATE_HEADER)
  writer.hex(mutual.left)
  writer.hex(mutual.right)
  writer.bigint(mutual.chainId)
  writer.hex(mutual.depository)
  writer.bigint(mutual.cooperativeNonce)
  writer.bigint(mutual.namedNonce)
  writer.number(mutual.term)
  writer.number(mutual.height)
  writer.number(mutual.disputeWindow)
  const tokens = writer.open()
  for (const token of mutual.tokens) writeMutualToken(writer, token)
  writer.close(tokens)
  const locks = writer.open()
  for (const lock of mutual.locks) writeLock(writer, lock)
  writer.close(locks)
  const offers = writer.open()
  for (const offer of mutual.offers) writeOffer(writer, offer)
  writer.close(offers)
  writer.close(start, STATE_HEADER)
}

/**
 * Reads a state inside a longer encoding. Fails the reader for what is not one: also if the sides or
 * the tokens are not in order, or a lock or an offer names a token that the channel lacks.
 */
export function readMutual(reader: RlpReader): Mutual {
  const from = reader.position
  const end = reader.enter()
  if (end - from > MUTUAL_BYTES_MAX) reader.fail()
  const prevBlockHash = reader.hex(32) as Hash
  const hashed = reader.enter()
  const mutual = {
    left: reader.hex(32) as EntityId,
    right: reader.hex(32) as EntityId,
    chainId: reader.bigint(UINT256_MAX),
    depository: reader.hex(20) as Address,
    cooperativeNonce: reader.bigint(UINT64_MAX),
    namedNonce: reader.bigint(UINT64_MAX),
    term: reader.number(TIME_MAX),
    height: reader.number(HEIGHT_MAX),
    prevBlockHash,
    disputeWindow: reader.number(UINT32_MAX),
    tokens: readList(reader, CHANNEL_TOKENS_MAX, readMutualToken),
    locks: readList(reader, CHANNEL_LOCKS_MAX, readLock),
    offers: readList(reader, CHANNEL_OFFERS_MAX, readOffer),
  }
  reader.leave(hashed)
  reader.leave(end)
  if (!isConsistent(mutual)) reader.fail()
  return mutual
}

function isConsistent({ left, right, tokens, locks, offers }: Mutual): boolean {
  if (left >= right) return false
  const known = new Set<TokenId>()
  let previous = ''
  for (const { token } of tokens) {
    if (token <= previous) return false
    previous = token
    known.add(token)
  }
  for (const { token } of locks) if (!known.has(token)) return false
  for (const { giveToken, wantToken } of offers) {
    if (!known.has(giveToken) || !known.has(wantToken)) return false
  }
  return true
}

function writeMutualToken(writer: RlpWriter, token: MutualToken): void {
  const start = writer.open()
  writeToken(writer, token.token)
  writer.signed(token.offdelta)
  writer.bigint(token.leftCreditLimit)
  writer.bigint(token.rightCreditLimit)
  writer.close(start)
}

function readMutualToken(reader: RlpReader): MutualToken {
  const end = reader.enter()
  const token = {
    token: readToken(reader),
    offdelta: reader.signed(INT128_MAX),
    leftCreditLimit: reader.bigint(AMOUNT_MAX),
    rightCreditLimit: reader.bigint(AMOUNT_MAX),
  }
  reader.leave(end)
  return token
}

function writeLock(writer: RlpWriter, lock: Lock): void {
  const start = writer.open(LOCK_HEADER)
  writeClauseId(writer, lock.id)
  writer.flag(lock.fromLeft)
  writeToken(writer, lock.token)
  writer.bigint(lock.amount)
  writer.hex(lock.hashlock)
  writer.number(lock.revealBy)
  writer.close(start, LOCK_HEADER)
}

function readLock(reader: RlpReader): Lock {
  const end = reader.enter()
  const lock = {
    id: readClauseId(reader),
    fromLeft: reader.flag(),
    token: readToken(reader),
    amount: reader.bigint(AMOUNT_MAX),
    hashlock: reader.hex(32) as Hashlock,
    revealBy: reader.number(TIME_MAX),
  }
  reader.leave(end)
  return lock
}

function writeOffer(writer: RlpWriter, offer: Offer): void {
  const start = writer.open(LOCK_HEADER)
  writeClauseId(writer, offer.id)
  writer.flag(offer.ownerIsLeft)
  writeToken(writer, offer.giveToken)
  writer.bigint(offer.giveAmount)
  writeToken(writer, offer.wantToken)
  writer.bigint(offer.wantAmount)
  writer.number(offer.minFill)
  writer.number(offer.fillBy)
  writer.close(start, LOCK_HEADER)
}

function readOffer(reader: RlpReader): Offer {
  const end = reader.enter()
  const offer = {
    id: readClauseId(reader),
    ownerIsLeft: reader.flag(),
    giveToken: readToken(reader),
    giveAmount: reader.bigint(AMOUNT_MAX),
    wantToken: readToken(reader),
    wantAmount: reader.bigint(AMOUNT_MAX),
    minFill: reader.number(RATIO_MAX),
    fillBy: reader.number(TIME_MAX),
  }
  reader.leave(end)
  return offer
}
