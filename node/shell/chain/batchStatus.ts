/** What the chain has already decided about a batch. */
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import type { EntityId, Hex } from '@xln/shared/ids.ts'
import type { AccountLook } from './account.ts'
import type { ProcessBatch } from './calls.ts'
import { type Contracts, eventTopic } from './decode.ts'
import type { Endpoint } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { readHistory } from './history.ts'
import type { SubmitOutcome } from './request.ts'
import { asHex, toQuantity } from './rpc.ts'

/**
 * `next`: its turn; `early`: another batch must come first; `undecided`: used up or past its time, in
 * a block that is not final.
 */
export type BatchStatus = 'next' | 'early' | 'undecided' | SubmitOutcome

export interface BatchStatusReader {
  readonly endpoints: Endpoints
  readonly contracts: Contracts
  /** The block of the deployment. */
  readonly fromBlock: number
}

const depository = IDepository__factory.createInterface()

/** Throws `ChainError`. */
export async function readBatchStatus(
  { endpoints, contracts, fromBlock }: BatchStatusReader,
  call: ProcessBatch,
  look: AccountLook,
): Promise<BatchStatus> {
  const { entity, nonce, validUntil } = call
  const { head, finalBlock, finalTimestamp } = look
  return endpoints.ask(async (endpoint) => {
    const [now, final] = await Promise.all([
      readBatchNonce(endpoint, contracts, entity, head.block),
      readBatchNonce(endpoint, contracts, entity, finalBlock),
    ])
    if (final > nonce) {
      const topics = [eventTopic('BatchProcessed'), entity]
      const filter = { address: contracts.depository, topics, fromBlock, toBlock: finalBlock }
      const past = await readHistory(endpoints, endpoint, contracts, filter)
      const used = past.find(
        ({ event }) => event.type === 'batchProcessed' && event.nonce === nonce,
      )
      // A log that is late is waited for.
      if (used?.event.type !== 'batchProcessed') return 'undecided'
      const same = used.event.batchHash === keccakHex(call.batch)
      return { status: 'nonceUsed', block: used.block, same }
    }
    if (finalTimestamp !== undefined && finalTimestamp > validUntil) return { status: 'expired' }
    if (now > nonce || head.timestamp > validUntil) return 'undecided'
    return now < nonce ? 'early' : 'next'
  })
}

/** 0 before there is a contract: in blocks before its deployment, or before the first block. */
async function readBatchNonce(
  endpoint: Endpoint,
  { depository: to }: Contracts,
  entity: EntityId,
  block: number,
): Promise<bigint> {
  if (block < 0) return 0n
  const data = depository.encodeFunctionData('batchNonce', [entity]) as Hex
  const answer = await endpoint.send('eth_call', [{ to, data }, toQuantity(block)])
  const bytes = asHex(answer, 'batchNonce')
  return bytes === '0x' ? 0n : depository.decodeFunctionResult('batchNonce', bytes)[0]
}
