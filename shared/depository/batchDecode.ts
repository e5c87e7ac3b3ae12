/**
 * What the Depository reads: the other way round from `batch.ts`, for whoever plays its part. Takes
 * every layout that the ABI allows; `undefined` for other bytes, and for a time or gas limit beyond
 * 2^53, which nothing of ours signs.
 */
import { decodeAbiParameters, parseAbiParameters } from 'viem/utils'
import { hexToBytes } from '../bytes.ts'
import type { ProofBody } from '../channel/proofBody.ts'
import type { EntityId, Hash, Secret, TokenId } from '../ids.ts'
import { parseAddress } from '../ids.ts'
import {
  type Batch,
  batchStructs,
  type DisputeCounter,
  type DisputeFinalise,
  type Settlement,
} from './batch.ts'
import type { Proof } from './batchItem.ts'

const batchParameters = parseAbiParameters(['Batch batch', ...batchStructs])
const counterParameters = parseAbiParameters(['DisputeCounter item', ...batchStructs])
const finaliseParameters = parseAbiParameters(['DisputeFinalise item', ...batchStructs])

/** The batch that `processBatch` is given. */
export function decodeBatch(encoded: Uint8Array): Batch | undefined {
  return attempt(() => batchOf(decodeAbiParameters(batchParameters, encoded)[0]))
}

/** The argument of `counter`. */
export function decodeCounter(encoded: Uint8Array): DisputeCounter | undefined {
  return attempt(() => counterOf(decodeAbiParameters(counterParameters, encoded)[0]))
}

/** The argument of `finalise`. */
export function decodeFinalise(encoded: Uint8Array): DisputeFinalise | undefined {
  return attempt(() => finaliseOf(decodeAbiParameters(finaliseParameters, encoded)[0]))
}

type BatchValue = ReturnType<typeof decodeAbiParameters<typeof batchParameters>>[0]
type Item<Name extends keyof BatchValue> = BatchValue[Name] extends readonly (infer Each)[]
  ? Each
  : never

function batchOf(value: BatchValue): Batch {
  return {
    atomic: value.atomic,
    withdrawals: value.withdrawals.map(({ token, to, amount }) => {
      return { token: token as TokenId, to: parseAddress(to), amount }
    }),
    transfers: value.transfers.map(({ token, to, amount }) => {
      return { token: token as TokenId, to: to as EntityId, amount }
    }),
    fundings: value.fundings.map(({ token, receiver, topUps }) => ({
      token: token as TokenId,
      receiver: receiver as EntityId,
      topUps: topUps.map(({ peer, amount }) => ({ peer: peer as EntityId, amount })),
    })),
    settlements: value.settlements.map(settlementOf),
    starts: value.starts.map(({ peer, cooperativeNonce, proof, peerSignature }) => ({
      peer: peer as EntityId,
      cooperativeNonce,
      proof: proofOf(proof),
      peerSignature: hexToBytes(peerSignature),
    })),
    counters: value.counters.map(counterOf),
    arguments: value.arguments_.map(({ peer, proofBodyHash, data, tokens }) => ({
      peer: peer as EntityId,
      proofBodyHash: proofBodyHash as Hash,
      data: hexToBytes(data),
      tokens: tokens as readonly TokenId[],
    })),
    finalises: value.finalises.map(finaliseOf),
    secrets: value.secrets as readonly Secret[],
  }
}

function settlementOf(value: Item<'settlements'>): Settlement {
  const { peer, cooperativeNonce, newNonce, deadline, diffs, forgiveness, peerSignature } = value
  return {
    peer: peer as EntityId,
    cooperativeNonce,
    newNonce,
    deadline: safe(deadline),
    diffs: diffs.map((diff) => ({ ...diff, token: diff.token as TokenId })),
    forgiveness: forgiveness.map((item) => ({ ...item, token: item.token as TokenId })),
    peerSignature: hexToBytes(peerSignature),
  }
}

function counterOf(value: Item<'counters'>): DisputeCounter {
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

type ProofValue = Item<'counters'>['proof']

function finaliseOf(value: Item<'finalises'>): DisputeFinalise {
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

function bodyOf({ tokenIds, offdeltas, clauses }: Item<'finalises'>['body']): ProofBody {
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
