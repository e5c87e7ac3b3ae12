/**
 * The wishes of a channel that wait for a block, in order. A list that shares its tail: appending
 * copies nothing, however long it is, and whoever holds an older one is not disturbed.
 */
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import type { Origin } from './messages.ts'

export interface Wish {
  readonly transaction: ChannelTransaction
  readonly origin: Origin | null
}

export interface WishQueue {
  readonly length: number
  readonly last: Wish | null
  readonly rest: WishQueue | null
}

export const EMPTY_QUEUE: WishQueue = { length: 0, last: null, rest: null }

/** How many wishes may wait, those in a block that is not answered too; beyond it they are refused. */
export const QUEUE_MAX = 65_536

export function append(queue: WishQueue, wish: Wish): WishQueue {
  return { length: queue.length + 1, last: wish, rest: queue }
}

/** The wishes, first come first. */
export function wishesOf(queue: WishQueue): Wish[] {
  const wishes = new Array<Wish>(queue.length)
  let at: WishQueue | null = queue
  for (let index = queue.length - 1; index >= 0; index--) {
    const { last, rest } = at as WishQueue
    wishes[index] = last as Wish
    at = rest
  }
  return wishes
}

export function queueOf(wishes: readonly Wish[]): WishQueue {
  let queue = EMPTY_QUEUE
  for (const wish of wishes) queue = append(queue, wish)
  return queue
}

/** `wishes` again in front of those that came after them. */
export function prepend(wishes: readonly Wish[], queue: WishQueue): WishQueue {
  if (wishes.length === 0) return queue
  return queueOf([...wishes, ...wishesOf(queue)])
}
