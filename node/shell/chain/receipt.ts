/** The receipts of a block: what the chain proves of its logs. */
import type { Address, Hash, Hex } from '@xln/shared/ids.ts'
import {
  asHash,
  asHex,
  asList,
  asNumber,
  asObject,
  MalformedAnswer,
  type RpcObject,
} from './rpc.ts'

/** A log without its place. */
export interface LogBody {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Hex
}

export interface RawLog extends LogBody {
  /** Its number among all logs of the block. */
  readonly logIndex: number
}

export interface Receipt {
  /** EIP-2718; 0 for the first kind of transaction. */
  readonly type: number
  readonly status: boolean
  readonly cumulativeGasUsed: number
  readonly logsBloom: Hex
  readonly logs: readonly LogBody[]
}

export function parseReceipt(answer: unknown): Receipt {
  const receipt = asObject(answer, 'receipt')
  return {
    type: asNumber(receipt['type'] ?? '0x0', 'receipt type'),
    status: asNumber(receipt['status'], 'receipt status') === 1,
    cumulativeGasUsed: asNumber(receipt['cumulativeGasUsed'], 'cumulativeGasUsed'),
    logsBloom: asHex(receipt['logsBloom'], 'logsBloom'),
    logs: asList(receipt['logs'], 'logs').map((log) => parseLog(asObject(log, 'log'))),
  }
}

/** A log as receipts and the index of logs give it. */
export function parseLog(log: RpcObject): LogBody {
  const address = asHex(log['address'], 'log address')
  if (address.length !== 42) throw new MalformedAnswer(`log address is ${address}`)
  return {
    address: address as Address,
    topics: asList(log['topics'], 'topics').map((topic) => asHash(topic, 'topic')),
    data: asHex(log['data'], 'log data'),
  }
}
