/**
 * Blocks, with true hashes, blooms and roots of receipts and transactions, as the watcher proves by
 * them what it is told.
 *
 * There is no tree of the state: in the place of its root stands a hash over the history, so that it
 * differs wherever a state may differ. In the place of the beacon's randomness stands a number of the
 * chain's own, so that no two blocks are ever one, even if everything else in them is the same.
 */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { RlpWriter } from '@xln/shared/codec/rlp.ts'
import { keccak256, keccakHex } from '@xln/shared/crypto/keccak.ts'
import { type Hash, type Hex, ZERO_HASH } from '@xln/shared/ids.ts'
import { bloomEntry } from '../../shell/chain/bloom.ts'
import type { LogBody } from '../../shell/chain/receipt.ts'
import { orderedRoot, receiptsRoot } from '../../shell/chain/receiptsRoot.ts'
import type { SimTransaction } from './transaction.ts'

/** What became of a transaction in its block. */
export interface SimReceipt {
  readonly transaction: SimTransaction
  readonly status: boolean
  readonly gasUsed: bigint
  /** With all before it in the block. */
  readonly cumulativeGasUsed: bigint
  readonly logsBloom: Hex
  readonly logs: readonly LogBody[]
}

export interface SimBlock {
  readonly number: number
  readonly hash: Hash
  readonly parentHash: Hash
  /** Unix seconds. */
  readonly timestamp: number
  readonly gasLimit: bigint
  /** Of its transactions, and of those of the crowd that are in no list. */
  readonly gasUsed: bigint
  /** Wei. */
  readonly baseFeePerGas: bigint
  readonly logsBloom: Hex
  readonly receiptsRoot: Hash
  readonly transactionsRoot: Hash
  readonly stateRoot: Hash
  /** Another for each block; see {@link mixHashOf}. */
  readonly mixHash: Hash
  readonly receipts: readonly SimReceipt[]
}

export type BlockBody = Pick<
  SimBlock,
  'number' | 'timestamp' | 'gasLimit' | 'gasUsed' | 'baseFeePerGas' | 'mixHash' | 'receipts'
>

/** No block has it for its parent but the first. */
export const NO_PARENT = { hash: ZERO_HASH, stateRoot: ZERO_HASH }

/** Keccak of an empty list of uncles. */
export const NO_UNCLES = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
/** The root of a tree with nothing in it. */
export const EMPTY_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
/** SHA-256 of no requests (EIP-7685). */
export const NO_REQUESTS = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
export const ZERO_ADDRESS = `0x${'00'.repeat(20)}` as const
export const ZERO_NONCE = '0x0000000000000000'

/** The block with this body on top of `parent`. */
export function sealBlock(parent: Pick<SimBlock, 'hash' | 'stateRoot'>, body: BlockBody): SimBlock {
  const { receipts } = body
  const roots = {
    receiptsRoot: receiptsRoot(receipts.map(plainReceipt)),
    transactionsRoot: orderedRoot(receipts.map(({ transaction }) => transaction.raw)),
  }
  const history = [parent.stateRoot, roots.transactionsRoot, roots.receiptsRoot]
  const unsealed = {
    ...body,
    ...roots,
    parentHash: parent.hash,
    stateRoot: keccakHex(Buffer.concat(history.map((each) => hexToBytes(each)))),
    logsBloom: bloomOf(receipts.flatMap(({ logs }) => logs)),
  }
  return { ...unsealed, hash: headerHash(headerOf(unsealed)) }
}

function plainReceipt({ status, cumulativeGasUsed, logsBloom, logs }: SimReceipt) {
  return { type: 2, status, cumulativeGasUsed: Number(cumulativeGasUsed), logsBloom, logs }
}

/** The fields of a header of the Osaka fork: hex strings, and integers. */
export type HeaderFields = readonly (Hex | bigint)[]

/** In the order of the yellow paper and the proposals after it. */
export function headerOf(block: Omit<SimBlock, 'hash'>): HeaderFields {
  return [
    block.parentHash,
    NO_UNCLES,
    ZERO_ADDRESS,
    block.stateRoot,
    block.transactionsRoot,
    block.receiptsRoot,
    block.logsBloom,
    0n,
    BigInt(block.number),
    block.gasLimit,
    block.gasUsed,
    BigInt(block.timestamp),
    '0x',
    block.mixHash,
    ZERO_NONCE,
    block.baseFeePerGas,
    EMPTY_ROOT,
    0n,
    0n,
    ZERO_HASH,
    NO_REQUESTS,
  ]
}

/** Of the block with this number among all that a chain mined; forks of it have other names. */
export function mixHashOf(fork: number, serial: number): Hash {
  const [name, count] = [fork, serial].map((each) => each.toString(16).padStart(32, '0'))
  return `0x${name}${count}` as Hash
}

const writer = new RlpWriter()

export function headerHash(fields: HeaderFields): Hash {
  writer.reset()
  // Three bytes for the length of the list: the bloom alone takes 256.
  const header = writer.open(3)
  for (const field of fields) {
    if (typeof field === 'bigint') writer.bigint(field)
    else writer.hex(field)
  }
  writer.close(header, 3)
  return bytesToHex(keccak256(writer.take())) as Hash
}

const NO_LOGS: Hex = `0x${'00'.repeat(256)}`

/** The bloom with the address and the topics of each of `logs`. */
export function bloomOf(logs: readonly LogBody[]): Hex {
  if (logs.length === 0) return NO_LOGS
  const bloom = new Uint8Array(256)
  for (const { address, topics } of logs) {
    for (const { byte, mask } of [address, ...topics].flatMap((entry) => bloomEntry(entry).bits)) {
      bloom[byte] = (bloom[byte] as number) | mask
    }
  }
  return bytesToHex(bloom)
}
