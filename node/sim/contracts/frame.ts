/** A call while it is executed: what it may read, write and tell. */
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { ChainEvent } from '@xln/shared/depository/events.ts'
import type { Address } from '@xln/shared/ids.ts'
import type { ContractKind } from './accounts.ts'
import type { Emitted } from './events.ts'
import { Reverted } from './reverts.ts'
import type { World } from './world.ts'

export interface Frame {
  /** Replaced when something is undone: not to be kept. */
  world: World
  readonly domain: ChainDomain
  /** What stands at the addresses that have code. */
  readonly contracts: ReadonlyMap<Address, ContractKind>
  /** Whose key made a signature of 65 bytes over a digest, if anyone's. */
  readonly recover: (digest: Uint8Array, signature: Uint8Array) => Address | undefined
  readonly sender: Address
  /** Wei, already with the contract that is called. */
  readonly value: bigint
  /** Unix seconds. */
  readonly now: number
  readonly emitted: Emitted[]
  /** Runs a function by its signature, as the contract at `to` has it; reverts where there is none. */
  readonly run: (
    frame: Frame,
    to: Address,
    signature: string,
    args: readonly unknown[],
  ) => readonly unknown[]
}

/** What the contract at `from` calls, without ether. */
export function callAs(
  frame: Frame,
  from: Address,
  to: Address,
  signature: string,
  ...args: readonly unknown[]
): readonly unknown[] {
  const inner: Frame = { ...frame, sender: from, value: 0n }
  const returned = frame.run(inner, to, signature, args)
  frame.world = inner.world
  return returned
}

/** Tells an event of the Depository. */
export function emit(frame: Frame, event: ChainEvent): void {
  frame.emitted.push({ address: frame.domain.depository, event })
}

/** Does `work` wholly or not at all; gives what it reverted with, if it did. */
export function attempt(frame: Frame, work: () => void): Reverted | undefined {
  const before = frame.world.fork()
  const told = frame.emitted.length
  try {
    work()
    return undefined
  } catch (error) {
    if (!(error instanceof Reverted)) throw error
    frame.world = before
    frame.emitted.length = told
    return error
  }
}
