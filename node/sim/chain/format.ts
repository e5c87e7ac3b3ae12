/** Blocks, transactions, receipts and logs as JSON-RPC writes them. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { type Hash, ZERO_HASH } from '@xln/shared/ids.ts'
import type { LogBody } from '../../shell/chain/receipt.ts'
import { type RpcObject, toQuantity } from '../../shell/chain/rpc.ts'
import {
  EMPTY_ROOT,
  NO_REQUESTS,
  NO_UNCLES,
  type SimBlock,
  ZERO_ADDRESS,
  ZERO_NONCE,
} from './block.ts'
import { type SimTransaction, tipAt } from './transaction.ts'

/** Without its transactions, of which it only has the hashes. */
export function formatBlock(block: SimBlock): RpcObject {
  const { hash, parentHash, logsBloom, receiptsRoot, transactionsRoot, stateRoot } = block
  return {
    ...{ hash, parentHash, logsBloom, receiptsRoot, transactionsRoot, stateRoot },
    number: toQuantity(block.number),
    timestamp: toQuantity(block.timestamp),
    gasLimit: toQuantity(block.gasLimit),
    gasUsed: toQuantity(block.gasUsed),
    baseFeePerGas: toQuantity(block.baseFeePerGas),
    transactions: block.receipts.map(({ transaction }) => transaction.hash),
    mixHash: block.mixHash,
    sha3Uncles: NO_UNCLES,
    uncles: [],
    miner: ZERO_ADDRESS,
    difficulty: '0x0',
    totalDifficulty: '0x0',
    extraData: '0x',
    size: '0x0',
    nonce: ZERO_NONCE,
    withdrawals: [],
    withdrawalsRoot: EMPTY_ROOT,
    blobGasUsed: '0x0',
    excessBlobGas: '0x0',
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: NO_REQUESTS,
  }
}

/** What became of the transaction at `index` of `block`. */
export function formatReceipt(block: SimBlock, index: number): RpcObject {
  const receipt = receiptAt(block, index)
  const { transaction, logsBloom } = receipt
  const { from, to } = transaction
  return {
    ...placeOf(block, index),
    transactionHash: transaction.hash,
    ...{ from, to, logsBloom },
    type: '0x2',
    status: receipt.status ? '0x1' : '0x0',
    gasUsed: toQuantity(receipt.gasUsed),
    cumulativeGasUsed: toQuantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: toQuantity(priceIn(block, transaction)),
    contractAddress: null,
    logs: formatLogs(block, index),
  }
}

/** A transaction that is at `index` of `block`, or waits when that is undefined. */
export function formatTransaction(
  transaction: SimTransaction,
  at: { readonly block: SimBlock; readonly index: number } | undefined,
): RpcObject {
  const { hash, from, to, data, signature } = transaction
  const { nonce, gasLimit, value, chainId, maxFeePerGas, maxPriorityFeePerGas } = transaction
  const nowhere = { blockHash: null, blockNumber: null, transactionIndex: null }
  const price = at === undefined ? maxFeePerGas : priceIn(at.block, transaction)
  return {
    ...{ hash, from, to },
    ...(at === undefined ? nowhere : placeOf(at.block, at.index)),
    type: '0x2',
    nonce: toQuantity(nonce),
    gas: toQuantity(gasLimit),
    gasPrice: toQuantity(price),
    value: toQuantity(value),
    input: bytesToHex(data),
    chainId: toQuantity(chainId),
    maxFeePerGas: toQuantity(maxFeePerGas),
    maxPriorityFeePerGas: toQuantity(maxPriorityFeePerGas),
    accessList: [],
    r: toQuantity(BigInt(bytesToHex(signature, 0, 32))),
    s: toQuantity(BigInt(bytesToHex(signature, 32, 64))),
    v: toQuantity((signature[64] as number) - 27),
  }
}

/** The logs of the transaction at `index` of `block`, with their places. */
export function formatLogs(block: SimBlock, index: number): RpcObject[] {
  const { transaction, logs } = receiptAt(block, index)
  const before = block.receipts.slice(0, index).reduce((sum, each) => sum + each.logs.length, 0)
  return logs.map((log, at) => formatLog(log, transaction.hash, block, index, before + at))
}

function formatLog(
  { address, topics, data }: LogBody,
  transactionHash: Hash,
  block: SimBlock,
  index: number,
  logIndex: number,
): RpcObject {
  const place = placeOf(block, index)
  const log = { address, topics: [...topics], data, transactionHash }
  const blockTimestamp = toQuantity(block.timestamp)
  return { ...log, ...place, blockTimestamp, logIndex: toQuantity(logIndex), removed: false }
}

function placeOf({ hash, number }: SimBlock, index: number): RpcObject {
  return {
    blockHash: hash,
    blockNumber: toQuantity(number),
    transactionIndex: toQuantity(index),
  }
}

function priceIn({ baseFeePerGas }: SimBlock, transaction: SimTransaction): bigint {
  return baseFeePerGas + tipAt(transaction, baseFeePerGas)
}

function receiptAt({ receipts }: SimBlock, index: number): SimBlock['receipts'][number] {
  const receipt = receipts[index]
  if (receipt === undefined) throw new RangeError(`no transaction ${index} in the block`)
  return receipt
}
