/** How a method of the API is carried out. */
import type { MethodName, Params, Result } from '@xln/shared/api.ts'
import type { Policy } from '@xln/shared/entity/action.ts'
import type { Backend } from '../backend.ts'
import type { Refusal } from '../refusal.ts'
import type { Subscriptions } from '../subscriptions.ts'
import type { Token } from '../tokens.ts'

/** Who asks, and over which connection. */
export interface Context {
  /** Null: a program of this machine that may read without one. */
  readonly token: Token | null
  readonly subscriptions: Subscriptions
}

export type Answer<Name extends MethodName> = Result<Name> | Refusal
export type Handler<Name extends MethodName> = (
  params: Params<Name>,
  context: Context,
) => Answer<Name> | Promise<Answer<Name>>

export type Handlers = { readonly [Name in MethodName]: Handler<Name> }

/** What handlers work with. */
export interface Parts {
  readonly backend: Backend
  /** What an entity may do by itself, as far as its maker says nothing. */
  readonly defaultPolicy: Policy
  /** Unix seconds. */
  readonly now: () => number
}

/** What was decided is durable. */
export const accepted = { accepted: true } as const
