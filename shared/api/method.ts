/** How one method of the API is declared. */
import type * as z from 'zod'
import type { Schema } from './schema.ts'

/** What a token may do, the least first: each level may do all that those before it may. */
export const levels = ['read', 'entity', 'signer', 'server'] as const
export type Level = (typeof levels)[number]

/** Whether a token of level `has` may do what asks for `needs`. */
export function isLevelEnough(has: Level, needs: Level): boolean {
  return levels.indexOf(has) >= levels.indexOf(needs)
}

export interface Method<Params extends z.ZodObject = z.ZodObject, Result = unknown> {
  readonly level: Level
  /** One sentence, for the reference and for `--help`. */
  readonly summary: string
  readonly params: Params
  readonly result: Schema<Result>
  /** As in JSON; a test decodes both. */
  readonly example: { readonly params: object; readonly result: unknown }
}

/** Only there for its types. */
export function method<Params extends z.ZodObject, Result>(
  declared: Method<Params, Result>,
): Method<Params, Result> {
  return declared
}

/** Whether a method takes an idempotency key: every one that changes something of an entity does. */
export function isKeyed(declared: Method): boolean {
  return 'key' in declared.params.shape
}
