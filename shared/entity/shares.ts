/** How shares of registered entities are named, and where their dividends are paid to. Mirrors IShares. */
import { firstContractOf } from '../crypto/created.ts'
import type { Address, EntityId, Hash, Hex } from '../ids.ts'
import { hashBoard, isRegistered, MemberKind, memberId } from './board.ts'

/** The Shares of an EntityProvider: the first contract that it makes. */
export function sharesOf(entityProvider: Address): Address {
  return firstContractOf(entityProvider)
}

/** From the shareholders' decision on a board to its taking over, seconds: 4 to 90 days. */
export const ARTICLES_DELAY_MIN = 345_600
export const ARTICLES_DELAY_MAX = 7_776_000

/** The ids of an entity's shares as ERC-1155 tokens: `2 · number` and one more. */
export interface ShareIds {
  readonly control: bigint
  readonly dividend: bigint
}

/** The shares of a registered entity; undefined for a lazy one, which has none. */
export function shareIdsOf(entity: EntityId): ShareIds | undefined {
  const number = numberOf(entity)
  if (number === undefined) return undefined
  const control = number << 1n
  return { control, dividend: control | 1n }
}

/**
 * The lazy entity that receives the dividends of `entity`, by the address of the Shares contract; undefined for
 * a lazy one. Pay there only when `IShares.potOf` gives it too: before the issue nobody has a part in it.
 */
export function potOf(shares: Address, entity: EntityId): EntityId | undefined {
  const number = numberOf(entity)
  if (number === undefined) return undefined
  const member = { kind: MemberKind.contract, id: memberId(shares), weight: number }
  const board: Hash = hashBoard({ threshold: number, members: [member] })
  return board as Hex as EntityId
}

/** Numbers begin with 1. */
function numberOf(entity: EntityId): bigint | undefined {
  const number = isRegistered(entity) ? BigInt(entity) : 0n
  return number === 0n ? undefined : number
}
