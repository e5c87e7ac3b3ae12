/** What can be asked of the chain, as data, and as the transaction that asks it. */
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import {
  type DisputeCounter,
  type DisputeFinalise,
  proofBodyValue,
} from '@xln/shared/depository/batch.ts'
import type { Address, EntityId, Hex, TokenId } from '@xln/shared/ids.ts'

/** A batch, as its entity signed it. */
export type ProcessBatch = {
  readonly type: 'processBatch'
  readonly entity: EntityId
  /** As `encodeBatch` gives it. */
  readonly batch: Uint8Array
  readonly nonce: bigint
  /** Unix seconds. */
  readonly validUntil: number
  readonly signature: Uint8Array
}

export type ChainCall =
  | ProcessBatch
  /** Answers a dispute for others, with both signatures. */
  | { readonly type: 'counter'; readonly item: DisputeCounter }
  /** Ends a dispute that is past its deadline. */
  | { readonly type: 'finalise'; readonly item: DisputeFinalise }
  /** Makes `entity` pay up to `max` of its debts. */
  | {
      readonly type: 'enforceDebts'
      readonly entity: EntityId
      readonly token: TokenId
      readonly max: number
    }
  /** Anything else that the gas key itself does. */
  | {
      readonly type: 'transaction'
      readonly to: Address
      readonly data: Hex
      /** Wei. */
      readonly value: bigint
    }

export interface EncodedCall {
  readonly to: Address
  readonly data: Hex
  readonly value: bigint
}

const depository = IDepository__factory.createInterface()

/** The transaction that makes `call`. Throws for a number outside its field: a bug of ours. */
export function encodeCall(to: Address, call: ChainCall): EncodedCall {
  if (call.type === 'transaction') return { to: call.to, data: call.data, value: call.value }
  return { to, data: dataOf(call), value: 0n }
}

function dataOf(call: Exclude<ChainCall, { type: 'transaction' }>): Hex {
  switch (call.type) {
    case 'processBatch': {
      const { entity, batch, nonce, validUntil, signature } = call
      const parameters = [entity, batch, nonce, validUntil, signature] as const
      return depository.encodeFunctionData('processBatch', [...parameters]) as Hex
    }
    case 'counter':
      return depository.encodeFunctionData('counter', [call.item]) as Hex
    case 'finalise':
      return depository.encodeFunctionData('finalise', [finaliseValue(call.item)]) as Hex
    case 'enforceDebts': {
      const { entity, token, max } = call
      return depository.encodeFunctionData('enforceDebts', [entity, token, max]) as Hex
    }
  }
}

function finaliseValue(item: DisputeFinalise) {
  const { tokenIds, offdeltas, clauses } = proofBodyValue(item.body)
  return {
    ...item,
    body: {
      tokenIds: [...tokenIds],
      offdeltas: [...offdeltas],
      clauses: clauses.map((clause) => ({ ...clause, allowances: [...clause.allowances] })),
    },
    leftArguments: bytesToHex(item.leftArguments),
    rightArguments: bytesToHex(item.rightArguments),
    leftTokens: [...item.leftTokens],
    rightTokens: [...item.rightTokens],
  }
}
