import { signTransaction } from '@xln/node/shell/chain/broadcast.ts'
import { type EncodedCall, encodeCall } from '@xln/node/shell/chain/calls.ts'
import type { Fees } from '@xln/node/shell/chain/fees.ts'
import type { SimBlock } from '@xln/node/sim/chain/block.ts'
import { SimChain, type SimChainOptions } from '@xln/node/sim/chain/chain.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, EntityId, Hash, Hex, TokenId } from '@xln/shared/ids.ts'
import { abi, DEPOSITORY, SUBCONTRACTS, TinyContracts } from './tiny.ts'

export const CHAIN_ID = 31_337n
export const GWEI = 10n ** 9n
export const ETHER = 10n ** 18n
export const START = 1_800_000_000
export const TOKEN = `0x${'70'.repeat(32)}` as TokenId
export const contracts = { depository: DEPOSITORY, subcontractProvider: SUBCONTRACTS }

/** A key with ether. */
export interface Payer {
  readonly address: Address
  sign(digest: Uint8Array): Uint8Array
}

export function payerOf(key: Uint8Array): Payer {
  return { address: addressOf(key), sign: (digest) => signDigest(digest, key) }
}

const keyOf = (byte: number) => new Uint8Array(32).fill(byte)
export const ann = payerOf(keyOf(0xa1))
export const ben = payerOf(keyOf(0xb2))
export const cat = payerOf(keyOf(0xc3))

export function entityOf(byte: string): EntityId {
  return `0x${byte.repeat(32)}` as EntityId
}

/** A chain with tiny contracts on which Ann, Ben and Cat have ten ether each. */
export function startChain(options: Partial<SimChainOptions> = {}): SimChain {
  const payers = [ann, ben, cat].map(({ address }): [Address, bigint] => [address, 10n * ETHER])
  return new SimChain({
    chainId: CHAIN_ID,
    contracts: new TinyContracts(new Map(payers)),
    withCode: [DEPOSITORY, SUBCONTRACTS],
    timestamp: START,
    ...options,
  })
}

/** Mines a block twelve seconds after the newest, or so many. */
export function mineOn(chain: SimChain, count = 1): SimBlock {
  for (let done = 1; done < count; done++) chain.mine(chain.head.timestamp + 12)
  return chain.mine(chain.head.timestamp + 12)
}

export interface Terms {
  readonly nonce: number
  readonly call?: EncodedCall
  readonly gas?: bigint
  readonly fees?: Fees
  readonly chainId?: bigint
}

export const NOTHING: EncodedCall = { to: ann.address, data: '0x', value: 0n }

/** Fees in gwei. */
export function fees(max: number, tip = 1): Fees {
  return { maxFeePerGas: BigInt(max) * GWEI, maxPriorityFeePerGas: BigInt(tip) * GWEI }
}

export function signedBy(payer: Payer, terms: Terms): { hash: Hash; raw: Uint8Array } {
  const { nonce, call = NOTHING, gas = 200_000n, chainId = CHAIN_ID } = terms
  const signed = signTransaction(payer, chainId, nonce, call, gas, terms.fees ?? fees(10))
  return { hash: signed.hash, raw: hexToBytes(signed.raw) }
}

/** Signs and gives it; throws when the chain does not take it. */
export function give(chain: SimChain, payer: Payer, terms: Terms): Hash {
  const answer = chain.accept(signedBy(payer, terms).raw)
  if ('hash' in answer) return answer.hash
  throw new Error(answer.message)
}

/** What the chain says when it does not take it. */
export function refusal(chain: SimChain, payer: Payer, terms: Terms): string {
  const answer = chain.accept(signedBy(payer, terms).raw)
  return 'hash' in answer ? 'taken' : answer.message
}

export function deposit(entity: EntityId, amount: bigint): EncodedCall {
  const data = abi.encodeFunctionData('deposit', [entity, TOKEN, amount]) as Hex
  return { to: DEPOSITORY, data, value: 0n }
}

export function depositEther(entity: EntityId, value: bigint): EncodedCall {
  const data = abi.encodeFunctionData('deposit', [entity, etherTokenId, value]) as Hex
  return { to: DEPOSITORY, data, value }
}

export function batch(entity: EntityId, nonce: bigint, validUntil = START + 1_000_000) {
  const bytes = { batch: Uint8Array.of(Number(nonce)), signature: new Uint8Array() }
  const call = { type: 'processBatch', entity, nonce, validUntil, ...bytes } as const
  return { call, encoded: encodeCall(DEPOSITORY, call) }
}
