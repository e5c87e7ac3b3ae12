/** Why a contract reverted: its custom error, decoded. */
import { EntityProvider__factory } from '@xln/shared/abi/typechain/factories/EntityProvider__factory.ts'
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
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
]

/** Decodes the bytes that a contract reverted with. */
export function decodeRevert(data: string): RevertReason {
  const selector = data.slice(0, 10) as Hex
  for (const contract of interfaces) {
    const error = parseError(contract, data)
    if (error === null) continue
    const named = error.fragment.inputs.map((input, index): [string, string] => [
      input.name,
      String(error.args[index]),
    ])
    const list = named.map(([name, value]) => `${name} ${value}`.trim()).join(', ')
    return {
      name: error.name,
      selector,
      args: Object.fromEntries(named),
      text: `${error.name}(${list})`,
    }
  }
  const text = selector === '0x' ? 'no reason given' : `unknown error ${selector}`
  return { name: '', selector, args: {}, text }
}

/** Arguments that do not fit the selector make the error an unknown one. */
function parseError(
  contract: { parseError(data: string): ErrorDescription | null },
  data: string,
): ErrorDescription | null {
  try {
    return contract.parseError(data)
  } catch {
    return null
  }
}

/** The reason, if `error` says that a call was executed and reverted; undefined for all else. */
export function revertOf(error: unknown): RevertReason | undefined {
  if (!isError(error, 'CALL_EXCEPTION')) return undefined
  return decodeRevert(error.data ?? '0x')
}
