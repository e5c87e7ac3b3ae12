/**
 * Holds back an acknowledgement that leaves alone until the next block: what its channel proposes there
 * then travels with it, and the peer has one message to take and one signature to check
 * instead of two.
 *
 * What is held is neither signed nor lost: nothing that its channel or its entity signs passes it by,
 * and what a crash takes of it the peer asks for again, as it does with every message.
 */
import type { EntityId } from '@xln/shared/ids.ts'
import type { OutgoingUpdate } from '../machines/channel/messages.ts'
import type { EntityOutput } from '../machines/entity/messages.ts'
import type { ServerOutput } from '../machines/server/messages.ts'
import type { Clock, Timer } from './clock.ts'

/** How many blocks an acknowledgement waits for company. With two, both ends wait for each other. */
const HOLD_BLOCKS = 1
/** After how many milliseconds without a block it waits no longer. */
const HOLD_MS = 5

type Message = Extract<EntityOutput, { type: 'sendUpdate' | 'sendShow' | 'send' }>
type SendUpdate = Extract<Message, { type: 'sendUpdate' }>

/** A message of an entity here to a peer. */
export interface Parcel {
  readonly entity: EntityId
  readonly output: Message
}

interface Held {
  readonly entity: EntityId
  readonly output: SendUpdate
  /** The block after which it leaves. */
  readonly until: number
}

export interface OutboxOptions {
  readonly clock: Clock
  /** Whether another block is on its way. */
  readonly isBusy: () => boolean
  /** Signs and sends, in this order. */
  readonly deliver: (parcels: readonly Parcel[]) => void
}

export class Outbox {
  readonly #options: OutboxOptions
  /** By entity and peer, the oldest first. */
  readonly #held = new Map<string, Held>()
  #block = 0
  #timer: Timer | undefined

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Delivers what a durable block says, but for what is held now; and what has been held long enough. */
  post(outputs: readonly ServerOutput[]): void {
    this.#block++
    const hurried = entitiesInCourt(outputs)
    const parcels: Parcel[] = []
    for (const { entity, output } of messagesIn(outputs)) {
      const key = entity + output.peer
      const held = this.#held.get(key)
      this.#held.delete(key)
      const merged = held === undefined ? undefined : merge(held.output, output)
      if (held !== undefined && merged === undefined) parcels.push(held)
      const next = merged ?? output
      if (isAlone(next) && !hurried.has(entity)) {
        this.#held.set(key, { entity, output: next, until: this.#block + HOLD_BLOCKS })
      } else {
        parcels.push({ entity, output: next })
      }
    }
    // What its own channel has said something about is no longer among them.
    const due = this.#takeWhere(({ entity, until }) => until <= this.#block || hurried.has(entity))
    if (due.length + parcels.length > 0) this.#options.deliver([...due, ...parcels])
    this.#wait()
  }

  /** Forgets what is held: the process ends. */
  stop(): void {
    this.#timer?.clear()
    this.#held.clear()
  }

  #takeWhere(isDue: (held: Held) => boolean): Parcel[] {
    const due: Parcel[] = []
    for (const [key, held] of this.#held) {
      if (!isDue(held)) continue
      this.#held.delete(key)
      due.push(held)
    }
    return due
  }

  #wait(): void {
    if (this.#held.size === 0 || this.#timer !== undefined) return
    this.#timer = this.#options.clock.setTimer(() => {
      this.#timer = undefined
      if (this.#options.isBusy()) this.#wait()
      else this.#options.deliver(this.#takeWhere(() => true))
    }, HOLD_MS)
  }
}

/** Who has a batch signed in this block: after a dispute's start, nothing of its channel may be. */
function entitiesInCourt(outputs: readonly ServerOutput[]): Set<EntityId> {
  const entities = new Set<EntityId>()
  for (const { entity, output } of outputs) if (output.type === 'depository') entities.add(entity)
  return entities
}

/** What is for peers, in its order. */
export function messagesIn(outputs: readonly ServerOutput[]): Parcel[] {
  const parcels: Parcel[] = []
  for (const { entity, output } of outputs) {
    const isMessage =
      output.type === 'sendUpdate' || output.type === 'sendShow' || output.type === 'send'
    if (isMessage) parcels.push({ entity, output })
  }
  return parcels
}

/** Whether `output` is an acknowledgement and nothing else. */
function isAlone(output: Message): output is SendUpdate {
  if (output.type !== 'sendUpdate') return false
  const { ack, proposal, newProof, settlement } = output.update
  return ack !== null && proposal === null && newProof === null && settlement === null
}

/** Both as one, when the second proposes a block on top of the one that the first acknowledges. */
function merge(held: SendUpdate, next: Message): SendUpdate | undefined {
  if (next.type !== 'sendUpdate') return undefined
  const { ack, proposal } = next.update
  const standsOnIt =
    ack === null && proposal?.block.prevBlockHash === (held.update.ack?.blockHash ?? null)
  if (!standsOnIt) return undefined
  const update: OutgoingUpdate = { ...next.update, ack: held.update.ack }
  return { ...next, update }
}
