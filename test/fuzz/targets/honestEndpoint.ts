/** What an honest endpoint of the chain says: two blocks, with a log of every event that there is. */
import { parseReceipt } from '@xln/node/shell/chain/receipt.ts'
import { receiptsRoot } from '@xln/node/shell/chain/receiptsRoot.ts'
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { ISecretRegistry__factory } from '@xln/shared/abi/typechain/factories/interfaces/ISecretRegistry__factory.ts'
import type { Address, Hash } from '@xln/shared/ids.ts'
import type { EventFragment, Interface, ParamType } from 'ethers'
import { Random } from '../random.ts'

export const CHAIN_ID = 31_337n
export const contracts = {
  depository: `0x${'d0'.repeat(20)}` as Address,
  subcontractProvider: `0x${'50'.repeat(20)}` as Address,
}
export const PARENT = `0x${'a0'.repeat(32)}` as Hash
export const SECOND = `0x${'a2'.repeat(32)}` as Hash
export const ALL_BITS = `0x${'ff'.repeat(256)}`

export const depository = IDepository__factory.createInterface()
const registry = ISecretRegistry__factory.createInterface()

/** A value of a parameter, small enough for whatever reads it. */
export function inventedOf(random: Random, type: ParamType): unknown {
  if (type.components !== null) return type.components.map((inner) => inventedOf(random, inner))
  if (type.arrayChildren !== null) return [inventedOf(random, type.arrayChildren)]
  if (type.baseType === 'bool') return random.once(2)
  if (type.baseType.startsWith('uint') || type.baseType.startsWith('int')) return random.below(3)
  const length = type.baseType === 'bytes' ? 5 : Number(/\d+$/.exec(type.baseType)?.[0] ?? 20)
  return `0x${Buffer.from(Array.from({ length }, () => random.below(256))).toString('hex')}`
}

/** A log of every event of a contract. */
function logsOf(address: Address, contract: Interface): object[] {
  const random = new Random(5)
  const events: EventFragment[] = []
  contract.forEachEvent((event) => events.push(event))
  return events.map((event) => {
    const { data, topics } = contract.encodeEventLog(
      event,
      event.inputs.map((input) => inventedOf(random, input)),
    )
    return { address, topics, data }
  })
}

const logs = [
  ...logsOf(contracts.depository, depository),
  ...logsOf(contracts.subcontractProvider, registry),
]

export interface Said {
  readonly blocks: readonly object[]
  readonly receipts: readonly (readonly object[])[]
  readonly logs: readonly object[]
  /** What a call to a function of a contract gives. */
  readonly calls: Readonly<Record<string, string>>
}

function header(number: number, hash: string, parentHash: string, root: string): object {
  return {
    number: `0x${number.toString(16)}`,
    hash,
    parentHash,
    timestamp: '0x64',
    logsBloom: ALL_BITS,
    receiptsRoot: root,
    baseFeePerGas: '0x7',
    gasLimit: '0x1c9c380',
    transactions: [`0x${'77'.repeat(32)}`],
  }
}

function receiptWith(some: readonly object[]): object {
  return {
    type: '0x2',
    status: '0x1',
    cumulativeGasUsed: '0x5208',
    logsBloom: ALL_BITS,
    logs: some,
  }
}

export const word = (value: number) => value.toString(16).padStart(64, '0')

/** An endpoint that says the truth, with one event of each kind; in the second of two blocks or the first. */
export function honest(): Said[] {
  return [logs, logs.slice(0, 2), logs.slice(-1)].map((some) => {
    const receipts = [[receiptWith(some)], [receiptWith([])]]
    const roots = receipts.map((each) => receiptsRoot(each.map(parseReceipt)))
    return {
      blocks: [
        header(1, `0x${'a1'.repeat(32)}`, PARENT, roots[0] as string),
        header(2, SECOND, `0x${'a1'.repeat(32)}`, roots[1] as string),
      ],
      receipts,
      logs: some.map((log, index) => ({
        ...log,
        blockNumber: '0x1',
        blockHash: `0x${'a1'.repeat(32)}`,
        logIndex: `0x${index.toString(16)}`,
      })),
      calls: callResults(),
    }
  })
}

function callResults(): Record<string, string> {
  const random = new Random(8)
  const results: Record<string, string> = {}
  depository.forEachFunction((called) => {
    const values = called.outputs.map((output) => inventedOf(random, output))
    results[called.name] = depository.encodeFunctionResult(called, values)
  })
  return results
}
