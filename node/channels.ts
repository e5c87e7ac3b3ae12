/** The channels of a whole server, read page by page: for what concerns all of them, once in a while. */
import type { EntityId } from '@xln/shared/ids.ts'
import { type Channel, peerOf } from './machines/channel/channel.ts'
import { ChannelTable } from './machines/entity/tables.ts'
import type { Touched } from './shell/chain/correction.ts'
import type { ServerShell } from './shell/server.ts'
import type { Store } from './shell/store/store.ts'

/** How many channels are read at once. */
const PAGE = 1_000

/** Every channel of every entity here: all must be shown again by their peers. */
export async function lostChannels(
  shell: ServerShell,
  store: Store,
): Promise<{ entity: EntityId; peers: EntityId[] }[]> {
  const lost: { entity: EntityId; peers: EntityId[] }[] = []
  for (const entity of shell.entities()) {
    const peers: EntityId[] = []
    for await (const channel of channelsOf(shell, store, entity)) peers.push(peerOf(channel))
    lost.push({ entity, peers })
  }
  return lost
}

/** The channels of `entity`, by ascending key. */
export async function* channelsOf(
  shell: ServerShell,
  store: Store,
  entity: EntityId,
): AsyncGenerator<Channel> {
  const path = shell.pathOf(entity)
  if (path === undefined) return
  let from = new Uint8Array(32)
  for (;;) {
    const rows = await store.page(path, ChannelTable, from, PAGE)
    for (const { value } of rows) yield value
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    // The first key behind the last one seen.
    from = Uint8Array.from([...last.key, 0])
  }
}

/** What final events of `block` and later were applied to: asked after a deep reorganisation. */
export async function touchedSince(
  block: number,
  shell: ServerShell,
  store: Store,
): Promise<Touched> {
  const channels: { left: EntityId; right: EntityId }[] = []
  for (const entity of shell.entities()) {
    for await (const { mutual, view } of channelsOf(shell, store, entity)) {
      if (view.position.block >= block) channels.push({ left: mutual.left, right: mutual.right })
    }
  }
  return { channels, entities: shell.entities() }
}
