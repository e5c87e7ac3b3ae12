/** Every method of the table, carried out. */
import type { MethodName } from '@xln/shared/api.ts'
import { notFound } from '../refusal.ts'
import { deciding } from './deciding.ts'
import { accepted, type Handlers, type Parts } from './handler.ts'
import { paying } from './paying.ts'
import { reading } from './reading.ts'

type Subscribing = Pick<Handlers, 'subscribe' | 'unsubscribe'>

const subscribing: Subscribing = {
  subscribe: ({ topics, entity }, { subscriptions }) => subscriptions.add(topics, entity ?? null),
  unsubscribe: ({ subscription }, { subscriptions }) =>
    subscriptions.remove(subscription)
      ? accepted
      : notFound('subscription_unknown', { subscription }),
}

/** The record is checked to hold each method with its own types. */
export function handlersOf(parts: Parts): Handlers {
  return { ...reading(parts), ...deciding(parts), ...paying(parts), ...subscribing }
}

/** A handler whose types were forgotten: what it is given has been decoded by the method's own schema. */
export type AnyHandler = (params: unknown, context: Parameters<Handlers['subscribe']>[1]) => unknown

export function handlerOf(handlers: Handlers, method: MethodName): AnyHandler {
  return handlers[method] as AnyHandler
}
