/** Signed transactions on their way to the chain. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { Address, Hash, Hex } from '@xln/shared/ids.ts'
import { isError, Signature, Transaction } from 'ethers'
import type { EncodedCall } from './calls.ts'
import { type Endpoint, rpcMessage } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { ChainError } from './faults.ts'
import type { Fees } from './fees.ts'

/** The key that pays for the gas. It can sign, and does not show itself. */
export interface GasKey {
  readonly address: Address
  /** 65 bytes r‖s‖v over 32 bytes. */
  sign(digest: Uint8Array): Uint8Array
}

export interface SignedTransaction {
  readonly hash: Hash
  readonly raw: Hex
  readonly fees: Fees
}

/** Signs `call` for a place in the order of the key's transactions. */
export function signTransaction(
  key: GasKey,
  chainId: bigint,
  nonce: number,
  call: EncodedCall,
  gasLimit: bigint,
  fees: Fees,
): SignedTransaction {
  const transaction = Transaction.from({ type: 2, chainId, nonce, gasLimit, ...call, ...fees })
  const signature = key.sign(hexToBytes(transaction.unsignedHash))
  transaction.signature = Signature.from(bytesToHex(signature))
  return { hash: transaction.hash as Hash, raw: transaction.serialized as Hex, fees }
}

/**
 * What the endpoints say to a transaction. `taken`: it waits for a block, also if it did before.
 * `nonceLow`: its nonce was used. `underpriced`: it, or the one it would replace, offers too little or
 * too much for it. `poor`: the key cannot pay. `refused`: for the reason given. `unheard`: nobody
 * answers, and whoever was asked may have taken it all the same.
 */
export type Verdict =
  | { readonly type: 'taken' | 'nonceLow' | 'underpriced' | 'poor' | 'unheard' }
  | { readonly type: 'refused'; readonly reason: string }

/** Gives a transaction to every endpoint that answers; one that takes it is enough. */
export async function broadcast(endpoints: Endpoints, raw: Hex): Promise<Verdict> {
  const verdicts = await Promise.all(
    endpoints.all
      .filter(({ restsForMs }) => restsForMs === 0)
      .map(async (endpoint) => {
        try {
          return [await endpoint.use((each) => give(each, raw))]
        } catch (error) {
          if (error instanceof ChainError) return []
          throw error
        }
      }),
  )
  const heard = verdicts.flat()
  return heard.find(({ type }) => type === 'taken') ?? heard[0] ?? { type: 'unheard' }
}

async function give(endpoint: Endpoint, raw: Hex): Promise<Verdict> {
  try {
    await endpoint.send('eth_sendRawTransaction', [raw])
    return { type: 'taken' }
  } catch (error) {
    const verdict = verdictOf(error)
    if (verdict === undefined) throw error
    return verdict
  }
}

/** Clients word it in their own ways; undefined when it is no word on the transaction at all. */
function verdictOf(error: unknown): Verdict | undefined {
  if (isError(error, 'NONCE_EXPIRED')) return { type: 'nonceLow' }
  if (isError(error, 'REPLACEMENT_UNDERPRICED')) return { type: 'underpriced' }
  if (isError(error, 'INSUFFICIENT_FUNDS')) return { type: 'poor' }
  if (!isError(error, 'UNKNOWN_ERROR') && !isError(error, 'CALL_EXCEPTION')) return undefined
  const reason = rpcMessage(error)
  if (/already known|known transaction|already imported|already in/i.test(reason)) {
    return { type: 'taken' }
  }
  if (/nonce too low|nonce is too low/i.test(reason)) return { type: 'nonceLow' }
  if (/underpriced|replacement|fee.*(too low|less than)/i.test(reason)) {
    return { type: 'underpriced' }
  }
  if (/insufficient funds|enough funds/i.test(reason)) return { type: 'poor' }
  if (/rate limit|too many requests|busy|timeout|try again/i.test(reason)) return undefined
  return { type: 'refused', reason }
}
