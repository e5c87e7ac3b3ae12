/** Why a contract reverted: its custom error, decoded. */
import { EntityProvider__factory } from '@xln/shared/abi/typechain/factories/EntityProvider__factory.ts'
import { Gate__factory } from '@xln/shared/abi/typechain/factories/Gate__factory.ts'
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { Shares__factory } from '@xln/shared/abi/typechain/factories/Shares__factory.ts'
import { SubcontractProvider__factory } from '@xln/shared/abi/typechain/factories/SubcontractProvider__factory.ts'
import type { Hex } from '@xln/shared/ids.ts'
import { type ErrorDescription, isError } from 'ethers'

/** A contract's answer in the negative. `name` is empty when the error is not one of ours. */
export interface RevertReason {
  readonly name: string
  /** The first four bytes; `0x` when it gave no reason at all. */
  readonly selector: Hex
  /** By name; numbers as decimal strings. */
  readonly args: Readonly<Record<string, string>>
  /** The same for people: `BatchNonceWrong(entity 0x…, nonce 3, expected 4)`. */
  readonly text: string
}

// `Error(string)` and `Panic(uint256)` are known to each of them.
const interfaces = [
  IDepository__factory.createInterface(),
  EntityProvider__factory.createInterface(),
  SubcontractProvider__factory.createInterface(),
  Shares__factory.createInterface(),
  Gate__factory.createInterface(),
]

/** Decodes the bytes that a contract reverted with. */
export function decodeRevert(data: string): RevertReason {
  const selector = data.slice(0, 10) as Hex
  for (const contract of interfaces) {
    const error = parseError(contract, data)
    if (error === undefined) continue
    const { name, args } = error
    const list = args.map(([argument, value]) => `${argument} ${value}`.trim()).join(', ')
    return { name, selector, args: Object.fromEntries(args), text: `${name}(${list})` }
  }
  const text = selector === '0x' ? 'no reason given' : `unknown error ${selector}`
  return { name: '', selector, args: {}, text }
}

/** What an error of ours is called, by its first four bytes; those bytes when it is not one. */
export function errorNameOf(selector: Hex): string {
  for (const contract of interfaces) {
    const name = contract.getError(selector)?.name
    if (name !== undefined) return name
  }
  return selector
}

interface NamedError {
  readonly name: string
  readonly args: readonly (readonly [name: string, value: string])[]
}

/**
 * Arguments that do not fit the selector make the error an unknown one. ethers reads an argument only
 * when it is asked for, and throws then: a token can revert with text that is not UTF-8.
 */
function parseError(
  contract: { parseError(data: string): ErrorDescription | null },
  data: string,
): NamedError | undefined {
  try {
    const error = contract.parseError(data)
    if (error === null) return undefined
    const args = error.fragment.inputs.map(
      (input, index) => [input.name, String(error.args[index])] as const,
    )
    return { name: error.name, args }
  } catch {
    return undefined
  }
}

/** The reason, if `error` says that a call was executed and reverted; undefined for all else. */
export function revertOf(error: unknown): RevertReason | undefined {
  if (!isError(error, 'CALL_EXCEPTION')) return undefined
  return decodeRevert(error.data ?? '0x')
}
