/** All logs of a block, so that none can be left out. */
import type { Endpoint } from './endpoint.ts'
import { ChainError } from './faults.ts'
import type { Header } from './header.ts'
import { parseReceipt, type RawLog, type Receipt } from './receipt.ts'
import { receiptsRoot } from './receiptsRoot.ts'
import { asList } from './rpc.ts'

/**
 * All logs of a block, proven by its receipts against the root in the header. Throws `ChainError`
 * when the endpoint does not give the receipts of this very block.
 */
export async function readProvenLogs(endpoint: Endpoint, header: Header): Promise<RawLog[]> {
  const receipts = await readReceipts(endpoint, header)
  if (receiptsRoot(receipts) !== header.receiptsRoot) {
    const what = 'the receipts it gives are not those that the header commits to'
    const { block } = header
    throw new ChainError({ code: 'rpc_inconsistent', endpoint: endpoint.name, block, what })
  }
  return receipts.flatMap(({ logs }) => logs).map((log, logIndex) => ({ ...log, logIndex }))
}

async function readReceipts(endpoint: Endpoint, header: Header): Promise<Receipt[]> {
  const all = await endpoint.sendIfKnown('eth_getBlockReceipts', [header.hash])
  if (all !== undefined) return asList(all, 'receipts').map(parseReceipt)
  const asked = header.transactions.map((hash) => {
    return endpoint.send('eth_getTransactionReceipt', [hash])
  })
  return (await Promise.all(asked)).map(parseReceipt)
}
