/** What went into and out of each reserve on chain, read from the blocks. */

import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { decodeBatch } from '@xln/shared/depository/batchDecode.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { EntityId, Hex, TokenId } from '@xln/shared/ids.ts'
import { decodeLog } from '../../shell/chain/decode.ts'
import type { SimReceipt } from '../chain/block.ts'
import type { SimChain } from '../chain/chain.ts'

const depository = IDepository__factory.createInterface()

export class Flows {
  readonly #domain: ChainDomain
  readonly #sums = new Map<string, bigint>()

  constructor(domain: ChainDomain, chain: SimChain) {
    this.#domain = domain
    for (let number = 1; number <= chain.head.number; number++) {
      for (const receipt of chain.blockAt(number)?.receipts ?? []) this.#read(receipt)
    }
  }

  /** Deposits and transfers to `entity`, less its withdrawals and transfers to others. */
  sumOf(entity: EntityId, token: TokenId): bigint {
    return this.#sums.get(entity + token) ?? 0n
  }

  #read(receipt: SimReceipt): void {
    const { transaction, status } = receipt
    if (!status || transaction.to !== this.#domain.depository) return
    const call = depository.parseTransaction({ data: bytesToHex(transaction.data) })
    if (call?.name === 'deposit') {
      const [entity, token, amount] = call.args as unknown as [EntityId, TokenId, bigint]
      this.#add(entity, token, amount)
    } else if (call?.name === 'processBatch') {
      const [entity, batch] = call.args as unknown as [EntityId, Hex]
      this.#batch(receipt, entity, hexToBytes(batch))
    }
  }

  #batch(receipt: SimReceipt, entity: EntityId, encoded: Uint8Array): void {
    const batch = decodeBatch(encoded)
    if (batch === undefined) throw new Error('the chain has taken a batch that does not decode')
    const skipped = this.#skipped(receipt)
    for (const [index, { token, amount }] of batch.withdrawals.entries()) {
      if (!skipped.has(index)) this.#add(entity, token, -amount)
    }
    for (const [index, { token, to, amount }] of batch.transfers.entries()) {
      if (skipped.has(batch.withdrawals.length + index)) continue
      this.#add(entity, token, -amount)
      this.#add(to, token, amount)
    }
  }

  #skipped({ logs }: SimReceipt): Set<number> {
    const events = logs.map((log) => decodeLog(this.#domain, log))
    return new Set(
      events.flatMap((event) => (event?.type === 'batchItemSkipped' ? [event.index] : [])),
    )
  }

  #add(entity: EntityId, token: TokenId, amount: bigint): void {
    this.#sums.set(entity + token, this.sumOf(entity, token) + amount)
  }
}
