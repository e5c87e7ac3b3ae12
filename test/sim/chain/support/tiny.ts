import type {
  BlockContext,
  Call,
  CallResult,
  ContractsModel,
  RawLog,
} from '@xln/node/sim/contracts/model.ts'
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'

export const abi = IDepository__factory.createInterface()
export const DEPOSITORY = `0x${'d1'.repeat(20)}` as Address
export const SUBCONTRACTS = `0x${'5c'.repeat(20)}` as Address

/** What a call with data costs here. */
export const CALL_GAS = 100_000n

/** Just enough of a Depository to have something on a chain: reserves, and batches that do nothing. */
export class TinyContracts implements ContractsModel {
  readonly #ether: Map<Address, bigint>
  readonly #values: Map<string, bigint>

  constructor(ether = new Map<Address, bigint>(), values = new Map<string, bigint>()) {
    this.#ether = ether
    this.#values = values
  }

  execute(call: Call, block: BlockContext): CallResult {
    const isPlain = call.to !== DEPOSITORY
    const gasUsed = isPlain ? 21_000n : CALL_GAS
    const result = isPlain ? { returnData: '0x' as Hex, logs: [] } : this.#run(call, block)
    const ok = !('reverted' in result)
    if (ok && call.value > 0n) {
      this.addEther(call.from, -call.value)
      this.addEther(call.to, call.value)
    }
    const returnData = hexToBytes(ok ? result.returnData : result.reverted)
    return { ok, returnData, gasUsed, logs: ok ? result.logs : [] }
  }

  view(call: Call, block: BlockContext): CallResult {
    return this.fork().execute(call, block)
  }

  fork(): TinyContracts {
    return new TinyContracts(new Map(this.#ether), new Map(this.#values))
  }

  etherOf(account: Address): bigint {
    return this.#ether.get(account) ?? 0n
  }

  addEther(account: Address, amount: bigint): void {
    this.#ether.set(account, this.etherOf(account) + amount)
  }

  #run(
    { data }: Call,
    { timestamp }: BlockContext,
  ): { returnData: Hex; logs: RawLog[] } | { reverted: Hex } {
    const parsed = abi.parseTransaction({ data: bytesToHex(data) })
    if (parsed === null) return { reverted: '0x' }
    const { name, args } = parsed
    switch (name) {
      case 'batchNonce':
        return this.#answer(name, [this.#get(`nonce/${args[0]}`)])
      case 'reserveOf':
        return this.#answer(name, [this.#get(`reserve/${args[0]}/${args[1]}`)])
      case 'deposit': {
        const [entity, token, amount] = args
        if (amount === 0n) return fail('AmountZero', [])
        const key = `reserve/${entity}/${token}`
        this.#values.set(key, this.#get(key) + amount)
        return this.#tell('ReserveUpdated', [entity, token, this.#get(key)])
      }
      case 'processBatch': {
        const [entity, batch, nonce, validUntil] = args
        const key = `nonce/${entity}`
        const expected = this.#get(key)
        if (nonce !== expected) return fail('BatchNonceWrong', [entity, nonce, expected])
        if (timestamp > validUntil) return fail('BatchExpired', [validUntil, timestamp])
        this.#values.set(key, expected + 1n)
        return this.#tell('BatchProcessed', [entity, nonce, keccakHex(hexToBytes(batch))])
      }
      default:
        return { reverted: '0x' }
    }
  }

  #get(key: string): bigint {
    return this.#values.get(key) ?? 0n
  }

  #answer(name: 'batchNonce' | 'reserveOf', values: bigint[]) {
    const returnData = abi.encodeFunctionResult(name as 'batchNonce', values as [bigint]) as Hex
    return { returnData, logs: [] }
  }

  #tell(name: 'ReserveUpdated' | 'BatchProcessed', values: unknown[]) {
    const { topics, data } = abi.encodeEventLog(name, values)
    const log = { address: DEPOSITORY, topics: topics as Hex[], data: data as Hex }
    return { returnData: '0x' as Hex, logs: [log] }
  }
}

function fail(
  name: 'AmountZero' | 'BatchNonceWrong' | 'BatchExpired',
  values: unknown[],
): { reverted: Hex } {
  return { reverted: abi.encodeErrorResult(name, values) as Hex }
}
