/**
 * What the Depository reads: the other way round from `batch.ts`, for whoever plays its part. Takes
 * every layout of a list that the ABI allows; `undefined` for other bytes, and for a time or gas limit beyond
 * 2^53, which nothing of ours signs.
 */
import { decodeAbiParameters, parseAbiParameters } from 'viem/utils'
import { concatBytes, hexToBytes, readBigint, readNumber, writeNumber } from '../bytes.ts'
import type { ProofBody } from '../channel/proofBody.ts'
import type { EntityId, Hash, Secret, TokenId } from '../ids.ts'
import { parseAddress } from '../ids.ts'
import {
  BATCH_HEAD_BYTES,
  type Batch,
  batchLists,
  batchStructs,
  type DisputeCounter,
  type DisputeFinalise,
  LIST_SIZE_BYTES,
  SETTLEMENTS,
} from './batch.ts'
import type { Proof } from './batchItem.ts'
import { type Settlement, unpackSettlements } from './settlementForm.ts'

const ATOMIC = 1
const WORD = 32
const counterParameters = parseAbiParameters(['DisputeCounter item', ...batchStructs])
const finaliseParameters = parseAbiParameters(['DisputeFinalise item', ...batchStructs])

/** The batch that `processBatch` is given. */
export function decodeBatch(encoded: Uint8Array): Batch | undefined {
  const lists = unpackLists(encoded)
  if (lists === undefined) return undefined
  const isAtomic = ((encoded[1] as number) & ATOMIC) !== 0
  return attempt(() => {
    return batchOf(isAtomic, decodeAbiParameters(batchLists, lists.words), lists.settlements)
  })
}

/** Whether flags and sizes fit the bytes: what the Depository refuses as malformed. */
export function isBatch(encoded: Uint8Array): boolean {
  return unpackLists(encoded) !== undefined
}

/** The argument of `counter`. */
export function decodeCounter(encoded: Uint8Array): DisputeCounter | undefined {
  return attempt(() => counterOf(decodeAbiParameters(counterParameters, encoded)[0]))
}

/** The argument of `finalise`. */
export function decodeFinalise(encoded: Uint8Array): DisputeFinalise | undefined {
  return attempt(() => finaliseOf(decodeAbiParameters(finaliseParameters, encoded)[0]))
}

/** What stands in a batch. */
interface Unpacked {
  /** The lists as the ABI encodes them all: where each begins, and each; the ones not there are empty. */
  readonly words: Uint8Array
  /** Those of the one list that is packed, and empty in `words`. */
  readonly settlements: readonly Settlement[]
}

function unpackLists(encoded: Uint8Array): Unpacked | undefined {
  const lists = splitLists(encoded)
  const settlements = unpackSettlements(lists?.[SETTLEMENTS] ?? new Uint8Array(0))
  if (lists === undefined || settlements === undefined) return undefined
  const others = lists.with(SETTLEMENTS, undefined)
  const areSound = others.every((list) => list === undefined || isSound(list))
  return areSound ? { words: abiWords(others), settlements } : undefined
}

/** The lists by their kinds; `undefined` if flags and sizes do not fit the bytes. */
function splitLists(encoded: Uint8Array): readonly (Uint8Array | undefined)[] | undefined {
  if (encoded.length < BATCH_HEAD_BYTES) return undefined
  const flags = readNumber(encoded, 0, BATCH_HEAD_BYTES)
  if (flags >> (batchLists.length + 1) !== 0) return undefined
  let at = BATCH_HEAD_BYTES
  const lists: (Uint8Array | undefined)[] = []
  for (let kind = 1; kind <= batchLists.length; kind++) {
    const isThere = ((flags >> kind) & 1) === 1
    const list = isThere ? takeList(encoded, at) : undefined
    if (isThere && list === undefined) return undefined
    if (list !== undefined) at += LIST_SIZE_BYTES + list.length
    lists.push(list)
  }
  return at === encoded.length ? lists : undefined
}

/** The lists as the ABI encodes all of them. */
function abiWords(lists: readonly (Uint8Array | undefined)[]): Uint8Array {
  const heads = new Uint8Array(WORD * (lists.length + 1))
  // Behind the places stands a word of zeros, which is an empty list.
  const nothing = heads.length - WORD
  let place = heads.length
  for (const [kind, list] of lists.entries()) {
    writeNumber(heads, WORD * kind + WORD - 8, 8, list === undefined ? nothing : place)
    place += list?.length ?? 0
  }
  return concatBytes(heads, ...lists.filter((list) => list !== undefined))
}

/** The list whose size stands at `at`; `undefined` if it is not wholly there. */
function takeList(encoded: Uint8Array, at: number): Uint8Array | undefined {
  const start = at + LIST_SIZE_BYTES
  if (start > encoded.length) return undefined
  const end = start + readNumber(encoded, at, start)
  return end > encoded.length ? undefined : encoded.subarray(start, end)
}

/** Whether as many items fit into a list as it says to have. */
function isSound(list: Uint8Array): boolean {
  return list.length >= WORD && readBigint(list, 0, WORD) < BigInt(list.length) / BigInt(WORD)
}

type Lists = ReturnType<typeof decodeAbiParameters<typeof batchLists>>
type Item<Index extends keyof Lists> = Lists[Index] extends readonly (infer Each)[] ? Each : never
type CounterValue = Item<5>
type FinaliseValue = Item<7>

function batchOf(atomic: boolean, lists: Lists, settlements: readonly Settlement[]): Batch {
  const [withdrawals, transfers, fundings, , starts, counters, gifts, finalises, secrets] = lists
  return {
    atomic,
    withdrawals: withdrawals.map(({ token, to, amount }) => {
      return { token: token as TokenId, to: parseAddress(to), amount }
    }),
    transfers: transfers.map(({ token, to, amount }) => {
      return { token: token as TokenId, to: to as EntityId, amount }
    }),
    fundings: fundings.map(({ token, receiver, topUps }) => ({
      token: token as TokenId,
      receiver: receiver as EntityId,
      topUps: topUps.map(({ peer, amount }) => ({ peer: peer as EntityId, amount })),
    })),
    settlements,
    starts: starts.map(({ peer, cooperativeNonce, proof, peerSignature }) => ({
      peer: peer as EntityId,
      cooperativeNonce,
      proof: proofOf(proof),
      peerSignature: hexToBytes(peerSignature),
    })),
    counters: counters.map(counterOf),
    arguments: gifts.map(({ peer, proofBodyHash, data, tokens }) => ({
      peer: peer as EntityId,
      proofBodyHash: proofBodyHash as Hash,
      data: hexToBytes(data),
      tokens: tokens as readonly TokenId[],
    })),
    finalises: finalises.map(finaliseOf),
    secrets: secrets as readonly Secret[],
  }
}

function counterOf(value: CounterValue): DisputeCounter {
  return {
    left: value.left as EntityId,
    right: value.right as EntityId,
    cooperativeNonce: value.cooperativeNonce,
    proof: proofOf(value.proof),
    leftSignature: hexToBytes(value.leftSignature),
    rightSignature: hexToBytes(value.rightSignature),
  }
}

function proofOf({ disputeNonce, disputeWindow, proofBodyHash, blockHash }: ProofValue): Proof {
  return {
    disputeNonce,
    disputeWindow,
    proofBodyHash: proofBodyHash as Hash,
    blockHash: blockHash as Hash,
  }
}

type ProofValue = CounterValue['proof']

function finaliseOf(value: FinaliseValue): DisputeFinalise {
  return {
    left: value.left as EntityId,
    right: value.right as EntityId,
    body: bodyOf(value.body),
    leftArguments: hexToBytes(value.leftArguments),
    rightArguments: hexToBytes(value.rightArguments),
    leftTokens: value.leftTokens as readonly TokenId[],
    rightTokens: value.rightTokens as readonly TokenId[],
  }
}

function bodyOf({ tokenIds, offdeltas, clauses }: FinaliseValue['body']): ProofBody {
  return {
    tokenIds: tokenIds as readonly TokenId[],
    offdeltas,
    clauses: clauses.map(({ provider, gasLimit, until, batch, allowances }) => ({
      provider: parseAddress(provider),
      gasLimit: safe(gasLimit),
      until: safe(until),
      batch: hexToBytes(batch),
      allowances,
    })),
  }
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`${value} is beyond 2^53`)
  return Number(value)
}

function attempt<Value>(decode: () => Value): Value | undefined {
  try {
    return decode()
  } catch {
    // Bytes that are none of this; there is nothing else to learn.
    return undefined
  }
}
