/** How a call ends early, and why something is not done. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import type { Hex } from '@xln/shared/ids.ts'
import { concat, type ErrorFragment, type Interface, toBeHex } from 'ethers'
import { ABIS } from './interfaces.ts'

/** Ends a call; whatever it did is undone. */
export class Reverted extends Error {
  readonly data: Uint8Array

  constructor(data: Uint8Array) {
    super('reverted')
    this.data = data
  }
}

/** Reverts with a custom error. */
export function revert(name: string, ...args: readonly unknown[]): never {
  const [abi, error] = errorOf(name)
  throw new Reverted(hexToBytes(abi.encodeErrorResult(error, args)))
}

/** Reverts as Solidity does for bytes that it cannot decode, and for calls that no function takes. */
export function revertWithoutReason(): never {
  throw new Reverted(new Uint8Array(0))
}

/** Reverts as Solidity does by itself: 0x11 for a number that does not fit, 0x32 beyond the end of a list. */
export function revertPanic(code: 0x11 | 0x32): never {
  throw new Reverted(hexToBytes(concat(['0x4e487b71', toBeHex(code, 32)])))
}

/** Why something is not done: an item of a batch is then skipped, a direct call reverts. */
export interface Refusal {
  /** Of a custom error. */
  readonly name: string
  readonly args: readonly unknown[]
}

export function refuse(name: string, ...args: readonly unknown[]): Refusal {
  return { name, args }
}

/** Reverts with what was refused, if anything was. */
export function raise(refusal: Refusal | undefined): void {
  if (refusal !== undefined) revert(refusal.name, ...refusal.args)
}

/** How a skipped item tells its refusal. */
export function selectorOf({ name }: Refusal): Hex {
  return errorOf(name)[1].selector as Hex
}

function errorOf(name: string): [Interface, ErrorFragment] {
  for (const abi of ABIS) {
    const error = abi.getError(name)
    if (error !== null) return [abi, error]
  }
  throw new Error(`no error ${name} in the ABIs`)
}
