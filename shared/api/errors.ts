/**
 * The numbers of the API's errors: those of JSON-RPC, and one for each family of ours. What exactly was
 * wrong stands in `data`: a closed code and the numbers that decided it.
 */

/** Not a request, not a method, not its parameters; and our own bugs. */
export const INVALID_REQUEST = -32_600
export const UNKNOWN_METHOD = -32_601
export const INVALID_PARAMS = -32_602
export const INTERNAL = -32_603

/** Before anything is looked at: no token, not for this token, too much at once. */
export const UNAUTHORISED = -32_000
export const FORBIDDEN = -32_001
export const TOO_MANY = -32_002
/** What was named is not here. */
export const NOT_FOUND = -32_004
/** An idempotency key that cannot be used. */
export const KEY_REFUSED = -32_005

/** What an entity, a channel … declined, by the first word of the method. */
const families: Readonly<Record<string, number>> = {
  entity: -32_010,
  channel: -32_011,
  payment: -32_012,
  invoice: -32_013,
  depository: -32_014,
  peer: -32_015,
}
const OTHER_REFUSAL = -32_019

/** What the world failed at: the chain, the disk, a transaction. */
export const FAULT = -32_050

/** The number of what a method declined. */
export function refusalNumberOf(method: string): number {
  return families[method.split('.')[0] ?? ''] ?? OTHER_REFUSAL
}

/** Whether a number stands for a refusal, which has a reason, rather than for a fault or a mistake. */
export function isRefusalNumber(number: number): boolean {
  return number <= UNAUTHORISED && number > FAULT
}

/** An error as it stands in an answer. */
export interface ErrorObject {
  readonly code: number
  readonly message: string
  readonly data: { readonly code: string; readonly [name: string]: unknown }
}
