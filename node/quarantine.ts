/** The operator's side of quarantine: looks at what the machines threw at, and has it taken again. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId, Hex } from '@xln/shared/ids.ts'
import type { Declined, QuarantinedInput } from './api/backend.ts'
import { RELEASED_MESSAGES_MAX } from './machines/server/inputCodec.ts'
import { decodeKept } from './shell/quarantine.ts'
import type { ServerShell } from './shell/server.ts'
import type { Store } from './shell/store/store.ts'

interface Parts {
  readonly store: Store
  readonly shell: ServerShell
}

/** At most `limit` inputs, oldest first: those of channels that are still under quarantine, and own ones. */
export async function quarantined(
  { store, shell }: Parts,
  limit: number,
): Promise<QuarantinedInput[]> {
  const found: QuarantinedInput[] = []
  for await (const { number, input } of store.quarantined()) {
    const kept = decodeKept(input)
    if (kept === undefined) continue
    const { channel } = kept
    if (channel !== null && !isQuarantined(shell, channel.entity, channel.peer)) continue
    const { entity, peer } = channel ?? { entity: null, peer: null }
    found.push({ entity, peer, block: number, input: kept.input, cause: kept.cause })
    if (found.length === limit) break
  }
  return found
}

/** Null when the channel is under quarantine no more; else why it still is, or never was. */
export async function release(
  { store, shell }: Parts,
  entity: EntityId,
  peer: EntityId,
): Promise<Declined | null> {
  if (!isQuarantined(shell, entity, peer)) return { code: 'channel_not_quarantined', peer }
  const { messages, rows } = await keptOf(store, entity, peer)
  await shell.release(entity, peer, messages.slice(0, RELEASED_MESSAGES_MAX))
  await shell.durable()
  if (isQuarantined(shell, entity, peer)) return { code: 'channel_throws_again', peer }
  await store.dropQuarantined((number, input) => rows.get(number)?.has(bytesToHex(input)) === true)
  return null
}

/** What was kept of one channel: the peer's messages, and in which rows, by their block. */
async function keptOf(store: Store, entity: EntityId, peer: EntityId) {
  const messages: Uint8Array[] = []
  const rows = new Map<number, Set<Hex>>()
  for await (const { number, input } of store.quarantined()) {
    const kept = decodeKept(input)
    if (kept?.channel?.entity !== entity || kept.channel.peer !== peer) continue
    if (kept.input.length > 0) messages.push(kept.input)
    rows.set(number, (rows.get(number) ?? new Set()).add(bytesToHex(input)))
  }
  return { messages, rows }
}

export function isQuarantined(shell: ServerShell, entity: EntityId, peer: EntityId): boolean {
  return shell.records(entity)?.isQuarantined(channelKeyOf(entity, peer)) === true
}
