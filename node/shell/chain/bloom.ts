/** Ethereum's bloom of a block: it may say that a log is there that is not, never the other way round. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import type { Hex } from '@xln/shared/ids.ts'

const BYTES = 256

/** The three bits of one entry, an address or a topic. */
export interface BloomEntry {
  readonly bits: readonly { readonly byte: number; readonly mask: number }[]
}

export function bloomEntry(entry: Hex): BloomEntry {
  const hash = keccak256(hexToBytes(entry))
  const bits = [0, 2, 4].map((at) => {
    const bit = (((hash[at] as number) << 8) | (hash[at + 1] as number)) & 0x7ff
    return { byte: BYTES - 1 - (bit >> 3), mask: 1 << (bit & 7) }
  })
  return { bits }
}

/** Whether `bloom` (`0x` and 512 digits) may contain `entry`. */
export function bloomHas(bloom: Hex, { bits }: BloomEntry): boolean {
  return bits.every(({ byte, mask }) => {
    const value = Number.parseInt(bloom.slice(2 + 2 * byte, 4 + 2 * byte), 16)
    return (value & mask) !== 0
  })
}
