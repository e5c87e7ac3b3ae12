/** Runs the items of a batch in their order, and tells which were skipped. */
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import { type Batch, batchDigest } from '@xln/shared/depository/batch.ts'
import { decodeBatch, isBatch } from '@xln/shared/depository/batchDecode.ts'
import type { EntityId, Secret } from '@xln/shared/ids.ts'
import { commit, counter, start } from './disputes.ts'
import { finalise } from './finalises.ts'
import { emit, type Frame } from './frame.ts'
import { type Refusal, revert, revertWithoutReason, selectorOf } from './reverts.ts'
import { settle } from './settlements.ts'
import { hasSigned, isSole } from './signatures.ts'
import { fund, transfer, withdraw } from './spends.ts'

/** `processBatch`: the nonce is used up first, by signed and by direct calls alike. */
export function processBatch(
  frame: Frame,
  entity: EntityId,
  encoded: Uint8Array,
  nonce: bigint,
  validUntil: bigint,
  signature: Uint8Array,
): void {
  const expected = frame.world.batchNonces.get(entity) ?? 0n
  if (nonce !== expected) revert('BatchNonceWrong', entity, nonce, expected)
  if (BigInt(frame.now) > validUntil) revert('BatchExpired', validUntil, frame.now)
  frame.world.batchNonces.set(entity, nonce + 1n)

  const digest = batchDigest(frame.domain, entity, encoded, nonce, Number(validUntil))
  // With no signature the caller must be the whole board.
  const isAuthentic =
    signature.length === 0
      ? isSole(frame, entity, frame.sender)
      : hasSigned(frame, entity, digest, signature)
  if (!isAuthentic) revert('BatchSignatureInvalid', entity, digest)
  emit(frame, { type: 'batchProcessed', entity, nonce, batchHash: keccakHex(encoded) })
  runItems(frame, entity, nonce, readBatch(encoded))
}

/** The contract reads list after list, so an item may revert it before it comes to what is malformed. */
function readBatch(encoded: Uint8Array): Batch {
  if (!isBatch(encoded)) revert('BatchMalformed')
  return decodeBatch(encoded) ?? revertWithoutReason()
}

function runItems(frame: Frame, entity: EntityId, nonce: bigint, batch: Batch): void {
  let index = 0
  const each = <Item>(
    items: readonly Item[],
    run: (frame: Frame, actor: EntityId, item: Item) => Refusal | undefined,
  ): void => {
    for (const item of items) {
      note(frame, entity, nonce, index, batch.atomic, run(frame, entity, item))
      index++
    }
  }
  each(batch.withdrawals, withdraw)
  each(batch.transfers, transfer)
  each(batch.fundings, fund)
  each(batch.settlements, settle)
  each(batch.starts, start)
  each(batch.counters, counter)
  each(batch.arguments, commit)
  each(batch.finalises, finalise)
  for (const secret of batch.secrets) revealSecret(frame, secret)
}

/** An item that is refused is skipped, unless its batch is to be done wholly or not at all. */
function note(
  frame: Frame,
  entity: EntityId,
  nonce: bigint,
  index: number,
  atomic: boolean,
  refusal: Refusal | undefined,
): void {
  if (refusal === undefined) return
  const reason = selectorOf(refusal)
  if (atomic) revert('BatchItemFailed', index, reason)
  emit(frame, { type: 'batchItemSkipped', entity, nonce, index, reason })
}

/** Publishes a secret and keeps the time of the first reveal. */
export function revealSecret(frame: Frame, secret: Secret): void {
  const hashlock = hashlockOf(secret)
  if (frame.world.revealedAt.get(hashlock) !== undefined) return
  frame.world.revealedAt.set(hashlock, frame.now)
  const address = frame.domain.subcontractProvider
  const event = { type: 'secretRevealed', hashlock, secret, revealedAt: frame.now } as const
  frame.emitted.push({ address, event })
}
