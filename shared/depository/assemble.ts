/** From items to the batch that a contract takes: signed, sorted, counted. */
import { hexToBytes } from '../bytes.ts'
import { type Batch, EMPTY_BATCH } from './batch.ts'
import type { BatchItem, BatchItemType, SignatureSlot } from './batchItem.ts'

/** The contract runs the kinds in this order, and counts its items through all of them. */
const order: readonly BatchItemType[] = [
  'withdrawal',
  'transfer',
  'funding',
  'settlement',
  'start',
  'counter',
  'arguments',
  'finalise',
  'secret',
]

/** For each index of the contract's counting, where that item stands in `items`. */
export function itemOrder(items: readonly BatchItem[]): number[] {
  const places: number[] = []
  for (const type of order) {
    items.forEach((item, place) => {
      if (item.type === type) places.push(place)
    })
  }
  return places
}

/**
 * The batch of `items`. Every slot that holds a digest is filled with `sign(digest)`, 65 bytes by the
 * entity's key.
 */
export function assembleBatch(
  items: readonly BatchItem[],
  sign: (digest: Uint8Array) => Uint8Array,
): Batch {
  let batch: Batch = EMPTY_BATCH
  for (const item of items) batch = add(batch, item, sign)
  return batch
}

function add(batch: Batch, item: BatchItem, sign: (digest: Uint8Array) => Uint8Array): Batch {
  switch (item.type) {
    case 'withdrawal':
      return { ...batch, withdrawals: [...batch.withdrawals, item] }
    case 'transfer':
      return { ...batch, transfers: [...batch.transfers, item] }
    case 'funding':
      return { ...batch, fundings: [...batch.fundings, item] }
    case 'settlement':
      return { ...batch, settlements: [...batch.settlements, item] }
    case 'start':
      return { ...batch, starts: [...batch.starts, item] }
    case 'counter': {
      const leftSignature = fill(item.leftSignature, sign)
      const rightSignature = fill(item.rightSignature, sign)
      return { ...batch, counters: [...batch.counters, { ...item, leftSignature, rightSignature }] }
    }
    case 'arguments':
      return { ...batch, arguments: [...batch.arguments, item] }
    case 'finalise':
      return { ...batch, finalises: [...batch.finalises, item] }
    case 'secret':
      return { ...batch, secrets: [...batch.secrets, item.secret] }
  }
}

function fill(slot: SignatureSlot, sign: (digest: Uint8Array) => Uint8Array): Uint8Array {
  return slot.signature ?? sign(hexToBytes(slot.digest))
}
