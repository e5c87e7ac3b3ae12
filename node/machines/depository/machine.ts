/**
 * The depository machine: an entity's account on chain.
 *
 * Takes items from the entity and its channels, makes batches of them, and follows final chain events
 * to say what became of each. Pure: signing and submitting are effects.
 */

import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import { assembleBatch, itemOrder } from '@xln/shared/depository/assemble.ts'
import { encodeBatch } from '@xln/shared/depository/batch.ts'
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import type {
  BatchItemSkipped,
  BatchProcessed,
  DepositoryEvent,
  LocatedEvent,
} from '@xln/shared/depository/events.ts'
import type { EntityId, Hash, TokenId } from '@xln/shared/ids.ts'
import { type Transition, to } from '@xln/shared/machine.ts'
import {
  type AccountView,
  BATCH_ITEMS_MAX,
  BATCH_LIFE_SECONDS,
  BATCHES_IN_FLIGHT_MAX,
  type BatchInFlight,
  type ChainHead,
  type Depository,
  ITEMS_WAITING_MAX,
  type OwnDebt,
  type QueuedItem,
} from './depository.ts'

export type DepositoryInput =
  /** Queue an item for the next batch. */
  | { readonly type: 'queue'; readonly queued: QueuedItem }
  /** All final events of this entity up to `head`, in chain order. */
  | {
      readonly type: 'chain'
      readonly head: ChainHead
      readonly events: readonly LocatedEvent<DepositoryEvent>[]
    }
  /** A reorganisation deeper than the confirmations: this is what holds as of `head`. */
  | { readonly type: 'corrected'; readonly head: ChainHead; readonly account: AccountView }
  /** The batch of this nonce reverted, or would: `sent` says whether anybody else has seen it. */
  | { readonly type: 'batchFailed'; readonly nonce: number; readonly sent: boolean }
  /** The end of the entity's turn: sign a batch if there is reason to. */
  | { readonly type: 'flush'; readonly now: number }

export type DepositoryOutput =
  /** Sign (first the empty slots of the items, then the batch) and hand to the chain; repeatable. */
  | { readonly type: 'submitBatch'; readonly batch: BatchInFlight }
  /** Make the debtor's reserve pay what it owes; anyone may. */
  | { readonly type: 'enforceDebts'; readonly debtor: EntityId; readonly token: TokenId }
  /** This entity's reserves are wanted too from now on. */
  | { readonly type: 'watch'; readonly entity: EntityId }
  | { readonly type: 'itemDone'; readonly queued: QueuedItem; readonly block: number }
  /** `reason` is the selector of the contract's error. */
  | { readonly type: 'itemSkipped'; readonly queued: QueuedItem; readonly reason: string }
  | { readonly type: 'itemRefused'; readonly queued: QueuedItem; readonly code: 'queue_full' }
  | { readonly type: 'reserveChanged'; readonly token: TokenId; readonly reserve: bigint }
  | { readonly type: 'debtChanged'; readonly debt: OwnDebt }

/** The reason of an item whose batch reverted as a whole. */
export const REVERTED = '0x00000000'
/** `DeadlinePassed`: what the contract would skip a settlement for. */
const DEADLINE_PASSED = '0x3dee80f2'

type Result = Transition<Depository, DepositoryOutput>

/** Applies one input. `entity` is whose account this is. */
export function transition(
  depository: Depository,
  input: DepositoryInput,
  entity: EntityId,
): Result {
  switch (input.type) {
    case 'queue':
      return queue(depository, input.queued)
    case 'chain':
      return applyChain(depository, input.head, input.events, entity)
    case 'corrected':
      return correct(depository, input.head, input.account)
    case 'batchFailed':
      return batchFailed(depository, input.nonce, input.sent)
    case 'flush':
      return flush(depository, input.now)
  }
}

function queue(depository: Depository, queued: QueuedItem): Result {
  if (depository.waiting.some(({ item }) => supersedes(queued.item, item))) return to(depository)
  if (!queued.urgent && depository.waiting.length >= ITEMS_WAITING_MAX) {
    return to(depository, { type: 'itemRefused', queued, code: 'queue_full' })
  }
  return to({ ...depository, waiting: [...depository.waiting, queued] })
}

/** Whether `waiting` already does what `item` would do: secrets and finalises repeat harmlessly. */
function supersedes(item: BatchItem, waiting: BatchItem): boolean {
  if (item.type === 'secret') return waiting.type === 'secret' && waiting.secret === item.secret
  if (item.type === 'finalise') {
    return waiting.type === 'finalise' && waiting.left === item.left && waiting.right === item.right
  }
  return false
}

function flush(depository: Depository, now: number): Result {
  const { waiting, inFlight, nextNonce, head } = depository
  if (waiting.length === 0 || inFlight.length >= BATCHES_IN_FLIGHT_MAX) return to(depository)
  if (inFlight.length > 0 && !waiting.some(({ urgent }) => urgent)) return to(depository)

  const taken = [
    ...waiting.filter(({ urgent }) => urgent),
    ...waiting.filter(({ urgent }) => !urgent),
  ].slice(0, depository.itemsPerBatch)
  // The chain's clock may be ahead of ours (a local chain moved forward): it is the one that judges.
  const validUntil = Math.max(now, head.timestamp) + BATCH_LIFE_SECONDS
  const batch = { nonce: nextNonce, validUntil, items: taken, failed: false }
  return to(
    {
      ...depository,
      nextNonce: nextNonce + 1,
      waiting: waiting.filter((queued) => !taken.includes(queued)),
      inFlight: [...inFlight, batch],
    },
    { type: 'submitBatch', batch },
  )
}

function applyChain(
  before: Depository,
  head: ChainHead,
  events: readonly LocatedEvent<DepositoryEvent>[],
  entity: EntityId,
): Result {
  let depository: Depository = { ...before, head }
  const outputs: DepositoryOutput[] = []
  const skips = skipsOf(events, entity)
  for (const located of events) {
    const next = applyEvent(depository, located, entity, skips)
    depository = next.state
    outputs.push(...next.outputs)
  }
  const requeued = requeueExpired(depository)
  const alive = dropDead(requeued.state)
  return to(alive.state, ...outputs, ...requeued.outputs, ...alive.outputs)
}

/** The skipped items of a batch stand in its transaction, in whatever order to its own event. */
function skipsOf(
  events: readonly LocatedEvent<DepositoryEvent>[],
  entity: EntityId,
): readonly BatchItemSkipped[] {
  const skips: BatchItemSkipped[] = []
  for (const { event } of events) {
    if (event.type === 'batchItemSkipped' && event.entity === entity) skips.push(event)
  }
  return skips
}

function applyEvent(
  depository: Depository,
  { event, position }: LocatedEvent<DepositoryEvent>,
  entity: EntityId,
  skips: readonly BatchItemSkipped[],
): Result {
  switch (event.type) {
    case 'reserveUpdated':
      return event.entity === entity
        ? setReserve(depository, event.token, event.reserve)
        : collect(depository, event.entity, event.token, event.reserve)
    case 'batchProcessed':
      return event.entity === entity
        ? settleBatch(depository, event, position.block, skips)
        : to(depository)
    case 'batchItemSkipped':
      return to(depository)
    case 'debtCreated':
      return setDebt(depository, { ...debtKey(event), remaining: event.amount }, entity)
    case 'debtPaid':
      return setDebt(depository, { ...debtKey(event), remaining: event.remaining }, entity)
    case 'debtForgiven':
      return setDebt(depository, { ...debtKey(event), remaining: 0n }, entity)
  }
}

function setReserve(depository: Depository, token: TokenId, reserve: bigint): Result {
  const others = depository.reserves.filter((each) => each.token !== token)
  const reserves = [...others, { token, amount: reserve }].sort(byToken)
  return to({ ...depository, reserves }, { type: 'reserveChanged', token, reserve })
}

function byToken(a: { token: TokenId }, b: { token: TokenId }): number {
  return a.token < b.token ? -1 : a.token > b.token ? 1 : 0
}

/** A debtor of ours has something to pay with. */
function collect(
  depository: Depository,
  debtor: EntityId,
  token: TokenId,
  reserve: bigint,
): Result {
  const owed = depository.debts.some((debt) => debt.debtor === debtor && debt.token === token)
  if (!owed || reserve === 0n) return to(depository)
  return to(depository, { type: 'enforceDebts', debtor, token })
}

/** What became of a batch: ours by its nonce; a nonce used elsewhere by the same key counts as used. */
function settleBatch(
  depository: Depository,
  event: BatchProcessed,
  block: number,
  skips: readonly BatchItemSkipped[],
): Result {
  const nonce = Number(event.nonce)
  const batch = depository.inFlight.find((each) => each.nonce === nonce)
  const chainNonce = nonce + 1
  const nextNonce = Math.max(depository.nextNonce, chainNonce)
  const inFlight = depository.inFlight.filter((each) => each.nonce > nonce)
  const state = { ...depository, nextNonce, chainNonce, inFlight }
  if (batch === undefined) return to(state)

  const again = askedAgain(batch, event)
  const order = itemOrder(batch.items.map(({ item }) => item))
  const outputs = order.flatMap((at, index): DepositoryOutput[] => {
    const queued = batch.items[at] as QueuedItem
    if (again.includes(queued)) return []
    const skip = skipOf(skips, nonce, index)
    if (skip === undefined) return [{ type: 'itemDone', queued, block }]
    return [{ type: 'itemSkipped', queued, reason: skip.reason }]
  })
  const waiting = [...again, ...depository.waiting]
  return to({ ...state, waiting, itemsPerBatch: BATCH_ITEMS_MAX }, ...outputs)
}

function skipOf(
  skips: readonly BatchItemSkipped[],
  nonce: number,
  index: number,
): BatchItemSkipped | undefined {
  return skips.find((each) => Number(each.nonce) === nonce && each.index === index)
}

/**
 * What is asked for again. When the nonce was taken by a batch that is not this one, but of a time that was
 * lost, or of another process with the same key: all that the chain skips if it has taken it before. Where
 * that cannot be told, for the shell signs a part of the batch itself, the secrets: repeating one is cheap,
 * and a channel looks for its counter itself.
 */
function askedAgain(batch: BatchInFlight, { batchHash }: BatchProcessed): readonly QueuedItem[] {
  const hash = hashOf(batch)
  if (hash === batchHash) return []
  return batch.items.filter(({ item }) =>
    hash === undefined ? item.type === 'secret' : isTakenOnce(item),
  )
}

/** What the chain calls it by; undefined when that depends on what the shell signs. */
function hashOf({ items }: BatchInFlight): Hash | undefined {
  let isKnown = true
  const batch = assembleBatch(
    items.map(({ item }) => item),
    () => {
      isKnown = false
      return new Uint8Array(0)
    },
  )
  return isKnown ? keccakHex(encodeBatch(batch)) : undefined
}

/** Whether the chain skips an item that it has taken before: what moves a reserve is not asked for twice. */
function isTakenOnce({ type }: BatchItem): boolean {
  return type !== 'withdrawal' && type !== 'transfer' && type !== 'funding'
}

interface DebtEvent {
  readonly debtor: EntityId
  readonly creditor: EntityId
  readonly token: TokenId
  readonly index: bigint
}

function debtKey({ debtor, creditor, token, index }: DebtEvent): DebtEvent {
  return { debtor, creditor, token, index }
}

function setDebt(depository: Depository, debt: OwnDebt, entity: EntityId): Result {
  if (debt.debtor !== entity && debt.creditor !== entity) return to(depository)
  const others = depository.debts.filter(
    (each) => each.debtor !== debt.debtor || each.token !== debt.token || each.index !== debt.index,
  )
  const debts = debt.remaining === 0n ? others : [...others, debt]
  const changed: DepositoryOutput = { type: 'debtChanged', debt }
  const outputs: DepositoryOutput[] = [changed]
  const isOwed = debt.creditor === entity && debt.remaining > 0n
  if (isOwed) outputs.push({ type: 'watch', entity: debt.debtor })
  return to({ ...depository, debts }, ...outputs)
}

/**
 * Takes what the chain now says for what it said. Batches in flight stay: they may still execute, and
 * those that were undone are public and will execute again, or expire.
 */
function correct(depository: Depository, head: ChainHead, account: AccountView): Result {
  const { batchNonce, reserves, debts } = account
  const isIdle = depository.inFlight.length === 0
  const nextNonce = isIdle ? batchNonce : depository.nextNonce
  const outputs = reserves.map(
    ({ token, amount }): DepositoryOutput => ({ type: 'reserveChanged', token, reserve: amount }),
  )
  return to({ ...depository, head, chainNonce: batchNonce, nextNonce, reserves, debts }, ...outputs)
}

/** A batch that nobody has seen can be taken back at once, if none was signed behind it. */
function batchFailed(depository: Depository, nonce: number, sent: boolean): Result {
  const inFlight = depository.inFlight.map((batch) =>
    batch.nonce === nonce ? { ...batch, failed: true } : batch,
  )
  const marked = { ...depository, inFlight }
  const last = inFlight.at(-1)
  return !sent && last?.nonce === nonce ? takeBack(marked, [last]) : to(marked)
}

/**
 * Takes back what can no longer execute. Only when every batch in flight is past its time: a later
 * one could still execute behind a new batch that bears the earlier one's nonce.
 */
function requeueExpired(depository: Depository): Result {
  const { inFlight, head } = depository
  if (inFlight.some((batch) => batch.validUntil >= head.timestamp)) return to(depository)
  return inFlight.length === 0 ? to(depository) : takeBack(depository, inFlight)
}

/**
 * A settlement past its deadline can only be skipped: in another batch it would cost gas for nothing,
 * and keep what waits behind that batch, the next settlement perhaps, from being in time itself.
 */
function dropDead(depository: Depository): Result {
  const { waiting, head } = depository
  const dead = waiting.filter(
    ({ item }) => item.type === 'settlement' && item.deadline < head.timestamp,
  )
  if (dead.length === 0) return to(depository)
  const outputs = dead.map(
    (queued): DepositoryOutput => ({ type: 'itemSkipped', queued, reason: DEADLINE_PASSED }),
  )
  return to(
    { ...depository, waiting: waiting.filter((queued) => !dead.includes(queued)) },
    ...outputs,
  )
}

/** Puts the items of the last batches back into the queue; an item that failed alone is given up. */
function takeBack(depository: Depository, batches: readonly BatchInFlight[]): Result {
  const items: QueuedItem[] = []
  const outputs: DepositoryOutput[] = []
  let { itemsPerBatch } = depository
  for (const batch of batches) {
    const [only] = batch.items
    if (batch.failed && batch.items.length === 1 && only !== undefined) {
      outputs.push({ type: 'itemSkipped', queued: only, reason: REVERTED })
      itemsPerBatch = BATCH_ITEMS_MAX
      continue
    }
    if (batch.failed) itemsPerBatch = Math.ceil(batch.items.length / 2)
    items.push(...batch.items)
  }
  const inFlight = depository.inFlight.filter((batch) => !batches.includes(batch))
  const state: Depository = {
    ...depository,
    // With none left, the chain says what comes next: a deep reorganisation may have set it back.
    nextNonce:
      inFlight.length === 0 ? depository.chainNonce : depository.nextNonce - batches.length,
    waiting: [...items, ...depository.waiting],
    inFlight,
    itemsPerBatch,
  }
  return to(state, ...outputs)
}
