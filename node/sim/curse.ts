/**
 * Inputs at which a machine throws, as it would at a bug of ours: a library that stumbles over one
 * signature, and bytes among the own inputs that nothing of ours ever wrote.
 */
import type { Secp256k1 } from '@xln/shared/crypto/secp256k1.ts'
import { MachineThrew } from '../machines/server/execute.ts'
import type { Random } from './random.ts'

/** What the library throws. */
class Stumble extends Error {}

const MARK = 0xc5
const MARK_LENGTH = 16
/** What of 13 bytes is no input. */
export const NO_INPUT: Uint8Array = new Uint8Array(13).fill(MARK)

/** 65 bytes in the form of a signature. */
export function cursedSignature(random: Random): Uint8Array {
  const signature = random.bytes(65)
  signature.fill(MARK, 0, MARK_LENGTH)
  // Low s, and a v that the chain knows.
  signature[32] = 0x01
  signature[64] = 27
  return signature
}

/** The same, but for signatures at which it throws. */
export function stumbling(library: Secp256k1): Secp256k1 {
  return {
    publicKeyOf: (key) => library.publicKeyOf(key),
    sign: (digest, key) => library.sign(digest, key),
    recover(digest, compact, recovery) {
      const isCursed = compact.subarray(0, MARK_LENGTH).every((byte) => byte === MARK)
      if (isCursed) throw new Stumble('the library stumbles')
      return library.recover(digest, compact, recovery)
    },
  }
}

/** Whether a machine threw because of what this file has made. */
export function isCurse(error: unknown): boolean {
  if (!(error instanceof MachineThrew)) return false
  const { cause } = error
  if (cause instanceof Stumble) return true
  return cause instanceof TypeError && cause.message.startsWith(`${NO_INPUT.length} bytes are no`)
}
