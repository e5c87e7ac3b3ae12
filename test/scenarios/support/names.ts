/** What things are called in a conversation: names in place of ids, seconds since the beginning in place of times. */
import { EPOCH_MS } from '@xln/node/sim/process.ts'
import { bytesToHex, numberToBytes } from '@xln/shared/bytes.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import type { Secret } from '@xln/shared/ids.ts'

const EPOCH = EPOCH_MS / 1_000
/** Later seconds are none: no conversation takes three years. */
const LATEST = EPOCH + 100_000_000

export class Names {
  readonly #names = new Map<string, string>()
  #secrets = 0

  /** The secret of the lock that is made next. */
  nextSecret(): Secret {
    const number = this.#secrets + 1
    const secret = bytesToHex(keccak256(numberToBytes(number, 8))) as Secret
    this.add(hashlockOf(secret), `H${number}`)
    this.add(secret, `of H${number}`)
    return secret
  }

  /** The same, for this lock. */
  takeSecret(): Secret {
    const secret = this.nextSecret()
    this.#secrets++
    return secret
  }

  /** `id` is written as `name` from now on. */
  add(id: string, name: string): void {
    this.#names.set(id, name)
  }

  /** The name of an id; a hash that nobody has named is not worth a word. */
  of(id: string): string | undefined {
    return this.#names.get(id)
  }
}

/** A unix second as seconds since the beginning; whatever is none, as it is. */
export function numberWord(value: number | bigint): string {
  return value >= EPOCH && value < LATEST ? `t+${Number(value) - EPOCH}` : `${value}`
}

/** The place of a channel block: its height, and its term when that is not the first. */
export function placeWord(term: number, height: number): string {
  return term === 0 ? `${height}` : `${height} of term ${numberWord(term)}`
}

/** A dispute nonce in its parts. */
export function disputeNonceWord(nonce: bigint): string {
  const term = Number(nonce >> 48n)
  const rest = nonce & ((1n << 48n) - 1n)
  if (rest === 0n) return 'the empty state'
  return `${placeWord(term, Number(rest >> 1n))} by ${rest & 1n ? 'left' : 'right'}`
}

/** A cooperative nonce in its parts: how many disputes have ended, and how many settlements since. */
export function cooperativeNonceWord(nonce: bigint): string {
  return `${nonce >> 32n}.${nonce & 0xffff_ffffn}`
}
