/**
 * What a lock tells its payee to do next. The route is given by the sender, in the clear: each hop
 * reads its own instruction and hands on the rest. An empty onion means: you are the payee.
 */

import { UINT128_MAX } from '../amounts.ts'
import { RlpReader, RlpWriter } from '../codec/rlp.ts'
import type { EntityId } from '../ids.ts'
import { HOPS_MAX, ONION_BYTES_MAX } from '../limits.ts'

/** The lock that a hop is to make in its channel with `entity`. */
export interface Instruction {
  readonly entity: EntityId
  readonly amount: bigint
  /** Unix seconds. */
  readonly revealBy: number
}

export type Onion =
  | { readonly type: 'payee' }
  | { readonly type: 'forward'; readonly next: Instruction; readonly rest: Uint8Array }

const writer = new RlpWriter()
const PAYEE = new Uint8Array(0)

/** The onion of the first lock of a route whose further locks are `instructions`. */
export function encodeOnion(instructions: readonly Instruction[]): Uint8Array {
  if (instructions.length === 0) return PAYEE
  const list = writer.open()
  for (const { entity, amount, revealBy } of instructions) {
    const item = writer.open()
    writer.hex(entity)
    writer.bigint(amount)
    writer.number(revealBy)
    writer.close(item)
  }
  writer.close(list)
  return writer.take()
}

/** Reads one's own instruction; `undefined` for bytes that are no onion. */
export function decodeOnion(bytes: Uint8Array): Onion | undefined {
  if (bytes.length === 0) return { type: 'payee' }
  if (bytes.length > ONION_BYTES_MAX) return undefined
  const reader = new RlpReader(bytes)
  const instructions: Instruction[] = []
  const end = reader.enter()
  while (reader.more(end) && instructions.length < HOPS_MAX) {
    const item = reader.enter(end)
    const entity = reader.hex(32) as EntityId
    instructions.push({ entity, amount: reader.bigint(UINT128_MAX), revealBy: reader.number() })
    reader.leave(item)
  }
  reader.leave(end)
  const [next, ...rest] = instructions
  if (!reader.isDone() || next === undefined) return undefined
  return { type: 'forward', next, rest: encodeOnion(rest) }
}
