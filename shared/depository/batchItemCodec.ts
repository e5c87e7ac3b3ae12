/** The canonical bytes of batch items: as they wait in an entity's record. */
import type { Allowance, Clause, ProofBody } from '../channel/proofBody.ts'
import {
  bytes,
  type Field,
  id,
  list,
  number,
  signed,
  struct,
  time,
  uint64,
  uint128,
  uint256,
  union,
  unsigned,
} from '../codec/schema.ts'
import type { Hash, Secret } from '../ids.ts'
import { ARGUMENTS_MAX, BODY_BYTES_MAX, SIGNATURE_BYTES_MAX } from '../limits.ts'
import type { BatchItem, Proof, SignatureSlot } from './batchItem.ts'
import { address, diffs, entityId, forgiveness, hash, seconds, token } from './fields.ts'

const signature = bytes(SIGNATURE_BYTES_MAX)

const proof: Field<Proof> = struct<Proof>({
  disputeNonce: unsigned((1n << 96n) - 1n),
  disputeWindow: seconds,
  proofBodyHash: hash,
  blockHash: hash,
})

/** A digest to be signed is 32 bytes, which no signature is. */
const slot: Field<SignatureSlot> = {
  write(writer, { signature: made, digest }) {
    if (made === undefined) writer.hex(digest)
    else writer.bytes(made)
  },
  read(reader) {
    if (reader.string() === 32) return { digest: reader.lastHex() as Hash }
    return { signature: reader.source.slice(reader.lastStart, reader.position) }
  },
}

const proofBody: Field<ProofBody> = struct<ProofBody>({
  tokenIds: list(token),
  offdeltas: list(signed),
  clauses: list(
    struct<Clause>({
      provider: address,
      gasLimit: number(),
      until: time,
      batch: bytes(BODY_BYTES_MAX),
      allowances: list(
        struct<Allowance>({
          deltaIndex: number(0xffff),
          leftAllowance: uint128,
          rightAllowance: uint128,
        }),
      ),
    }),
  ),
})

/** An item inside other encodings. */
export const batchItem: Field<BatchItem> = union<BatchItem>({
  withdrawal: [1, { token, to: address, amount: uint256 }],
  transfer: [2, { token, to: entityId, amount: uint256 }],
  funding: [
    3,
    { token, receiver: entityId, topUps: list(struct({ peer: entityId, amount: uint128 })) },
  ],
  settlement: [
    4,
    {
      peer: entityId,
      cooperativeNonce: uint64,
      newNonce: uint64,
      deadline: time,
      diffs,
      forgiveness,
      peerSignature: signature,
    },
  ],
  start: [5, { peer: entityId, cooperativeNonce: uint64, proof, peerSignature: signature }],
  counter: [
    6,
    {
      left: entityId,
      right: entityId,
      cooperativeNonce: uint64,
      proof,
      leftSignature: slot,
      rightSignature: slot,
    },
  ],
  arguments: [
    7,
    { peer: entityId, proofBodyHash: hash, data: bytes(ARGUMENTS_MAX), tokens: list(token) },
  ],
  finalise: [
    8,
    {
      left: entityId,
      right: entityId,
      body: proofBody,
      leftArguments: bytes(ARGUMENTS_MAX),
      rightArguments: bytes(ARGUMENTS_MAX),
      leftTokens: list(token),
      rightTokens: list(token),
    },
  ],
  secret: [9, { secret: id<Secret>() }],
})
